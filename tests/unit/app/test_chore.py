"""Work that comes round again beside the requests."""

import threading
from datetime import timedelta

import pytest
from sqlalchemy.exc import OperationalError, SQLAlchemyError
from sqlalchemy.exc import TimeoutError as PoolTimeout

from telecine.app.chore import Chore


def test_it_comes_round_and_once_more_at_the_end() -> None:
    """Until it is over, and then for the last time."""
    done, third = [0], threading.Event()

    def work() -> None:
        done[0] += 1
        if done[0] == 3:
            third.set()

    chore = Chore(work, every=timedelta(milliseconds=1), name="counting")
    assert third.wait(30)
    chore.close()
    assert done[0] > 3


@pytest.mark.parametrize(
    "problem", [OperationalError("statement", {}, ConnectionError("away")), PoolTimeout("no connection is free")]
)
def test_a_database_that_is_away_stops_nothing(problem: SQLAlchemyError, caplog: pytest.LogCaptureFixture) -> None:
    """It is told, and tried again; so is one that is too busy."""
    done, again = [0], threading.Event()

    def work() -> None:
        done[0] += 1
        if done[0] == 2:
            again.set()
        raise problem

    chore = Chore(work, every=timedelta(milliseconds=1), name="counting")
    assert again.wait(30)
    chore.close()
    assert "counting: the database did not take it" in caplog.text
