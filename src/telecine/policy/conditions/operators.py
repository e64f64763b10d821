"""The table of condition operators: how each positive one is built, and which ones negate another.

`Not…` is no operator of its own: it is the exact complement of its positive form, made in `clause` together with
`IfExists`, `ForAllValues` and `ForAnyValue`, once for all operators.
"""

import operator
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Protocol, TypeVar

from telecine.policy.conditions.values import address, moment, network, number, octets, truth
from telecine.policy.match import ArnPatterns, glob, matches
from telecine.policy.variables import Tokens, Values, is_static, resolve, resolve_text, tokens

Matcher = Callable[[str, Values], object]
"""Says by truth whether one value of the request matches one of the policy's, with variables' values from the second
argument."""

T = TypeVar("T")


class UnreadableValue(ValueError):
    """A policy value is not of its operator's type."""


class Builder(Protocol):
    """Makes the matcher of a positive operator."""

    def __call__(self, values: Sequence[str], *, variables: bool) -> Matcher:
        """The matcher of a list of policy values; `variables` says whether `${…}` is a variable.

        Raises `UnreadableValue` or `MalformedVariable`.
        """
        ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Operator:
    """One condition operator."""

    build: Builder
    """Makes the matcher of a list of policy values."""
    is_negated: bool = False
    """True for `Not…`: matches when the positive form does not."""


def _split(values: Sequence[str], *, wildcards: bool, variables: bool) -> tuple[list[Tokens], list[Tokens]]:
    """The values as tokens: those without variables, and those with."""
    found = [tokens(value, wildcards=wildcards, variables=variables) for value in values]
    return [one for one in found if is_static(one)], [one for one in found if not is_static(one)]


def _string_equals(values: Sequence[str], *, variables: bool) -> Matcher:
    plain, templates = _split(values, wildcards=False, variables=variables)
    texts = frozenset("".join(map(str, one)) for one in plain)
    if not templates:
        return lambda value, _: value in texts
    return lambda value, given: value in texts or any(resolve_text(one, given) == value for one in templates)


def _string_equals_ignore_case(values: Sequence[str], *, variables: bool) -> Matcher:
    plain, templates = _split(values, wildcards=False, variables=variables)
    texts = frozenset("".join(map(str, one)).lower() for one in plain)

    def match(value: str, given: Values) -> bool:
        lowered = value.lower()
        return lowered in texts or any(
            text is not None and text.lower() == lowered for text in (resolve_text(one, given) for one in templates)
        )

    return match


def _string_like(values: Sequence[str], *, variables: bool) -> Matcher:
    plain, templates = _split(values, wildcards=True, variables=variables)
    tests = tuple(glob(one) for one in plain)
    if len(tests) == 1 and not templates:
        test = tests[0]
        return lambda value, _: test(value)

    def match(value: str, given: Values) -> bool:
        if any(test(value) for test in tests):
            return True
        resolved = (resolve(one, given) for one in templates)
        return any(one is not None and matches(one, value) for one in resolved)

    return match


def _arn_like(values: Sequence[str], *, variables: bool) -> Matcher:
    plain, templates = _split(values, wildcards=True, variables=variables)
    patterns = ArnPatterns([*plain, *templates])

    def match(value: str, given: Values) -> bool:
        # `*` alone stands for every ARN here, not for every text.
        return value.startswith("arn:") and value.count(":") >= 5 and patterns.match(value, given)

    return match


def _bool(values: Sequence[str], *, variables: bool) -> Matcher:
    plain, templates = _split(values, wildcards=False, variables=variables)
    wanted = frozenset(_read(["".join(map(str, one)) for one in plain], truth))

    def match(value: str, given: Values) -> bool:
        found = truth(value)
        return found is not None and (
            found in wanted or any(truth(resolve_text(one, given) or "") == found for one in templates)
        )

    return match


def _read(values: Sequence[str], reader: Callable[[str], T | None]) -> list[T]:
    """The values, read. Raises `UnreadableValue`."""
    found: list[T] = []
    for value in values:
        one = reader(value)
        if one is None:
            raise UnreadableValue(value)
        found.append(one)
    return found


def _compared(reader: Callable[[str], Decimal | None], compare: Callable[[Decimal, Decimal], bool]) -> Builder:
    """The builder of an operator that reads both sides and compares them."""

    def build(values: Sequence[str], *, variables: bool) -> Matcher:  # noqa: ARG001 - there are none in values of this type
        limits = _read(values, reader)

        def match(value: str, _given: Values) -> bool:
            found = reader(value)
            return found is not None and any(compare(found, limit) for limit in limits)

        return match

    return build


def _binary(values: Sequence[str], *, variables: bool) -> Matcher:  # noqa: ARG001 - there are none in values of this type
    wanted = frozenset(_read(values, octets))
    return lambda value, _: octets(value) in wanted


def _ip_address(values: Sequence[str], *, variables: bool) -> Matcher:  # noqa: ARG001 - there are none in values of this type
    networks = _read(values, network)

    def match(value: str, _given: Values) -> bool:
        found = address(value)
        return found is not None and any(found in one for one in networks)

    return match


_EQUAL = {"Equals": operator.eq}
_ORDER = {
    "LessThan": operator.lt,
    "LessThanEquals": operator.le,
    "GreaterThan": operator.gt,
    "GreaterThanEquals": operator.ge,
}

_POSITIVE: dict[str, Builder] = {
    "StringEquals": _string_equals,
    "StringEqualsIgnoreCase": _string_equals_ignore_case,
    "StringLike": _string_like,
    **{f"Numeric{name}": _compared(number, compare) for name, compare in (_EQUAL | _ORDER).items()},
    **{f"Date{name}": _compared(moment, compare) for name, compare in (_EQUAL | _ORDER).items()},
    "Bool": _bool,
    "BinaryEquals": _binary,
    "IpAddress": _ip_address,
    # IAM user guide: "ArnEquals and ArnLike behave identically"
    "ArnEquals": _arn_like,
    "ArnLike": _arn_like,
}

_NEGATED = {
    "StringNotEquals": "StringEquals",
    "StringNotEqualsIgnoreCase": "StringEqualsIgnoreCase",
    "StringNotLike": "StringLike",
    "NumericNotEquals": "NumericEquals",
    "DateNotEquals": "DateEquals",
    "NotIpAddress": "IpAddress",
    "ArnNotEquals": "ArnEquals",
    "ArnNotLike": "ArnLike",
}

OPERATORS: dict[str, Operator] = {
    **{name: Operator(build=build) for name, build in _POSITIVE.items()},
    **{name: Operator(build=_POSITIVE[positive], is_negated=True) for name, positive in _NEGATED.items()},
}
"""The 26 operators by their exact names. `Null` asks for presence, not for a value, and is made in `clause`."""

NULL = "Null"
EVALUATED = frozenset({*OPERATORS, NULL})
