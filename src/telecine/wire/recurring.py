"""Structures that clients send again and again: programs submit the same outputs, job after job.

To read one, to check it and to write it into an answer each walk through all of it. One that has come before, byte for
byte, is known by its text: it was read as this value, it keeps the model's constraints, and it is written as these
bytes. The value is then the same object for every request that sends it; nobody changes parameters.

It is kept when its constraints were checked, not when it was read: by then its caller is known to be allowed to send
it. What may hold a secret is never kept (`Traits.private`), and neither is anything that breaks a rule.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from telecine.core.seen import Seen
from telecine.wire import models

_MOST_BYTES = 8 * 1024**2

_encode = msgspec.json.Encoder().encode

Read = Callable[[Any], Any]
Write = Callable[[Any], Any]


class _Met(dict[str, Any]):
    """A structure as it was read, with what is known of it. Its copies are dictionaries, of which nothing is known:
    they may be changed."""

    __slots__ = ("is_sound", "text", "written")

    def __init__(self, value: dict[str, Any], text: bytes) -> None:
        super().__init__(value)
        self.text = text
        """What it was read from."""
        self.is_sound = False
        """It keeps the constraints of the model."""
        self.written: msgspec.Raw | None = None
        """As an answer shows it."""

    def __reduce__(self) -> tuple[Any, ...]:
        return dict, (dict(self),)


class Recurring:
    """What is known of the structures of one service that recur."""

    def __init__(self, shapes: frozenset[str], private: tuple[bytes, ...]) -> None:
        """`private`: a text that has one of these in it is not kept."""
        self._private = private
        self._seen: dict[str, Seen[_Met]] = {shape: Seen(_MOST_BYTES) for shape in shapes}

    def reader(self, shape: str, read: Read) -> Read:
        """`read`, which is asked only for what has not come before."""
        seen, private = self._seen.get(shape), self._private
        if seen is None:
            return read

        def read_known(value: Any) -> Any:
            try:
                text = _encode(value)
            except (msgspec.MsgspecError, OverflowError):  # an integer of more than 64 bits, in a member nobody knows
                return read(value)
            known = seen.get(text)
            if known is not None:
                return known
            made = read(value)
            return made if any(mark in text for mark in private) else _Met(made, text)

        return read_known

    def check(self, shape: str, check: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """`check`, which is asked only for what it has not found sound before. What it finds sound now is kept."""
        seen = self._seen.get(shape)
        if seen is None:
            return check

        def check_known(value: Any) -> Any:
            if type(value) is not _Met:
                return check(value)
            if value.is_sound:
                return None
            problems = check(value)
            if not problems:
                value.is_sound = True
                seen.keep(value.text, value, _size(value.text))
            return problems

        return check_known

    def writer(self, shape: str, write: Write) -> Write:
        """`write`, which is asked only for what it has not written before. What comes back is for `msgspec` alone."""
        if shape not in self._seen:
            return write

        def write_known(value: Any) -> Any:
            if type(value) is not _Met:
                return write(value)
            if value.written is None:
                value.written = msgspec.Raw(_encode(write(value)))
            return value.written

        return write_known


_PER_VALUE = 200
"""Bytes of a dictionary of up to five members, or of a string with its place in a list or dictionary (measured)."""
_BESIDE = 500
"""Bytes that one structure takes beside its text and its values: in `Seen`, and for what is known of it."""


def _size(text: bytes) -> int:
    """At least the bytes that a structure takes which was read from this JSON: with its text, its values, and what it
    is written as.

    Before each value but the outermost is a comma or a bracket. The characters are there in the text, as written, and
    in strings: four times, as msgspec leaves up to half as much room behind what it encodes. One character beyond the
    BMP makes every one of its string four bytes long, and such a string keeps its UTF-8 as well, once it was written.
    """
    values = text.count(b"{") + text.count(b"[") + text.count(b",")
    return len(text) * (4 if text.isascii() else 8) + values * _PER_VALUE + _BESIDE


@lru_cache
def of(service: str) -> Recurring:
    """What this process knows of the structures of `service`."""
    traits = models.TRAITS[service]
    return Recurring(traits.recurring, traits.private)
