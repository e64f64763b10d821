"""What is counted: totals that only grow, and how full the queues are at this moment."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from telecine.core.names import AccountId, QueueName


class Count(StrEnum):
    """What a total is of; its labels beside each."""

    FINISHED = "finished"
    """Jobs that are over: queue, status, code (of an ERROR, else empty)."""
    RETRIES = "retries"
    """Attempts after the first: queue."""
    WAITS = "waits"
    """Jobs by the seconds from submission to their first attempt: queue, le (the end of the bucket)."""
    WAITED = "waited"
    """The sum of these seconds: queue."""
    DURATIONS = "durations"
    """Jobs by the seconds from their first attempt to their end: queue, status, le."""
    LASTED = "lasted"
    """The sum of these seconds: queue, status."""
    OUTPUT_SECONDS = "output_seconds"
    """Seconds of finished outputs: queue, and `media.pricing.Dimensions`."""


BUCKETS = (1, 5, 15, 60, 300, 900, 3600, 14400, 43200, 172800)
"""Ends of the buckets of waits and durations, in seconds: from a second to the 48 hours that a job may take."""

INFINITE = "+Inf"


def bucket(seconds: float) -> str:
    """The label `le` of the bucket that `seconds` belongs to."""
    return next((str(end) for end in BUCKETS if seconds <= end), INFINITE)


@dataclass(frozen=True, kw_only=True, slots=True)
class Addition:
    """So much more of something."""

    of: Count
    labels: Mapping[str, str]
    amount: float = 1.0


@dataclass(frozen=True, kw_only=True, slots=True)
class Total:
    """How much of something there has been since the database was made."""

    account: AccountId
    of: Count
    labels: Mapping[str, str]
    value: float


@dataclass(frozen=True, kw_only=True, slots=True)
class Load:
    """How full a queue is."""

    account: AccountId
    queue: QueueName
    submitted: int
    progressing: int
    oldest: datetime | None
    """When the job that waits longest was submitted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Statistics:
    """Everything that is counted, at one moment."""

    totals: Sequence[Total]
    loads: Sequence[Load]
