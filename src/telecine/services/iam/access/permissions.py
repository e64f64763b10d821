"""Who may hang policies on users, groups and roles."""

from telecine.services.iam.access.rows import Row, attaching, limited, on, rows
from telecine.services.iam.model import Kind

ROWS: dict[str, Row] = rows(
    {
        pattern.format(kind.title()): make(kind)
        for kind in Kind
        for pattern, make in {
            "Put{}Policy": limited,
            "Get{}Policy": on,
            "List{}Policies": on,
            "Delete{}Policy": limited,
            "Attach{}Policy": attaching,
            "Detach{}Policy": attaching,
            "ListAttached{}Policies": on,
        }.items()
    }
)
