"""Which job a worker may take next, and whose lease is over.

Every function runs inside a write transaction, where nobody else changes a job: SQLite has one writer, and on
PostgreSQL SKIP LOCKED lets concurrent claims pass each other by.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import ColumnClause, Connection, and_, bindparam, func, literal_column, select, union_all, update

from telecine.core.names import AccountId, QueueName
from telecine.services.mediaconvert.model import Candidate, JobClaim, JobStatus, QueueStatus
from telecine.services.mediaconvert.store import queues
from telecine.services.mediaconvert.tables import JOBS, QUEUES, UPLOADS

# Literals, not parameters: a partial index is used only where its condition stands in the query word for word.
_SUBMITTED: ColumnClause[str] = literal_column(f"'{JobStatus.SUBMITTED}'")
_PROGRESSING: ColumnClause[str] = literal_column(f"'{JobStatus.PROGRESSING}'")

_waiting = JOBS.alias("waiting")
_running = JOBS.alias("running")

# Not EXISTS: PostgreSQL would look through the table for it, where the order leads to the index.
_first_of_queue = (
    select(_waiting.c.number)
    .where(
        _waiting.c.account == QUEUES.c.account,
        _waiting.c.current_queue == QUEUES.c.name,
        _waiting.c.status == _SUBMITTED,
    )
    .order_by(_waiting.c.current_priority.desc(), _waiting.c.number)
    .limit(1)
    .correlate(QUEUES)
    .scalar_subquery()
)
_running_in_queue = (
    select(func.count())
    .select_from(_running)
    .where(
        _running.c.account == QUEUES.c.account,
        _running.c.current_queue == QUEUES.c.name,
        _running.c.status == _PROGRESSING,
    )
    .correlate(QUEUES)
    .scalar_subquery()
)
_CANDIDATES = select(QUEUES, _running_in_queue.label("running"), _first_of_queue.is_not(None).label("has_waiting"))
_HEAD = (
    select(JOBS.c.number)
    .where(
        JOBS.c.account == bindparam("of_account"),
        JOBS.c.current_queue == bindparam("of_queue"),
        JOBS.c.status == _SUBMITTED,
    )
    .order_by(JOBS.c.current_priority.desc(), JOBS.c.number)
    .limit(1)
)
_FREE_HEAD = _HEAD.with_for_update(skip_locked=True)
_IS_UNCLEAN = and_(
    JOBS.c.number.in_(select(UPLOADS.c.number)), JOBS.c.status.in_([JobStatus.CANCELED, JobStatus.ERROR])
)
_IS_LEASED = JOBS.c.number.in_(
    union_all(select(_running.c.number).where(_running.c.status == _PROGRESSING), select(UPLOADS.c.number))
)
"""Jobs that run, and jobs that are over but not cleaned up; both sets are small, and each is found by an index."""


def candidates(connection: Connection) -> Sequence[Candidate]:
    """Every queue, with how many of its jobs run and whether any waits.

    Two look-ups in an index for each queue; how many jobs wait makes no difference.
    """
    return [
        Candidate(
            account=AccountId(row.account),
            name=QueueName(row.name),
            status=QueueStatus(row.status),
            reservation=queues.reservation(row),
            concurrent_jobs=row.concurrent_jobs,
            running=row.running,
            has_waiting=bool(row.has_waiting),
            turn=row.turn,
        )
        for row in connection.execute(_CANDIDATES)
    ]


def head(connection: Connection, account: AccountId, queue: QueueName) -> int | None:
    """The number of the job that is first in a queue: the highest priority, then the first submitted."""
    return connection.execute(_HEAD, {"of_account": account, "of_queue": queue}).scalar()


def free_head(connection: Connection, account: AccountId, queue: QueueName) -> int | None:
    """The same of those that nobody else is about to take."""
    return connection.execute(_FREE_HEAD, {"of_account": account, "of_queue": queue}).scalar()


def take_turn(connection: Connection, account: AccountId, queue: QueueName, turn: int) -> None:
    """Note that a queue has started a job, the `turn`th of all."""
    connection.execute(update(QUEUES).where(QUEUES.c.account == account, QUEUES.c.name == queue).values(turn=turn))


def next_expired(connection: Connection, now: datetime) -> int | None:
    """The number of a job whose attempt has outlived its lease. It has begun, so that a paused queue lets it go on."""
    return connection.execute(
        select(JOBS.c.number)
        .where(JOBS.c.status == _PROGRESSING, JOBS.c.lease_expires_at <= now)
        .order_by(JOBS.c.current_priority.desc(), JOBS.c.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar()


def next_leftover(connection: Connection, now: datetime, *, attempts: int) -> int | None:
    """The number of a finished job, without a live lease, that left uploads behind and had fewer attempts than that."""
    return connection.execute(
        select(JOBS.c.number)
        .where(_IS_UNCLEAN, JOBS.c.lease_expires_at <= now, JOBS.c.attempt < attempts)
        .order_by(JOBS.c.number)
        .limit(1)
        .with_for_update(skip_locked=True)
    ).scalar()


def standing(connection: Connection, claim: JobClaim, now: datetime) -> JobStatus | None:
    """The status of the claim's job while its lease lasts; None once it has run out or another worker has the job."""
    status = connection.execute(
        select(JOBS.c.status).where(
            JOBS.c.id == claim.job_id,
            JOBS.c.owner == claim.owner,
            JOBS.c.attempt == claim.attempt,
            JOBS.c.lease_expires_at > now,
        )
    ).scalar()
    return None if status is None else JobStatus(status)


def number_of(connection: Connection, claim: JobClaim) -> int | None:
    """The number of the claim's job while the claim holds it; None once it is over or another worker's."""
    return connection.execute(
        select(JOBS.c.number).where(
            JOBS.c.id == claim.job_id,
            JOBS.c.owner == claim.owner,
            JOBS.c.attempt == claim.attempt,
            JOBS.c.status == JobStatus.PROGRESSING,
        )
    ).scalar()


def owners(connection: Connection, now: datetime) -> Sequence[str]:
    """Every worker that holds a live lease."""
    return (
        connection.execute(
            select(JOBS.c.owner).where(_IS_LEASED, JOBS.c.lease_expires_at > now, JOBS.c.owner.is_not(None)).distinct()
        )
        .scalars()
        .all()
    )


def end_leases(connection: Connection, dead: Collection[str], now: datetime) -> int:
    """Let the leases of these workers run out at `now`; how many there were."""
    return connection.execute(
        update(JOBS)
        .where(_IS_LEASED, JOBS.c.lease_expires_at > now, JOBS.c.owner.in_(dead))
        .values(lease_expires_at=now)
    ).rowcount
