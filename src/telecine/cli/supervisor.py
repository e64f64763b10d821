"""Starts the children of `telecine serve`, starts them again when they die, and stops them all.

The supervisor holds the listening socket: the port is taken before anything else happens, and while the api child is
started anew, clients wait in the backlog and are not refused.
"""

import contextlib
import os
import select
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from telecine.core.errors import TelecineError

FIRST_PAUSE = 0.2
LONGEST_PAUSE = 10.0
STEADY_SECONDS = 30.0
"""A child that lived this long starts again at once when it dies."""

STOP_SECONDS = 30.0
"""How long the children may take to stop, one after the other and each for its share, before they are killed."""

NOT_WORTH_RESTARTING = 78
"""Exit code of a child that would fail again in the same way (EX_CONFIG): the supervisor stops with it."""


class NotYet(TelecineError):
    """A child cannot do its work now, and may be able to in a while: it is to be started again."""


@dataclass(kw_only=True)
class Child:
    """One child process, through all its lives."""

    name: str
    command: Sequence[str]
    descriptors: Sequence[int] = ()
    """Inherited file descriptors."""
    environment: Mapping[str, str] = field(default_factory=dict)
    """Variables beside those of the supervisor's own environment, which go before."""
    process: "subprocess.Popen[bytes] | None" = None
    pidfd: int = -1
    started: float = 0.0
    restart_at: float | None = None
    """When to start it again; None while it runs."""
    pause: float = field(default=FIRST_PAUSE)

    def start(self) -> None:
        """Start the process: in our process group, so that a kill of the group reaches it too.

        Ctrl-C also reaches the group, and is not for the child: it is born with SIGINT blocked.
        """
        mask = signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGINT})
        try:
            self.process = subprocess.Popen(
                self.command,
                pass_fds=tuple(self.descriptors),
                stdin=subprocess.DEVNULL,
                env={**self.environment, **os.environ},
            )
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, mask)
        self.pidfd = os.pidfd_open(self.process.pid)
        self.started = time.monotonic()
        self.restart_at = None

    def bury(self) -> int:
        """The exit code of the process that has ended; plans the next start."""
        assert self.process is not None
        code = self.process.wait()
        os.close(self.pidfd)
        self.process, self.pidfd = None, -1
        now = time.monotonic()
        self.pause = FIRST_PAUSE if now - self.started >= STEADY_SECONDS else min(self.pause * 2, LONGEST_PAUSE)
        self.restart_at = now + self.pause
        return code


class Supervisor:
    """Runs children until it is told to stop.

    The first one answers at the health address; the others start once it does, on what it has prepared. They are
    stopped in the opposite order, so that a worker can still take back from S3 what its attempt had begun.
    """

    def __init__(self, children: Sequence[Child], *, say: Callable[[str], None]) -> None:
        self._children = children
        self._say = say
        self._alarm_in, self._alarm_out = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._stopping = threading.Event()

    def run(self, *, health: tuple[str, int], on_ready: Callable[[], None]) -> int:
        """Start the first child, call `on_ready` and start the others once `health` answers; the exit code at the end.

        0 after SIGTERM or SIGINT, a child's own code when it says that it is not worth restarting.
        """
        with self._signals():
            self._children[0].start()
            probe = _HealthProbe(health)
            try:
                return self._watch(probe, on_ready)
            finally:
                probe.close()
                for child in reversed(self._children):
                    self._stop(child)

    def _watch(self, probe: "_HealthProbe", on_ready: Callable[[], None]) -> int:
        while not self._stopping.is_set():
            by_pidfd = {child.pidfd: child for child in self._children if child.pidfd >= 0}
            waiting: list[int] = [self._alarm_in, *by_pidfd, *([probe.fileno()] if probe.is_open else [])]
            ready, _, _ = select.select(waiting, [], [], self._seconds_to_restart())
            if self._stopping.is_set():  # the signal may have been for the whole group: then children end by it too
                break
            for descriptor in ready:
                if descriptor in by_pidfd:
                    code = self._note_death(by_pidfd[descriptor])
                    if code == NOT_WORTH_RESTARTING:
                        return code
                elif probe.is_open and descriptor == probe.fileno():
                    if probe.is_healthy():
                        on_ready()
                        for child in self._children[1:]:
                            child.start()
                    else:  # the child that had taken the question died over it
                        probe.ask()
            for child in self._children:
                if child.restart_at is not None and child.restart_at <= time.monotonic():
                    child.start()
        return 0

    def _seconds_to_restart(self) -> float | None:
        times = [child.restart_at for child in self._children if child.restart_at is not None]
        return max(0.0, min(times) - time.monotonic()) if times else None

    def _note_death(self, child: Child) -> int:
        code = child.bury()
        if code != NOT_WORTH_RESTARTING:
            how = f"was killed by {signal.Signals(-code).name}" if code < 0 else f"ended with exit code {code}"
            self._say(f"The {child.name} process {how}; it starts again in {child.pause:.1f} s.")
        return code

    def _stop(self, child: Child) -> None:
        """Ask a child to stop, and kill it when it does not."""
        if child.process is None:
            return
        child.process.terminate()
        try:
            child.process.wait(STOP_SECONDS / len(self._children))
        except subprocess.TimeoutExpired:
            self._say(f"The {child.name} process does not stop; it is killed.")
            child.process.kill()
            child.process.wait()
        os.close(child.pidfd)

    @contextlib.contextmanager
    def _signals(self) -> Iterator[None]:
        """Turn SIGTERM and SIGINT into an end of `_watch`."""

        def stop(_number: int, _frame: object) -> None:
            self._stopping.set()

        wakeup = signal.set_wakeup_fd(self._alarm_out, warn_on_full_buffer=False)
        handlers = {number: signal.signal(number, stop) for number in (signal.SIGTERM, signal.SIGINT)}
        try:
            yield
        finally:
            for number, handler in handlers.items():
                signal.signal(number, handler)
            signal.set_wakeup_fd(wakeup)


class _HealthProbe:
    """Asks for `/_/health`: the socket listens already, so that the answer comes when there is somebody to give it."""

    def __init__(self, address: tuple[str, int]) -> None:
        self._address = address
        self._socket: socket.socket | None = None
        self.ask()

    def ask(self) -> None:
        """Ask, or ask again; `fileno` becomes readable when there is an answer."""
        self._socket = socket.create_connection(self._address)
        self._socket.sendall(b"GET /_/health HTTP/1.1\r\nHost: telecine\r\nConnection: close\r\n\r\n")

    @property
    def is_open(self) -> bool:
        return self._socket is not None

    def fileno(self) -> int:
        assert self._socket is not None
        return self._socket.fileno()

    def is_healthy(self) -> bool:
        """Whether the answer, which has begun to arrive, is a 200. Closes the probe."""
        assert self._socket is not None
        try:
            first_line = self._socket.recv(64)
        except ConnectionError:
            first_line = b""
        self.close()
        return first_line.startswith(b"HTTP/1.1 200")

    def close(self) -> None:
        """Hang up."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None


def child_command(*arguments: str) -> list[str]:
    """The command line that runs `telecine` with `arguments` on this interpreter."""
    return [sys.executable, "-m", "telecine.cli", *arguments]
