"""A connection whose other end is not trusted with our time or our memory."""

import io
import socket
import time
from collections.abc import Callable
from dataclasses import dataclass

from telecine.outbound.errors import BadAnswer, BrokenOff, TooSlow

STEP_SECONDS = 0.25
"""How long a wait may last before `Limits.check` is asked again."""
_HEAD_BYTES = 64 * 1024
"""Of an answer's status line and headers, those of interim answers (100) with them."""
_BUFFER_BYTES = 64 * 1024


def _go_on() -> None:
    """For requests that nobody calls off."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Limits:
    """How long a request may take, and how much may come. All are of one request on one connection."""

    connect_seconds: float = 10.0
    """For each address that is tried, and for the TLS handshake."""
    idle_seconds: float = 30.0
    """Without a single byte."""
    total_seconds: float = 600.0
    """From the connection to the last byte."""
    least_bytes_per_second: int = 4096
    """Of the body, on average, once `idle_seconds` have passed since it began."""
    most_bytes: int = 16 * 1024**2
    """Of the body, with the lengths that stand between its chunks."""
    check: Callable[[], None] = _go_on
    """Asked several times a second while we wait; what it raises ends the request. It must be quick."""


class Wire:
    """What `http.client` needs of a socket, within `Limits`. Reading raises `TooSlow`, `BadAnswer`, `BrokenOff`."""

    def __init__(self, connection: socket.socket, limits: Limits) -> None:
        self._connection = connection
        self._limits = limits
        self._began = time.monotonic()
        self._body_began: float | None = None
        self._received = 0

    def begin_body(self) -> None:
        """From here on the body comes: it may be longer than headers, and must not be slow."""
        self._body_began = time.monotonic()
        self._received = 0

    def sendall(self, data: bytes) -> None:
        """Send all of it. Raises `TimeoutError` when it is not taken in time."""
        self._connection.settimeout(self._limits.idle_seconds)
        self._connection.sendall(data)

    def makefile(self, _mode: str) -> io.BufferedReader:
        """What `http.client` reads from."""
        return io.BufferedReader(_Reader(self._receive), _BUFFER_BYTES)

    def close(self) -> None:
        """Nothing: `http.client` says so when the headers are there, and the body is yet to come."""

    def _receive(self, buffer: memoryview) -> int:
        waiting_since = time.monotonic()
        while True:
            self._limits.check()
            self._check_time(waiting_since)
            self._connection.settimeout(min(STEP_SECONDS, self._limits.idle_seconds))
            try:
                count = self._connection.recv_into(buffer)
            except TimeoutError:
                continue
            if not count and self._body_began is None:
                # `http.client` would take headers that are cut short for whole ones
                raise BrokenOff("the connection ended before the answer began, or within its headers")
            self._received += count
            most = _HEAD_BYTES if self._body_began is None else self._limits.most_bytes + _BUFFER_BYTES
            if self._received > most:
                raise BadAnswer(f"more than {most} bytes came")
            return count

    def _check_time(self, waiting_since: float) -> None:
        now, limits = time.monotonic(), self._limits
        if now - waiting_since > limits.idle_seconds:
            raise TooSlow(f"nothing came for {limits.idle_seconds:g} seconds")
        if now - self._began > limits.total_seconds:
            raise TooSlow(f"it took longer than {limits.total_seconds:g} seconds")
        if self._body_began is not None:
            taken = now - self._body_began
            if taken > limits.idle_seconds and self._received < taken * limits.least_bytes_per_second:
                raise TooSlow(f"less than {limits.least_bytes_per_second} bytes a second came")


class _Reader(io.RawIOBase):
    def __init__(self, receive: Callable[[memoryview], int]) -> None:
        super().__init__()
        self._receive = receive

    def readable(self) -> bool:
        return True

    # RawIOBase takes any buffer; BufferedReader, its one caller here, gives a memoryview.
    def readinto(self, buffer: memoryview, /) -> int:  # type: ignore[override]
        return self._receive(buffer)
