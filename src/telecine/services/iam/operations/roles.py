"""Operations on roles."""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam.directory import Directory
from telecine.services.iam.directory.roles import DEFAULT_SESSION_SECONDS
from telecine.services.iam.operations.parameters import page, tags
from telecine.services.iam.view import roles as view
from telecine.services.iam.view import shapes


def create_role(directory: Directory, call: Call, params: Params) -> Result:
    role = directory.roles.create(
        call.account,
        params["RoleName"],
        params["AssumeRolePolicyDocument"],
        path=params.get("Path", "/"),
        description=params.get("Description"),
        max_session_seconds=params.get("MaxSessionDuration", DEFAULT_SESSION_SECONDS),
        tags=tags(params),
        boundary_arn=params.get("PermissionsBoundary"),
    )
    return {"Role": view.role(role)}


def get_role(directory: Directory, call: Call, params: Params) -> Result:
    return {"Role": view.role_with_use(directory.roles.get(call.account, params["RoleName"]))}


def list_roles(directory: Directory, call: Call, params: Params) -> Result:
    found = directory.roles.page(call.account, params.get("PathPrefix", "/"), page(params))
    return shapes.page("Roles", [view.listed_role(role) for role in found.items], found)


def update_role(directory: Directory, call: Call, params: Params) -> Result:
    """What is not named stays as it is: the model's "default of one hour" is what a new role begins with."""
    directory.roles.update(
        call.account,
        params["RoleName"],
        description=params.get("Description"),
        max_session_seconds=params.get("MaxSessionDuration"),
    )
    return {}


def update_role_description(directory: Directory, call: Call, params: Params) -> Result:
    directory.roles.update(call.account, params["RoleName"], description=params["Description"])
    return {"Role": view.role(directory.roles.get(call.account, params["RoleName"]))}


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
    "UpdateRole": update_role,
    "UpdateRoleDescription": update_role_description,
    "DeleteRole": delete_role,
    "UpdateAssumeRolePolicy": update_assume_role_policy,
}
