"""A request's body on its way in: how slow it may come, and how much of all bodies may wait in memory."""

import asyncio
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator, MutableMapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from telecine.wire.http import HttpRequest

Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]

DISCARDED_BYTES = 8 << 20
"""After a refusal, so much of a body that nobody wants is still read, because some clients look for the answer only
when they have sent everything; longer ones lose their connection."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Patience:
    """How slow a client may be."""

    idle_seconds: float = 30.0
    """The longest silence."""
    grace_seconds: float = 30.0
    """From then on the rate counts."""
    bytes_per_second: float = 4096.0
    """The least average rate of a body, in either direction."""

    def allows(self, seconds: float, size: int) -> bool:
        """Whether `size` bytes in `seconds` are enough."""
        return seconds <= self.grace_seconds + size / self.bytes_per_second

    def seconds_for(self, size: int) -> float:
        """How long a client may take for `size` bytes of an answer."""
        return self.idle_seconds + size / self.bytes_per_second


class ClientGone(Exception):
    """The client hung up before its request, or our answer, was through."""


class TooSlow(Exception):
    """The client took longer than patience allows."""


class TooLong(Exception):
    """The body is longer than this operation's may be."""


class NoMemory(Exception):
    """Too many bodies wait in memory: this one has to come again later."""


FREE_BYTES = 16 << 10
"""So much of each body costs nothing: however busy the server is, small calls get through. The number of connections
bounds what that amounts to."""


class Budget:
    """How many bytes of bodies may wait in memory at a time. For one event loop."""

    def __init__(self, limit: int) -> None:
        self.left = limit

    @contextmanager
    def share(self) -> "Iterator[Share]":
        """What one body takes of it, given back at the end."""
        share = Share(self)
        try:
            yield share
        finally:
            self.left += share.taken


class Share:
    """What one body has taken of a budget."""

    def __init__(self, budget: Budget) -> None:
        self._budget = budget
        self.taken = 0

    def grow(self, size: int) -> None:
        """Pay for a body of `size` bytes. Raises `NoMemory` when that is more than is left."""
        more = max(0, size - FREE_BYTES) - self.taken
        if more > self._budget.left:
            raise NoMemory
        self._budget.left -= more
        self.taken += more


class Body:
    """A request's body on its way in."""

    def __init__(self, request: HttpRequest, receive: Receive, patience: Patience) -> None:
        given = request.header("content-length")
        self.length = int(given) if given is not None else None if request.header("transfer-encoding") else 0
        """How long the client says it is; None when it does not."""
        self.is_whole = self.length == 0
        """Every byte of it has been received."""
        self._is_expecting = request.header("expect") is not None
        self._receive = receive
        self._patience = patience

    async def chunks(self) -> AsyncIterator[bytes]:
        """The body as it comes; a client that waits for `100 Continue` gets it now. Raises `ClientGone`, `TooSlow`."""
        started, size = time.monotonic(), 0
        while not self.is_whole:
            try:
                async with asyncio.timeout(self._patience.idle_seconds):
                    message = await self._receive()
            except TimeoutError as error:
                raise TooSlow from error
            if message["type"] == "http.disconnect":
                raise ClientGone
            chunk = message.get("body", b"")
            size += len(chunk)
            self.is_whole = not message.get("more_body", False)
            if not self.is_whole and not self._patience.allows(time.monotonic() - started, size):
                raise TooSlow
            yield chunk

    async def whole(self, limit: int, share: "Share") -> bytes:
        """The body in one piece, which costs `share`.

        Raises `TooLong` beyond `limit`, before anything is received if the head says so, and `NoMemory`.
        """
        if self.length is not None and self.length > limit:
            raise TooLong
        body = bytearray()
        async for chunk in self.chunks():
            body += chunk
            if len(body) > limit:
                raise TooLong
            share.grow(len(body))
        return bytes(body)

    @property
    def must_hang_up(self) -> bool:
        """Whether the connection is of no use after the answer, because the rest of the body stands in the way.

        A client that was not told to continue may not send its body at all: its next request would be taken for it.
        """
        return not self.is_whole and (self._is_expecting or self.length is None or self.length > DISCARDED_BYTES)
