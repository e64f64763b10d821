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
    SLOT_THREADS,
    TRANSITIONS,
    Hop,
    Job,
    JobClaim,
    JobStatus,
    Outcome,
    Phase,
    PricingPlan,
    QueueTransition,
    Record,
    interval_seconds,
)
from telecine.services.mediaconvert.store import jobs, queues, totals, uploads


class Moves:
    """Changes a job's status and lease, and says so in the outbox."""

    def __init__(self, ids: Ids, region: Region) -> None:
        self._ids = ids
        self._region = region

    def start(self, connection: Connection, found: Record, owner: str, lease_seconds: int, now: datetime) -> JobClaim:
        """Begin an attempt: the first one, or another after a lease ran out.

        Only the first is an event; a later one shows as `retryCount`.
        """
        claim = self._claim(connection, found, owner)
        fresh = {"phase": Phase.PROBING, "phase_percent": 0, "job_percent": 0, "frames_decoded": 0}
        changed = {**_leased(claim, lease_seconds, now), **fresh}
        if found.job.status is JobStatus.SUBMITTED:
            first_update = now + timedelta(seconds=interval_seconds(found.job.submission.status_update_interval))
            self._set(connection, found, JobStatus.PROGRESSING, started_at=now, next_update_at=first_update, **changed)
            # What follows reads nothing that the change has touched: no need to read the job again.
            totals.add(connection, found.job.account, statistics.of_start(found.job, now))
            self.announce(connection, found.job, JobStatus.PROGRESSING, {}, now)
        else:
            retries = found.job.retry_count + 1
            self._set(connection, found, JobStatus.PROGRESSING, retry_count=retries, **changed)
            totals.add(connection, found.job.account, statistics.of_retry(found.job))
        return claim

    def lease(self, connection: Connection, found: Record, owner: str, lease_seconds: int, now: datetime) -> JobClaim:
        """Give the next attempt of a job to `owner`; every earlier claim is void from now on."""
        claim = self._claim(connection, found, owner)
        jobs.change(connection, found.number, **_leased(claim, lease_seconds, now))
        return claim

    def _claim(self, connection: Connection, found: Record, owner: str) -> JobClaim:
        job = found.job
        return JobClaim(
            job_id=job.id,
            attempt=found.lease.attempt + 1,
            owner=owner,
            account=job.account,
            region=self._region,
            queue_arn=job.queue_arn,
            role_arn=job.submission.role_arn,
            settings=job.submission.settings,
            submitted_at=job.submitted_at,
            threads=SLOT_THREADS if self._is_one_slot(connection, job) else None,
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

    def postpone(self, connection: Connection, found: Record, until: datetime) -> None:
        """The attempt is over, the job is not: it keeps its place, belongs to nobody, and is claimed again then."""
        jobs.change(connection, found.number, owner=None, lease_expires_at=until)

    def hop(self, connection: Connection, found: Record, hop: Hop, next_hop_at: datetime | None, now: datetime) -> None:
        """QUEUE_HOP. Among the jobs of its priority there the job stands where its submission puts it."""
        before = found.job
        gone = QueueTransition(source=before.queue, destination=hop.queue, at=now)
        jobs.change(
            connection,
            found.number,
            current_queue=hop.queue,
            current_priority=before.priority if hop.priority is None else hop.priority,
            transitions=jobs.transitions_json([*before.transitions, gone]),
            next_hop_at=next_hop_at,
        )
        after = jobs.numbered(connection, self._region, found.number).job
        self.announce(connection, after, "QUEUE_HOP", state_change.queue_hop(before, after), now)

    def warn(self, connection: Connection, found: Record, code: int, message: str, now: datetime) -> None:
        """Count a warning and keep its words; NEW_WARNING."""
        counts = {**found.job.warnings, code: found.job.warnings.get(code, 0) + 1}
        messages = [*found.job.messages, message]
        jobs.change(connection, found.number, warnings=list(counts.items()), messages=messages)
        self.announce(connection, found.job, "NEW_WARNING", state_change.new_warning(code, message), now)

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

    def _is_one_slot(self, connection: Connection, job: Job) -> bool:
        """Whether the job runs in a reserved transcode slot, or as if it did."""
        if job.submission.simulate_reserved_queue == "ENABLED":
            return True
        return queues.pricing_plan(connection, job.account, job.queue) is PricingPlan.RESERVED

    def _move(self, connection: Connection, found: Record, to: JobStatus, **values: Any) -> Job:
        """The job after its change to status `to`."""
        self._set(connection, found, to, **values)
        job = jobs.numbered(connection, self._region, found.number).job
        if to.is_final:
            totals.add(connection, job.account, statistics.of_end(job))
        return job

    @staticmethod
    def _set(connection: Connection, found: Record, to: JobStatus, **values: Any) -> None:
        if to not in TRANSITIONS[found.job.status]:
            raise ForbiddenTransition(f"job {found.job.id} is {found.job.status} and cannot become {to}")
        jobs.change(connection, found.number, status=to, **values)


def _leased(claim: JobClaim, seconds: int, now: datetime) -> dict[str, Any]:
    """The columns of a lease that begins."""
    return {
        "owner": claim.owner,
        "attempt": claim.attempt,
        "lease_seconds": seconds,
        "lease_expires_at": now + timedelta(seconds=seconds),
        "is_publishing": False,
    }
