"""The table of key states."""

import pytest

from telecine.core.errors import ApiError
from telecine.services.kms.access import ROWS
from telecine.services.kms.model import Constraints
from telecine.services.kms.states import TABLE, KeyState, after

ON, OFF, ENDING = KeyState
WITHOUT_KEY = {"CreateKey", "GenerateRandom", "ListKeys", "ListRetirableGrants"}


def test_the_table_has_every_operation_on_keys() -> None:
    """ReEncrypt stands there as its two halves."""
    assert set(TABLE) == (set(ROWS) - WITHOUT_KEY - {"ReEncrypt"}) | {"ReEncryptFrom", "ReEncryptTo"}


def test_only_four_operations_change_the_state() -> None:
    """All others leave it, or are refused."""
    changing = {
        operation
        for operation, row in TABLE.items()
        for state, entry in zip(KeyState, row, strict=True)
        if isinstance(entry, KeyState) and entry is not state
    }

    assert changing == {"CancelKeyDeletion", "DisableKey", "EnableKey", "ScheduleKeyDeletion"}


@pytest.mark.parametrize(
    ("operation", "state", "outcome"),
    [
        ("CancelKeyDeletion", ENDING, OFF),
        ("CancelKeyDeletion", ON, "KMSInvalidStateException"),
        ("DisableKey", ON, OFF),
        ("EnableKey", OFF, ON),
        ("EnableKey", ENDING, "KMSInvalidStateException"),
        ("ScheduleKeyDeletion", OFF, ENDING),
        ("Decrypt", OFF, "DisabledException"),
        ("Decrypt", ENDING, "KMSInvalidStateException"),
        ("PutKeyPolicy", ENDING, ENDING),
        ("TagResource", OFF, OFF),
        ("TagResource", ENDING, "KMSInvalidStateException"),
        ("RevokeGrant", ENDING, ENDING),
    ],
)
def test_what_becomes_of_a_key(operation: str, state: KeyState, outcome: KeyState | str) -> None:
    """As the developer guide's table has it."""
    if isinstance(outcome, KeyState):
        assert after(operation, "arn", state) is outcome
        return
    with pytest.raises(ApiError) as caught:
        after(operation, "arn", state)
    assert caught.value.code == outcome


@pytest.mark.parametrize(
    ("inner", "outer", "is_within"),
    [
        (Constraints(), Constraints(), True),
        (Constraints(), Constraints(subset={}), True),
        (Constraints(), Constraints(subset={"a": "1"}), False),
        (Constraints(subset={"a": "1"}), Constraints(), True),
        (Constraints(subset={"a": "1", "b": "2"}), Constraints(subset={"a": "1"}), True),
        (Constraints(equals={"a": "1"}), Constraints(subset={"a": "1"}), True),
        (Constraints(subset={"a": "1"}), Constraints(equals={"a": "1"}), False),
        (Constraints(equals={"a": "1", "b": "2"}), Constraints(equals={"a": "1"}), False),
        (Constraints(equals={}), Constraints(equals={}), True),
    ],
)
def test_which_constraints_are_within_which(inner: Constraints, outer: Constraints, is_within: bool) -> None:
    """A child grant's are at least as strict as its parent's."""
    assert inner.are_within(outer) is is_within
