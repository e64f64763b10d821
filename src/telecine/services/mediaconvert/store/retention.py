"""Jobs whose time is over, and everything that stands with them."""

from collections.abc import Mapping
from datetime import datetime

from sqlalchemy import Connection, and_, delete, or_, select

from telecine.core.names import AccountId
from telecine.services.mediaconvert.model import JobStatus
from telecine.services.mediaconvert.tables import DOCUMENTS, JOBS, TAGS, UPLOADS

_FINAL = [status for status in JobStatus if status.is_final]


def forgettable(
    connection: Connection, before: datetime, *, limit: int, attempts: int
) -> Mapping[int, tuple[AccountId, str]]:
    """Up to `limit` jobs that ended before that moment: account and id by number, the oldest first.

    Not those with objects or uploads that still are to be taken back; after `attempts` they are given up.
    """
    rows = connection.execute(
        select(JOBS.c.number, JOBS.c.account, JOBS.c.id)
        .where(
            and_(JOBS.c.finished_at < before, JOBS.c.status.in_(_FINAL)),
            or_(JOBS.c.attempt >= attempts, JOBS.c.number.not_in(select(UPLOADS.c.number))),
        )
        .order_by(JOBS.c.finished_at)
        .limit(limit)
    )
    return {row.number: (AccountId(row.account), row.id) for row in rows}


def forget(connection: Connection, jobs: Mapping[int, str]) -> None:
    """Remove jobs, ARNs by number, with their documents, uploads and tags."""
    numbers = list(jobs)
    connection.execute(delete(TAGS).where(TAGS.c.arn.in_(list(jobs.values()))))
    for table in (DOCUMENTS, UPLOADS):
        connection.execute(delete(table).where(table.c.number.in_(numbers)))
    connection.execute(delete(JOBS).where(JOBS.c.number.in_(numbers)))
