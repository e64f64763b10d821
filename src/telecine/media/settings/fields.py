"""Typed reading of one settings structure. The wire has checked types and constraints before."""

from collections.abc import Iterator, Mapping
from enum import StrEnum
from typing import TypeVar

E = TypeVar("E", bound=StrEnum)

Structure = Mapping[str, object]
"""A structure by the model's member names (`{"OutputGroups": […]}`)."""


def text(structure: Structure, name: str, default: str) -> str:
    """The string member `name`, or `default` when it is absent."""
    value = structure.get(name)
    if value is None:
        return default
    assert isinstance(value, str), name
    return value


def maybe_text(structure: Structure, name: str) -> str | None:
    """The string member `name`, or None when it is absent or empty."""
    return text(structure, name, "") or None


def choice(structure: Structure, name: str, default: E) -> E:
    """The enumeration member `name`, or `default` when it is absent."""
    value = structure.get(name)
    return default if value is None else type(default)(str(value))


def maybe_integer(structure: Structure, name: str) -> int | None:
    """The integer member `name`, or None when it is absent."""
    value = structure.get(name)
    if value is None:
        return None
    assert isinstance(value, int), name
    return value


def integer(structure: Structure, name: str, default: int) -> int:
    """The integer member `name`, or `default` when it is absent."""
    value = maybe_integer(structure, name)
    return default if value is None else value


def maybe_number(structure: Structure, name: str) -> float | None:
    """The number member `name`, or None when it is absent."""
    value = structure.get(name)
    if value is None:
        return None
    assert isinstance(value, int | float), name
    return float(value)


def child(structure: Structure, name: str) -> Structure:
    """The structure member `name`, or an empty one when it is absent."""
    value = structure.get(name)
    if value is None:
        return {}
    assert isinstance(value, Mapping), name
    return value


def maybe_child(structure: Structure, name: str) -> Structure | None:
    """The structure member `name`, or None when it is absent: for structures whose presence means something."""
    return child(structure, name) if structure.get(name) is not None else None


def children(structure: Structure, name: str) -> Iterator[Structure]:
    """The structures of the list member `name`; none when it is absent."""
    for value in items(structure, name):
        assert isinstance(value, Mapping), name
        yield value


def integers(structure: Structure, name: str) -> tuple[int, ...]:
    """The list of integers `name`; empty when it is absent."""
    values = []
    for value in items(structure, name):
        assert isinstance(value, int), name
        values.append(value)
    return tuple(values)


def items(structure: Structure, name: str) -> list[object]:
    """The list member `name`; empty when it is absent."""
    value = structure.get(name)
    if value is None:
        return []
    assert isinstance(value, list | tuple), name
    return list(value)
