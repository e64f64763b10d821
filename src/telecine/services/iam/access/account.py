"""Who may see and change what belongs to the account as a whole."""

from telecine.services.iam.access.rows import Row

ROWS: dict[str, Row] = {}
