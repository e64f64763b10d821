"""What was seen stays while it is asked for, and never takes more than it may."""

from hypothesis import given
from hypothesis import strategies as st

from telecine.core.seen import Seen


def test_what_is_asked_for_stays_and_the_rest_goes() -> None:
    """A value that is asked for between others survives any number of them; one that is not does not."""
    seen: Seen[str] = Seen(100)
    seen.keep("a", "asked", 10)
    seen.keep("n", "not asked", 10)
    for number in range(50):
        seen.keep(f"other-{number}", "other", 10)
        assert seen.get("a") == "asked"
    assert seen.get("n") is None


def test_what_is_larger_than_a_half_is_not_kept() -> None:
    """One value never drives out everything else."""
    seen: Seen[str] = Seen(100)
    seen.keep("s", "small", 10)
    seen.keep("l", "large", 51)
    assert (seen.get("s"), seen.get("l")) == ("small", None)


@given(st.lists(st.tuples(st.integers(0, 30), st.integers(0, 60), st.booleans()), max_size=200))
def test_it_is_bounded_and_never_wrong(steps: list[tuple[int, int, bool]]) -> None:
    """Whatever is kept and asked for: what is there takes at most the given bytes, and is what was kept."""
    seen: Seen[tuple[int, int]] = Seen(100)
    sizes: dict[int, int] = {}
    for key, size, is_kept in steps:
        known = seen.get(key)
        assert known is None or known == (key, sizes[key])
        if is_kept and known is None:
            sizes[key] = size
            seen.keep(key, (key, size), size)
    there = [key for key in range(31) if key in {*seen._young, *seen._old}]  # to ask would change it
    assert sum(sizes[key] for key in there) <= 100
    assert len(seen) == len(there)
