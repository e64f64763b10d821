"""Jobs that have waited long enough to hop. A paused queue keeps its own; they are found queue by queue."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnClause, Connection, bindparam, literal_column, select

from telecine.core.names import AccountId, QueueName
from telecine.services.mediaconvert.model import JobStatus
from telecine.services.mediaconvert.tables import JOBS

_SUBMITTED: ColumnClause[str] = literal_column(f"'{JobStatus.SUBMITTED}'")
"""A literal, so that the partial index is used."""

_DUE = (
    select(JOBS.c.number)
    .where(
        JOBS.c.account == bindparam("of_account"),
        JOBS.c.current_queue == bindparam("of_queue"),
        JOBS.c.status == _SUBMITTED,
        JOBS.c.next_hop_at.is_not(None),
        JOBS.c.next_hop_at <= bindparam("now", type_=JOBS.c.next_hop_at.type),
    )
    .order_by(JOBS.c.next_hop_at, JOBS.c.number)
    .limit(bindparam("at_most"))
)


def due(connection: Connection, account: AccountId, queue: QueueName, now: datetime, *, limit: int) -> Sequence[int]:
    """The numbers of up to `limit` jobs that wait in a queue and whose hop is due, the most overdue first."""
    given = {"of_account": account, "of_queue": queue, "now": now, "at_most": limit}
    return connection.execute(_DUE, given).scalars().all()
