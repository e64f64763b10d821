"""Operations on passwords and their policy."""

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.iam import errors
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import PasswordPolicy, User
from telecine.services.iam.operations.parameters import user_or_caller
from telecine.services.iam.view import passwords as view
from telecine.wire.validate import Rule, Violation


def create_login_profile(directory: Directory, call: Call, params: Params) -> Result:
    user = _user(directory, call, params)
    if "Password" not in params:
        # Optional in the model, for AssumeRoot sessions alone (IAM API reference, "CreateLoginProfile").
        raise errors.invalid([Violation(path=(), rule=Rule.REQUIRED, member="password")])
    must_change = params.get("PasswordResetRequired", False)
    profile = directory.passwords.create(user, params["Password"], must_change=must_change)
    return {"LoginProfile": view.login_profile(user, profile)}


def get_login_profile(directory: Directory, call: Call, params: Params) -> Result:
    user = _user(directory, call, params)
    return {"LoginProfile": view.login_profile(user, directory.passwords.profile(user))}


def update_login_profile(directory: Directory, call: Call, params: Params) -> Result:
    user = directory.users.get(call.account, params["UserName"])
    directory.passwords.update(user, params.get("Password"), must_change=params.get("PasswordResetRequired"))
    return {}


def delete_login_profile(directory: Directory, call: Call, params: Params) -> Result:
    directory.passwords.delete(_user(directory, call, params))
    return {}


def change_password(directory: Directory, call: Call, params: Params) -> Result:
    user = directory.users.by_id(call.caller.identity_id or "")
    if user is None:
        raise errors.not_a_user()
    directory.passwords.change(user, params["OldPassword"], params["NewPassword"])
    return {}


def get_account_password_policy(directory: Directory, call: Call, _params: Params) -> Result:
    return {"PasswordPolicy": view.password_policy(directory.passwords.required_policy(call.account))}


def update_account_password_policy(directory: Directory, call: Call, params: Params) -> Result:
    """What is left out goes back to its default: there are no partial updates."""
    default = PasswordPolicy()
    policy = PasswordPolicy(
        minimum_length=params.get("MinimumPasswordLength", default.minimum_length),
        require_symbols=params.get("RequireSymbols", default.require_symbols),
        require_numbers=params.get("RequireNumbers", default.require_numbers),
        require_uppercase=params.get("RequireUppercaseCharacters", default.require_uppercase),
        require_lowercase=params.get("RequireLowercaseCharacters", default.require_lowercase),
        allow_users_to_change=params.get("AllowUsersToChangePassword", default.allow_users_to_change),
        max_age_days=params.get("MaxPasswordAge", default.max_age_days),
        reuse_prevention=params.get("PasswordReusePrevention", default.reuse_prevention),
        hard_expiry=params.get("HardExpiry", default.hard_expiry),
    )
    directory.passwords.set_policy(call.account, policy)
    return {}


def delete_account_password_policy(directory: Directory, call: Call, _params: Params) -> Result:
    directory.passwords.delete_policy(call.account)
    return {}


def _user(directory: Directory, call: Call, params: Params) -> User:
    """The user that UserName names, else the caller. The root user's password is no matter of these operations."""
    user = user_or_caller(directory, call, params)
    if user is None:
        raise errors.must_name_user()
    return user


OPERATIONS: dict[str, Operation[Directory]] = {
    "CreateLoginProfile": create_login_profile,
    "GetLoginProfile": get_login_profile,
    "UpdateLoginProfile": update_login_profile,
    "DeleteLoginProfile": delete_login_profile,
    "ChangePassword": change_password,
    "GetAccountPasswordPolicy": get_account_password_policy,
    "UpdateAccountPasswordPolicy": update_account_password_policy,
    "DeleteAccountPasswordPolicy": delete_account_password_policy,
}
