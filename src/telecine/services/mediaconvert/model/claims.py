"""What workers and `lifecycle` say to each other: claims, leases, progress, uploads."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from telecine.core.names import AccountId, JobId
from telecine.services.mediaconvert.model.jobs import Job, Phase

MAX_ATTEMPTS = 25
"""A job whose worker died so often is itself the reason; restarts of a server stay far below."""

MAX_CLEANUP_ATTEMPTS = 2 * MAX_ATTEMPTS
"""Attempts of any kind after which what a failed job left behind is given up: its role may be gone for good. The
pauses between them grow; with leases of 15 seconds they make five hours."""


_FIRST_PAUSE = timedelta(seconds=5)
_LONGEST_PAUSE = timedelta(minutes=10)


def pause_after(attempt: int) -> timedelta:
    """How long a job waits for its next attempt when `attempt` met something that is away: twice as long each time."""
    return min(_LONGEST_PAUSE, _FIRST_PAUSE * (1 << min(attempt - 1, 10)))


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
    threads: int | None = None
    """No more than these for its decoder and filters, as one reserved transcode slot has; None: what the worker has."""


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
    next_hop_at: datetime | None
    """When it hops on; None when it has nowhere to go, or runs or has run."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Progress:
    """How far an attempt has come."""

    phase: Phase
    phase_percent: int
    job_percent: int
    """0 to 99 while the job runs; never goes down."""
    frames_decoded: int = 0


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
