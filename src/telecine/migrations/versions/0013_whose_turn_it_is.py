"""whose turn it is, and hops found by their queue."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

_JOBS = "mediaconvert_jobs"
_HOPPING = sa.text("status = 'SUBMITTED' AND next_hop_at IS NOT NULL")


def upgrade() -> None:
    """No queue has had its turn yet. Jobs in a paused queue are no longer in the way of those that hop."""
    op.add_column("mediaconvert_queues", sa.Column("turn", sa.BigInteger(), server_default="0", nullable=False))
    op.drop_index(f"ix_{_JOBS}_hop", table_name=_JOBS)
    op.create_index(
        f"ix_{_JOBS}_hop",
        _JOBS,
        ["account", "current_queue", "next_hop_at"],
        sqlite_where=_HOPPING,
        postgresql_where=_HOPPING,
    )
