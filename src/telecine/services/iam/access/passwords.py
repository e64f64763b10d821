"""Who may work on passwords and their policy."""

from telecine.services.iam.access.rows import Row

ROWS: dict[str, Row] = {}
