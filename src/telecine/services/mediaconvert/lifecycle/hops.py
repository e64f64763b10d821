"""Hops: a job that has waited too long in one queue goes on to another.

Source: MediaConvert user guide, "Setting up queue hopping", "Queue hopping behavior with paused queues".
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection

from telecine.core.names import AccountId, QueueName, Region
from telecine.db import Database
from telecine.services.mediaconvert.lifecycle.moves import Moves
from telecine.services.mediaconvert.model import Hop, Job, QueueStatus, Record
from telecine.services.mediaconvert.store import hops, jobs, leases, queues

_BATCH = 100
"""Hops of one transaction: a queue of thousands that are due at once keeps nobody from the database."""

_FAILED = (100000, "Your job couldn't hop from its original submission queue to its destination queue.")


class Hopping:
    """Moves waiting jobs from queue to queue, by the clock."""

    def __init__(self, moves: Moves, region: Region) -> None:
        self._moves = moves
        self._region = region

    def due(self, database: Database, now: datetime) -> Sequence[tuple[AccountId, QueueName]]:
        """The queues with jobs that shall hop now. A paused queue has none: nobody hops out of it."""
        with database.read() as connection:
            return [
                (account, queue)
                for account, queue, status in queues.names(connection)
                if status is not QueueStatus.PAUSED and hops.due(connection, account, queue, now, limit=1)
            ]

    def hop(self, connection: Connection, account: AccountId, queue: QueueName, now: datetime) -> int:
        """Let up to a hundred jobs of one queue hop whose time has come; how many tried to."""
        found = queues.find(connection, self._region, account, queue)
        if found is None or found.status is QueueStatus.PAUSED:
            return 0
        numbers = hops.due(connection, account, queue, now, limit=_BATCH)
        for number in numbers:
            self._one(connection, jobs.numbered(connection, self._region, number), now)
        return len(numbers)

    def stay_at_head(self, connection: Connection, account: AccountId, queue: QueueName, now: datetime) -> None:
        """The queue is activated again: a job whose hop came due meanwhile runs here if no other is ahead of it."""
        number = leases.head(connection, account, queue)
        if number is None:
            return
        first = jobs.numbered(connection, self._region, number)
        at = hop_at(first.job, _next(first))
        if at is not None and at <= now:
            later = [hop for hop in first.job.submission.hops if _moment(first.job, hop) > now]
            jobs.change(connection, number, next_hop_at=hop_at(first.job, later[0] if later else None))

    def _one(self, connection: Connection, found: Record, now: datetime) -> None:
        job, hop = found.job, _next(found)
        assert hop is not None, "a job is due for a hop that it has"
        following = job.submission.hops[job.submission.hops.index(hop) + 1 :]
        next_hop_at = hop_at(job, following[0] if following else None)
        if not queues.exists(connection, job.account, hop.queue):
            jobs.change(connection, found.number, next_hop_at=next_hop_at)
            self._moves.warn(connection, found, *_FAILED, now)
            return
        self._moves.hop(connection, found, hop, next_hop_at, now)


def hop_at(job: Job, hop: Hop | None) -> datetime | None:
    """When `job` makes this hop, unless it has begun to run."""
    return None if hop is None else _moment(job, hop)


def _moment(job: Job, hop: Hop) -> datetime:
    return job.submitted_at + timedelta(minutes=hop.wait_minutes)


def _next(found: Record) -> Hop | None:
    """The hop that the job is to make next. Waits ascend, so that its time tells which one it is."""
    due = found.next_hop_at
    return next((hop for hop in found.job.submission.hops if due is not None and _moment(found.job, hop) >= due), None)
