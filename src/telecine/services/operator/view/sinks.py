"""Sinks and dead letters."""

from typing import Any

from telecine.events.envelope import body
from telecine.events.model import DeadLetter, Sink, Waiting


def sink(found: Sink, waiting: Waiting | None = None) -> dict[str, Any]:
    """A sink, with what waits for it. Its secret is not among it."""
    shown: dict[str, Any] = {
        "name": found.name,
        "kind": found.target.kind.value,
        "target": found.target.address,
        "pattern": found.pattern,
        "state": found.state.value,
        "stateReason": found.state_reason,
        "createdAt": found.created_at,
    }
    if waiting is not None:
        shown |= {"pending": waiting.pending, "deadLetters": waiting.dead}
    return shown


def dead_letter(found: DeadLetter) -> dict[str, Any]:
    """An event that was given up, whole, as the sink would have got it."""
    return {
        "eventId": found.event.id,
        "event": body(found.event).decode(),
        "attempts": found.attempts,
        "reason": found.reason,
        "deadAt": found.dead_at,
    }
