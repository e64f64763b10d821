"""what jobs amount to, counted."""

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Counting begins here: jobs of before are in no total."""
    op.create_table(
        "mediaconvert_totals",
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=32), nullable=False),
        sa.Column("labels", sa.String(length=1024), nullable=False),
        sa.Column("value", sa.Float(), nullable=False),
        sa.PrimaryKeyConstraint("account", "name", "labels", name=op.f("pk_mediaconvert_totals")),
    )
