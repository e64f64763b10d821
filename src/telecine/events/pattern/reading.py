"""The JSON of a pattern with its places, so that an error can say where it is.

A node knows how far AWS's parser has read once it has seen what the node is: behind the opening mark of a string, an
object or an array, behind a number or a word.
"""

import json
import re
from dataclasses import dataclass
from typing import Any

from telecine.events.pattern.problems import MAX_CHARACTERS, InvalidEventPattern, invalid, too_long

MAX_DEPTH = 64
"""Deeper patterns are refused; no event has so many levels. Our decision."""

_STRINGS = json.JSONDecoder()
_BLANK = re.compile(r"[ \t\r\n]*")
_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_WORDS = {"true": True, "false": False, "null": None}


@dataclass(frozen=True, kw_only=True, slots=True)
class Node:
    """A JSON value in its text."""

    value: Any
    """A list of pairs of name and node, a list of nodes, or a scalar."""
    kind: str
    """`object`, `array`, `string`, `number` or `word`."""
    seen: int
    """How far the text was read when the kind of the value was known."""
    end: int
    """Where the value ends."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Pair:
    """A member of an object."""

    name: str
    node: Node


class Reader:
    """Reads one text."""

    def __init__(self, text: str) -> None:
        """Raises `InvalidEventPattern` when the text is too long."""
        if len(text) > MAX_CHARACTERS:
            raise too_long(len(text))
        self.text = text

    def read(self) -> Node:
        """The whole text as one value. Raises `InvalidEventPattern`."""
        node = self._value(self._skip(0), 0)
        rest = self._skip(node.end)
        if rest != len(self.text):
            raise self.fail("Invalid JSON", rest)
        return node

    def fail(self, reason: str, offset: int) -> InvalidEventPattern:
        """The error for what stands before `offset`."""
        return invalid(reason, self.text, offset)

    def _skip(self, at: int) -> int:
        found = _BLANK.match(self.text, at)
        return at if found is None else found.end()

    def _value(self, at: int, depth: int) -> Node:
        mark = self.text[at : at + 1]
        if mark in {"{", "["} and depth == MAX_DEPTH:
            raise self.fail(f"It is nested deeper than {MAX_DEPTH} levels", at + 1)
        if mark == "{":
            return self._object(at, depth)
        if mark == "[":
            return self._array(at, depth)
        if mark == '"':
            value, end = self._string(at)
            return Node(value=value, kind="string", seen=at + 1, end=end)
        number = _NUMBER.match(self.text, at)
        if number is not None:
            return Node(value=json.loads(number[0]), kind="number", seen=number.end(), end=number.end())
        for word, meaning in _WORDS.items():
            if self.text.startswith(word, at):
                return Node(value=meaning, kind="word", seen=at + len(word), end=at + len(word))
        raise self.fail("Invalid JSON", at)

    def _object(self, start: int, depth: int) -> Node:
        pairs: list[Pair] = []
        at = self._skip(start + 1)
        if self.text[at : at + 1] == "}":
            return Node(value=pairs, kind="object", seen=start + 1, end=at + 1)
        while True:
            if self.text[at : at + 1] != '"':
                raise self.fail("Invalid JSON", at)
            name, end = self._string(at)
            colon = self._skip(end)
            if self.text[colon : colon + 1] != ":":
                raise self.fail("Invalid JSON", colon)
            node = self._value(self._skip(colon + 1), depth + 1)
            pairs.append(Pair(name=name, node=node))
            at = self._skip(node.end)
            if self.text[at : at + 1] == "}":
                return Node(value=pairs, kind="object", seen=start + 1, end=at + 1)
            at = self._after_comma(at)

    def _array(self, start: int, depth: int) -> Node:
        nodes: list[Node] = []
        at = self._skip(start + 1)
        if self.text[at : at + 1] == "]":
            return Node(value=nodes, kind="array", seen=start + 1, end=at + 1)
        while True:
            nodes.append(self._value(at, depth + 1))
            at = self._skip(nodes[-1].end)
            if self.text[at : at + 1] == "]":
                return Node(value=nodes, kind="array", seen=start + 1, end=at + 1)
            at = self._after_comma(at)

    def _after_comma(self, at: int) -> int:
        if self.text[at : at + 1] != ",":
            raise self.fail("Invalid JSON", at)
        return self._skip(at + 1)

    def _string(self, at: int) -> tuple[str, int]:
        try:
            value, end = _STRINGS.raw_decode(self.text, at)
        except json.JSONDecodeError as error:
            raise self.fail("Invalid JSON", error.pos) from error
        return value, end
