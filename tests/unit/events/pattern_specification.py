"""The pattern language a second time, naively: every branch of a pattern against every choice of values.

A pattern is a list of branches (no `$or` is left), each a mapping of paths to alternatives. An event is a list of values,
each with its path and with the elements of arrays that it stands in. A branch matches when for each of its paths a value can
be chosen that fits, and no two of the chosen stand in different elements of one array.
"""

import ipaddress
import itertools
import re
from collections.abc import Iterator, Mapping
from typing import Any

Path = tuple[str, ...]
Place = Mapping[int, int]
"""Of the arrays that a value stands in, by their number, the element."""


def matches(pattern: Mapping[str, Any], event: Mapping[str, Any]) -> bool:
    values = list(_values(event, (), {}, itertools.count()))
    return any(_branch_matches(branch, values) for branch in _branches(pattern, ()))


def _branches(pattern: Mapping[str, Any], path: Path) -> list[dict[Path, list[Any]]]:
    found: list[dict[Path, list[Any]]] = [{}]
    for name, said in pattern.items():
        if name == "$or":
            more = [branch for one in said for branch in _branches(one, path)]
        elif isinstance(said, dict):
            more = _branches(said, (*path, name))
        else:
            more = [{(*path, name): said}]
        found = [{**left, **right} for left in found for right in more]
    return found


def _values(value: Any, path: Path, place: Place, arrays: Iterator[int]) -> Iterator[tuple[Path, Any, Place]]:
    if isinstance(value, dict):
        for name, inner in value.items():
            yield from _values(inner, (*path, name), place, arrays)
    elif isinstance(value, list):
        array = next(arrays)
        for index, inner in enumerate(value):
            yield from _values(inner, path, {**place, array: index}, arrays)
    else:
        yield path, value, place


def _branch_matches(branch: Mapping[Path, list[Any]], values: list[tuple[Path, Any, Place]]) -> bool:
    choices: list[list[Place]] = []
    for path, alternatives in branch.items():
        here = [(value, place) for at, value, place in values if at == path]
        fitting = [place for value, place in here if any(_fits(one, value) for one in alternatives)]
        if not here and {"exists": False} in alternatives:
            fitting = [{}]
        choices.append(fitting)
    return any(_agree(chosen) for chosen in itertools.product(*choices))


def _agree(places: tuple[Place, ...]) -> bool:
    seen: dict[int, int] = {}
    return all(seen.setdefault(array, index) == index for place in places for array, index in place.items())


def _fits(alternative: Any, value: Any) -> bool:
    if not isinstance(alternative, dict):
        return _same(alternative, value)
    ((operator, operand),) = alternative.items()
    if operator == "exists":
        return bool(operand)
    if operator == "anything-but":
        if isinstance(operand, dict):
            ((inner, texts),) = operand.items()
            return not any(_fits({inner: text}, value) for text in (texts if isinstance(texts, list) else [texts]))
        return not any(_same(one, value) for one in (operand if isinstance(operand, list) else [operand]))
    if operator == "numeric":
        return _in_range(operand, value)
    if not isinstance(value, str):
        return False
    if isinstance(operand, dict):
        return _fits({operator: operand["equals-ignore-case"].lower()}, value.lower())
    if operator == "prefix":
        return value[: len(operand)] == operand
    if operator == "suffix":
        return operand == "" or value[-len(operand) :] == operand
    if operator == "equals-ignore-case":
        return bool(value.lower() == operand.lower())
    if operator == "wildcard":
        pieces = re.split(r"(\\.|\*)", operand)
        regex = "".join(".*" if piece == "*" else re.escape(piece.removeprefix("\\")) for piece in pieces)
        return re.fullmatch(regex, value, re.DOTALL) is not None
    assert operator == "cidr"
    try:
        return ipaddress.ip_address(value) in ipaddress.ip_network(operand, strict=False)
    except ValueError:
        return False


def _same(left: Any, right: Any) -> bool:
    return isinstance(left, bool) == isinstance(right, bool) and bool(left == right)


def _in_range(terms: list[Any], value: Any) -> bool:
    if isinstance(value, bool) or not isinstance(value, int | float) or abs(value) > 5e9:
        return False
    compare = {
        "=": value.__eq__,
        "<": value.__lt__,
        "<=": value.__le__,
        ">": value.__gt__,
        ">=": value.__ge__,
    }
    return all(compare[terms[at]](terms[at + 1]) is True for at in range(0, len(terms), 2))
