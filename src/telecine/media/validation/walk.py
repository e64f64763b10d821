"""Settings held against the ledger: nothing that this server cannot honour is ever silently ignored."""

from collections.abc import Iterator, Mapping

from telecine.media.settings import Structure
from telecine.media.validation.issue import Issue, wire_name
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


def unsupported(settings: Structure) -> list[Issue]:
    """Every member, or value of a member, that the ledger refuses, in the order of the settings."""
    return list(_structure(ROOT, settings, ""))


def _structure(shape: str, structure: Structure, path: str) -> Iterator[Issue]:
    for member, value in structure.items():
        if value is not None:
            rule = SHAPES[shape].get(member, Refused())
            yield from _member(rule, member, value, f"{path}/{wire_name(member)}")


def _member(rule: Rule, member: str, value: object, path: str) -> Iterator[Issue]:
    match rule:
        case Inert():
            return
        case Within(shape):
            yield from _structure(shape, _mapping(value), path)
        case Each(shape):
            for number, item in enumerate(_list(value)):
                yield from _structure(shape, _mapping(item), f"{path}/{number}")
        case Named(shape):
            for name, item in _mapping(value).items():
                yield from _structure(shape, _mapping(item), f"{path}/{name}")
        case HonouredFirst():
            for number, item in enumerate(_list(value)[1:], start=1):
                yield _refusal(f"{path}/{number}", str(item))
        case Honoured(values) | Neutral(values):
            if values and value not in values:
                yield _refusal(path, str(value))
        case Refused(because):
            if value != []:
                is_scalar = not isinstance(value, Mapping | list)
                yield _refusal(path, str(value) if is_scalar and _is_word(value) else wire_name(member), because)


def _refusal(path: str, what: str, because: str = "") -> Issue:
    reason = f" ({because})" if because else ""
    return Issue(path=path, message=f"{what} is not supported by this server{reason}")


def _is_word(value: object) -> bool:
    """True for an enumeration's value, which names itself; numbers and texts of a user are named by their member."""
    return isinstance(value, str) and value.isupper() and value.replace("_", "").isalnum() and value.isascii()


def _mapping(value: object) -> Structure:
    assert isinstance(value, Mapping)
    return value


def _list(value: object) -> list[object]:
    assert isinstance(value, list)
    return value
