"""The pool runs work in few threads, in order, and wakes others only when those are stuck."""

import asyncio
import threading

import pytest

from telecine.edge.pool import Pool


def test_results_and_errors_come_back_where_they_are_awaited() -> None:
    """A hop gives what the work returns, or raises what it raises."""
    pool = Pool(2, "test")

    async def main() -> None:
        assert await pool.hop(divmod, 7, 2) == (3, 1)
        with pytest.raises(ZeroDivisionError):
            await pool.hop(divmod, 7, 0)

    asyncio.run(main())
    pool.close()


def test_quick_work_stays_in_one_thread() -> None:
    """With patience, many hops at once are done by a single thread."""
    pool = Pool(8, "test", patience=60)

    async def main() -> set[str]:
        return set(await asyncio.gather(*(pool.hop(lambda: threading.current_thread().name) for _ in range(50))))

    assert len(asyncio.run(main())) == 1
    pool.close()


def test_stuck_work_lets_others_by() -> None:
    """When a thread waits, another takes over; even when every piece of work waits for the last one."""
    pool = Pool(4, "test", patience=0.005)
    barrier = threading.Barrier(4)

    async def main() -> None:
        async with asyncio.timeout(20):
            await asyncio.gather(*(pool.hop(barrier.wait) for _ in range(4)))
            await asyncio.gather(*(pool.hop(barrier.wait) for _ in range(8)))

    asyncio.run(main())
    pool.close()


def test_without_patience_work_runs_side_by_side() -> None:
    """Work that needs another's company gets it at once."""
    pool = Pool(2, "test")
    barrier = threading.Barrier(2, timeout=20)

    async def main() -> None:
        await asyncio.gather(pool.hop(barrier.wait), pool.hop(barrier.wait))

    asyncio.run(main())
    pool.close()


def test_a_pool_serves_one_loop_after_another() -> None:
    """Work that waits in a second loop is relieved there, whatever the first left behind."""
    pool = Pool(2, "test", patience=0.005)

    async def main() -> None:
        barrier = threading.Barrier(2, timeout=20)
        await asyncio.gather(pool.hop(barrier.wait), pool.hop(barrier.wait))

    for _ in range(3):
        asyncio.run(main())
    pool.close()


def test_close_finishes_what_was_given() -> None:
    """Work that waits when the pool closes is done before its threads end."""
    pool = Pool(1, "test")
    done: list[int] = []

    async def main() -> None:
        for number in range(20):
            pool.hop(done.append, number)
        await asyncio.to_thread(pool.close)

    asyncio.run(main())
    assert done == list(range(20))


def test_nobody_waits_for_a_canceled_hop() -> None:
    """The result of work whose caller has gone is dropped without a trace."""
    pool = Pool(1, "test")

    async def main() -> None:
        release = threading.Event()
        canceled = pool.hop(release.wait, 20)
        canceled.cancel()
        release.set()
        assert await pool.hop(divmod, 7, 2) == (3, 1)

    asyncio.run(main())
    pool.close()
