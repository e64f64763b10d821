"""Who may limit users and roles."""

from telecine.services.iam.access.rows import Row

ROWS: dict[str, Row] = {}
