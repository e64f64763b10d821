"""Who may work on MFA devices: the resource is the user where a device is given, taken or resynchronized, and else the
device (Service Authorization Reference, "IAM")."""

from collections.abc import Sequence

from telecine.services.contract import Call, Need, Params, always, request_tags
from telecine.services.iam.access.rows import Row, need, on, on_own_user, rows, text
from telecine.services.iam.access.tags import tagging
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Kind, MfaDevice, entity_arn


def _creating(action: str) -> Row:
    """Tags at creation ask for a permission of their own (IAM user guide, "Tagging IAM resources")."""

    def needs(_directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        resource = entity_arn(call.account, "mfa", text(params, "Path") or "/", text(params, "VirtualMFADeviceName"))
        context = request_tags(params.get("Tags"))
        actions = (action, "iam:TagMFADevice") if context else (action,)
        return tuple(Need(action=each, resource=resource, context=context) for each in actions)

    return needs


def _on_device(action: str) -> Row:
    """The row of an action on the device that the request names."""
    return lambda directory, call, params: (need(action, _device(directory, call, params)),)


def _device(directory: Directory, call: Call, params: Params) -> MfaDevice | str:
    serial_number = text(params, "SerialNumber")
    return directory.mfa.find(call.account, serial_number) or serial_number or "*"


ROWS: dict[str, Row] = {
    **rows(
        {
            "CreateVirtualMFADevice": _creating,
            "DeleteVirtualMFADevice": _on_device,
            "EnableMFADevice": on(Kind.USER),
            "DeactivateMFADevice": on_own_user,
            "ResyncMFADevice": on(Kind.USER),
            "GetMFADevice": on_own_user,
            "ListMFADevices": on_own_user,
            "ListVirtualMFADevices": always,
        }
    ),
    **tagging("MFADevice", _device),
}
