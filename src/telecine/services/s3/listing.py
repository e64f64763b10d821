"""Listings in the order of keys, with a prefix and a delimiter that rolls keys up into common prefixes.

The walk is pure: it asks for rows from a place on and is given them in order. Keys are compared by their UTF-8 bytes,
which is the order of code points, and also that of Python's strings.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Generic, Protocol, TypeVar

_SURROGATES = (0xD800, 0xDFFF)
_LAST_CODE_POINT = 0x10FFFF
_SMALLEST_FETCH = 8


class Listed(Protocol):
    """A row of a listing."""

    @property
    def key(self) -> str: ...

    @property
    def tie(self) -> str:
        """Orders rows of one key; empty where a key has one row."""
        ...


R = TypeVar("R", bound=Listed)


@dataclass(frozen=True, slots=True)
class Place:
    """Where a listing goes on: behind `key`, or at it when `is_included`."""

    key: str = ""
    is_included: bool = True
    tie: str | None = None
    """Only rows of `key` up to this tie have been listed; None when all of them have."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[R]):
    """One page of a listing."""

    rows: Sequence[R]
    prefixes: Sequence[str]
    """Common prefixes, each once, in order."""
    last: R | str | None
    """The last entry: a row, or a common prefix; None when the page is empty."""
    following: Place | None
    """Where the next page starts; None when there is none."""


Fetch = Callable[[Place, str | None, int], Sequence[R]]
"""`fetch(place, end, limit)`: the first `limit` rows from `place` on whose keys are below `end` (None: no bound)."""


def successor(prefix: str) -> str | None:
    """The first string behind every string that begins with `prefix`; None when there is none."""
    for at in range(len(prefix) - 1, -1, -1):
        point = ord(prefix[at])
        if point < _LAST_CODE_POINT:
            point += 1
            # A surrogate is no character, and UTF-8 cannot write one.
            return prefix[:at] + chr(_SURROGATES[1] + 1 if point == _SURROGATES[0] else point)
    return None


def common_prefix(key: str, prefix: str, delimiter: str) -> str | None:
    """The common prefix that `key`, which begins with `prefix`, is rolled up into; None when it stands for itself."""
    at = key.find(delimiter, len(prefix)) if delimiter else -1
    return None if at < 0 else key[: at + len(delimiter)]


def walk(fetch: Fetch[R], *, prefix: str, delimiter: str, start: Place, limit: int) -> Page[R]:
    """At most `limit` rows and common prefixes, in order, from `start` on.

    A limit of 0 makes an empty page that nothing follows, as S3 has it.
    """
    if limit == 0:
        return Page(rows=(), prefixes=(), last=None, following=None)
    end = successor(prefix)
    place = start if start.key >= prefix else Place(prefix)
    rows: list[R] = []
    prefixes: list[str] = []
    last: R | str | None = None
    room = limit
    ask = limit + 1
    while True:
        fetched = fetch(place, end, ask)
        taken = 0
        for row in fetched:
            group = common_prefix(row.key, prefix, delimiter)
            if group is not None and group == last:
                continue
            if room == 0:
                return Page(rows=rows, prefixes=prefixes, last=last, following=_behind(last))
            room -= 1
            taken += 1
            if group is None:
                rows.append(row)
                last = row
            else:
                prefixes.append(group)
                last = group
        behind = _behind(last)
        if len(fetched) < ask or behind is None:
            return Page(rows=rows, prefixes=prefixes, last=last, following=None)
        place = behind
        # Where whole groups are skipped, rows fetched beyond the first of a group are wasted.
        ask = min(max(2 * taken, _SMALLEST_FETCH), room + 1)


def _behind(last: R | str | None) -> Place | None:
    """The place behind `last`; None when nothing can follow it."""
    if last is None:
        return Place()
    if isinstance(last, str):
        end = successor(last)
        return None if end is None else Place(end)
    return Place(last.key, is_included=False, tie=last.tie or None)
