"""A clock that stands still until it is moved."""

from datetime import UTC, datetime, timedelta


class ManualClock:
    """Tells the time it was set to."""

    def __init__(self, start: datetime | None = None) -> None:
        """`start` is an aware time; noon on 1 March 2030 when there is none."""
        self._now = start or datetime(2030, 3, 1, 12, tzinfo=UTC)

    def now(self) -> datetime:
        return self._now

    def advance(self, seconds: float) -> None:
        """Move on by `seconds`."""
        self._now += timedelta(seconds=seconds)
