"""Which job a worker runs next, and whether a worker still may: each inside its caller's transaction."""

from datetime import datetime

from sqlalchemy import Connection

from telecine.core.names import Region
from telecine.services.mediaconvert.errors import LeaseLost
from telecine.services.mediaconvert.lifecycle import scheduling
from telecine.services.mediaconvert.lifecycle.moves import Moves
from telecine.services.mediaconvert.model import (
    MAX_ATTEMPTS,
    MAX_CLEANUP_ATTEMPTS,
    MAX_RUN_TIME,
    Job,
    JobClaim,
    Record,
)
from telecine.services.mediaconvert.store import jobs, leases

TIMED_OUT = (1522, "An internal error has occurred and your job timed out. Contact Support.")
_UNKNOWN_ERROR = (1999, "Unknown error")


class Claims:
    """Gives jobs to workers, and knows whose they are."""

    def __init__(self, moves: Moves, region: Region) -> None:
        self._moves = moves
        self._region = region

    def next(self, connection: Connection, owner: str, lease_seconds: int, now: datetime) -> JobClaim | None:
        """First a job whose attempt has ended without settling it, then the first of the queue whose turn it is."""
        while (number := leases.next_expired(connection, now)) is not None:
            found = jobs.numbered(connection, self._region, number)
            hopeless = _hopeless(found, now)
            if hopeless is None:
                return self._moves.start(connection, found, owner, lease_seconds, now)
            self._moves.fail(connection, found, *hopeless, now)
        return self._next_waiting(connection, owner, lease_seconds, now)

    def next_cleanup(self, connection: Connection, owner: str, lease_seconds: int, now: datetime) -> JobClaim | None:
        """A job that is over and has left something in S3."""
        number = leases.next_leftover(connection, now, attempts=MAX_CLEANUP_ATTEMPTS)
        if number is None:
            return None
        found = jobs.numbered(connection, self._region, number)
        return self._moves.lease(connection, found, owner, lease_seconds * (found.lease.attempt + 1), now)

    def find_held(self, connection: Connection, claim: JobClaim) -> Record | None:
        """The running job of `claim`; None when the claim is not the live one or the job is over."""
        found = jobs.find(connection, self._region, claim.job_id)
        if found is None or not found.lease.is_held_by(claim) or found.job.status.is_final:
            return None
        return found

    def held(self, connection: Connection, claim: JobClaim) -> Record:
        """The same. Raises LeaseLost."""
        found = self.find_held(connection, claim)
        if found is None:
            raise _lease_lost(claim)
        return found

    @staticmethod
    def number(connection: Connection, claim: JobClaim) -> int:
        """The same by its number alone, without its settings: for what is written once for every file of a job."""
        number = leases.number_of(connection, claim)
        if number is None:
            raise _lease_lost(claim)
        return number

    def number_even_if_over(self, connection: Connection, claim: JobClaim) -> int:
        """The number of the job that `claim` was given for, running or not. Raises LeaseLost when another has it."""
        found = jobs.find(connection, self._region, claim.job_id)
        if found is None or not found.lease.is_held_by(claim):
            raise _lease_lost(claim)
        return found.number

    def _next_waiting(self, connection: Connection, owner: str, lease_seconds: int, now: datetime) -> JobClaim | None:
        found = leases.candidates(connection)
        for queue in scheduling.in_turn(found, now):
            number = leases.free_head(connection, queue.account, queue.name)
            if number is not None:  # None: others are about to take what is left there
                leases.take_turn(connection, queue.account, queue.name, 1 + max(other.turn for other in found))
                job = jobs.numbered(connection, self._region, number)
                return self._moves.start(connection, job, owner, lease_seconds, now)
        return None


def has_timed_out(job: Job, now: datetime) -> bool:
    """Whether the job has run longer than any may."""
    return job.started_at is not None and now - job.started_at > MAX_RUN_TIME


def _hopeless(found: Record, now: datetime) -> tuple[int, str] | None:
    """The error with which a job ends instead of another attempt; None when it may have one."""
    if has_timed_out(found.job, now):
        return TIMED_OUT
    return _UNKNOWN_ERROR if found.lease.attempt >= MAX_ATTEMPTS else None


def _lease_lost(claim: JobClaim) -> LeaseLost:
    return LeaseLost(f"attempt {claim.attempt} of job {claim.job_id} is not {claim.owner}'s any more")
