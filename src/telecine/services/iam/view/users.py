"""Users and their access keys."""

from datetime import datetime

from telecine.core.names import AccountId
from telecine.services.iam.model import AccessKey, NewAccessKey, User, root_arn
from telecine.services.iam.view.shapes import Shape, tagged


def listed_user(user: User) -> Shape:
    """`User` as ListUsers has it: without tags."""
    used: Shape = {} if user.password_last_used is None else {"PasswordLastUsed": user.password_last_used}
    return {
        "Path": user.path,
        "UserName": user.name,
        "UserId": user.unique_id,
        "Arn": user.arn,
        "CreateDate": user.created_at,
        **used,
    }


def user(user: User) -> Shape:
    """`User` in full."""
    return {**listed_user(user), **tagged(user.tags)}


def root_user(account: AccountId, created_at: datetime) -> Shape:
    """`User` of the root user, which has neither name nor path."""
    return {"UserId": account, "Arn": root_arn(account), "CreateDate": created_at}


def access_key(key: AccessKey) -> Shape:
    """`AccessKeyMetadata`: no secret. The root user's keys have no user name."""
    named: Shape = {} if key.user_name is None else {"UserName": key.user_name}
    return {
        **named,
        "AccessKeyId": key.access_key_id,
        "Status": "Active" if key.is_active else "Inactive",
        "CreateDate": key.created_at,
    }


def new_access_key(new: NewAccessKey) -> Shape:
    """`AccessKey`, the one answer that holds a secret."""
    return {**access_key(new.key), "SecretAccessKey": new.secret_access_key}
