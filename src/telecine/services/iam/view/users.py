"""Users and their access keys."""

from telecine.services.iam.model import AccessKey, Account, NewAccessKey, OwnedUse, User, root_arn
from telecine.services.iam.view.shapes import Shape, limited, tagged


def listed_user(user: User) -> Shape:
    """`User` as ListUsers has it: without boundary and tags."""
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
    return {**listed_user(user), **limited(user.boundary_arn), **tagged(user.tags)}


def root_user(account: Account) -> Shape:
    """`User` of the root user, which has neither name nor path."""
    used = account.root_password_last_used
    last_used: Shape = {} if used is None else {"PasswordLastUsed": used}
    return {
        "UserId": account.account,
        "Arn": root_arn(account.account),
        "CreateDate": account.created_at,
        **last_used,
    }


def access_key(key: AccessKey) -> Shape:
    """`AccessKeyMetadata`: no secret. The root user's keys have no user name."""
    named: Shape = {} if key.user_name is None else {"UserName": key.user_name}
    return {
        **named,
        "AccessKeyId": key.access_key_id,
        "Status": "Active" if key.is_active else "Inactive",
        "CreateDate": key.created_at,
    }


def key_last_used(found: OwnedUse) -> Shape:
    """`UserName`, which the root user does not have, and `AccessKeyLastUsed`, which says `N/A` of a key never used."""
    named: Shape = {} if found.user is None else {"UserName": found.user.name}
    use = found.use
    if use is None:
        return {**named, "AccessKeyLastUsed": {"ServiceName": "N/A", "Region": "N/A"}}
    # IAM counts in whole minutes at best; whole seconds are what its answers carry.
    at = use.at.replace(microsecond=0)
    return {**named, "AccessKeyLastUsed": {"LastUsedDate": at, "ServiceName": use.service, "Region": use.region}}


def new_access_key(new: NewAccessKey) -> Shape:
    """`AccessKey`, the one answer that holds a secret."""
    return {**access_key(new.key), "SecretAccessKey": new.secret_access_key}
