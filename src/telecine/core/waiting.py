"""Places where a thread must not wait, for a disk above all: whoever would have to says so, and does not.

The event loop answers by itself what is in memory. What it runs is the same code that threads run, which may wait; so
that which waits (`db`, `services.s3.disk`) asks here before it does.
"""

import threading
from typing import Any

from telecine.core.errors import TelecineError

_of_thread = threading.local()


class WouldWait(TelecineError):
    """This goes on only where waiting is allowed. Nothing has been changed by then."""


class NoWaiting:
    """A context in which this thread does not wait."""

    __slots__ = ()

    def __enter__(self) -> None:
        _of_thread.moment = {}

    def __exit__(self, *_error: object) -> None:
        _of_thread.moment = None


no_waiting = NoWaiting()


def may_wait() -> bool:
    """Whether this thread may wait here."""
    return moment() is None


def moment() -> dict[object, Any] | None:
    """Where waiting is not allowed, what this thread has found out since: so short a time is one moment. Else None."""
    return getattr(_of_thread, "moment", None)


def expect_to_wait() -> None:
    """Called by what may take a while. Raises `WouldWait` where that must not be."""
    if not may_wait():
        raise WouldWait
