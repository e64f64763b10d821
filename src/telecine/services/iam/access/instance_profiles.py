"""Who may work on instance profiles."""

from telecine.services.iam.access.rows import Row, on, rows
from telecine.services.iam.model import Kind

ROWS: dict[str, Row] = rows({"ListInstanceProfilesForRole": on(Kind.ROLE)})
