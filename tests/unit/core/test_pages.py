"""Page tokens continue their own listing and no other."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.core.pages import InvalidPageToken, PageTokens

TOKENS = PageTokens(b"k" * 32)


@given(scope=st.text(), key=st.lists(st.one_of(st.text(), st.integers(-(2**60), 2**60)), min_size=1))
def test_a_token_gives_back_its_sort_key(scope: str, key: list[str | int]) -> None:
    """What went into a token comes out of it."""
    assert key == TOKENS.read(scope, TOKENS.write(scope, key))


@given(scope=st.text(), other=st.text(), key=st.lists(st.text(), min_size=1))
def test_a_token_is_bound_to_its_listing(scope: str, other: str, key: list[str | int]) -> None:
    """A token of one listing is refused by every other."""
    token = TOKENS.write(scope, key)
    if scope != other:
        with pytest.raises(InvalidPageToken):
            TOKENS.read(other, token)


@given(position=st.integers(0, 1000), letter=st.sampled_from("AZaz09-_=!"))
def test_a_changed_token_is_refused(position: int, letter: str) -> None:
    """A token with one character changed is refused."""
    token = TOKENS.write("jobs", ["2026", 7])
    position %= len(token)
    changed = token[:position] + letter + token[position + 1 :]
    # The last character of base64 carries unused bits, so that two spellings may mean the same bytes.
    if changed[:-1] != token[:-1]:
        with pytest.raises(InvalidPageToken):
            TOKENS.read("jobs", changed)


@pytest.mark.parametrize("text", ["", "x", "é", "AQ", "A" * 400, "%%%"])
def test_nonsense_is_refused(text: str) -> None:
    """Text that no server wrote is refused."""
    with pytest.raises(InvalidPageToken):
        TOKENS.read("jobs", text)
