"""Who may work on roles."""

from telecine.services.contract import always
from telecine.services.iam.access.rows import Row, creating, limited, rows
from telecine.services.iam.model import Kind

ROWS: dict[str, Row] = rows(
    {
        "CreateRole": creating("role", "iam:TagRole"),
        "GetRole": limited(Kind.ROLE),
        "ListRoles": always,
        "UpdateRole": limited(Kind.ROLE),
        "UpdateRoleDescription": limited(Kind.ROLE),
        "DeleteRole": limited(Kind.ROLE),
        "UpdateAssumeRolePolicy": limited(Kind.ROLE),
    }
)
