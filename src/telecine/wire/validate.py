"""The constraints of a model, checked in full: required, enum, length, range, pattern, at every depth.

botocore checks only some of them, and only on the client's side. A shape is compiled once into closures; a value that
keeps every rule costs no allocation. Parsing has made sure of types before (`IllTyped`).
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Any, Final

from botocore.model import ListShape, MapShape, Shape, StructureShape

from telecine.core.errors import ApiError
from telecine.wire import patterns
from telecine.wire.recurring import Recurring

Step = str | int


class Rule(StrEnum):
    """What a value can break."""

    REQUIRED = "required"
    TYPE = "type"
    ENUM = "enum"
    MIN_LENGTH = "min length"
    MAX_LENGTH = "max length"
    MIN = "min"
    MAX = "max"
    PATTERN = "pattern"


class _Hidden:
    """Stands in for a value that may be a secret."""

    def __repr__(self) -> str:
        return "HIDDEN"


HIDDEN: Final = _Hidden()
"""The `Violation.value` of a shape that the model marks as sensitive: passwords, private keys."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Violation:
    """One constraint of the model that one value breaks."""

    path: tuple[Step, ...]
    """From the top of the input to the value, in wire names that begin with a small letter; list positions count
    from 0. For `REQUIRED` it leads to the structure that lacks the member."""
    rule: Rule
    limit: Any = None
    """What the rule asks for: a number, the tuple of allowed values, the pattern, or for `TYPE` the type's JSON name
    (`string`, `integer`, `number`, `boolean`, `array`, `object`); None for `REQUIRED`."""
    value: Any = None
    """The value at fault; `HIDDEN` if the model calls it sensitive; None for `REQUIRED`."""
    member: str | None = None
    """For `REQUIRED` the name of the missing member as on the wire; None otherwise."""


class IllTyped(ApiError):
    """A parameter has the wrong type. `violations` lets a service word it as it words every other violation."""

    def __init__(self, code: str, message: str, violation: Violation) -> None:
        super().__init__(code, message, status=400)
        self.violations = (violation,)


Check = Callable[[Any], list[Violation] | None]


def aws_sentence(violations: Sequence[Violation]) -> str:
    """`1 validation error detected: Value 'x' at 'roleName' failed to satisfy constraint: Member must …`.

    The form that query and json services use; list positions count from 1 there.
    """
    count = len(violations)
    kind = "validation error" if count == 1 else "validation errors"
    return f"{count} {kind} detected: " + "; ".join(_clause(violation) for violation in violations)


def small(name: str) -> str:
    """A wire name as paths show it, with a small first letter."""
    return name[:1].lower() + name[1:]


_AWS_WORDS: Mapping[Rule, str] = {
    Rule.REQUIRED: "Member must not be null",
    Rule.TYPE: "Member must be of type {limit}",
    Rule.ENUM: "Member must satisfy enum value set: [{limit}]",
    Rule.MIN_LENGTH: "Member must have length greater than or equal to {limit}",
    Rule.MAX_LENGTH: "Member must have length less than or equal to {limit}",
    Rule.MIN: "Member must have value greater than or equal to {limit}",
    Rule.MAX: "Member must have value less than or equal to {limit}",
    Rule.PATTERN: "Member must satisfy regular expression pattern: {limit}",
}
_SHOWN_CHARS = 1024


def _clause(violation: Violation) -> str:
    limit = ", ".join(violation.limit) if violation.rule is Rule.ENUM else violation.limit
    # Not str.format on the whole sentence: values and patterns hold braces.
    words = _AWS_WORDS[violation.rule].replace("{limit}", str(limit))
    return f"Value{_shown(violation)} at '{_aws_path(violation)}' failed to satisfy constraint: {words}"


def _shown(violation: Violation) -> str:
    value = violation.value
    if violation.rule is Rule.REQUIRED:
        return " null"
    if value is HIDDEN:
        return ""
    text = json.dumps(value, default=str) if isinstance(value, (list, dict, bool)) else str(value)
    return f" '{text if len(text) <= _SHOWN_CHARS else text[:_SHOWN_CHARS] + '…'}'"


def _aws_path(violation: Violation) -> str:
    steps: list[str] = []
    for step in violation.path:
        steps += [str(step + 1), "member"] if isinstance(step, int) else [step]
    if violation.member is not None:
        steps.append(small(violation.member))
    return ".".join(steps)


def _under(step: Step, found: list[Violation], problems: list[Violation]) -> None:
    found += [replace(problem, path=(step, *problem.path)) for problem in problems]


class ShapeChecks:
    """Compiles the shapes of one service; structures that occur in several places are compiled once.

    `whole_patterns`: a pattern must match the whole value (`models.Traits`).
    """

    def __init__(self, recurring: Recurring, *, whole_patterns: bool) -> None:
        self._recurring = recurring
        self._whole = whole_patterns
        self._structures: dict[str, Check | None] = {}

    def compile(self, shape: Shape) -> Check | None:
        """A function from a value of `shape` to its violations (None or a list); None when nothing can go wrong."""
        if isinstance(shape, StructureShape):
            if shape.name not in self._structures:
                check = self._structure(shape)
                self._structures[shape.name] = None if check is None else self._recurring.check(shape.name, check)
            return self._structures[shape.name]
        if isinstance(shape, ListShape):
            return self._list(shape)
        if isinstance(shape, MapShape):
            return self._map(shape)
        match shape.type_name:
            case "string":
                return self._string(shape)
            case "blob":
                return None if shape.serialization.get("streaming") else _length(shape)
            case "integer" | "long" | "float" | "double":
                return _range(shape)
            case _:
                return None

    def _structure(self, shape: StructureShape) -> Check | None:
        checks: dict[str, Check] = {}
        wire = {name: member.serialization.get("name", name) for name, member in shape.members.items()}
        for name, member in shape.members.items():
            check = self.compile(member)
            if check is not None:
                checks[name] = check
        required = tuple((name, wire[name]) for name in shape.required_members)
        if not checks and not required:
            return None

        def check_structure(value: Mapping[str, Any]) -> list[Violation] | None:
            found: list[Violation] | None = None
            for name, wire_name in required:
                if name not in value:
                    found = found or []
                    found.append(Violation(path=(), rule=Rule.REQUIRED, member=wire_name))
            for name, item in value.items():
                check = checks.get(name)
                if check is not None and (problems := check(item)):
                    found = found or []
                    _under(small(wire[name]), found, problems)
            return found

        return check_structure

    def _list(self, shape: ListShape) -> Check | None:
        length, member = _length(shape), self.compile(shape.member)
        if member is None:
            return length

        def check_list(value: Sequence[Any]) -> list[Violation] | None:
            found: list[Violation] = (length(value) if length is not None else None) or []
            for position, item in enumerate(value):
                if problems := member(item):
                    _under(position, found, problems)
            return found

        return check_list

    def _map(self, shape: MapShape) -> Check | None:
        length, key_check, member = _length(shape), self.compile(shape.key), self.compile(shape.value)
        if key_check is None and member is None:
            return length

        def check_map(value: Mapping[str, Any]) -> list[Violation] | None:
            found: list[Violation] = (length(value) if length is not None else None) or []
            for key, item in value.items():
                if key_check is not None and (problems := key_check(key)):
                    _under(key, found, problems)
                if member is not None and (problems := member(item)):
                    _under(key, found, problems)
            return found

        return check_map

    def _string(self, shape: Shape) -> Check | None:
        if shape.enum:
            allowed, hides = frozenset(shape.enum), _hides(shape)

            def check_enum(value: str) -> list[Violation] | None:
                if value in allowed:
                    return None
                return [Violation(path=(), rule=Rule.ENUM, limit=tuple(shape.enum), value=_seen(value, hides=hides))]

            return check_enum
        pattern = shape.metadata.get("pattern")
        return _length(shape) if pattern is None else self._pattern(shape, pattern)

    def _pattern(self, shape: Shape, pattern: str) -> Check:
        length, matches, hides = _length(shape), patterns.matcher(pattern, whole=self._whole), _hides(shape)
        longest = shape.metadata.get("max", patterns.UNBOUNDED_CHARS)

        def check_pattern(value: str) -> list[Violation] | None:
            found = length(value) if length is not None else None
            if len(value) > longest:
                # Not matched: what a pattern costs grows with the length.
                return found or [
                    Violation(path=(), rule=Rule.MAX_LENGTH, limit=longest, value=_seen(value, hides=hides))
                ]
            if matches(value):
                return found
            return [
                *(found or ()),
                Violation(path=(), rule=Rule.PATTERN, limit=pattern, value=_seen(value, hides=hides)),
            ]

        return check_pattern


_WIDTHS: Mapping[str, tuple[int, int]] = {
    "integer": (-(2**31), 2**31 - 1),
    "long": (-(2**63), 2**63 - 1),
}


def _hides(shape: Shape) -> bool:
    return bool(shape.metadata.get("sensitive"))


def _seen(value: Any, *, hides: bool) -> Any:
    return HIDDEN if hides else value


def _length(shape: Shape) -> Check | None:
    """The check of `min` and `max` as lengths: characters of a string, bytes of a blob, items of a list or map."""
    low, high, hides = shape.metadata.get("min", 0), shape.metadata.get("max"), _hides(shape)
    if not low and high is None:
        return None

    def check_length(value: Any) -> list[Violation] | None:
        size = len(value)
        if size < low:
            return [Violation(path=(), rule=Rule.MIN_LENGTH, limit=low, value=_seen(value, hides=hides))]
        if high is not None and size > high:
            return [Violation(path=(), rule=Rule.MAX_LENGTH, limit=high, value=_seen(value, hides=hides))]
        return None

    return check_length


def _range(shape: Shape) -> Check | None:
    """The check of `min` and `max` as values. What has none is still as long as its type (Smithy: integers have 32
    bits, longs 64): longer ones no client could read back, nor every database keep."""
    least, most = _WIDTHS.get(shape.type_name, (None, None))
    low, high = shape.metadata.get("min", least), shape.metadata.get("max", most)
    if low is None and high is None:
        return None

    def check_range(value: float) -> list[Violation] | None:
        if low is not None and not value >= low:
            return [Violation(path=(), rule=Rule.MIN, limit=low, value=value)]
        if high is not None and not value <= high:
            return [Violation(path=(), rule=Rule.MAX, limit=high, value=value)]
        return None

    return check_range
