"""MediaConvert's values: jobs, queues, and what the engine and `lifecycle` say to each other.

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

from telecine.core.arn import Arn, MalformedArn
from telecine.core.names import AccountId, JobId, QueueName, Region

SERVICE = "mediaconvert"

DEFAULT_QUEUE = QueueName("Default")
"""The system queue that every account has."""

DEFAULT_INTERVAL = "SECONDS_60"
DEFAULT_BILLING_SOURCE = "JOB"

MAX_ATTEMPTS = 25
"""A job whose worker died so often is itself the reason; restarts of a server stay far below."""

MAX_RUN_TIME = timedelta(hours=48)
"""How long a job may stay PROGRESSING (MediaConvert user guide, `ev_status_progressing`)."""

MAX_CLEANUP_ATTEMPTS = 2 * MAX_ATTEMPTS
"""Attempts of any kind after which what a failed job left behind is given up: its role may be gone for good. The
pauses between them grow; with leases of 15 seconds they make five hours."""

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


class QueueStatus(StrEnum):
    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"


class Order(StrEnum):
    ASCENDING = "ASCENDING"
    DESCENDING = "DESCENDING"


class QueueSort(StrEnum):
    NAME = "NAME"
    CREATION_DATE = "CREATION_DATE"


TRANSITIONS: Mapping[JobStatus, frozenset[JobStatus]] = {
    JobStatus.SUBMITTED: frozenset({JobStatus.PROGRESSING, JobStatus.CANCELED}),
    JobStatus.PROGRESSING: frozenset({JobStatus.PROGRESSING, JobStatus.COMPLETE, JobStatus.ERROR, JobStatus.CANCELED}),
    JobStatus.COMPLETE: frozenset(),
    JobStatus.CANCELED: frozenset(),
    JobStatus.ERROR: frozenset(),
}
"""Which status may follow which; `lifecycle` is the only one that changes a status, and asks this table."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Queue:
    """Where jobs wait."""

    account: AccountId
    region: Region
    name: QueueName
    status: QueueStatus
    type: str
    """`SYSTEM` for Default, else `CUSTOM`."""
    pricing_plan: str
    """`ON_DEMAND` or `RESERVED`."""
    description: str | None
    concurrent_jobs: int | None
    """How many of its jobs may run at once; None: as many as the workers have room for."""
    created_at: datetime
    updated_at: datetime
    submitted_jobs: int
    """How many of its jobs wait."""
    progressing_jobs: int
    """How many of its jobs run."""

    @property
    def arn(self) -> str:
        return queue_arn(self.account, self.region, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Submission:
    """A job as CreateJob asks for it, checked."""

    account: AccountId
    queue: QueueName
    role_arn: str
    settings: Mapping[str, Any]
    """By the model's member names; stored and given back as it is."""
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


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """A job as its record says."""

    id: JobId
    region: Region
    submission: Submission
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
        return queue_arn(self.account, self.region, self.submission.queue)


@dataclass(frozen=True, kw_only=True, slots=True)
class JobClaim:
    """A worker's right to run one attempt of a job, good until its lease runs out."""

    job_id: JobId
    attempt: int
    """1 for the first run."""
    owner: str
    """The worker that holds the lease."""
    account: AccountId
    region: str
    queue_arn: str
    """The queue in which the job runs: `aws:SourceArn` when the role is assumed."""
    role_arn: str
    settings: Mapping[str, Any]
    """The job's `Settings` by the model's member names."""
    submitted_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Lease:
    """Who runs a job, and what the attempt has done so far that cannot be done twice."""

    owner: str | None
    """None until the job is claimed for the first time."""
    attempt: int
    seconds: int
    """How long the lease holds after each heartbeat."""
    expires_at: datetime | None
    is_publishing: bool
    """The attempt has begun to make its outputs visible: too late to cancel."""
    is_probed: bool
    """INPUT_INFORMATION is out, from this attempt or an earlier one."""
    next_update_at: datetime | None
    """When the next STATUS_UPDATE is due."""

    def is_held_by(self, claim: JobClaim) -> bool:
        """Whether `claim` is the latest one; true also after the lease ran out, until another worker takes the job."""
        return (self.owner, self.attempt) == (claim.owner, claim.attempt)

    def is_live(self, now: datetime) -> bool:
        return self.expires_at is not None and now < self.expires_at


@dataclass(frozen=True, kw_only=True, slots=True)
class Record:
    """A job with its place in the order of submission and its lease."""

    number: int
    """Grows with every job submitted."""
    job: Job
    lease: Lease


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far an attempt has come."""

    phase: Phase
    phase_percent: int
    job_percent: int
    """0 to 99 while the job runs; never goes down."""
    frames_decoded: int = 0


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputOutcome:
    """One finished output, for the job record and the COMPLETE event."""

    duration_ms: int
    width: int | None
    height: int | None
    average_bitrate: int | None
    """Bits a second of the video, None without video."""
    file_paths: tuple[str, ...]
    """`s3://…` of the media file, or of the child playlist for HLS."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupOutcome:
    """One finished output group."""

    type: str
    """`FILE_GROUP` or `HLS_GROUP`, as events name it."""
    outputs: tuple[OutputOutcome, ...]
    playlist_paths: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a finished attempt hands over."""

    groups: tuple[GroupOutcome, ...]
    warnings: tuple[tuple[int, int], ...] = ()
    """(code, count) pairs, as MediaConvert numbers its warnings."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Upload:
    """An object that an attempt is about to write, kept so that a later attempt can undo what a dead one left."""

    bucket: str
    key: str
    upload_id: str | None
    """None until S3 has answered: a dead attempt may have left an upload that it never learned the id of."""
    is_published: bool
    version: str | None = None
    """The version that the object is, in a bucket that keeps versions; None also while S3 has not answered."""


def job_arn(account: str, region: str, job_id: str) -> str:
    return str(Arn.of(SERVICE, account, f"jobs/{job_id}", region=region))


def queue_arn(account: str, region: str, name: str) -> str:
    return str(Arn.of(SERVICE, account, f"queues/{name}", region=region))


def queue_name(text: str, *, account: str, region: str) -> QueueName | None:
    """The name of the queue that `text` means, itself a name or the ARN of a queue in this account and region.

    None for any other ARN.
    """
    if not text.startswith("arn:"):
        return QueueName(text)
    try:
        name = Arn.parse(text).resource.removeprefix("queues/")
    except MalformedArn:
        return None
    return QueueName(name) if text == queue_arn(account, region, name) else None


def interval_seconds(interval: str) -> int:
    """The seconds of a StatusUpdateInterval (`SECONDS_60`)."""
    return int(interval.removeprefix("SECONDS_"))
