"""Who may simulate."""

from telecine.services.iam.access.rows import Row

ROWS: dict[str, Row] = {}
