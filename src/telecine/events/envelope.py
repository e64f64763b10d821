"""An event as bytes: the one form in which it leaves the server."""

import json

from telecine.events.outbox import Event


def body(event: Event) -> bytes:
    """The EventBridge envelope as compact JSON in UTF-8, without a line break."""
    return json.dumps(event.envelope(), separators=(",", ":"), ensure_ascii=False).encode("utf-8", "backslashreplace")
