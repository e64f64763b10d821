"""What jobs are found by, and queries of jobs.

Sources: service model, SearchJobs, StartJobsQuery, JobsQueryFilterKey.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, NamedTuple

from telecine.core.names import AccountId
from telecine.services.mediaconvert.model.jobs import Order

MAX_INPUT_FILE = 300
"""The longest text that SearchJobs looks for, in characters."""

QUERY_LIFE = timedelta(days=1)
"""How long a jobs query and its results are kept. AWS does not document its own time."""

MAX_QUERIES = 1000
"""How many jobs queries an account may have at a time, so that they cannot fill the database."""

MAX_QUERY_VALUES = 100
"""How many values the filters of one query may have in all: each of them is a look into an index."""


class TermKind(StrEnum):
    """What a job is found by, beside its queue, status and error."""

    INPUT = "input"
    """The address of an input."""
    AUDIO = "audio"
    """The codec of an output's audio, as settings name it."""
    VIDEO = "video"
    ENGINE = "engine"
    """The job engine version that was asked for."""


class Term(NamedTuple):
    """One thing that a job is found by."""

    kind: TermKind
    text: str

    @property
    def digest(self) -> int:
        """64 bits of its text, signed, as databases have integers."""
        return int.from_bytes(hashlib.blake2b(self.text.encode(), digest_size=8).digest(), "big", signed=True)


class FilterKey(StrEnum):
    """What a filter of a jobs query looks at."""

    QUEUE = "queue"
    STATUS = "status"
    FILE_INPUT = "fileInput"
    ENGINE_REQUESTED = "jobEngineVersionRequested"
    ENGINE_USED = "jobEngineVersionUsed"
    AUDIO_CODEC = "audioCodec"
    VIDEO_CODEC = "videoCodec"
    ERROR_CODE = "errorCode"


class QueryStatus(StrEnum):
    SUBMITTED = "SUBMITTED"
    """Nobody has asked for its results yet."""
    PROGRESSING = "PROGRESSING"
    """It has looked at a part of the account's jobs."""
    COMPLETE = "COMPLETE"
    ERROR = "ERROR"


@dataclass(frozen=True, kw_only=True, slots=True)
class Filter:
    """Jobs of which one member has one of these values."""

    key: FilterKey
    values: tuple[str, ...]
    """Queues by name, error codes as decimal numbers."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobsQuery:
    """A query of jobs, and how far it has come."""

    id: str
    account: AccountId
    created_at: datetime
    filters: tuple[Filter, ...]
    """A job is found that meets any of them; without filters every job is."""
    order: Order
    page_size: int
    status: QueryStatus
    position: int | None
    """The number of the last job it has looked at; None: none yet."""
    found: tuple[int, ...]
    """The numbers of the jobs found so far, in order."""
    has_more: bool
    """Whether other jobs may follow those found; of use once it is COMPLETE."""


def terms_of(settings: Mapping[str, Any], engine_version: str | None) -> Sequence[Term]:
    """What a job with these settings is found by, each once."""
    found: dict[tuple[TermKind, str], None] = {}
    for source in settings.get("Inputs", ()):
        if source.get("FileInput"):
            found[TermKind.INPUT, source["FileInput"]] = None
    for group in settings.get("OutputGroups", ()):
        for output in group.get("Outputs", ()):
            _note_codec(found, TermKind.VIDEO, output.get("VideoDescription"))
            for description in output.get("AudioDescriptions") or ():
                _note_codec(found, TermKind.AUDIO, description)
    if engine_version is not None:
        found[TermKind.ENGINE, engine_version] = None
    return [Term(kind, text) for kind, text in found]


def _note_codec(found: dict[tuple[TermKind, str], None], kind: TermKind, description: Mapping[str, Any] | None) -> None:
    codec = description.get("CodecSettings", _NOTHING).get("Codec") if description else None
    if codec:
        found[kind, codec] = None


_NOTHING: Mapping[str, Any] = {}
