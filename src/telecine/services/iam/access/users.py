"""Who may work on users and their access keys."""

from telecine.services.contract import always
from telecine.services.iam.access.rows import Row, creating, on, on_own_user, rows
from telecine.services.iam.model import Kind

ROWS: dict[str, Row] = rows(
    {
        "CreateUser": creating("user", "iam:TagUser"),
        "GetUser": on_own_user,
        "ListUsers": always,
        "DeleteUser": on(Kind.USER),
        "CreateAccessKey": on_own_user,
        "ListAccessKeys": on_own_user,
        "UpdateAccessKey": on_own_user,
        "DeleteAccessKey": on_own_user,
    }
)
