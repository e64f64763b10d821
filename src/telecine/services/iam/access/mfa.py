"""Who may work on MFA devices."""

from telecine.services.iam.access.rows import Row

ROWS: dict[str, Row] = {}
