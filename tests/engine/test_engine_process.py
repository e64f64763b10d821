"""Running real tools: progress, limits, cancel, and what is left when the server dies."""

import os
import random
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import psutil
import pytest

from telecine.engine.tools.binaries import Binaries, describe
from telecine.engine.tools.process import Capture, Command, Ending, ProgressReader, ToolProgress, run
from telecine.engine.tools.sandbox import Limits, Mode, Sandbox

pytestmark = pytest.mark.media

ENDLESS = ("-v", "error", "-nostdin", "-progress", "pipe:1", "-stats_period", "0.1",
           "-f", "lavfi", "-i", "testsrc2=s=320x240", "-f", "null", "-")  # fmt: skip


def test_progress_reports_frames_and_time(binaries: Binaries, sandbox: Sandbox, tmp_path: Path) -> None:
    """An encode reports its frames; the last report is the end, with every frame counted."""
    reports: list[ToolProgress] = []
    argv = ("-v", "error", "-nostdin", "-progress", "pipe:1", "-f", "lavfi", "-i", "testsrc2=s=320x240:r=25:d=2",
            "-c:v", "libx264", "-preset", "ultrafast", "out.mp4")  # fmt: skip
    command = Command(tool=binaries.ffmpeg, argv=argv, folder=tmp_path, limits=Limits())
    finished = run(command, sandbox, ProgressReader(reports.append), should_stop=lambda: False)
    assert finished.ending is Ending.DONE
    assert (reports[-1].is_end, reports[-1].frame) == (True, 50)
    assert reports[-1].seconds == pytest.approx(2, abs=0.1)
    assert (tmp_path / "out.mp4").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize(
    ("argv", "ending"),
    [
        pytest.param(("-i", "noise.bin", "-f", "null", "-"), Ending.INVALID_DATA, id="not media"),
        pytest.param(("-f", "lavfi", "-i", "testsrc2=d=1", "-map", "0:7", "-f", "null", "-"), Ending.BAD_ARGUMENT,
                     id="stream that is not there"),
        pytest.param(("-f", "lavfi", "-i", "testsrc2=d=1", "-c:v", "nosuch", "-f", "null", "-"), Ending.UNSUPPORTED,
                     id="encoder that is not there"),
        pytest.param(("-max_pixels", "1000", "-i", "big.png", "-f", "null", "-"), Ending.TOO_MANY_ERRORS,
                     id="picture above the pixel limit"),
        pytest.param(("-xerror", "-i", "cut.mp4", "-f", "null", "-"), Ending.INVALID_DATA, id="cut file"),
    ],
)  # fmt: skip
def test_endings_are_told_by_exit_code(
    confined: Callable, binaries: Binaries, ffmpeg: Callable, tmp_path: Path, argv: tuple[str, ...], ending: Ending
) -> None:
    """Each way of failing has its exit code, and each exit code its ending."""
    (tmp_path / "noise.bin").write_bytes(random.Random(1).randbytes(20_000))
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240:d=2", "-movflags", "faststart", "clip.mp4")
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=320x240", "-frames:v", "1", "big.png")
    whole = (tmp_path / "clip.mp4").read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
    finished, _ = confined(binaries.ffmpeg, "-v", "error", "-nostdin", *argv)
    assert finished.ending is ending, finished
    assert 1 <= len(finished.errors) <= 50


@pytest.mark.parametrize(
    ("limits", "endings"),
    [
        pytest.param(Limits(cpu_seconds=1), {Ending.OUT_OF_RESOURCES}, id="cpu"),
        pytest.param(Limits(file_bytes=100_000), {Ending.OUT_OF_RESOURCES}, id="file size"),
        # Whoever is the first to want memory says so, or, if it is the encoder, only that it could not be opened.
        pytest.param(Limits(address_bytes=400_000_000), {Ending.FAILED, Ending.OUT_OF_RESOURCES}, id="memory"),
    ],
)
def test_resource_limits_end_a_tool(
    binaries: Binaries, sandbox: Sandbox, tmp_path: Path, limits: Limits, endings: set[Ending]
) -> None:
    """A tool over its limit for CPU time, file size or memory is ended by the kernel, and the ending says so."""
    argv = ("-v", "error", "-nostdin", "-f", "lavfi", "-i", "testsrc2=s=1920x1080:d=600", "-c:v", "libx264", "o.mp4")
    command = Command(tool=binaries.ffmpeg, argv=argv, folder=tmp_path, limits=limits)
    finished = run(command, sandbox, Capture(), should_stop=lambda: False)
    assert finished.ending in endings, finished


def test_wall_limit(binaries: Binaries, sandbox: Sandbox, tmp_path: Path) -> None:
    """A tool that goes on and on is stopped at the wall limit."""
    command = Command(tool=binaries.ffmpeg, argv=ENDLESS, folder=tmp_path, limits=Limits(wall_seconds=0.5))
    assert run(command, sandbox, Capture(), should_stop=lambda: False).ending is Ending.TIMED_OUT


def test_stall_is_no_progress_and_no_work(binaries: Binaries, sandbox: Sandbox, tmp_path: Path) -> None:
    """A tool that waits for data which never comes is stopped by the watchdog, long before the wall limit."""
    os.mkfifo(tmp_path / "never.mp4")
    command = Command(
        tool=binaries.ffprobe, argv=("never.mp4",), folder=tmp_path, limits=Limits(wall_seconds=60, stall_seconds=0.5)
    )
    began = time.monotonic()
    assert run(command, sandbox, Capture(), should_stop=lambda: False).ending is Ending.STALLED
    assert time.monotonic() - began < 50  # of the 60 that the wall limit allows


def test_cancel_kills_the_whole_group_at_once(tmp_path: Path) -> None:
    """After the wish to stop, neither the tool nor a child of it is alive; they would have slept for minutes."""
    pids: list[int] = []

    class Pids(Capture):
        def feed(self, block: bytes) -> None:
            pids.extend(int(word) for word in block.split())

    shell = describe("sh", Path("/bin/sh"))
    script = "sleep 600 & echo $$ $!; wait"
    command = Command(tool=shell, argv=("-c", "PATH=/bin:/usr/bin; " + script), folder=tmp_path, limits=Limits())
    finished = run(command, Sandbox(mode=Mode.OFF), Pids(), should_stop=lambda: len(pids) == 2)
    assert finished.ending is Ending.STOPPED
    assert_gone(pids, seconds=10)


def assert_gone(pids: list[int], *, seconds: float) -> None:
    """A killed process needs a moment to go; more than `seconds` it may not take."""
    deadline = time.monotonic() + seconds
    while any(is_alive(pid) for pid in pids):
        assert time.monotonic() < deadline, "a tool outlived its end"


def is_alive(pid: int) -> bool:
    """A zombie runs no code and holds nothing: it does not count."""
    try:
        return psutil.Process(pid).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


PARENT = """
import sys
from pathlib import Path
from telecine.engine.tools.binaries import locate
from telecine.engine.tools.process import Command, ProgressReader, run
from telecine.engine.tools.sandbox import Limits, Mode, establish
binaries = locate()
command = Command(tool=binaries.ffmpeg, argv=tuple(sys.argv[3:]), folder=Path(sys.argv[1]), limits=Limits())
say = lambda report: print(report.frame, flush=True)
run(command, establish(Mode(sys.argv[2]), binaries, command.folder), ProgressReader(say), should_stop=lambda: False)
"""


@pytest.mark.parametrize("mode", ["require", "off"])
def test_tools_die_with_a_killed_server(sandbox: Sandbox, tmp_path: Path, mode: str) -> None:
    """After kill -9 of the process that runs a tool, the tool is gone within two seconds, in every mode."""
    parent = subprocess.Popen(
        [sys.executable, "-c", PARENT, str(tmp_path), mode, *ENDLESS], stdout=subprocess.PIPE, text=True
    )
    assert parent.stdout is not None
    with parent, parent.stdout:
        parent.stdout.readline()  # the tool runs now
        tools = psutil.Process(parent.pid).children(recursive=True)
        assert [tool.name() for tool in tools] != []
        parent.send_signal(signal.SIGKILL)
        parent.wait()
    assert_gone([tool.pid for tool in tools], seconds=2)
