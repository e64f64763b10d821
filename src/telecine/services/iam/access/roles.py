"""Who may work on roles."""

from telecine.services.contract import always
from telecine.services.iam.access.rows import Row, creating, on, rows
from telecine.services.iam.model import Kind

ROWS: dict[str, Row] = rows(
    {
        "CreateRole": creating("role", "iam:TagRole"),
        "GetRole": on(Kind.ROLE),
        "ListRoles": always,
        "UpdateRole": on(Kind.ROLE),
        "UpdateRoleDescription": on(Kind.ROLE),
        "DeleteRole": on(Kind.ROLE),
        "UpdateAssumeRolePolicy": on(Kind.ROLE),
    }
)
