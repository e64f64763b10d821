"""One run of one tool: started confined, watched, and gone when it ends, whatever way it ends."""

import contextlib
import logging
import os
import selectors
import signal
import subprocess
import time
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path
from typing import Protocol

from telecine.engine.tools.binaries import Tool
from telecine.engine.tools.launcher import LAUNCH_FAILED
from telecine.engine.tools.sandbox import Limits, Sandbox, command, write_order

log = logging.getLogger(__name__)

_TICK_SECONDS = 0.1
_LINES_KEPT = 50
_LINE_BYTES = 1000
_CLOCK_TICKS = os.sysconf("SC_CLK_TCK")
_IDLE_CPU_SECONDS = 0.5
_REAP_SECONDS = 10


class Ending(StrEnum):
    """How a run ended. By exit code, for log text changes from version to version (measured with FFmpeg 9)."""

    DONE = "done"
    INVALID_DATA = "the input is not what it should be"
    TOO_MANY_ERRORS = "most of the input could not be decoded"
    BAD_ARGUMENT = "a stream or a setting does not fit the input"
    UNSUPPORTED = "the tool lacks what was asked for"
    DISK_FULL = "there is no space left"
    OUT_OF_RESOURCES = "a resource limit was hit"
    FAILED = "the tool failed"
    NOT_STARTED = "the tool could not be started"
    STOPPED = "stopped by us"
    STALLED = "no progress"
    TIMED_OUT = "the time limit was hit"


_ENDINGS = {
    0: Ending.DONE,
    183: Ending.INVALID_DATA,  # AVERROR_INVALIDDATA
    251: Ending.INVALID_DATA,  # EIO: the demuxer ran into the end of a cut file
    69: Ending.TOO_MANY_ERRORS,  # FFMPEG_ERROR_RATE_EXCEEDED; also every frame above -max_pixels
    234: Ending.BAD_ARGUMENT,  # EINVAL
    8: Ending.UNSUPPORTED,  # AVERROR_*_NOT_FOUND
    228: Ending.DISK_FULL,  # ENOSPC
    229: Ending.OUT_OF_RESOURCES,  # EFBIG
    244: Ending.OUT_OF_RESOURCES,  # ENOMEM
    245: Ending.OUT_OF_RESOURCES,  # EAGAIN: a thread could not be made
    -signal.SIGXFSZ: Ending.OUT_OF_RESOURCES,
    -signal.SIGXCPU: Ending.OUT_OF_RESOURCES,
    -signal.SIGKILL: Ending.OUT_OF_RESOURCES,  # not by us: the CPU limit or the kernel's memory killer
    LAUNCH_FAILED: Ending.NOT_STARTED,
}


class Output(Protocol):
    """Where a tool's standard output goes."""

    @property
    def advance(self) -> int:
        """Changes whenever the tool has got further: what the watchdog looks at."""
        ...

    def feed(self, block: bytes) -> None: ...


class Capture:
    """Keeps the whole output, up to a limit: for probes."""

    def __init__(self, limit: int = 256 * 1024**2) -> None:
        self._blocks: list[bytes] = []
        self._limit = limit
        self.advance = 0
        self.is_cut = False
        """The output went over the limit and is not whole."""

    def feed(self, block: bytes) -> None:
        self.advance += len(block)
        if self.advance > self._limit:
            self.is_cut = True
            self._blocks.clear()
        else:
            self._blocks.append(block)

    def text(self) -> str:
        """The output as text; bytes that are no UTF-8 become U+FFFD."""
        return b"".join(self._blocks).decode(errors="replace")


@dataclass(frozen=True, kw_only=True, slots=True)
class ToolProgress:
    """One report of `-progress pipe:1`."""

    frame: int = 0
    """Video frames encoded so far; 0 for a run without video."""
    seconds: float = 0.0
    """Output time reached."""
    speed: float = 0.0
    """Times real time, 0 while unknown."""
    is_end: bool = False


class ProgressReader:
    """Turns ffmpeg's `key=value` lines into reports; a `progress=` line ends each."""

    def __init__(self, on_progress: Callable[[ToolProgress], None]) -> None:
        self._on_progress = on_progress
        self._rest = b""
        self._values: dict[str, str] = {}
        self.advance = 0

    def feed(self, block: bytes) -> None:
        *lines, self._rest = (self._rest + block).split(b"\n")
        self._rest = self._rest[-_LINE_BYTES:]
        for line in lines:
            key, _, value = line.decode(errors="replace").partition("=")
            self._values[key.strip()] = value.strip()
            if key.strip() == "progress":
                self._report()

    def _report(self) -> None:
        micros = int(_number(self._values.get("out_time_us", "")))
        frame = int(_number(self._values.get("frame", "")))
        self.advance = micros + frame
        self._on_progress(
            ToolProgress(
                frame=frame,
                seconds=micros / 1_000_000,
                speed=_number(self._values.get("speed", "").removesuffix("x")),
                is_end=self._values["progress"] == "end",
            )
        )
        self._values.clear()


@dataclass(frozen=True, kw_only=True, slots=True)
class Command:
    """What is run."""

    tool: Tool
    argv: tuple[str, ...]
    """Arguments after the tool's name."""
    folder: Path
    """The working directory, and the only place where the tool may write."""
    limits: Limits


@dataclass(frozen=True, kw_only=True, slots=True)
class Finished:
    """How it went."""

    ending: Ending
    status: int
    """Exit code, negative for a signal."""
    errors: tuple[str, ...]
    """The last lines of standard error, for the job's log; never shown to a user."""

    def __str__(self) -> str:
        last = self.errors[-1] if self.errors else "no message"
        return f"{self.ending.value} (exit code {self.status}): {last}"


def run(command: Command, sandbox: Sandbox, output: Output, *, should_stop: Callable[[], bool]) -> Finished:
    """Run a tool to its end and tell how it ended; `should_stop` is asked ten times a second.

    The process is forked by the calling thread, which stays here until it is gone: the death signal set by the
    launcher fires when that thread ends. Raises `SandboxUnavailable`; a tool that fails is an answer, not an error.
    """
    process = _start(command, sandbox)
    watch = _Watch(process, output, command.limits)
    try:
        stopped_for = watch.until_end(should_stop)
    finally:
        # The leader is not reaped yet, so the group's number is still its own: this cannot hit a stranger.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        watch.close()
        process.wait(_REAP_SECONDS)
    ending = stopped_for or _ENDINGS.get(process.returncode, Ending.FAILED)
    return Finished(ending=ending, status=process.returncode, errors=watch.errors())


def _start(what: Command, sandbox: Sandbox) -> subprocess.Popen[bytes]:
    descriptor = write_order(sandbox.order(what.tool, what.argv, what.folder, what.limits))
    try:
        return subprocess.Popen(
            command(descriptor),
            pass_fds=(descriptor,),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            start_new_session=True,  # setsid before exec: the group exists as soon as this returns
        )
    finally:
        os.close(descriptor)


class _Watch:
    """Reads a process's pipes and clocks until it has ended or has to."""

    def __init__(self, process: subprocess.Popen[bytes], output: Output, limits: Limits) -> None:
        self._process = process
        self._output = output
        self._limits = limits
        self._lines: deque[str] = deque(maxlen=_LINES_KEPT)
        self._rest = b""
        self._exit = os.pidfd_open(process.pid)
        self._selector = selectors.DefaultSelector()
        assert process.stdout is not None
        assert process.stderr is not None
        self._pipes = {process.stdout.fileno(): output.feed, process.stderr.fileno(): self._feed_errors}
        for descriptor in (*self._pipes, self._exit):
            self._selector.register(descriptor, selectors.EVENT_READ)

    def until_end(self, should_stop: Callable[[], bool]) -> Ending | None:
        """None when the process ended by itself, else why it must be killed."""
        began = moved = time.monotonic()
        mark: tuple[int, float] = (-1, 0.0)
        while True:
            if self._read():
                return None
            now = time.monotonic()
            if should_stop():
                return Ending.STOPPED
            if now - began > self._limits.wall_seconds:
                return Ending.TIMED_OUT
            cpu = _cpu_seconds(self._process.pid)
            if self._output.advance != mark[0] or cpu - mark[1] > _IDLE_CPU_SECONDS:
                mark, moved = (self._output.advance, cpu), now
            elif now - moved > self._limits.stall_seconds:
                return Ending.STALLED

    def _read(self) -> bool:
        """Read what there is; True once the process has ended and its pipes are empty."""
        events = self._selector.select(_TICK_SECONDS)
        has_ended = False
        for key, _ in events:
            if key.fd == self._exit:
                has_ended = True
            else:
                self._take(key.fd)
        if has_ended:
            while any(self._take(key.fd) for key, _ in self._selector.select(0) if key.fd != self._exit):
                pass
        return has_ended

    def _take(self, descriptor: int) -> bool:
        """Pass one block on; False at the pipe's end."""
        block = os.read(descriptor, 1 << 16)
        if block:
            self._pipes[descriptor](block)
        else:
            self._selector.unregister(descriptor)
        return bool(block)

    def _feed_errors(self, block: bytes) -> None:
        *lines, self._rest = (self._rest + block).split(b"\n")
        self._rest = self._rest[-_LINE_BYTES:]
        self._lines.extend(line[:_LINE_BYTES].decode(errors="replace") for line in lines if line.strip())

    def errors(self) -> tuple[str, ...]:
        """The last lines of standard error."""
        rest = (self._rest.decode(errors="replace"),) if self._rest.strip() else ()
        return (*self._lines, *rest)[-_LINES_KEPT:]

    def close(self) -> None:
        self._selector.close()
        os.close(self._exit)
        for stream in (self._process.stdout, self._process.stderr):
            if stream is not None:
                stream.close()


def _cpu_seconds(pid: int) -> float:
    """User and system time of a process so far (proc_pid_stat(5), fields 14 and 15); 0.0 when it is gone."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    except OSError:
        return 0.0
    return (int(fields[11]) + int(fields[12])) / _CLOCK_TICKS


def _number(text: str) -> float:
    """The number a progress line holds; 0.0 for `N/A` and whatever else is none."""
    try:
        return max(0.0, float(text))
    except ValueError:
        return 0.0
