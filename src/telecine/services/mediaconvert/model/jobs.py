"""Jobs: what was asked for, and what has become of it.

SUBMITTED ──claim──▶ PROGRESSING ──complete──▶ COMPLETE
    │                   │   │ ▲
    │                   │   │ └── claim again, when the lease of a dead worker has run out (retry_count + 1)
    │                   │   └──fail──▶ ERROR
    └──cancel──▶ CANCELED ◀──cancel──┘
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

from telecine.core.names import AccountId, JobId, QueueName, Region
from telecine.services.mediaconvert.model.names import job_arn, queue_arn
from telecine.services.mediaconvert.model.outcomes import GroupOutcome

DEFAULT_INTERVAL = "SECONDS_60"
DEFAULT_BILLING_SOURCE = "JOB"

MAX_RUN_TIME = timedelta(hours=48)
"""How long a job may stay PROGRESSING (MediaConvert user guide, `ev_status_progressing`)."""

KEPT_FOR = timedelta(days=90)
"""How long a job's record is kept after its end (user guide, `viewing-job-history`)."""

TOKEN_WINDOW = timedelta(minutes=1)
"""How long a ClientRequestToken names the job that it made."""


class JobStatus(StrEnum):
    SUBMITTED = "SUBMITTED"
    PROGRESSING = "PROGRESSING"
    COMPLETE = "COMPLETE"
    CANCELED = "CANCELED"
    ERROR = "ERROR"

    @property
    def is_final(self) -> bool:
        return not TRANSITIONS[self]


class Phase(StrEnum):
    PROBING = "PROBING"
    TRANSCODING = "TRANSCODING"
    UPLOADING = "UPLOADING"


class Order(StrEnum):
    ASCENDING = "ASCENDING"
    DESCENDING = "DESCENDING"


TRANSITIONS: Mapping[JobStatus, frozenset[JobStatus]] = {
    JobStatus.SUBMITTED: frozenset({JobStatus.PROGRESSING, JobStatus.CANCELED}),
    JobStatus.PROGRESSING: frozenset({JobStatus.PROGRESSING, JobStatus.COMPLETE, JobStatus.ERROR, JobStatus.CANCELED}),
    JobStatus.COMPLETE: frozenset(),
    JobStatus.CANCELED: frozenset(),
    JobStatus.ERROR: frozenset(),
}
"""Which status may follow which; `lifecycle` is the only one that changes a status, and asks this table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Hop:
    """Where a job goes that has waited too long."""

    queue: QueueName
    wait_minutes: int
    """1 to 4320, from its submission."""
    priority: int | None
    """What it has there; None: what it had."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueTransition:
    """A hop that has happened."""

    source: QueueName
    destination: QueueName
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """A job as CreateJob asks for it, checked."""

    account: AccountId
    queue: QueueName
    role_arn: str
    settings: Mapping[str, Any]
    """What is to be done, by the model's member names, with the settings of template and presets as they were when it
    was submitted."""
    shown: Mapping[str, Any] | None = None
    """The same as `Job.Settings` has it, with the names of presets in place of what they held; None: as `settings`."""
    priority: int = 0
    """-50 to 50; higher runs first."""
    user_metadata: Mapping[str, str] = field(default_factory=dict)
    client_request_token: str | None = None
    status_update_interval: str = DEFAULT_INTERVAL
    """`SECONDS_n`."""
    acceleration_mode: str | None = None
    """`DISABLED` or `PREFERRED`; None when the request has no AccelerationSettings."""
    billing_tags_source: str = DEFAULT_BILLING_SOURCE
    simulate_reserved_queue: str | None = None
    job_template: str | None = None
    """The template as the request names it, by name or ARN; its settings are merged into `settings`."""
    hops: tuple[Hop, ...] = ()
    """In the order of their waits."""
    job_engine_version: str | None = None
    """`YYYY-MM-DD`, as the request says. There is only the engine of this release: every version counts as expired."""

    @property
    def queues(self) -> tuple[QueueName, ...]:
        """Those in which the job may come to run."""
        return (self.queue, *(hop.queue for hop in self.hops))

    def asks_for_what(self, earlier: "Submission") -> bool:
        """Whether it asks for the job that `earlier` has made: the same settings in the same queue with the same role.

        These are what a caller must be allowed, so that nobody is shown a job that was not theirs to ask for. Presets
        count by their names: one that was changed in between makes no other request of it.
        """
        return (self.queue, self.role_arn, self.shown or self.settings) == (
            earlier.queue,
            earlier.role_arn,
            earlier.shown or earlier.settings,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A job as its record says."""

    id: JobId
    region: Region
    submission: Submission
    queue: QueueName
    """Where it waits or runs, or has run: after a hop not the one that it was submitted to."""
    priority: int
    """What it has there."""
    transitions: tuple[QueueTransition, ...]
    """Its hops, the oldest first."""
    status: JobStatus
    submitted_at: datetime
    started_at: datetime | None
    """When its first attempt began."""
    finished_at: datetime | None
    phase: Phase | None
    """None before its first attempt."""
    phase_percent: int
    job_percent: int
    frames_decoded: int
    retry_count: int
    """Attempts after the first."""
    error_code: int | None
    error_message: str | None
    warnings: Mapping[int, int]
    """How often each warning code was raised."""
    messages: tuple[str, ...]
    """The words of the warnings, oldest first."""
    outputs: tuple["GroupOutcome", ...]
    """Empty unless COMPLETE."""

    @property
    def account(self) -> AccountId:
        return self.submission.account

    @property
    def arn(self) -> str:
        return job_arn(self.account, self.region, self.id)

    @property
    def queue_arn(self) -> str:
        """Of the queue in which it waits or runs."""
        return queue_arn(self.account, self.region, self.queue)


def interval_seconds(interval: str) -> int:
    """The seconds of a StatusUpdateInterval (`SECONDS_60`)."""
    return int(interval.removeprefix("SECONDS_"))
