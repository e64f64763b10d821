"""sinks of events, and what is on its way to them."""

import sqlalchemy as sa
from alembic import op

from telecine.db import Moment

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "events_sinks",
        sa.Column("id", sa.String(length=36), nullable=False),
        sa.Column("account", sa.String(length=12), nullable=False),
        sa.Column("name", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("target", sa.Text(), nullable=False),
        sa.Column("pattern", sa.Text(), nullable=False),
        sa.Column("sealed_secret", sa.LargeBinary(), nullable=True),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("state_reason", sa.Text(), nullable=True),
        sa.Column("created_at", Moment(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_events_sinks")),
        sa.UniqueConstraint("account", "name", name=op.f("uq_events_sinks_account_name")),
    )
    op.create_table(
        "events_deliveries",
        sa.Column("sink", sa.String(length=36), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("subject", sa.Text(), nullable=False),
        sa.Column("queued_at", Moment(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("next_attempt_at", Moment(), nullable=True),
        sa.Column("last_error", sa.Text(), nullable=True),
        sa.Column("dead_at", Moment(), nullable=True),
        sa.ForeignKeyConstraint(["sink"], ["events_sinks.id"], name=op.f("fk_events_deliveries_sink")),
        sa.PrimaryKeyConstraint("sink", "position", name=op.f("pk_events_deliveries")),
    )
    op.create_index("ix_events_deliveries_due", "events_deliveries", ["sink", "next_attempt_at"])
    op.create_index("ix_events_deliveries_subject", "events_deliveries", ["sink", "subject", "position"])
    op.create_index("ix_events_deliveries_position", "events_deliveries", ["position"])
