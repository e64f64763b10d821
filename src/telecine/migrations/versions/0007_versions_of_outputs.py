"""the versions that outputs of jobs are, in buckets that keep versions."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column("mediaconvert_uploads", sa.Column("version", sa.Text(), nullable=True))
