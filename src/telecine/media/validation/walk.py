"""Settings held against the ledger: nothing that this server cannot honour is ever silently ignored.

The ledger is compiled once, by shape, into what may be done at once with a member's value, because every CreateJob
pays for every member: None lets any value pass, a set holds the values that pass, and a function does the rest.
"""

from collections.abc import Callable, Collection, Mapping
from contextlib import suppress
from typing import Any

from telecine.media.settings import Structure
from telecine.media.validation.issue import Enough, Issue, Issues, Place, wire_name, written
from telecine.media.validation.ledger import (
    ROOT,
    SHAPES,
    Each,
    Honoured,
    HonouredFirst,
    Inert,
    Named,
    Neutral,
    Refused,
    Rule,
    Within,
)

_Act = Callable[[str, Any, Place, Issues], None]
"""Of a member, its value, the place of its structure, and the issues to add to."""

_Table = dict[str, _Act | frozenset[object] | None]
"""By member."""


def unsupported(settings: Structure, sound: Collection[int] = ()) -> list[Issue]:
    """Every member, or value of a member, that the ledger refuses, in the order of the settings.

    `sound`: the `id`s of structures of which it is known that the ledger refuses nothing.
    """
    issues = Issues(sound)
    with suppress(Enough):
        _structure(_TABLES[ROOT], settings, None, issues)
    return issues


def _structure(table: _Table, structure: Structure, place: Place, issues: Issues) -> None:
    for member, value in structure.items():
        if value is None:
            continue
        act = table.get(member, _REFUSE)
        if act is None:
            continue
        if isinstance(act, frozenset):
            if value not in act:
                issues.append(_refusal((place, wire_name(member)), str(value)))
        else:
            act(member, value, place, issues)


def _within(table: _Table) -> _Act:
    def act(member: str, value: Any, place: Place, issues: Issues) -> None:
        _structure(table, value, (place, wire_name(member)), issues)

    return act


def _each(table: _Table) -> _Act:
    def act(member: str, value: Any, place: Place, issues: Issues) -> None:
        around = (place, wire_name(member))
        for number, item in enumerate(value):
            if id(item) not in issues.sound:
                _structure(table, item, (around, number), issues)

    return act


def _named(table: _Table) -> _Act:
    def act(member: str, value: Any, place: Place, issues: Issues) -> None:
        around = (place, wire_name(member))
        for name, item in value.items():
            _structure(table, item, (around, name), issues)

    return act


def _first(member: str, value: Any, place: Place, issues: Issues) -> None:
    for number, item in enumerate(value[1:], start=1):
        issues.append(_refusal(((place, wire_name(member)), number), str(item)))


def _refuse(because: str) -> _Act:
    def act(member: str, value: Any, place: Place, issues: Issues) -> None:
        if value != []:
            is_scalar = not isinstance(value, Mapping | list)
            what = str(value) if is_scalar and _is_word(value) else wire_name(member)
            issues.append(_refusal((place, wire_name(member)), what, because))

    return act


_REFUSE = _refuse("")


def _refusal(place: Place, what: str, because: str = "") -> Issue:
    reason = f" ({because})" if because else ""
    return Issue(path=written(place), message=f"{what} is not supported by this server{reason}")


def _is_word(value: object) -> bool:
    """True for an enumeration's value, which names itself; numbers and texts of a user are named by their member."""
    return isinstance(value, str) and value.isupper() and value.replace("_", "").isalnum() and value.isascii()


def _compiled(rule: Rule, tables: Mapping[str, _Table]) -> _Act | frozenset[object] | None:
    match rule:
        case Inert():
            return None
        case Honoured(values) | Neutral(values):
            return frozenset(values) if values else None
        case HonouredFirst():
            return _first
        case Refused(because):
            return _refuse(because)
        case Within(shape):
            return _within(tables[shape])
        case Each(shape):
            return _each(tables[shape])
        case Named(shape):
            return _named(tables[shape])


def _all_compiled() -> Mapping[str, _Table]:
    tables: dict[str, _Table] = {shape: {} for shape in SHAPES}
    for shape, rules in SHAPES.items():
        for member, rule in rules.items():
            tables[shape][member] = _compiled(rule, tables)
    return tables


_TABLES = _all_compiled()
