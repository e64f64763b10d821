"""The fakes we ship keep their promises."""

from datetime import UTC, datetime, timedelta

from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids


def test_a_manual_clock_stands_still_until_it_is_moved() -> None:
    """It tells the time it was given, plus what it was advanced by."""
    start = datetime(2031, 1, 2, tzinfo=UTC)
    clock = ManualClock(start)
    assert clock.now() == clock.now() == start
    clock.advance(1.5)
    assert clock.now() == start + timedelta(seconds=1.5)


def test_equal_seeds_give_equal_ids() -> None:
    """And different seeds different ones, also for secrets."""
    one, same, other = seeded_ids(1), seeded_ids(1), seeded_ids(2)
    draws = [[ids.request_id(), ids.secret_access_key(), ids.access_key_id()] for ids in (one, same, other)]
    assert draws[0] == draws[1]
    assert draws[0] != draws[2]
    assert one.request_id() != draws[0][0]
