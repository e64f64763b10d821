"""Who may work on groups and their members."""

from telecine.services.iam.access.rows import Row

ROWS: dict[str, Row] = {}
