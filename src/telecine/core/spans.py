"""What tracing asks of the code that is traced: a name for a stretch of work, and when it was."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from typing import Protocol


class Spans(Protocol):
    """Where stretches of work are told."""

    def during(self, name: str, attributes: Mapping[str, str | int] | None = None) -> AbstractContextManager[object]:
        """The stretch of the `with` block, inside the one around it in this thread. What it raises is told, too."""
        ...


class NoSpans:
    """Nobody wants to know."""

    def during(self, name: str, attributes: Mapping[str, str | int] | None = None) -> AbstractContextManager[object]:
        return nullcontext()
