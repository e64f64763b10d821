"""The blocks of a long answer on their way out: threads read the next ones while the event loop sends.

Reading and decrypting a block takes longer than sending it, and both by turns left one core idle. To wake a thread is
dear, and on a busy machine it runs only when the one that woke it has to wait. So a thread goes on from block to block
until `READY_BLOCKS` wait, which is soon when the client is slow, or until others wait for a thread; it is woken again
when no more than `FEW_BLOCKS` are left; and it wakes the loop only when that waits for a block.
"""

import asyncio
import threading
from collections import deque

from telecine.edge.pool import Pool
from telecine.wire.http import Source

READY_BLOCKS = 3
"""So many blocks of a stream wait to be sent at most."""
FEW_BLOCKS = 2
"""When no more than so many are left, a thread reads on: there is work for the loop until it is awake."""

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
        self._lock = threading.Lock()
        """Held for moments: around the four below."""
        self._ready: deque[Block | BaseException] = deque()
        self._waiter: asyncio.Future[Block | BaseException] | None = None
        """Of the consumer, while it waits for a block."""
        self._is_reading = False
        self._is_over = False
        """There is nothing more to read: the end has come, an error, or `close`."""
        self._in_use = threading.Lock()
        """Held by the thread that uses `source`."""

    async def next(self) -> Block:
        """The next block; empty at the end. Raises what `source.read` raises."""
        waiter = None
        with self._lock:
            block = self._ready.popleft() if self._ready else None
            if block is None:
                waiter = self._waiter = self._loop.create_future()
            has_room = self._has_place and len(self._ready) <= FEW_BLOCKS
            begins = (has_room or waiter is not None) and not self._is_reading and not self._is_over
            self._is_reading |= begins
        if begins:
            self._pool.hop(self._read)  # what comes of it is in `_ready`, or the waiter's
        if waiter is not None:
            block = await waiter
        else:
            await asyncio.sleep(0)  # a client that takes everything at once leaves room for others all the same
        assert block is not None
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

    def _read(self) -> None:
        goes_on = True
        while goes_on:
            with self._in_use:
                if self._is_over:
                    return
                block = self._block()
            with self._lock:
                waiter, self._waiter = self._waiter, None
                if not self._is_over:  # nobody has closed it meanwhile
                    self._is_over = isinstance(block, BaseException) or not block
                    if waiter is None:
                        self._ready.append(block)
                has_room = self._has_place and len(self._ready) < READY_BLOCKS
                goes_on = self._is_reading = has_room and not self._is_over and not self._pool.is_wanted
            if waiter is not None:
                self._loop.call_soon_threadsafe(_hand, waiter, block)
            del block, waiter  # the loop has them

    def _block(self) -> Block | BaseException:
        try:
            return self._source.read()
        except BaseException as error:  # noqa: BLE001 - it is raised again in its turn
            return error

    def _close(self) -> None:
        with self._in_use:
            self._source.close()


def _hand(waiter: "asyncio.Future[Block | BaseException]", block: Block | BaseException) -> None:
    if not waiter.cancelled():
        waiter.set_result(block)
