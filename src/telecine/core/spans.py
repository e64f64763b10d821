"""What tracing asks of the code that is traced: a name for a stretch of work, and when it was."""

from collections.abc import Mapping
from contextlib import AbstractContextManager, nullcontext
from datetime import datetime
from typing import Protocol


class Spans(Protocol):
    """Where stretches of work are told."""

    def during(self, name: str, attributes: Mapping[str, str | int] | None = None) -> AbstractContextManager[object]:
        """The stretch of the `with` block, inside the one around it in this thread. What it raises is told, too."""
        ...

    def over(
        self,
        name: str,
        *,
        began: datetime,
        ended: datetime,
        attributes: Mapping[str, str | int],
        is_error: bool,
        parent: str | None,
    ) -> None:
        """A stretch that is over. `parent` is the caller's own `traceparent` header (W3C Trace Context), if any."""
        ...


class NoSpans:
    """Nobody wants to know."""

    def during(self, name: str, attributes: Mapping[str, str | int] | None = None) -> AbstractContextManager[object]:
        return nullcontext()

    def over(
        self,
        name: str,
        *,
        began: datetime,
        ended: datetime,
        attributes: Mapping[str, str | int],
        is_error: bool,
        parent: str | None,
    ) -> None:
        return None
