"""Turns: how many there are for a caller, for its account and for all."""

from contextlib import ExitStack

import pytest

from telecine.core.names import AccountId
from telecine.services.mediaconvert.lifecycle.turns import Turns


@pytest.mark.parametrize(
    ("come", "expected"),
    [
        (["1a", "1a"], [True, False]),
        (["1a", "1b", "1c"], [True, True, False]),
        (["1a", "1b", "2a", "3a"], [True, True, True, False]),
        (["1a", "2a", "3a", "4a"], [True, True, True, False]),
        (["1a", "1b", "1c", "2a"], [True, True, False, True]),
        (["1a", "2a", "1a", "2a"], [True, True, False, False]),
    ],
)
def test_who_gets_a_turn(come: list[str], expected: list[bool]) -> None:
    """Three in all, two of an account, one of a caller; who was turned away takes nothing from others."""
    turns = Turns(at_once=3, of_account=2, of_caller=1)
    for _ in range(2):  # all are given back
        with ExitStack() as held:
            got = [held.enter_context(turns.take(AccountId(one[0]), one[1])) for one in come]
        assert got == expected


def test_a_turn_is_given_back_when_its_work_fails() -> None:
    """The next one gets it."""
    turns = Turns(at_once=1, of_account=1, of_caller=1)
    with pytest.raises(ZeroDivisionError), turns.take(AccountId("1"), "a"):
        _ = 1 / 0
    with turns.take(AccountId("1"), "a") as has_turn:
        assert has_turn
