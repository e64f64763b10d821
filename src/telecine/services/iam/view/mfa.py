"""Virtual MFA devices."""

from telecine.services.iam.model import Account, MfaDevice, NewMfaDevice
from telecine.services.iam.view.shapes import Shape, tagged
from telecine.services.iam.view.users import listed_user, root_user

ROOT_NAME = "root"
"""What stands for a user name where the root user's devices are listed."""


def new_device(new: NewMfaDevice) -> Shape:
    """`VirtualMFADevice` with its seed: the one answer that holds it."""
    return {
        "SerialNumber": new.device.serial_number,
        "Base32StringSeed": new.seed.encode(),
        "QRCodePNG": new.qr_png,
        **tagged(new.device.tags),
    }


def virtual_device(device: MfaDevice, root: Account | None) -> Shape:
    """`VirtualMFADevice` as ListVirtualMFADevices has it; `root` is the account, for devices of its root user."""
    shown: Shape = {"SerialNumber": device.serial_number}
    if device.enabled_at is not None:
        shown["EnableDate"] = device.enabled_at
    if device.user is not None:
        shown["User"] = listed_user(device.user)
    elif device.is_root and root is not None:
        shown["User"] = root_user(root)
    return shown


def device(device: MfaDevice) -> Shape:
    """`MFADevice`."""
    return {
        "UserName": ROOT_NAME if device.user is None else device.user.name,
        "SerialNumber": device.serial_number,
        "EnableDate": device.enabled_at,
    }
