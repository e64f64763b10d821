"""Operations on roles."""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam.directory import Directory
from telecine.services.iam.directory.roles import DEFAULT_SESSION_SECONDS
from telecine.services.iam.operations.parameters import page, refuse, tags
from telecine.services.iam.view import roles as view
from telecine.services.iam.view import shapes


def create_role(directory: Directory, call: Call, params: Params) -> Result:
    refuse("CreateRole", params, "PermissionsBoundary")
    role = directory.roles.create(
        call.account,
        params["RoleName"],
        params["AssumeRolePolicyDocument"],
        path=params.get("Path", "/"),
        description=params.get("Description"),
        max_session_seconds=params.get("MaxSessionDuration", DEFAULT_SESSION_SECONDS),
        tags=tags(params),
    )
    return {"Role": view.role(role)}


def get_role(directory: Directory, call: Call, params: Params) -> Result:
    return {"Role": view.role(directory.roles.get(call.account, params["RoleName"]))}


def list_roles(directory: Directory, call: Call, params: Params) -> Result:
    found = directory.roles.page(call.account, params.get("PathPrefix", "/"), page(params))
    return shapes.page("Roles", [view.listed_role(role) for role in found.items], found)


def delete_role(directory: Directory, call: Call, params: Params) -> Result:
    directory.roles.delete(call.account, params["RoleName"])
    return {}


def update_assume_role_policy(directory: Directory, call: Call, params: Params) -> Result:
    directory.roles.set_trust_policy(call.account, params["RoleName"], params["PolicyDocument"])
    return {}


OPERATIONS: dict[str, Operation[Directory]] = {
    "CreateRole": create_role,
    "GetRole": get_role,
    "ListRoles": list_roles,
    "DeleteRole": delete_role,
    "UpdateAssumeRolePolicy": update_assume_role_policy,
}
