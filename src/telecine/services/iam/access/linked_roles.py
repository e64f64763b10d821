"""Who may work on service-linked roles."""

from telecine.services.iam.access.rows import Row

ROWS: dict[str, Row] = {}
