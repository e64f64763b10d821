"""What was found out about values that come again and again: kept while they come, and bounded in bytes.

Two halves: what comes goes into the young one, and when that is full it becomes the old one, whose rest is forgotten.
Whatever is asked for meanwhile moves back into the young half. So what comes often stays, at no more than a look into
a dictionary, where an order of use would cost a lock and two changes each time.
"""

import threading
from collections.abc import Hashable
from typing import Generic, TypeVar

V = TypeVar("V")


class Seen(Generic[V]):
    """Values by their keys. Whoever gets one must not change it: others have it, too."""

    def __init__(self, most_bytes: int) -> None:
        self._half = most_bytes // 2
        self._mutex = threading.Lock()
        self._young: dict[Hashable, tuple[V, int]] = {}
        self._old: dict[Hashable, tuple[V, int]] = {}
        self._size = 0
        """Of the young half, in bytes as its callers count them."""

    def get(self, key: Hashable) -> V | None:
        """What was kept under this key, if it has not been forgotten."""
        found = self._young.get(key)
        if found is None:
            found = self._old.get(key)
            if found is None:
                return None
            self.keep(key, *found)
        return found[0]

    def keep(self, key: Hashable, value: V, size: int) -> None:
        """Remember a value that takes about `size` bytes with its key; not what is larger than a half."""
        if size > self._half:
            return
        with self._mutex:
            if key in self._young:
                return  # another thread was quicker
            if self._size + size > self._half:
                self._old, self._young, self._size = self._young, {}, 0
            self._size += size
            self._young[key] = (value, size)

    def __len__(self) -> int:
        """How many keys lead to something."""
        return len(self._young.keys() | self._old.keys())
