"""Operations on permissions boundaries, the same for users and roles."""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam.directory import Directory


def put_user_permissions_boundary(directory: Directory, call: Call, params: Params) -> Result:
    user = directory.users.get(call.account, params["UserName"])
    directory.boundaries.put(user, params["PermissionsBoundary"])
    return {}


def put_role_permissions_boundary(directory: Directory, call: Call, params: Params) -> Result:
    role = directory.roles.get(call.account, params["RoleName"])
    directory.boundaries.put(role, params["PermissionsBoundary"])
    return {}


def delete_user_permissions_boundary(directory: Directory, call: Call, params: Params) -> Result:
    directory.boundaries.delete(directory.users.get(call.account, params["UserName"]))
    return {}


def delete_role_permissions_boundary(directory: Directory, call: Call, params: Params) -> Result:
    directory.boundaries.delete(directory.roles.get(call.account, params["RoleName"]))
    return {}


OPERATIONS: dict[str, Operation[Directory]] = {
    "PutUserPermissionsBoundary": put_user_permissions_boundary,
    "PutRolePermissionsBoundary": put_role_permissions_boundary,
    "DeleteUserPermissionsBoundary": delete_user_permissions_boundary,
    "DeleteRolePermissionsBoundary": delete_role_permissions_boundary,
}
