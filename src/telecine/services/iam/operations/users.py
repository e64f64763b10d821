"""Operations on users and their access keys."""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam import errors
from telecine.services.iam.directory import Directory
from telecine.services.iam.operations.parameters import page, tags, user_or_caller
from telecine.services.iam.view import shapes
from telecine.services.iam.view import users as view


def create_user(directory: Directory, call: Call, params: Params) -> Result:
    user = directory.users.create(
        call.account,
        params["UserName"],
        path=params.get("Path", "/"),
        tags=tags(params),
        boundary_arn=params.get("PermissionsBoundary"),
    )
    return {"User": view.user(user)}


def get_user(directory: Directory, call: Call, params: Params) -> Result:
    user = user_or_caller(directory, call, params)
    if user is None:
        return {"User": view.root_user(directory.accounts.get(call.account))}
    return {"User": view.user(user)}


def list_users(directory: Directory, call: Call, params: Params) -> Result:
    found = directory.users.page(call.account, params.get("PathPrefix", "/"), page(params))
    return shapes.page("Users", [view.listed_user(user) for user in found.items], found)


def update_user(directory: Directory, call: Call, params: Params) -> Result:
    directory.users.update(
        call.account, params["UserName"], new_name=params.get("NewUserName"), new_path=params.get("NewPath")
    )
    return {}


def delete_user(directory: Directory, call: Call, params: Params) -> Result:
    directory.users.delete(call.account, params["UserName"])
    return {}


def create_access_key(directory: Directory, call: Call, params: Params) -> Result:
    user = user_or_caller(directory, call, params)
    return {"AccessKey": view.new_access_key(directory.keys.create(call.account, user))}


def list_access_keys(directory: Directory, call: Call, params: Params) -> Result:
    user = user_or_caller(directory, call, params)
    found = directory.keys.page(call.account, user, page(params))
    return shapes.page("AccessKeyMetadata", [view.access_key(key) for key in found.items], found)


def update_access_key(directory: Directory, call: Call, params: Params) -> Result:
    status = params["Status"]
    if status == "Expired":
        raise errors.invalid_status(status)
    user = user_or_caller(directory, call, params)
    directory.keys.set_active(call.account, user, params["AccessKeyId"], is_active=status == "Active")
    return {}


def delete_access_key(directory: Directory, call: Call, params: Params) -> Result:
    user = user_or_caller(directory, call, params)
    directory.keys.delete(call.account, user, params["AccessKeyId"])
    return {}


def get_access_key_last_used(directory: Directory, call: Call, params: Params) -> Result:
    """Whose key it is and when it last signed a request. A key of another account is as good as none."""
    access_key_id = params["AccessKeyId"]
    found = directory.uses.of_key(access_key_id)
    if found is None or found.account != call.account:
        raise errors.not_your_key(call.caller.principal.arn, access_key_id)
    return view.key_last_used(found)


OPERATIONS: dict[str, Operation[Directory]] = {
    "CreateUser": create_user,
    "GetUser": get_user,
    "ListUsers": list_users,
    "UpdateUser": update_user,
    "DeleteUser": delete_user,
    "CreateAccessKey": create_access_key,
    "ListAccessKeys": list_access_keys,
    "UpdateAccessKey": update_access_key,
    "DeleteAccessKey": delete_access_key,
    "GetAccessKeyLastUsed": get_access_key_last_used,
}
