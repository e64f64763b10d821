"""Who may work on users and their access keys."""

from collections.abc import Sequence

from telecine.services.contract import Call, Need, Params, always
from telecine.services.iam.access.rows import Row, creating, need, on, on_own_user, renaming, rows, text
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Kind, root_arn


def _on_key_owner(action: str) -> Row:
    """The row of an action on whoever has the access key that the request names.

    Of other accounts' keys, and of none at all, those hear who may do it to every user: the operation says nothing.
    """

    def needs(directory: Directory, call: Call, params: Params) -> Sequence[Need]:
        found = directory.uses.of_key(text(params, "AccessKeyId"))
        if found is None or found.account != call.account:
            return (Need(action=action),)
        return (need(action, found.user or root_arn(call.account)),)

    return needs


ROWS: dict[str, Row] = rows(
    {
        "CreateUser": creating("user", "iam:TagUser"),
        "GetUser": on_own_user,
        "ListUsers": always,
        "UpdateUser": renaming(Kind.USER),
        "DeleteUser": on(Kind.USER),
        "CreateAccessKey": on_own_user,
        "ListAccessKeys": on_own_user,
        "UpdateAccessKey": on_own_user,
        "DeleteAccessKey": on_own_user,
        "GetAccessKeyLastUsed": _on_key_owner,
    }
)
