"""Sinks and deliveries, as values."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from telecine.core.names import AccountId
from telecine.events.outbox import Event


class TargetKind(StrEnum):
    """What a sink is."""

    URL = "url"
    """Each event is POSTed there."""
    FILE = "file"
    """Each event becomes a line of it."""


class SinkState(StrEnum):
    """Whether a sink gets events."""

    ACTIVE = "ACTIVE"
    PAUSED = "PAUSED"
    """What happens meanwhile waits for it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Target:
    """Where a sink's events go."""

    kind: TargetKind
    address: str
    """An http or https URL, or the absolute path of a file on the server's machine."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Sink:
    """Somebody who wants events."""

    id: str
    """A UUID."""
    account: AccountId
    """Whose events it gets."""
    name: str
    """Unique in the account."""
    target: Target
    pattern: str
    """The text of its event pattern."""
    position: int
    """The last position of the outbox that has been looked at for it."""
    state: SinkState
    state_reason: str | None
    """Why it was paused, if not by a person."""
    created_at: datetime
    sealed_secret: bytes | None = field(repr=False)
    """What signs its requests, sealed; None for a file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Waiting:
    """What waits for a sink."""

    pending: int = 0
    """Events that are still to be delivered."""
    dead: int = 0
    """Dead letters."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Delivery:
    """An event on its way to a sink."""

    position: int
    """The event's, in the outbox."""
    event: Event
    attempts: int
    """How many have failed."""
    queued_at: datetime
    """Since when it is being tried."""


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetter:
    """An event that was given up."""

    position: int
    event: Event
    attempts: int
    reason: str
    dead_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class DeadLetters:
    """A part of a listing."""

    letters: Sequence[DeadLetter]
    next_token: str | None


class Verdict(StrEnum):
    """How an attempt ended."""

    DELIVERED = "DELIVERED"
    RETRY = "RETRY"
    """It may go well another time."""
    REFUSED = "REFUSED"
    """The same event would be refused again."""
    GONE = "GONE"
    """The receiver says that it will take nothing any more."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What came of an attempt."""

    verdict: Verdict
    error: str | None = None
    """What went wrong, in words that may be shown."""
    retry_after: timedelta | None = None
    """How long the receiver asks to be left alone."""


DELIVERED = Outcome(verdict=Verdict.DELIVERED)
