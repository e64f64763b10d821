"""Who may tag, and see the tags of, what IAM keeps."""

from telecine.services.iam.access.rows import Row

ROWS: dict[str, Row] = {}
