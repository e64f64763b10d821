"""The moves of the state machine, each inside its caller's transaction and with its event."""

from collections import Counter
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection

from telecine.core.ids import Ids
from telecine.core.names import Region
from telecine.events import outbox
from telecine.services.mediaconvert.errors import ForbiddenTransition
from telecine.services.mediaconvert.lifecycle import state_change, statistics
from telecine.services.mediaconvert.model import (
    TRANSITIONS,
    Job,
    JobClaim,
    JobStatus,
    Outcome,
    Phase,
    Record,
    interval_seconds,
)
from telecine.services.mediaconvert.store import jobs, totals, uploads


class Moves:
    """Changes a job's status and lease, and says so in the outbox."""

    def __init__(self, ids: Ids, region: Region) -> None:
        self._ids = ids
        self._region = region

    def start(self, connection: Connection, found: Record, owner: str, lease_seconds: int, now: datetime) -> JobClaim:
        """Begin an attempt: the first one, or another after a lease ran out.

        Only the first is an event; a later one shows as `retryCount`.
        """
        claim = self.lease(connection, found, owner, lease_seconds, now)
        fresh = {"phase": Phase.PROBING, "phase_percent": 0, "job_percent": 0, "frames_decoded": 0}
        if found.job.status is JobStatus.SUBMITTED:
            first_update = now + timedelta(seconds=interval_seconds(found.job.submission.status_update_interval))
            job = self._move(
                connection, found, JobStatus.PROGRESSING, started_at=now, next_update_at=first_update, **fresh
            )
            totals.add(connection, job.account, statistics.of_start(job, now))
            self.announce(connection, job, JobStatus.PROGRESSING, {}, now)
        else:
            retries = found.job.retry_count + 1
            job = self._move(connection, found, JobStatus.PROGRESSING, retry_count=retries, **fresh)
            totals.add(connection, job.account, statistics.of_retry(job))
        return claim

    def lease(self, connection: Connection, found: Record, owner: str, lease_seconds: int, now: datetime) -> JobClaim:
        """Give the next attempt of a job to `owner`; every earlier claim is void from now on."""
        job, attempt = found.job, found.lease.attempt + 1
        jobs.change(
            connection,
            found.number,
            owner=owner,
            attempt=attempt,
            lease_seconds=lease_seconds,
            lease_expires_at=now + timedelta(seconds=lease_seconds),
            is_publishing=False,
        )
        return JobClaim(
            job_id=job.id,
            attempt=attempt,
            owner=owner,
            account=job.account,
            region=self._region,
            queue_arn=job.queue_arn,
            role_arn=job.submission.role_arn,
            settings=job.submission.settings,
            submitted_at=job.submitted_at,
        )

    def complete(self, connection: Connection, found: Record, outcome: Outcome, now: datetime) -> None:
        """COMPLETE: what was published is the customer's, so it is no longer ours to undo."""
        warnings = Counter(found.job.warnings)
        for code, count in outcome.warnings:
            warnings[code] += count
        job = self._move(
            connection,
            found,
            JobStatus.COMPLETE,
            finished_at=now,
            phase_percent=100,
            job_percent=100,
            outputs=jobs.outputs_json(outcome.groups),
            warnings=list(warnings.items()),
        )
        uploads.forget_all(connection, found.number)
        self.announce(connection, job, JobStatus.COMPLETE, state_change.ending(job), now)

    def fail(self, connection: Connection, found: Record, code: int, message: str, now: datetime) -> None:
        """ERROR."""
        job = self._move(connection, found, JobStatus.ERROR, finished_at=now, error_code=code, error_message=message)
        self.announce(connection, job, JobStatus.ERROR, state_change.ending(job), now)

    def cancel(self, connection: Connection, found: Record, now: datetime) -> None:
        """CANCELED. The lease stays with its worker, which removes what it has written."""
        job = self._move(connection, found, JobStatus.CANCELED, finished_at=now)
        self.announce(connection, job, JobStatus.CANCELED, state_change.ending(job), now)

    def update_status(self, connection: Connection, found: Record, now: datetime) -> None:
        """STATUS_UPDATE when it is due."""
        due = found.lease.next_update_at
        if due is None or now < due:
            return
        interval = timedelta(seconds=interval_seconds(found.job.submission.status_update_interval))
        missed = (now - due) // interval  # a worker that slept does not make up for lost updates
        jobs.change(connection, found.number, next_update_at=due + (missed + 1) * interval)
        self.announce(connection, found.job, "STATUS_UPDATE", state_change.status_update(found.job), now)

    def announce(
        self, connection: Connection, job: Job, status: str, detail: state_change.Detail, now: datetime
    ) -> None:
        """Write one event of `job`."""
        outbox.append(connection, state_change.event(self._ids.uuid(), now, job, status, detail))

    def _move(self, connection: Connection, found: Record, to: JobStatus, **values: Any) -> Job:
        """The job after its change to status `to`."""
        if to not in TRANSITIONS[found.job.status]:
            raise ForbiddenTransition(f"job {found.job.id} is {found.job.status} and cannot become {to}")
        jobs.change(connection, found.number, status=to, **values)
        job = jobs.numbered(connection, self._region, found.number).job
        if to.is_final:
            totals.add(connection, job.account, statistics.of_end(job))
        return job
