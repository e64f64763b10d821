"""A bounded pool of threads that asyncio can wait for.

It does what an executor does for `run_in_executor`, at little more than half the CPU. A hop there makes two futures,
two locks and a callback chain (65 µs measured), here one future (37 µs). And Python runs one thread at a time: two
threads with work cost a third more than one that does both (210 to 300 µs a request, measured), as they fight for the
interpreter. So a pool with `patience` lets one thread do everything, and wakes another only when the first is stuck,
waiting for a disk.
"""

import asyncio
import queue
import threading
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, TypeVar

T = TypeVar("T")


_WORK = "work"
_END = "end"


@dataclass(frozen=True, slots=True)
class _Item:
    """Work that waits for a thread."""

    loop: asyncio.AbstractEventLoop
    future: "asyncio.Future[Any]"
    work: Callable[..., Any]
    arguments: tuple[Any, ...]
    since: float
    """When it came, by the loop's clock."""


class Pool:
    """At most `threads` threads; work begins in the order in which it came."""

    def __init__(self, threads: int, name: str, *, patience: float = 0.0) -> None:
        """`patience`: seconds that work waits for a thread in use before another is woken; 0 wakes one at once."""
        self._patience = patience
        self._lock = threading.Lock()
        self._waiting: deque[_Item] = deque()
        self._active = 0
        self._timer_of: asyncio.AbstractEventLoop | None = None
        """The loop in which `_relieve` is due, if it is."""
        self._calls: queue.SimpleQueue[str] = queue.SimpleQueue()
        """Wakes an idle thread, to work or to end."""
        self._threads = [
            threading.Thread(target=self._run, name=f"{name}-{number}", daemon=True) for number in range(threads)
        ]
        for thread in self._threads:
            thread.start()

    def hop(self, work: Callable[..., T], *arguments: Any) -> "asyncio.Future[T]":
        """`work(*arguments)` in one of the threads; to be awaited in the loop that calls."""
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        with self._lock:
            self._waiting.append(_Item(loop, future, work, arguments, loop.time()))
            is_late = self._active > 0 and self._patience > 0
            if not is_late:
                self._wake()
        if is_late and self._timer_of is not loop:
            self._timer_of = loop
            loop.call_later(self._patience, self._relieve, loop)
        return future

    @property
    def is_wanted(self) -> bool:
        """Work waits, and no thread is free: one that could do more for the same caller lets others by."""
        return bool(self._waiting) and self._active == len(self._threads)

    def close(self) -> None:
        """End the threads once what has been given to them is done."""
        for _ in self._threads:
            self._calls.put(_END)
        for thread in self._threads:
            thread.join()

    def _wake(self) -> None:
        if self._active < len(self._threads):
            self._active += 1
            self._calls.put(_WORK)

    def _relieve(self, loop: asyncio.AbstractEventLoop) -> None:
        """Wake another thread if work has waited too long, and look again as long as any waits."""
        with self._lock:
            waits = bool(self._waiting)
            if waits and loop.time() - self._waiting[0].since >= self._patience:
                self._wake()
        self._timer_of = loop if waits else None
        if waits:
            loop.call_later(self._patience, self._relieve, loop)

    def _run(self) -> None:
        while self._calls.get() is not _END:
            while (item := self._next()) is not None:
                _do(item)
                del item  # nothing of a request outlives it in a waiting thread

    def _next(self) -> _Item | None:
        with self._lock:
            if self._waiting:
                return self._waiting.popleft()
            self._active -= 1
            return None


def _do(item: _Item) -> None:
    try:
        result = item.work(*item.arguments)
    except BaseException as error:  # noqa: BLE001 - it is raised again where the hop is awaited
        _call_soon(item.loop, _fail, item.future, error)
    else:
        _call_soon(item.loop, _succeed, item.future, result)


def _call_soon(loop: asyncio.AbstractEventLoop, callback: Callable[..., None], *arguments: Any) -> None:
    try:
        loop.call_soon_threadsafe(callback, *arguments)
    except RuntimeError:
        if not loop.is_closed():  # a loop that has ended waits for nothing
            raise


def _succeed(future: "asyncio.Future[Any]", result: object) -> None:
    if not future.cancelled():
        future.set_result(result)


def _fail(future: "asyncio.Future[Any]", error: BaseException) -> None:
    if not future.cancelled():
        future.set_exception(error)
