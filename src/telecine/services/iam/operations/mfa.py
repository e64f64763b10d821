"""Operations on virtual MFA devices."""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam import errors
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import User
from telecine.services.iam.operations.parameters import page, tags, user_or_caller
from telecine.services.iam.operations.tags import tagging
from telecine.services.iam.view import mfa as view
from telecine.services.iam.view import shapes

_ASSIGNED = {"Assigned": True, "Unassigned": False, "Any": None}


def create_virtual_mfa_device(directory: Directory, call: Call, params: Params) -> Result:
    caller = directory.users.by_id(call.caller.identity_id or "")
    new = directory.mfa.create(
        call.account,
        params["VirtualMFADeviceName"],
        owner=call.account if caller is None else caller.name,
        path=params.get("Path", "/"),
        tags=tags(params),
    )
    return {"VirtualMFADevice": view.new_device(new)}


def enable_mfa_device(directory: Directory, call: Call, params: Params) -> Result:
    user = directory.users.get(call.account, params["UserName"])
    directory.mfa.enable(call.account, user, params["SerialNumber"], _codes(params))
    return {}


def resync_mfa_device(directory: Directory, call: Call, params: Params) -> Result:
    user = directory.users.get(call.account, params["UserName"])
    directory.mfa.resynchronize(call.account, user, params["SerialNumber"], _codes(params))
    return {}


def deactivate_mfa_device(directory: Directory, call: Call, params: Params) -> Result:
    user = user_or_caller(directory, call, params)
    if user is None:
        # The root user's own device is not taken off with the root user's key (IAM API reference,
        # "DeactivateMFADevice"): whoever finds that key must not get rid of the second factor.
        raise errors.must_name_user()
    directory.mfa.deactivate(call.account, user, params["SerialNumber"])
    return {}


def delete_virtual_mfa_device(directory: Directory, call: Call, params: Params) -> Result:
    directory.mfa.delete(call.account, params["SerialNumber"])
    return {}


def get_mfa_device(directory: Directory, call: Call, params: Params) -> Result:
    user = user_or_caller(directory, call, params)
    for device in directory.mfa.devices(call.account, user):
        if device.serial_number == params["SerialNumber"]:
            return view.device(device)
    raise errors.no_such_device(params["SerialNumber"])


def list_mfa_devices(directory: Directory, call: Call, params: Params) -> Result:
    user: User | None = user_or_caller(directory, call, params)
    found = directory.mfa.page_of_owner(call.account, user, page(params))
    return shapes.page("MFADevices", [view.device(device) for device in found.items], found)


def list_virtual_mfa_devices(directory: Directory, call: Call, params: Params) -> Result:
    is_assigned = _ASSIGNED[params.get("AssignmentStatus", "Any")]
    found = directory.mfa.page(call.account, page(params), is_assigned=is_assigned)
    root = directory.accounts.find(call.account)
    return shapes.page("VirtualMFADevices", [view.virtual_device(device, root) for device in found.items], found)


def _codes(params: Params) -> tuple[str, str]:
    return params["AuthenticationCode1"], params["AuthenticationCode2"]


OPERATIONS: dict[str, Operation[Directory]] = {
    "CreateVirtualMFADevice": create_virtual_mfa_device,
    "EnableMFADevice": enable_mfa_device,
    "DeactivateMFADevice": deactivate_mfa_device,
    "ResyncMFADevice": resync_mfa_device,
    "DeleteVirtualMFADevice": delete_virtual_mfa_device,
    "GetMFADevice": get_mfa_device,
    "ListMFADevices": list_mfa_devices,
    "ListVirtualMFADevices": list_virtual_mfa_devices,
    **tagging("MFADevice", "SerialNumber", lambda directory: directory.mfa.tagging),
}
