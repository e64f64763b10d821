"""Blocks are read while others are sent: in order, few at a time, and by no thread that waits for a client."""

import asyncio
import threading
from collections.abc import Awaitable, Callable

import pytest

from telecine.edge.ahead import READY_BLOCKS, Places, ReadAhead
from telecine.edge.pool import Pool


class _Source:
    """Numbered blocks; the one at `breaks_at` cannot be read."""

    def __init__(self, count: int, breaks_at: int | None = None) -> None:
        self.length = count
        self.read_so_far = 0
        self.closed = 0
        self.may_read = threading.Event()
        self.may_read.set()
        self.has_begun = threading.Event()
        self._breaks_at = breaks_at
        self._is_in_use = False

    def read(self) -> bytes:
        assert not self.closed
        self._is_in_use = True
        self.has_begun.set()
        try:
            assert self.may_read.wait(20)
            number = self.read_so_far
            if number == self._breaks_at:
                raise ValueError("damaged")
            self.read_so_far += 1
            return bytes([number]) if number < self.length else b""
        finally:
            self._is_in_use = False

    def again(self) -> None:
        return None

    def close(self) -> None:
        assert not self._is_in_use
        self.closed += 1


async def _settled(pool: Pool) -> None:
    """Return once the only thread of `pool` has nothing left to do."""
    await pool.hop(lambda: None)


def _run(test: Callable[[Pool], Awaitable[None]], threads: int = 1) -> None:
    async def main() -> None:
        async with asyncio.timeout(20):
            await test(pool)

    pool = Pool(threads, "test")
    try:
        asyncio.run(main())
    finally:
        pool.close()


@pytest.mark.parametrize("places", [0, 1])
def test_blocks_come_in_order_up_to_the_end(places: int) -> None:
    """With a place to read ahead and without one."""
    source = _Source(50)

    async def test(pool: Pool) -> None:
        blocks = ReadAhead(source, pool, Places(places))
        received = [await blocks.next() for _ in range(51)]
        await blocks.close()
        assert received == [bytes([number]) for number in range(50)] + [b""]

    _run(test)
    assert source.closed == 1


def test_a_client_that_takes_nothing_holds_few_blocks_and_no_thread() -> None:
    """The thread stops by itself: the only one there is serves another stream to its end meanwhile."""
    stuck, other = _Source(50), _Source(50)

    async def test(pool: Pool) -> None:
        places = Places(2)
        slow, fast = ReadAhead(stuck, pool, places), ReadAhead(other, pool, places)
        assert await slow.next() == b"\0"
        # As long as nobody else wants the thread it goes on by itself; it is a thread, and sets no event of the loop's.
        while stuck.read_so_far < 1 + READY_BLOCKS:  # noqa: ASYNC110
            await asyncio.sleep(0.001)
        while await fast.next():
            pass
        await _settled(pool)
        assert stuck.read_so_far == 1 + READY_BLOCKS
        await slow.close()
        await fast.close()

    _run(test)


def test_without_a_place_a_block_is_read_when_it_is_needed() -> None:
    """The places are for as many streams as there are, and the next one has them when those have gone."""

    async def test(pool: Pool) -> None:
        places = Places(1)
        ahead, behind = ReadAhead(_Source(50), pool, places), ReadAhead(late := _Source(50), pool, places)
        assert await behind.next() == b"\0"
        await _settled(pool)
        assert late.read_so_far == 1
        await ahead.close()
        await behind.close()
        assert places.left == 1

    _run(test)


def test_a_thread_goes_to_others_that_wait() -> None:
    """Though its own stream's client takes every block at once."""
    source = _Source(255)
    turns: list[int] = []

    async def test(pool: Pool) -> None:
        blocks = ReadAhead(source, pool, Places(1))
        source.may_read.clear()
        first = asyncio.ensure_future(blocks.next())
        await asyncio.sleep(0)
        other = pool.hop(lambda: turns.append(source.read_so_far))
        source.may_read.set()
        await first
        await other
        await blocks.close()

    _run(test)
    assert turns == [1]


def test_an_error_is_raised_in_its_turn() -> None:
    """What was read before it is handed out first."""
    source = _Source(50, breaks_at=2)

    async def test(pool: Pool) -> None:
        blocks = ReadAhead(source, pool, Places(1))
        assert [await blocks.next(), await blocks.next()] == [b"\0", b"\1"]
        with pytest.raises(ValueError, match="damaged"):
            await blocks.next()
        await blocks.close()

    _run(test)
    assert source.closed == 1


def test_a_source_is_closed_when_nobody_reads_it() -> None:
    """A client that leaves while a block is read does not take the file away from the thread."""
    source = _Source(50)

    async def test(pool: Pool) -> None:
        blocks = ReadAhead(source, pool, Places(1))
        source.may_read.clear()
        waiting = asyncio.ensure_future(blocks.next())
        await asyncio.to_thread(source.has_begun.wait, 20)
        waiting.cancel()
        closing = asyncio.ensure_future(blocks.close())
        await asyncio.sleep(0.02)
        assert source.closed == 0
        source.may_read.set()
        await closing
        assert (source.closed, source.read_so_far) == (1, 1)

    _run(test, threads=2)
