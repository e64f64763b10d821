"""Long writes go straight to the system when nothing waits before them, and everything comes in order."""

import asyncio
import os
import socket
from typing import cast

import pytest

from telecine.edge.unlocked import LONG_BYTES, Unlocked

LONG = os.urandom(LONG_BYTES)


class _Transport:
    """Keeps what it is told to write; `waiting` bytes are on their way already."""

    def __init__(self, client: socket.socket, waiting: int = 0, *, closing: bool = False) -> None:
        self.written: list[bytes] = []
        self.waiting = waiting
        self.closing = closing
        self._client = client

    def get_extra_info(self, name: str) -> socket.socket:
        assert name == "socket"
        return self._client

    def get_write_buffer_size(self) -> int:
        return self.waiting

    def is_closing(self) -> bool:
        return self.closing

    def write(self, data: bytes) -> None:
        self.written.append(bytes(data))


def _written(data: bytes, **state: int) -> tuple[bytes, bytes]:
    """What went straight to the client, and what went to the transport."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        transport = _Transport(ours, **state)
        Unlocked(cast("asyncio.Transport", transport)).write(data)
        received = b""
        try:
            while block := theirs.recv(1 << 20):
                received += block
        except BlockingIOError:
            pass
        return received, b"".join(transport.written)


def test_what_is_long_goes_straight_to_the_system() -> None:
    """All of it, when there is room."""
    assert _written(LONG) == (LONG, b"")


def test_what_the_system_does_not_take_goes_to_the_transport() -> None:
    """From the first byte on that it did not take."""
    data = LONG * 64
    sent, left = _written(data)
    assert sent
    assert left
    assert sent + left == data


@pytest.mark.parametrize(("data", "state"), [(LONG[:-1], {}), (LONG, {"waiting": 1}), (LONG, {"closing": True})])
def test_the_transport_writes_the_rest(data: bytes, state: dict[str, int]) -> None:
    """What is short, what others have to go before, and what goes nowhere any more."""
    assert _written(data, **state) == (b"", data)


def test_a_client_that_has_gone_is_the_transports_affair() -> None:
    """It meets the same error, and hangs up."""
    ours, theirs = socket.socketpair()
    theirs.close()
    with ours:
        transport = _Transport(ours)
        Unlocked(cast("asyncio.Transport", transport)).write(LONG)
        assert transport.written == [LONG]
