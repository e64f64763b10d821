"""Head and body of an answer leave together; long writes go straight to the system, and everything comes in order."""

import asyncio
import os
import socket
from collections.abc import Iterator
from typing import cast

import pytest

from telecine.edge.outgoing import LONG_BYTES, Outgoing

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

    def close(self) -> None:
        self.closing = True


def _written(data: bytes, **state: int) -> tuple[bytes, bytes]:
    """What went straight to the client, and what went to the transport."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        ours.setblocking(False)
        theirs.setblocking(False)
        transport = _Transport(ours, **state)
        Outgoing(cast("asyncio.Transport", transport)).write(data)
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
        Outgoing(cast("asyncio.Transport", transport)).write(LONG)
        assert transport.written == [LONG]


HEAD = b"HTTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\n"


@pytest.fixture
def transport() -> Iterator[_Transport]:
    """One that nobody reads from."""
    ours, theirs = socket.socketpair()
    with ours, theirs:
        yield _Transport(ours)


def _answering(transport: _Transport) -> Outgoing:
    outgoing = Outgoing(cast("asyncio.Transport", transport))
    outgoing.expect_head()
    return outgoing


def test_a_head_leaves_with_its_body(transport: _Transport) -> None:
    """In one piece; what follows goes by itself, whatever it looks like."""
    outgoing = _answering(transport)
    for data in (HEAD, b"film", HEAD):
        outgoing.write(data)
    assert transport.written == [HEAD + b"film", HEAD]


def test_a_head_goes_before_a_long_body(transport: _Transport) -> None:
    """It is not worth copying the body for it."""
    transport.waiting = 1
    outgoing = _answering(transport)
    outgoing.write(HEAD)
    outgoing.write(LONG)
    assert transport.written == [HEAD, LONG]


@pytest.mark.parametrize("end", ["flush", "close"])
def test_a_head_without_a_body_leaves_at_the_end(transport: _Transport, end: str) -> None:
    """Of the answer, or of the connection; and once."""
    outgoing = _answering(transport)
    outgoing.write(HEAD)
    assert transport.written == []
    getattr(outgoing, end)()
    outgoing.flush()
    assert transport.written == [HEAD]


def test_leave_to_go_on_waits_for_nothing(transport: _Transport) -> None:
    """The client sends its body only then; the answer's head still waits for the answer's body."""
    outgoing = _answering(transport)
    outgoing.write(b"HTTP/1.1 100 Continue\r\n\r\n")
    outgoing.write(HEAD)
    assert transport.written == [b"HTTP/1.1 100 Continue\r\n\r\n"]
    outgoing.write(b"film")
    assert transport.written[1:] == [HEAD + b"film"]
