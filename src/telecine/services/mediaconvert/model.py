"""MediaConvert's values: a job, its statuses, and what the engine and `lifecycle` say to each other.

    SUBMITTED ──claim──▶ PROGRESSING ──complete──▶ COMPLETE
        │                   │   │ ▲
        │                   │   │ └── claim again, when the lease of a dead worker has run out (retry_count + 1)
        │                   │   └──fail──▶ ERROR
        └──cancel──▶ CANCELED ◀──cancel──┘
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from telecine.core.names import AccountId, JobId


class JobStatus(StrEnum):
    SUBMITTED = "SUBMITTED"
    PROGRESSING = "PROGRESSING"
    COMPLETE = "COMPLETE"
    CANCELED = "CANCELED"
    ERROR = "ERROR"


class Phase(StrEnum):
    PROBING = "PROBING"
    TRANSCODING = "TRANSCODING"
    UPLOADING = "UPLOADING"


TRANSITIONS: Mapping[JobStatus, frozenset[JobStatus]] = {
    JobStatus.SUBMITTED: frozenset({JobStatus.PROGRESSING, JobStatus.CANCELED}),
    JobStatus.PROGRESSING: frozenset(
        {JobStatus.PROGRESSING, JobStatus.COMPLETE, JobStatus.ERROR, JobStatus.CANCELED}
    ),
    JobStatus.COMPLETE: frozenset(),
    JobStatus.CANCELED: frozenset(),
    JobStatus.ERROR: frozenset(),
}
"""Which status may follow which; `lifecycle` is the only one that changes a status, and asks this table."""


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
