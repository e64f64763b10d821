"""where a job waits now, where it goes from there, and what a reserved queue was bought with."""

import sqlalchemy as sa
from alembic import op

from telecine.db import Json, Moment

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

_JOBS = "mediaconvert_jobs"
_QUEUES = "mediaconvert_queues"


def upgrade() -> None:
    """Every job of before waits, runs or has run where it was submitted."""
    op.add_column(_QUEUES, sa.Column("reserved_slots", sa.Integer(), nullable=True))
    op.add_column(_QUEUES, sa.Column("renewal_type", sa.String(length=16), nullable=True))
    op.add_column(_QUEUES, sa.Column("purchased_at", Moment(), nullable=True))
    op.add_column(_QUEUES, sa.Column("expires_at", Moment(), nullable=True))
    for index in ("waiting", "running"):
        op.drop_index(f"ix_{_JOBS}_{index}", table_name=_JOBS)
    # Defaults for the rows that are there: SQLite adds no other column that must not be null.
    op.add_column(_JOBS, sa.Column("current_queue", sa.String(length=256), server_default="", nullable=False))
    op.add_column(_JOBS, sa.Column("current_priority", sa.Integer(), server_default="0", nullable=False))
    op.add_column(_JOBS, sa.Column("hops", Json(), server_default="[]", nullable=False))
    op.add_column(_JOBS, sa.Column("transitions", Json(), server_default="[]", nullable=False))
    op.add_column(_JOBS, sa.Column("job_template", sa.Text(), nullable=True))
    op.add_column(_JOBS, sa.Column("next_hop_at", Moment(), nullable=True))
    op.execute(f"UPDATE {_JOBS} SET current_queue = queue, current_priority = priority")  # noqa: S608 - a constant
    waiting, running = sa.text("status = 'SUBMITTED'"), sa.text("status = 'PROGRESSING'")
    op.create_index(
        f"ix_{_JOBS}_waiting",
        _JOBS,
        ["account", "current_queue", sa.text("current_priority DESC"), "number"],
        sqlite_where=waiting,
        postgresql_where=waiting,
    )
    op.create_index(
        f"ix_{_JOBS}_running",
        _JOBS,
        ["account", "current_queue"],
        sqlite_where=running,
        postgresql_where=running,
    )
    hopping = sa.text("status = 'SUBMITTED' AND next_hop_at IS NOT NULL")
    op.create_index(f"ix_{_JOBS}_hop", _JOBS, ["next_hop_at"], sqlite_where=hopping, postgresql_where=hopping)
    op.create_index(f"ix_{_JOBS}_finished", _JOBS, ["finished_at"])
