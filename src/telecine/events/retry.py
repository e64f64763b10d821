"""When a failed delivery is tried again, and when it is given up.

Source: Amazon EventBridge user guide, "How EventBridge retries delivering events": for 24 hours and up to 185 times,
with exponential back off and jitter. How long the waits are is our decision.
"""

from datetime import datetime, timedelta

MAX_ATTEMPTS = 186
"""One, and 185 retries."""
MAX_AGE = timedelta(hours=24)

_FIRST = timedelta(seconds=1)
_LONGEST = timedelta(minutes=10)
_DOUBLINGS = 10
"""After so many the longest wait is reached, and the powers need not grow."""


def wait(attempts: int, chance: float, *, asked: timedelta | None = None) -> timedelta:
    """How long to wait after `attempts` failures (at least one).

    `chance` is uniform in [0, 1): the wait is between half of the back-off and all of it, so that what failed together
    does not come together again. A receiver that `asked` to be left alone for longer is, up to the longest wait.
    """
    doubled: int = 2 ** min(attempts - 1, _DOUBLINGS)
    whole = min(_FIRST * doubled, _LONGEST)
    return max(whole * (0.5 + chance / 2), min(asked or timedelta(), _LONGEST))


def is_over(attempts: int, queued_at: datetime, now: datetime) -> bool:
    """Whether there is no further attempt after `attempts` failures."""
    return attempts >= MAX_ATTEMPTS or now - queued_at >= MAX_AGE
