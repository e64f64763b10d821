"""What goes out to a client over plain TCP: head and body in one piece, long writes without the interpreter's lock.

uvicorn writes an answer's head and its body one after the other, and uvloop hands each to the system at once: two
calls, and a client that is woken twice. And uvloop keeps the interpreter's lock while the system copies bytes into a
socket, which takes as long as to read and decrypt the next ones: no other thread could do that meanwhile.
"""

import asyncio
import os
import socket
from typing import Any

LONG_BYTES = 64 << 10
"""What is shorter is copied before another thread would have woken up, and worth joining to a head."""

_CONTINUE = b"HTTP/1.1 100 "
"""How an answer begins that comes before the answer, and must not wait for it."""


class Outgoing:
    """A transport over plain TCP, otherwise the same as the one that it has."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        client: socket.socket = transport.get_extra_info("socket")
        self._descriptor = client.fileno()
        self._head = b""
        self._is_head_next = False
        self.is_closing = transport.is_closing

    def expect_head(self) -> None:
        """An answer begins: the next thing that is written is its head, which waits for what follows."""
        self._is_head_next = True

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write at once what the system takes, and leave the rest to the transport."""
        if self._is_head_next:
            head = bytes(data)
            if not head.startswith(_CONTINUE):
                self._head, self._is_head_next = head, False
                return
        if self._head:
            if len(data) < LONG_BYTES:
                data = b"".join((self._head, data))
                self._head = b""
            else:
                self.flush()
        transport = self._transport
        if len(data) >= LONG_BYTES and not transport.is_closing() and not transport.get_write_buffer_size():
            try:
                written = os.write(self._descriptor, data)
            except OSError:
                written = 0  # the transport meets it too, and knows what to do
            if written == len(data):
                return
            data = memoryview(data)[written:]
        transport.write(data)

    def flush(self) -> None:
        """Nothing follows the head."""
        head, self._head = self._head, b""
        if head:
            self._transport.write(head)

    def close(self) -> None:
        """Close the connection when everything has been written."""
        self.flush()
        self._transport.close()

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
