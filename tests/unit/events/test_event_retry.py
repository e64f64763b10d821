"""When a failed delivery is tried again, and when it is given up."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from telecine.events.retry import MAX_AGE, MAX_ATTEMPTS, is_over, wait

NOW = datetime(2030, 3, 1, tzinfo=UTC)


def test_waits_double_up_to_ten_minutes() -> None:
    """From a second on; chance takes up to half of it away."""
    assert [wait(attempts, 1.0).total_seconds() for attempts in (1, 2, 3, 9, 10, 11, 186)] == [
        *(1, 2, 4, 256),
        *(512, 600, 600),
    ]
    assert wait(3, 0.0) == timedelta(seconds=2)


@given(attempts=st.integers(1, 10_000), chance=st.floats(0, 1, exclude_max=True), asked=st.integers(0, 10**9))
def test_a_wait_is_never_longer_than_ten_minutes(attempts: int, chance: float, asked: int) -> None:
    """Whatever the receiver asks for; and never shorter than it asks for, within these."""
    found = wait(attempts, chance, asked=timedelta(seconds=asked))
    assert timedelta(seconds=0.5) <= found <= timedelta(minutes=10)
    assert found >= min(timedelta(seconds=asked), timedelta(minutes=10))


def test_an_event_is_tried_for_a_day_and_186_times_at_most() -> None:
    """One attempt and 185 retries, as EventBridge does it."""
    assert MAX_ATTEMPTS == 186
    assert not is_over(185, NOW, NOW + timedelta(hours=23, minutes=59))
    assert is_over(186, NOW, NOW)
    assert is_over(1, NOW, NOW + MAX_AGE)
