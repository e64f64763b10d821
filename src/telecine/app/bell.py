"""How the worker learns at once that there may be a job: the api rings, over a socket in the data folder.

A datagram of nothing, sent without waiting. Nothing depends on it: a worker that misses it, or works on another machine
against the same PostgreSQL, finds the job when it looks by itself.
"""

import contextlib
import os
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

_NAME = "worker.bell"


class Bell:
    """Listens, and calls `on_ring` in a thread of its own."""

    def __init__(self, data_dir: Path, on_ring: Callable[[], None]) -> None:
        self._on_ring = on_ring
        self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
        path = data_dir / _NAME
        path.unlink(missing_ok=True)  # of a worker that was killed; the folder's lock says that none is alive
        with _short(data_dir) as short:
            self._socket.bind(short)
        path.chmod(0o600)
        self._path = path
        self._thread = threading.Thread(target=self._listen, name="bell", daemon=True)
        self._thread.start()

    def close(self) -> None:
        """Stop listening."""
        with contextlib.suppress(OSError):  # nobody is connected, which is fine: it wakes who waits all the same
            self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        self._socket.close()
        self._path.unlink(missing_ok=True)

    def _listen(self) -> None:
        while self._socket.recv(1):
            self._on_ring()


class Rope:
    """Rings."""

    def __init__(self, data_dir: Path) -> None:
        self._data_dir = data_dir
        self._held = contextlib.ExitStack()
        self._line: tuple[socket.socket, str] | None = None
        self._making = threading.Lock()

    def pull(self) -> None:
        """Wake the worker, if there is one here. Never waits."""
        # No worker, one that is starting, or one with calls enough waiting: all of them find the job by themselves.
        with contextlib.suppress(OSError):
            line, short = self._line or self._made()
            line.sendto(b"!", short)

    def close(self) -> None:
        """Let go of the rope."""
        with self._making:
            self._line = None
            self._held.close()

    def _made(self) -> tuple[socket.socket, str]:
        """At the first pull: a socket and an open folder cost several times what the datagram does."""
        with self._making, contextlib.ExitStack() as stack:
            if self._line is not None:  # another thread was quicker
                return self._line
            short = stack.enter_context(_short(self._data_dir))
            line = stack.enter_context(socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC))
            line.settimeout(0)
            self._held.enter_context(stack.pop_all())
            self._line = line, short
        return line, short


@contextlib.contextmanager
def _short(data_dir: Path) -> Iterator[str]:
    """A name of the socket that fits into the 108 bytes which a socket's address has, however deep the folder lies."""
    folder = os.open(data_dir, os.O_PATH | os.O_DIRECTORY | os.O_CLOEXEC)
    try:
        yield f"/proc/self/fd/{folder}/{_NAME}"
    finally:
        os.close(folder)
