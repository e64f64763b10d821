"""What is remembered of texts that callers write: short ones only, so that long ones cannot fill the memory."""

from collections.abc import Callable
from functools import lru_cache, wraps
from typing import TypeVar

T = TypeVar("T")


def remembered(*, entries: int, longest: int) -> Callable[[Callable[[str], T]], Callable[[str], T]]:
    """A decorator for a pure function of a text: it remembers `entries` answers to texts of at most `longest` signs."""

    def decorate(function: Callable[[str], T]) -> Callable[[str], T]:
        known = lru_cache(maxsize=entries)(function)

        @wraps(function)
        def answer(text: str) -> T:
            return known(text) if len(text) <= longest else function(text)

        return answer

    return decorate
