"""Operations on instance profiles."""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam.directory import Directory
from telecine.services.iam.operations.parameters import page, tags
from telecine.services.iam.operations.tags import tagging
from telecine.services.iam.view import instance_profiles as view
from telecine.services.iam.view import shapes


def create_instance_profile(directory: Directory, call: Call, params: Params) -> Result:
    profile = directory.instance_profiles.create(
        call.account, params["InstanceProfileName"], path=params.get("Path", "/"), tags=tags(params)
    )
    return {"InstanceProfile": view.instance_profile(profile)}


def get_instance_profile(directory: Directory, call: Call, params: Params) -> Result:
    profile = directory.instance_profiles.get(call.account, params["InstanceProfileName"])
    return {"InstanceProfile": view.instance_profile(profile)}


def list_instance_profiles(directory: Directory, call: Call, params: Params) -> Result:
    found = directory.instance_profiles.page(call.account, params.get("PathPrefix", "/"), page(params))
    return shapes.page("InstanceProfiles", [view.listed_profile(profile) for profile in found.items], found)


def list_instance_profiles_for_role(directory: Directory, call: Call, params: Params) -> Result:
    found = directory.instance_profiles.holding(call.account, params["RoleName"], page(params))
    return shapes.page("InstanceProfiles", [view.listed_profile(profile) for profile in found.items], found)


def add_role_to_instance_profile(directory: Directory, call: Call, params: Params) -> Result:
    directory.instance_profiles.add_role(call.account, params["InstanceProfileName"], params["RoleName"])
    return {}


def remove_role_from_instance_profile(directory: Directory, call: Call, params: Params) -> Result:
    directory.instance_profiles.remove_role(call.account, params["InstanceProfileName"], params["RoleName"])
    return {}


def delete_instance_profile(directory: Directory, call: Call, params: Params) -> Result:
    directory.instance_profiles.delete(call.account, params["InstanceProfileName"])
    return {}


OPERATIONS: dict[str, Operation[Directory]] = {
    "CreateInstanceProfile": create_instance_profile,
    "GetInstanceProfile": get_instance_profile,
    "ListInstanceProfiles": list_instance_profiles,
    "ListInstanceProfilesForRole": list_instance_profiles_for_role,
    "AddRoleToInstanceProfile": add_role_to_instance_profile,
    "RemoveRoleFromInstanceProfile": remove_role_from_instance_profile,
    "DeleteInstanceProfile": delete_instance_profile,
    **tagging("InstanceProfile", "InstanceProfileName", lambda directory: directory.instance_profiles.tagging),
}
