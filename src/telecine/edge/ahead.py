"""The blocks of a long answer on their way out: threads read the next ones while the event loop sends.

Reading and decrypting a block takes longer than sending it, and both by turns left one core idle. A thread that had to
be woken for each block changed nothing, as the loop keeps the interpreter to itself while it sends: so a thread goes on
from block to block, and is in the middle of the next one by then. It stops when `READY_BLOCKS` wait, which is soon
when the client is slow, or when others wait for a thread: what is left is asked for again.
"""

import asyncio
import threading
from collections import deque

from telecine.edge.pool import Pool
from telecine.wire.http import Source

READY_BLOCKS = 2
"""So many blocks of a stream wait to be sent. With one, the thread would stop after each."""

Block = bytes | bytearray


class Places:
    """How many streams read ahead at a time; the others read one block when they need it. For one event loop.

    Blocks that wait are memory that slow clients hold, so there is a bound for all of them together; and where there
    are many streams, one reads while another sends anyway.
    """

    def __init__(self, count: int) -> None:
        self.left = count


class ReadAhead:
    """The blocks of `source`, in order. For one consumer in the event loop that makes it."""

    def __init__(self, source: Source, pool: Pool, places: Places) -> None:
        """`pool`: whose threads read."""
        self._source = source
        self._pool = pool
        self._places = places
        self._has_place = places.left > 0
        places.left -= self._has_place
        self._loop = asyncio.get_running_loop()
        self._has_come = asyncio.Event()
        self._lock = threading.Lock()
        """Held for moments: around the three below."""
        self._ready: deque[Block | BaseException] = deque()
        self._is_reading = False
        self._is_over = False
        """There is nothing more to read: the end has come, an error, or `close`."""
        self._in_use = threading.Lock()
        """Held by the thread that uses `source`."""

    async def next(self) -> Block:
        """The next block; empty at the end. Raises what `source.read` raises."""
        while not self._ready:
            self._has_come.clear()
            self._read_on(is_needed=True)
            await self._has_come.wait()
        block = self._ready.popleft()
        self._read_on(is_needed=False)
        if isinstance(block, BaseException):
            raise block
        return block

    async def close(self) -> None:
        """Close `source`, as soon as no thread is in the middle of a block. To be called once, whatever happened."""
        self._places.left += self._has_place
        with self._lock:
            self._is_over = True
            self._ready.clear()
        await asyncio.shield(self._pool.hop(self._close))

    def _read_on(self, *, is_needed: bool) -> None:
        """See to it that a thread reads if there is need or room."""
        with self._lock:
            if self._is_over or self._is_reading or not (is_needed or self._has_room()):
                return
            self._is_reading = True
        self._pool.hop(self._read)  # what comes of it is in `_ready`

    def _has_room(self) -> bool:
        return self._has_place and len(self._ready) < READY_BLOCKS

    def _read(self) -> None:
        goes_on = True
        while goes_on:
            with self._in_use:
                if self._is_over:
                    return
                block = self._block()
            with self._lock:
                if not self._is_over:  # nobody has closed it meanwhile
                    self._ready.append(block)
                    self._is_over = isinstance(block, BaseException) or not block
                goes_on = self._is_reading = not self._is_over and self._has_room() and not self._pool.is_wanted
            self._loop.call_soon_threadsafe(self._has_come.set)
            del block  # the loop has it

    def _block(self) -> Block | BaseException:
        try:
            return self._source.read()
        except BaseException as error:  # noqa: BLE001 - it is raised again in its turn
            return error

    def _close(self) -> None:
        with self._in_use:
            self._source.close()
