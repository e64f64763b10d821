"""Structures that clients send again and again: programs submit the same outputs, job after job.

To read one, to check it and to write it into an answer each walk through all of it. One that has come before, byte for
byte, is known by its text: it was read as this value, it keeps the model's constraints, and it is written as these
bytes. The value is then the same object for every request that sends it; nobody changes parameters.

What may hold a secret is never kept (`Traits.private`), and neither is anything that breaks a rule.
"""

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import msgspec

from telecine.core.seen import Seen
from telecine.wire import models

_MOST_BYTES = 8 * 1024**2
_TIMES_ITS_TEXT = 8
"""So much larger than its JSON is a structure with its text, its value and what it is written as (measured: 7)."""

_encode = msgspec.json.Encoder().encode

Read = Callable[[Any], Any]
Write = Callable[[Any], Any]


class _Known:
    """One structure that has come before."""

    __slots__ = ("is_sound", "value", "written")

    def __init__(self, value: Any) -> None:
        self.value = value
        """As it is read. While this is kept, no other object has its `id`."""
        self.is_sound = False
        """It keeps the constraints of the model."""
        self.written: msgspec.Raw | None = None
        """As an answer shows it."""


class Recurring:
    """What is known of the structures of one service that recur."""

    def __init__(self, shapes: frozenset[str], private: tuple[bytes, ...]) -> None:
        """`private`: a text that has one of these in it is not kept."""
        self._private = private
        self._seen: dict[str, Seen[_Known]] = {shape: Seen(_MOST_BYTES) for shape in shapes}

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
                return known.value
            made = read(value)
            if not any(mark in text for mark in private):
                seen.keep(_Known(made), len(text) * _TIMES_ITS_TEXT, text, id(made))
            return made

        return read_known

    def check(self, shape: str, check: Callable[[Any], Any]) -> Callable[[Any], Any]:
        """`check`, which is asked only for what it has not found sound before."""
        seen = self._seen.get(shape)
        if seen is None:
            return check

        def check_known(value: Any) -> Any:
            known = seen.get(id(value))
            if known is None or known.value is not value:
                return check(value)
            if known.is_sound:
                return None
            problems = check(value)
            known.is_sound = not problems
            return problems

        return check_known

    def writer(self, shape: str, write: Write) -> Write:
        """`write`, which is asked only for what it has not written before. What comes back is for `msgspec` alone."""
        seen = self._seen.get(shape)
        if seen is None:
            return write

        def write_known(value: Any) -> Any:
            known = seen.get(id(value))
            if known is None or known.value is not value:
                return write(value)
            if known.written is None:
                known.written = msgspec.Raw(_encode(write(value)))
            return known.written

        return write_known


@lru_cache
def of(service: str) -> Recurring:
    """What this process knows of the structures of `service`."""
    traits = models.TRAITS[service]
    return Recurring(traits.recurring, traits.private)
