"""Time as an argument: nothing below the rim asks the operating system what time it is."""

from datetime import UTC, datetime
from typing import Protocol


class Clock(Protocol):
    """Tells the time. `telecine.testing` ships one that a test moves by hand."""

    def now(self) -> datetime:
        """The time in UTC, timezone-aware."""
        ...


class SystemClock:
    """The machine's own clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


def to_the_second(moment: datetime) -> str:
    """`2026-01-31T10:00:00Z`, of a time in UTC. `strftime` asks the C library, which takes ten times as long."""
    return f"{moment.isoformat()[:19]}Z"


def epoch_ms(moment: datetime) -> int:
    """Milliseconds since 1970, as MediaConvert's events and our tables carry time."""
    return round(moment.timestamp() * 1000)


def from_epoch_ms(milliseconds: int) -> datetime:
    """The UTC moment of `epoch_ms`."""
    return datetime.fromtimestamp(milliseconds / 1000, UTC)
