"""Who may work on passwords and their policy."""

import json
from collections.abc import Sequence

from msgspec import structs

from telecine.policy import PrincipalKind, ResourcePolicy, ResourceRule
from telecine.services.contract import Call, Need, Params, always
from telecine.services.iam.access.rows import Row, on, on_own_user, rows
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Kind


def _if_users_may(row: Row) -> Row:
    """`row`, but that the account's password policy may allow it to every user for themselves.

    IAM API reference, "PasswordPolicy", AllowUsersToChangePassword: it "gives IAM users permissions to
    iam:ChangePassword for only their user and to the iam:GetAccountPasswordPolicy action", for all users at the
    account level and without a policy of theirs. An explicit deny counts all the same.
    """

    def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        found = row(directory, call, params)
        principal = call.caller.principal
        if principal.kind is not PrincipalKind.USER:
            return found
        policy = directory.passwords.policy(call.account)
        if policy is None or not policy.allow_users_to_change:
            return found
        return [structs.replace(need, resource_policy=_permission(need, principal.arn)) for need in found]

    return needs


def _permission(need: Need, user_arn: str | None) -> ResourcePolicy:
    statement = {"Effect": "Allow", "Principal": {"AWS": user_arn}, "Action": need.action, "Resource": need.resource}
    text = json.dumps({"Version": "2012-10-17", "Statement": statement})
    return ResourcePolicy(text=text, rule=ResourceRule.SUFFICIENT, name="AllowUsersToChangePassword")


def _own(_action: str) -> Row:
    """The row of ChangePassword, which always acts on the caller."""
    return _if_users_may(lambda directory, call, _params: on_own_user("iam:ChangePassword")(directory, call, {}))


ROWS: dict[str, Row] = rows(
    {
        "CreateLoginProfile": on_own_user,
        "GetLoginProfile": on_own_user,
        "UpdateLoginProfile": on(Kind.USER),
        "DeleteLoginProfile": on_own_user,
        "ChangePassword": _own,
        "GetAccountPasswordPolicy": lambda action: _if_users_may(always(action)),
        "UpdateAccountPasswordPolicy": always,
        "DeleteAccountPasswordPolicy": always,
    }
)
