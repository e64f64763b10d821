"""Many transfers at once."""

import threading
from typing import Any

import pytest

from telecine.engine.errors import JobFailed
from telecine.engine.transfers import WORKERS, run_all


def test_transfers_run_side_by_side(watched: Any) -> None:
    """As many at once as there are workers: each waits here for the others."""
    barrier = threading.Barrier(WORKERS, timeout=10)

    def transfer() -> int:
        barrier.wait()
        return 1

    run_all([transfer] * WORKERS, watched.watch, size=WORKERS)
    assert sorted(watched.shares) == [(number + 1) / WORKERS for number in range(WORKERS)]


def test_the_first_failure_stops_the_rest(watched: Any) -> None:
    """What has not begun when one fails never begins."""
    begun: list[int] = []

    def fail() -> int:
        raise JobFailed(1517, "no")

    def transfer() -> int:
        begun.append(1)
        return 1

    with pytest.raises(JobFailed, match="1517"):
        run_all([fail, *([transfer] * 1000)], watched.watch, size=1000)
    assert len(begun) < 1000
