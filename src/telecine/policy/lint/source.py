"""JSON with places: every value and every member name knows where it stands in the text."""

import json
from bisect import bisect_right
from dataclasses import dataclass, field
from enum import Enum

from telecine.policy.lint.finding import Path, Position, Span

_DEEPEST = 32
"""No policy nests deeper than Statement[n].Condition.operator.key[n]."""


class NotReadable(ValueError):
    """The text is no JSON. `at` is the offset where reading stopped."""

    def __init__(self, message: str, at: int) -> None:
        super().__init__(message)
        self.message = message
        self.at = at


class Form(Enum):
    """The forms of JSON values."""

    OBJECT = "an object"
    LIST = "a list"
    TEXT = "a string"
    NUMBER = "a number"
    TRUTH = "true or false"
    NULL = "null"


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A value of the document, or the name of a member."""

    form: Form
    path: Path
    start: int
    """Offset of its first character."""
    end: int
    """Offset behind its last one."""
    text: str = ""
    """Of a string its content; of a number, a truth value or null what is written."""
    members: "tuple[Member, ...]" = ()
    """Of an object: in order, with those that stand twice."""
    items: "tuple[Node, ...]" = ()
    """Of a list."""
    is_name: bool = False


@dataclass(frozen=True, kw_only=True, slots=True)
class Member:
    """One member of an object."""

    name: Node
    value: Node


@dataclass(frozen=True, kw_only=True, slots=True)
class Source:
    """A text that has been read."""

    text: str
    root: Node
    lines: tuple[int, ...] = field(repr=False)
    """The offset of each line's first character."""

    def span(self, node: Node) -> Span:
        """Where `node` stands."""
        return Span(position(self.lines, node.start), position(self.lines, node.end))


def position(lines: tuple[int, ...], offset: int) -> Position:
    """The line and column of an offset."""
    line = bisect_right(lines, offset)
    return Position(line, offset - lines[line - 1], offset)


def line_starts(text: str) -> tuple[int, ...]:
    """The offset of each line's first character."""
    return (0, *(at + 1 for at, character in enumerate(text) if character == "\n"))


def read(text: str) -> Source:
    """The document in `text`. Raises `NotReadable`."""
    reader = _Reader(text)
    root = reader.value(reader.skip(0), (), 0)
    end = reader.skip(root.end)
    if end != len(text):
        raise NotReadable("something follows the end of the document", end)
    return Source(text=text, root=root, lines=line_starts(text))


def _refuse(name: str) -> object:
    raise ValueError(name)  # NaN and Infinity are Python's, not JSON's


_scalars = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=_refuse)
_FORMS = {'"': Form.TEXT, "t": Form.TRUTH, "f": Form.TRUTH, "n": Form.NULL}


class _Reader:
    def __init__(self, text: str) -> None:
        self._text = text

    def skip(self, at: int) -> int:
        """The next place that is no white space."""
        text = self._text
        while at < len(text) and text[at] in " \t\r\n":
            at += 1
        return at

    def value(self, at: int, path: Path, depth: int) -> Node:
        if depth > _DEEPEST:
            raise NotReadable("the document is nested too deeply", at)
        first = self._text[at : at + 1]
        if first == "{":
            return self._object(at, path, depth)
        if first == "[":
            return self._list(at, path, depth)
        found, end = self._scalar(at)
        form = _FORMS.get(first, Form.NUMBER)
        return Node(form=form, path=path, start=at, end=end, text=found if form is Form.TEXT else self._text[at:end])

    def _scalar(self, at: int) -> tuple[str, int]:
        try:
            found, end = _scalars.raw_decode(self._text, at)
        except json.JSONDecodeError as error:
            raise NotReadable(error.msg[:1].lower() + error.msg[1:], error.pos) from error
        except ValueError as error:
            raise NotReadable(f"{error} is no value of JSON", at) from error
        return str(found), end

    def _object(self, start: int, path: Path, depth: int) -> Node:
        members: list[Member] = []
        at = self.skip(start + 1)
        while self._text[at : at + 1] != "}":
            if self._text[at : at + 1] != '"':
                raise NotReadable("a member's name in double quotes is expected", at)
            name, end = self._scalar(at)
            key = Node(form=Form.TEXT, path=(*path, name), start=at, end=end, text=name, is_name=True)
            value = self.value(self.skip(self._expect(":", end)), (*path, name), depth + 1)
            members.append(Member(name=key, value=value))
            at = self._next("}", value.end)
        return Node(form=Form.OBJECT, path=path, start=start, end=at + 1, members=tuple(members))

    def _list(self, start: int, path: Path, depth: int) -> Node:
        items: list[Node] = []
        at = self.skip(start + 1)
        while self._text[at : at + 1] != "]":
            items.append(self.value(at, (*path, len(items)), depth + 1))
            at = self._next("]", items[-1].end)
        return Node(form=Form.LIST, path=path, start=start, end=at + 1, items=tuple(items))

    def _expect(self, character: str, at: int) -> int:
        """The place behind `character`, which comes next."""
        at = self.skip(at)
        if self._text[at : at + 1] != character:
            raise NotReadable(f"'{character}' is expected", at)
        return at + 1

    def _next(self, closing: str, at: int) -> int:
        """The place of the next entry, or of `closing`."""
        at = self.skip(at)
        if self._text[at : at + 1] == closing:
            return at
        at = self.skip(self._expect(",", at))
        if self._text[at : at + 1] == closing:
            raise NotReadable("a comma stands before the end: take it away", at)
        return at
