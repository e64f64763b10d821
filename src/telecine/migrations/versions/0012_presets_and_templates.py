"""presets, job templates, and what jobs show that were made with presets."""

import sqlalchemy as sa
from alembic import op

from telecine.db import Json, Moment

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

_NAME = sa.String(length=256).with_variant(sa.String(length=256, collation="C"), "postgresql")


def upgrade() -> None:
    for table, own in (("presets", ()), ("templates", (sa.Column("defaults", Json(), nullable=False),))):
        op.create_table(
            f"mediaconvert_{table}",
            sa.Column("account", sa.String(length=12), nullable=False),
            sa.Column("name", _NAME, nullable=False),
            sa.Column("category", sa.Text(), nullable=True),
            sa.Column("description", sa.Text(), nullable=True),
            sa.Column("settings", Json(), nullable=False),
            *own,
            sa.Column("created_at", Moment(), nullable=False),
            sa.Column("updated_at", Moment(), nullable=False),
            sa.PrimaryKeyConstraint("account", "name", name=op.f(f"pk_mediaconvert_{table}")),
        )
        op.create_index(
            f"ix_mediaconvert_{table}_created", f"mediaconvert_{table}", ["account", "created_at", "name"], unique=False
        )
    op.add_column("mediaconvert_documents", sa.Column("shown", Json(), nullable=True))
