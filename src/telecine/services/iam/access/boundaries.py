"""Who may limit users and roles."""

from telecine.services.iam.access.rows import Row, limited, limiting, rows
from telecine.services.iam.model import Kind

ROWS: dict[str, Row] = rows(
    {
        pattern.format(kind.title()): make(kind)
        for kind in (Kind.USER, Kind.ROLE)
        for pattern, make in {
            "Put{}PermissionsBoundary": limiting,
            "Delete{}PermissionsBoundary": limited,
        }.items()
    }
)
