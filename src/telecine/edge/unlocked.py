"""Long writes to a client without the interpreter's lock.

uvloop keeps the lock while the system copies bytes into a socket, and that takes as long as to read and decrypt the
next ones: no other thread could do that meanwhile.
"""

import asyncio
import os
import socket
from typing import Any

LONG_BYTES = 64 << 10
"""What is shorter is copied before another thread would have woken up."""


class Unlocked:
    """A transport over plain TCP that lets other threads run while it writes. Otherwise the same as the one it has."""

    def __init__(self, transport: asyncio.Transport) -> None:
        self._transport = transport
        client: socket.socket = transport.get_extra_info("socket")
        self._descriptor = client.fileno()

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Write at once what the system takes, and leave the rest to the transport."""
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

    def __getattr__(self, name: str) -> Any:
        return getattr(self._transport, name)
