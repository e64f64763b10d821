"""Who may work on groups and their members."""

from telecine.services.contract import always
from telecine.services.iam.access.rows import Row, creating, on, renaming, rows
from telecine.services.iam.model import Kind

ROWS: dict[str, Row] = rows(
    {
        "CreateGroup": creating("group"),
        "GetGroup": on(Kind.GROUP),
        "ListGroups": always,
        "UpdateGroup": renaming(Kind.GROUP),
        "DeleteGroup": on(Kind.GROUP),
        "AddUserToGroup": on(Kind.GROUP),
        "RemoveUserFromGroup": on(Kind.GROUP),
        "ListGroupsForUser": on(Kind.USER),
    }
)
