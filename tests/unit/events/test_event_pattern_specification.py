"""The compiled pattern language decides as its naive specification does."""

import json
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st

from telecine.events.pattern import EventPattern, InvalidEventPattern
from unit.events import pattern_specification as specification

NAMES = st.sampled_from(["a", "b", "c"])
TEXTS = st.text(alphabet="abA*\\.é", max_size=4)
ADDRESSES = st.sampled_from(["10.0.0.1", "10.0.1.1", "192.168.0.1", "::1", "2001:db8::5"])
NUMBERS = st.integers(-3, 3) | st.sampled_from([0.5, 2.0, 6e9, -6e9])
SMALL = st.integers(-3, 3) | st.just(0.5)
SCALARS = st.none() | st.booleans() | NUMBERS | TEXTS | ADDRESSES


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("*", "\\*")


WILDCARDS = st.lists(TEXTS.map(_escaped).filter(bool), min_size=1, max_size=3).flatmap(
    lambda parts: st.tuples(st.booleans(), st.booleans()).map(
        lambda ends: "*" * ends[0] + "*".join(parts) + "*" * ends[1]
    )
)
LOWER = st.tuples(st.sampled_from([">", ">="]), SMALL)
UPPER = st.tuples(st.sampled_from(["<", "<="]), SMALL)
RANGES = (
    st.tuples(st.just("="), SMALL).map(list)
    | LOWER.map(list)
    | UPPER.map(list)
    | st.tuples(LOWER, UPPER).filter(lambda two: two[0][1] < two[1][1]).map(lambda two: [*two[0], *two[1]])
)


def _one_or_some(values: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return values | st.lists(values, min_size=1, max_size=3)


FULL = TEXTS.filter(bool)
ANYTHING_BUT = (
    _one_or_some(TEXTS)
    | _one_or_some(SMALL)
    | _one_or_some(FULL).map(lambda texts: {"prefix": texts})
    | _one_or_some(FULL).map(lambda texts: {"suffix": texts})
    | _one_or_some(TEXTS).map(lambda texts: {"equals-ignore-case": texts})
    | _one_or_some(WILDCARDS).map(lambda texts: {"wildcard": texts})
)
CASELESS = TEXTS.map(lambda text: {"equals-ignore-case": text})
ALTERNATIVES = (
    SCALARS
    | st.fixed_dictionaries({"prefix": TEXTS | CASELESS})
    | st.fixed_dictionaries({"suffix": TEXTS | CASELESS})
    | CASELESS
    | st.fixed_dictionaries({"wildcard": WILDCARDS})
    | st.fixed_dictionaries({"numeric": RANGES})
    | st.fixed_dictionaries({"exists": st.booleans()})
    | st.fixed_dictionaries({"cidr": st.sampled_from(["10.0.0.0/24", "0.0.0.0/0", "::/0", "2001:db8::/32"])})
    | st.fixed_dictionaries({"anything-but": ANYTHING_BUT})
)
LEAVES = st.lists(ALTERNATIVES, min_size=1, max_size=3)


def _object(inner: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    plain = st.dictionaries(NAMES, LEAVES | inner, min_size=1, max_size=3)
    either = st.lists(plain, min_size=2, max_size=3)
    return plain | st.tuples(plain, either).map(lambda two: {**two[0], "$or": two[1]})


PATTERNS = st.recursive(_object(LEAVES), _object, max_leaves=6)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(NAMES, inner, max_size=3),
    max_leaves=12,
)
EVENTS = st.dictionaries(NAMES, VALUES, min_size=1, max_size=3)


@settings(max_examples=400)
@given(pattern=PATTERNS, event=EVENTS)
def test_the_engine_decides_as_the_specification(pattern: dict[str, Any], event: dict[str, Any]) -> None:
    """On random patterns and events."""
    try:
        compiled = EventPattern(json.dumps(pattern))
    except InvalidEventPattern as error:
        # What random patterns can get wrong: they may speak twice of one path, once beside `$or` and once below it.
        assert "cannot be allowed multiple times" in str(error)  # noqa: PT017
        return
    assert compiled.matches(event) is specification.matches(pattern, event)


@settings(max_examples=300)
@given(pattern=WILDCARDS, text=st.text(alphabet="abA*\\.é", max_size=12))
def test_wildcards_decide_as_regular_expressions(pattern: str, text: str) -> None:
    """The leftmost fit of each part is as good as any."""
    compiled = EventPattern(json.dumps({"a": [{"wildcard": pattern}]}))
    assert compiled.matches({"a": text}) is specification.matches({"a": [{"wildcard": pattern}]}, {"a": text})


@given(text=st.text(alphabet='{}[]",:abc1\\ \n', max_size=40))
def test_whatever_the_text_it_compiles_or_is_refused(text: str) -> None:
    """No other error comes out, and what compiles is JSON."""
    try:
        EventPattern(text)
    except InvalidEventPattern:
        return
    json.loads(text)
