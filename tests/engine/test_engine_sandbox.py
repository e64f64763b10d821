"""The sandbox against programs that try to get out of it."""

import os
import socket
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from telecine.engine.tools.binaries import Binaries
from telecine.engine.tools.process import Capture, Command, Ending, run
from telecine.engine.tools.sandbox import Limits, Mode, Sandbox, SandboxUnavailable, establish

pytestmark = pytest.mark.media


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A live server on the loopback interface, that nobody may reach."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.setblocking(False)
        yield server


def visitors(server: socket.socket) -> int:
    """How many connections have come in."""
    count = 0
    while True:
        try:
            server.accept()[0].close()
        except BlockingIOError:
            return count
        count += 1


def test_full_sandbox_leaves_the_canary_untouched(sandbox: Sandbox) -> None:
    """On a kernel with Landlock and seccomp the self-check finds no gap, and the line says what is in force."""
    assert sandbox.gaps == ()
    assert sandbox.refusal is None
    assert "Landlock (ABI" in sandbox.describe()
    assert "seccomp" in sandbox.describe()


def test_the_check_notices_a_sandbox_that_does_not_confine(
    binaries: Binaries, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where the kernel offers neither Landlock nor seccomp, the canary is read and `require` refuses jobs."""
    monkeypatch.setattr("telecine.engine.tools.launcher.landlock_abi", lambda: 0)
    monkeypatch.setattr("telecine.engine.tools.sandbox._has_seccomp", lambda: False)
    open_house = establish(Mode.REQUIRE, binaries, tmp_path)
    assert "this kernel offers no Landlock" in open_house.gaps
    assert "files outside the job's folder can be read" in open_house.gaps
    assert "TCP sockets can be opened" in open_house.gaps
    assert "JOBS ARE REFUSED" in open_house.describe()
    with pytest.raises(SandboxUnavailable, match="requires a sandbox"):
        open_house.order(binaries.ffprobe, (), Path("/"), Limits())


def test_auto_runs_with_what_there_is_and_warns(
    binaries: Binaries, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Without Landlock `auto` keeps seccomp, runs jobs, and names the gap."""
    monkeypatch.setattr("telecine.engine.tools.launcher.landlock_abi", lambda: 0)
    partial = establish(Mode.AUTO, binaries, tmp_path)
    assert partial.refusal is None
    assert partial.seccomp
    assert "files outside the job's folder can be read" in partial.gaps
    assert "TCP sockets can be opened" not in partial.gaps
    assert "WARNING" in partial.describe()


def test_a_sandbox_that_breaks_the_tools_is_not_used(
    binaries: Binaries, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """Where confined tools do not start, `require` refuses with their words and `auto` takes what works."""
    monkeypatch.setattr("telecine.engine.tools.launcher.landlock_abi", lambda: 7)
    broken = replace(binaries, ffmpeg=replace(binaries.ffmpeg, executable=(), readable=()))
    refused = establish(Mode.REQUIRE, broken, tmp_path)
    assert refused.refusal is not None
    assert "ffmpeg does not start" in refused.refusal
    partial = establish(Mode.AUTO, broken, tmp_path)
    assert (partial.landlock, partial.seccomp) == (0, True)
    assert "ffmpeg does not start" in partial.describe()


def test_off_says_so(binaries: Binaries, tmp_path: Path) -> None:
    """Mode `off` confines nothing and does not pretend to."""
    assert establish(Mode.OFF, binaries, tmp_path).describe().startswith("sandbox off")


def test_a_tool_reads_and_writes_in_its_folder_only(confined: Callable, tmp_path: Path) -> None:
    """A file of the folder can be read; files elsewhere cannot, by whatever path."""
    outside = tmp_path.parent / "secret.txt"
    outside.write_text("secret")
    (tmp_path / "inside.txt").write_text("inside")
    (tmp_path / "link.txt").symlink_to(outside)
    assert confined("/bin/cat", "inside.txt")[1] == "inside"
    for path in (str(outside), "/etc/passwd", "../secret.txt", "link.txt", "/proc/self/environ"):
        finished, text = confined("/bin/cat", path)
        assert (finished.status, text) == (1, ""), path
    assert confined("/usr/bin/touch", str(tmp_path.parent / "new.txt"))[0].status == 1
    assert confined("/usr/bin/touch", "new.txt")[0].status == 0


def test_a_tool_starts_no_other_program(confined: Callable) -> None:
    """Neither a child process nor another program in its own place."""
    finished, _ = confined("/bin/sh", "-c", "/bin/ls; echo survived")
    assert finished.status != 0
    assert confined("/usr/bin/env", "/bin/ls")[0].status == 126


def test_a_tool_gets_none_of_our_environment(confined: Callable, monkeypatch: pytest.MonkeyPatch) -> None:
    """Credentials in the server's environment never reach a tool."""
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "do-not-leak")
    _, text = confined("/usr/bin/env")
    assert "do-not-leak" not in text
    assert sorted(line.split("=")[0] for line in text.split()) == ["HOME", "LC_ALL", "TMPDIR"]


@pytest.mark.skipif(os.geteuid() != 0, reason="only root has capabilities to lose")
def test_root_keeps_no_capability(confined: Callable, tmp_path: Path) -> None:
    """A tool started by root cannot open a file that belongs to somebody else, even in its folder."""
    foreign = tmp_path / "foreign.txt"
    foreign.write_text("foreign")
    os.chown(foreign, 65534, 65534)
    foreign.chmod(0o600)
    assert confined("/bin/cat", "foreign.txt")[0].status == 1


@pytest.mark.parametrize("scheme", ["http", "tcp", "udp", "rtmp"])
def test_a_tool_reaches_no_address(
    confined: Callable, binaries: Binaries, listener: socket.socket, scheme: str
) -> None:
    """ffprobe, asked outright for an address of ours, cannot even make the socket."""
    address = f"{scheme}://127.0.0.1:{listener.getsockname()[1]}/"
    assert confined(binaries.ffprobe, "-v", "error", "-rw_timeout", "500000", address)[0].status != 0
    assert visitors(listener) == 0


def test_the_listener_would_have_noticed(binaries: Binaries, listener: socket.socket, tmp_path: Path) -> None:
    """The same call without a sandbox arrives: the test above can fail."""
    address = f"tcp://127.0.0.1:{listener.getsockname()[1]}?timeout=500000"
    command = Command(
        tool=binaries.ffprobe,
        argv=("-v", "error", "-rw_timeout", "500000", address),
        folder=tmp_path,
        limits=Limits(wall_seconds=2),
    )
    seen: list[int] = []

    def should_stop() -> bool:
        seen.append(visitors(listener))
        return any(seen)

    run(command, Sandbox(mode=Mode.OFF), Capture(), should_stop=should_stop)
    assert sum(seen) == 1


def test_an_order_that_cannot_be_carried_out_runs_nothing(sandbox: Sandbox, binaries: Binaries, tmp_path: Path) -> None:
    """A folder that is not there: the launcher stops and the tool never runs unconfined."""
    command = Command(tool=binaries.ffprobe, argv=("-version",), folder=tmp_path / "gone", limits=Limits())
    output = Capture()
    finished = run(command, sandbox, output, should_stop=lambda: False)
    assert finished.ending is Ending.NOT_STARTED
    assert output.text() == ""
    assert "launcher:" in finished.errors[-1]
