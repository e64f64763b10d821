"""Operations on groups and their members."""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam.directory import Directory
from telecine.services.iam.operations.parameters import page
from telecine.services.iam.view import groups as view
from telecine.services.iam.view import shapes
from telecine.services.iam.view import users as users_view


def create_group(directory: Directory, call: Call, params: Params) -> Result:
    group = directory.groups.create(call.account, params["GroupName"], path=params.get("Path", "/"))
    return {"Group": view.group(group)}


def get_group(directory: Directory, call: Call, params: Params) -> Result:
    group = directory.groups.get(call.account, params["GroupName"])
    found = directory.groups.members(group, page(params))
    users = shapes.page("Users", [users_view.listed_user(user) for user in found.items], found)
    return {"Group": view.group(group), **users}


def list_groups(directory: Directory, call: Call, params: Params) -> Result:
    found = directory.groups.page(call.account, params.get("PathPrefix", "/"), page(params))
    return shapes.page("Groups", [view.group(group) for group in found.items], found)


def list_groups_for_user(directory: Directory, call: Call, params: Params) -> Result:
    user = directory.users.get(call.account, params["UserName"])
    found = directory.groups.of_user(user, page(params))
    return shapes.page("Groups", [view.group(group) for group in found.items], found)


def update_group(directory: Directory, call: Call, params: Params) -> Result:
    directory.groups.update(
        call.account,
        params["GroupName"],
        new_name=params.get("NewGroupName"),
        new_path=params.get("NewPath"),
    )
    return {}


def delete_group(directory: Directory, call: Call, params: Params) -> Result:
    directory.groups.delete(call.account, params["GroupName"])
    return {}


def add_user_to_group(directory: Directory, call: Call, params: Params) -> Result:
    directory.groups.add_user(call.account, params["GroupName"], params["UserName"])
    return {}


def remove_user_from_group(directory: Directory, call: Call, params: Params) -> Result:
    directory.groups.remove_user(call.account, params["GroupName"], params["UserName"])
    return {}


OPERATIONS: dict[str, Operation[Directory]] = {
    "CreateGroup": create_group,
    "GetGroup": get_group,
    "ListGroups": list_groups,
    "ListGroupsForUser": list_groups_for_user,
    "UpdateGroup": update_group,
    "DeleteGroup": delete_group,
    "AddUserToGroup": add_user_to_group,
    "RemoveUserFromGroup": remove_user_from_group,
}
