"""Shapes as JSON: closures that read decoded JSON into model names, and write results as JSON-ready values."""

import base64
import binascii
import itertools
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

import msgspec
from botocore.model import ListShape, MapShape, Shape, StructureShape

from telecine.wire import timestamps
from telecine.wire.protocols import scalars
from telecine.wire.protocols.codec import UnknownMember, WrongType
from telecine.wire.recurring import Recurring
from telecine.wire.validate import small

Read = Callable[[Any], Any]
Write = Callable[[Any], Any]

MAX_DEPTH = 100
"""How deep JSON may be nested. No model goes deeper than 20."""

_STEPS = bytes.maketrans(b"[{]}", b"\x01\x01\xff\xff")  # read as signed: one deeper, one back
_NOT_MARKS = bytes(set(range(256)) - set(b'[]{}"'))
_USUAL_DEPTH = 24
"""So deep the quicker way looks; what is left then is counted bracket by bracket."""
_TRUE_TYPES: Mapping[str, type] = {"string": str, "integer": int, "long": int, "boolean": bool}
_decoder = msgspec.json.Decoder()
_encoder = msgspec.json.Encoder()
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # not after an escaped backslash


class MalformedJson(Exception):
    """The body is not JSON in UTF-8."""


class TooDeep(MalformedJson):
    """The body is nested deeper than `MAX_DEPTH`."""


def decode(body: bytes) -> Any:
    """The JSON value in `body`. Raises `MalformedJson`; its depth is known before anything recurses into it."""
    if depth_exceeds(body, MAX_DEPTH):
        raise TooDeep(f"more than {MAX_DEPTH} levels")
    if b"\\u0000" in body and _NUL.search(body) is not None:
        raise MalformedJson("a text holds NUL, which PostgreSQL cannot store")
    try:
        # Strict: no NaN, no numbers beyond floats, and no lone surrogate, which could neither be stored nor sent back.
        return _decoder.decode(body)
    except (msgspec.MsgspecError, ValueError, RecursionError) as error:
        raise MalformedJson(str(error)) from error


def encode(value: Any) -> bytes:
    """`value` as JSON, as short as it can be. It holds no float that is not finite: those are spelled by then."""
    return _encoder.encode(value)


def depth_exceeds(body: bytes, limit: int) -> bool:
    """Whether brackets outside strings nest deeper than `limit`, in one pass and without recursion.

    True for some texts that are not JSON, never false for one that a parser would recurse into.
    """
    if body.count(b"{") + body.count(b"[") <= limit:
        return False
    if b"\\" in body:
        body = body.replace(b"\\\\", b"").replace(b'\\"', b"")
    # Two quotes side by side are an empty string, or the end of one and the beginning of the next: either way nothing
    # outside of strings goes with them. What is left of strings holds brackets.
    marks = body.translate(None, _NOT_MARKS).replace(b'""', b"")
    outside = brackets = b"".join(marks.split(b'"')[::2])
    for _ in range(min(limit, _USUAL_DEPTH) // 2):
        # Each round takes away the innermost level, or two of different brackets.
        brackets = brackets.replace(b"{}", b"").replace(b"[]", b"")
        if not brackets:
            return False
    steps = memoryview(outside.translate(_STEPS)).cast("b")
    return max(itertools.accumulate(steps), default=0) > limit


class JsonShapes:
    """Compiles the shapes of one service; structures that occur in several places are compiled once."""

    def __init__(self, recurring: Recurring) -> None:
        self._recurring = recurring
        self._readers: dict[str, Read] = {}
        self._writers: dict[str, Write] = {}

    def reader(self, shape: Shape) -> Read:
        """A function from decoded JSON to a value of `shape`; it raises `WrongType`."""
        if isinstance(shape, StructureShape):
            if shape.name not in self._readers:
                read = self._structure_reader(shape, shape.members)
                self._readers[shape.name] = self._recurring.reader(shape.name, read)
            return self._readers[shape.name]
        if isinstance(shape, ListShape):
            return self._list_reader(shape)
        if isinstance(shape, MapShape):
            return self._map_reader(shape)
        return _scalar_reader(shape)

    def body_reader(self, shape: StructureShape, members: Mapping[str, Shape]) -> Read:
        """The same for those `members` of `shape` alone that travel in the body."""
        return self._structure_reader(shape, members)

    def writer(self, shape: Shape) -> Write | None:
        """A function from a value of `shape` to what `encode` takes; None when they are the same."""
        if isinstance(shape, StructureShape):
            if shape.name not in self._writers:
                write = self.body_writer(shape, shape.members)
                self._writers[shape.name] = self._recurring.writer(shape.name, write)
            return self._writers[shape.name]
        if isinstance(shape, ListShape):
            return _list_writer(self.writer(shape.member))
        if isinstance(shape, MapShape):
            return _map_writer(self.writer(shape.value))
        return _scalar_writer(shape)

    def body_writer(self, shape: StructureShape, members: Mapping[str, Shape]) -> Write:
        """The writer of those `members` of `shape` that travel in the body."""
        table = {
            name: (member.serialization.get("name", name), self.writer(member)) for name, member in members.items()
        }

        def write_structure(value: Mapping[str, Any]) -> dict[str, Any]:
            out: dict[str, Any] = {}
            for name, item in value.items():
                if item is None:
                    continue
                entry = table.get(name)
                if entry is None:
                    raise UnknownMember(shape, name)
                out[entry[0]] = item if entry[1] is None else entry[1](item)
            return out

        return write_structure

    def _structure_reader(self, shape: StructureShape, members: Mapping[str, Shape]) -> Read:
        table = {
            member.serialization.get("name", name): (name, _TRUE_TYPES.get(member.type_name), self.reader(member))
            for name, member in members.items()
        }

        def read_structure(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise WrongType(shape, value)
            out: dict[str, Any] = {}
            key = ""
            try:
                for key, item in value.items():
                    entry = table.get(key)
                    # Unknown members are ignored, null ones are absent: models of clients are older or newer.
                    if entry is not None and item is not None:
                        out[entry[0]] = item if type(item) is entry[1] else entry[2](item)
            except WrongType as wrong:
                raise wrong.under(small(key))  # noqa: B904 - the same error, one step further up
            return out

        return read_structure

    def _list_reader(self, shape: ListShape) -> Read:
        true_type, read = _TRUE_TYPES.get(shape.member.type_name), self.reader(shape.member)

        def read_list(value: Any) -> list[Any]:
            if type(value) is not list:
                raise WrongType(shape, value)
            out = []
            try:
                for item in value:
                    # Appended one by one: the length is the position of a wrong one.
                    out.append(item if type(item) is true_type else read(item))  # noqa: PERF401
            except WrongType as wrong:
                raise wrong.under(len(out))  # noqa: B904
            return out

        return read_list

    def _map_reader(self, shape: MapShape) -> Read:
        true_type, read = _TRUE_TYPES.get(shape.value.type_name), self.reader(shape.value)

        def read_map(value: Any) -> dict[str, Any]:
            if type(value) is not dict:
                raise WrongType(shape, value)
            out: dict[str, Any] = {}
            key = ""
            try:
                for key, item in value.items():
                    out[key] = item if type(item) is true_type else read(item)
            except WrongType as wrong:
                raise wrong.under(key)  # noqa: B904
            return out

        return read_map


def _scalar_reader(shape: Shape) -> Read:
    convert = _SCALARS[shape.type_name]
    moments = scalars.moment_format(shape, "unixtimestamp")
    if shape.type_name == "timestamp" and moments != "unixtimestamp":
        convert = _text_moment(scalars.text_reader(shape, moments="unixtimestamp"))

    def read_scalar(value: Any) -> Any:
        try:
            return convert(value)
        except (ValueError, binascii.Error) as error:
            raise WrongType(shape, value) from error

    return read_scalar


def _text_moment(read: Callable[[str], Any]) -> Read:
    return lambda value: read(_string(value))


def _string(value: Any) -> str:
    if type(value) is not str:
        raise ValueError
    return value


def _integer(value: Any) -> int:
    # 1.0 is an integer in JSON; True is one in Python only.
    if type(value) is int:
        return value
    if type(value) is not float or not value.is_integer():
        raise ValueError
    return int(value)


def _number(value: Any) -> float:
    # Protocols know "NaN", "Infinity" and "-Infinity", too. Here nothing can be done with them, and they keep within
    # every range that compares. A whole number may be longer than a float can be.
    if type(value) not in {int, float} or not -sys.float_info.max <= value <= sys.float_info.max:
        raise ValueError
    number: float = value
    return number


def _boolean(value: Any) -> bool:
    if type(value) is not bool:
        raise ValueError
    return value


_SCALARS: Mapping[str, Read] = {
    "string": _string,
    "character": _string,
    "integer": _integer,
    "long": _integer,
    "float": _number,
    "double": _number,
    "boolean": _boolean,
    "blob": lambda value: base64.b64decode(_string(value), validate=True),
    "timestamp": lambda value: timestamps.from_epoch(_number(value)),
}


def _scalar_writer(shape: Shape) -> Write | None:
    match shape.type_name:
        case "timestamp":
            moments = scalars.moment_format(shape, "unixtimestamp")
            return timestamps.to_epoch if moments == "unixtimestamp" else scalars.text_writer(shape, moments=moments)
        case "blob":
            return scalars.text_writer(shape, moments="unixtimestamp")
        case "float" | "double":
            return scalars.spelled
        case _:
            return None


def _list_writer(write: Write | None) -> Write | None:
    return None if write is None else lambda value: [write(item) for item in value]


def _map_writer(write: Write | None) -> Write | None:
    return None if write is None else lambda value: {key: write(item) for key, item in value.items()}
