"""A pattern as a tree, and how an event matches it.

Fields are joined by "and", values of a field and the branches of `$or` by "or". Arrays of the event are seen through:
one element must satisfy all that a pattern says below the array. A field is absent when the event has no value at its
path, through whichever elements; objects and arrays are no values (event-ruler, "Exists matching" and "JSON Array
Matching").
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from telecine.events.pattern.leaves import Leaf, Test
from telecine.events.pattern.parsing import All, Field, OneOf, Within, parse

_EMPTY: Mapping[str, Any] = {}


@dataclass(frozen=True, init=False, slots=True)
class EventPattern:
    """A compiled pattern."""

    text: str
    _root: All

    def __init__(self, text: str) -> None:
        """Raises `InvalidEventPattern`."""
        object.__setattr__(self, "text", text)
        object.__setattr__(self, "_root", parse(text))

    def matches(self, event: Mapping[str, Any]) -> bool:
        """Whether `event`, a JSON object, matches."""
        return _holds(self._root, event, event)


def _holds(part: All, value: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    return all(_part_holds(one, value, event) for one in part.parts)


def _part_holds(part: Field | Within | OneOf, value: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    if isinstance(part, Field):
        return _field_holds(part, value, event)
    if isinstance(part, OneOf):
        return any(_holds(branch, value, event) for branch in part.branches)
    inside = list(_objects(value.get(part.name))) or [_EMPTY]
    return any(_holds(part.inner, one, event) for one in inside)


def _field_holds(field: Field, value: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    found = field.path[-1]
    if found in value and any(_passes(field.tests, leaf) for leaf in _leaves(value[found])):
        return True
    return field.may_be_absent and not _exists(field.path, event)


def _passes(tests: Sequence[Test], leaf: Leaf) -> bool:
    return any(test(leaf) for test in tests)


def _exists(path: Sequence[str], value: Any) -> bool:
    """Whether there is a value at `path` below `value`."""
    if not path:
        return any(True for _leaf in _leaves(value))
    return any(path[0] in one and _exists(path[1:], one[path[0]]) for one in _objects(value))


def _objects(value: Any) -> Iterator[Mapping[str, Any]]:
    """The objects that a value is, or holds through arrays alone."""
    if isinstance(value, Mapping):
        yield value
    elif isinstance(value, list | tuple):
        for one in value:
            yield from _objects(one)


def _leaves(value: Any) -> Iterator[Leaf]:
    """The same for scalars."""
    if isinstance(value, list | tuple):
        for one in value:
            yield from _leaves(one)
    elif not isinstance(value, Mapping):
        yield value
