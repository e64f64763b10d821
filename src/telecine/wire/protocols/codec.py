"""What a protocol makes of an operation, and how a value of the wrong type is told."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Protocol, Self

from botocore.model import OperationModel, Shape

from telecine.core.errors import TelecineError
from telecine.wire.http import HttpRequest, HttpResponse
from telecine.wire.routing import Route
from telecine.wire.validate import HIDDEN, IllTyped, Rule, Step, Violation, aws_sentence

Parse = Callable[[HttpRequest, Route, bytes], dict[str, Any]]


class Serialize(Protocol):
    """Writes an output, given by the model's member names."""

    def __call__(self, result: Mapping[str, Any], *, request_id: str) -> HttpResponse: ...


@dataclass(frozen=True, kw_only=True, slots=True)
class Codec:
    """An operation in its protocol."""

    parse: Parse
    """Raises `ApiError`: `IllTyped` for a parameter of the wrong type, others for a body that cannot be read."""
    serialize: Serialize
    """Raises `UnknownMember` for a result that does not fit the model: a mistake of ours."""


class UnknownMember(TelecineError):
    """A result holds a member that its shape does not have."""

    def __init__(self, shape: Shape | OperationModel, member: str) -> None:
        super().__init__(f"{shape.name} has no member {member}.")


TYPE_NAMES: Mapping[str, str] = {
    "string": "string",
    "blob": "string",
    "integer": "integer",
    "long": "integer",
    "float": "number",
    "double": "number",
    "timestamp": "number",
    "boolean": "boolean",
    "list": "array",
    "structure": "object",
    "map": "object",
}


class WrongType(Exception):
    """A value that cannot become what its shape wants; gathers its path while it rises."""

    def __init__(self, shape: Shape, value: object) -> None:
        super().__init__(shape.type_name)
        self._limit = TYPE_NAMES[shape.type_name]
        self._value = HIDDEN if shape.metadata.get("sensitive") else value
        self._path: tuple[Step, ...] = ()

    def under(self, step: Step) -> Self:
        """The same, one step further up."""
        self._path = (step, *self._path)
        return self

    def told(self, code: str, message: str | None = None) -> IllTyped:
        """The error of the API; without a `message` it is worded as violations of constraints are."""
        violation = Violation(path=self._path, rule=Rule.TYPE, limit=self._limit, value=self._value)
        return IllTyped(code, message or aws_sentence([violation]), violation)
