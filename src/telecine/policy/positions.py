"""Where the statements of a policy stand in its text."""

import json
from functools import lru_cache
from typing import NamedTuple

from telecine.policy.decision import StatementRef


class Span(NamedTuple):
    """Where a statement stands in its text; lines and columns from 1, the end after its last character."""

    start_line: int
    start_column: int
    end_line: int
    end_column: int


_decoder = json.JSONDecoder(parse_int=str, parse_float=str)  # no number is too long to be skipped


def position(ref: StatementRef) -> Span | None:
    """Where the statement stands; None when the reference does not know its document."""
    return spans(ref.text)[ref.index] if ref.text else None


@lru_cache(maxsize=1024)
def spans(text: str) -> tuple[Span, ...]:
    """The places of the statements in the text of a policy that compiles, in their order."""
    start = _find_statements(text)
    if text[start] == "{":
        return (_span(text, start, _end(text, start)),)
    found: list[Span] = []
    at = _skip(text, start + 1)
    while text[at] != "]":
        end = _end(text, at)
        found.append(_span(text, at, end))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return tuple(found)


def _find_statements(text: str) -> int:
    """The place of the value of the document's `Statement`."""
    at = _skip(text, _skip(text, 0) + 1)
    while True:
        key, end = _decoder.raw_decode(text, at)
        value = _skip(text, _skip(text, end) + 1)  # behind the colon
        if key == "Statement":
            return value
        at = _skip(text, _skip(text, _end(text, value)) + 1)  # behind the comma


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _end(text: str, at: int) -> int:
    end: int
    _, end = _decoder.raw_decode(text, at)
    return end


def _span(text: str, start: int, end: int) -> Span:
    return Span(*_place(text, start), *_place(text, end))


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
