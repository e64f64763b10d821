"""Many transfers at a time."""

import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor

from telecine.engine.watch import Watch

WORKERS = 4
"""Transfers at once: enough to hide the round trips, few enough to leave the server to others."""

PART_BYTES = 8 * 1024**2
"""One transfer; `WORKERS` of these are in memory at a time."""


def run_all(transfers: Sequence[Callable[[], int]], watch: Watch, *, size: int) -> None:
    """Run transfers, each of which answers how many bytes it moved; `size` is what they move together.

    The first failure stops those that have not begun, and is raised. Raises `AttemptStopped` between transfers.
    """
    lock = threading.Lock()
    moved = 0

    def run(transfer: Callable[[], int]) -> None:
        nonlocal moved
        watch.check()
        count = transfer()
        with lock:
            moved += count
            share = moved / size if size else 1.0
        watch.advance(min(1.0, share), 0)

    with ThreadPoolExecutor(WORKERS, thread_name_prefix="transfer") as pool:
        running = [pool.submit(run, transfer) for transfer in transfers]
        try:
            for future in running:
                future.result()
        finally:
            pool.shutdown(wait=True, cancel_futures=True)
