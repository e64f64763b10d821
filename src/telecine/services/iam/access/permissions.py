"""Who may hang policies on users, groups and roles."""

from telecine.services.iam.access.rows import Row, attaching, on, rows
from telecine.services.iam.model import Kind

ROWS: dict[str, Row] = rows(
    {
        pattern.format(kind.title()): make(kind)
        for kind in (Kind.USER, Kind.ROLE)
        for pattern, make in {
            "Put{}Policy": on,
            "Get{}Policy": on,
            "List{}Policies": on,
            "Delete{}Policy": on,
            "Attach{}Policy": attaching,
            "Detach{}Policy": attaching,
            "ListAttached{}Policies": on,
        }.items()
    }
)
