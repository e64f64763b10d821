"""encryption of objects at rest, and buckets' defaults.

Objects and uploads from before keep their plain files: their columns stay empty. A part's ETag is no longer always its
MD5, and is called what it is.
"""

import sqlalchemy as sa
from alembic import op

from telecine.db import Json

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Add columns; nothing is computed or encrypted."""
    op.add_column("s3_buckets", sa.Column("encryption", Json(), nullable=True))
    for table in ("s3_objects", "s3_uploads"):
        op.add_column(table, sa.Column("encryption", Json(), nullable=True))
        op.add_column(table, sa.Column("sealed_key", sa.LargeBinary(), nullable=True))
        op.add_column(table, sa.Column("key_blob", sa.LargeBinary(), nullable=True))
    # Both dialects rename in place; a batch would copy every part of every object on SQLite.
    op.execute("ALTER TABLE s3_parts RENAME COLUMN md5 TO etag")
