"""The supervisor, with real processes: they are started, started again, stopped, and die with it."""

import os
import signal
import socket
import subprocess
import sys
import textwrap
import threading
import time
from collections.abc import Callable, Iterator
from pathlib import Path

import psutil
import pytest

from telecine.cli.supervisor import NOT_WORTH_RESTARTING, Child, Supervisor

_PATIENCE_SECONDS = 20

_ANSWERS = """
import socket, sys
listener = socket.socket(fileno=int(sys.argv[1]))
while True:
    connection, _ = listener.accept()
    connection.recv(4096)
    connection.sendall(b"HTTP/1.1 200 OK\\r\\n\\r\\n")
    connection.close()
"""


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """A listening socket, as the supervisor holds it."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server


def _child(listener: socket.socket, program: str = _ANSWERS) -> Child:
    fd = listener.fileno()
    return Child(name="api", command=[sys.executable, "-c", textwrap.dedent(program), str(fd)], descriptors=(fd,))


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + _PATIENCE_SECONDS
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.01)


def _kill_children_of(pid: int, number: int) -> None:
    for child in psutil.Process(pid).children():
        child.send_signal(number)


def test_ready_is_said_when_the_api_answers_and_sigterm_is_a_clean_end(listener: socket.socket) -> None:
    """`on_ready` comes after the first answer, SIGTERM ends the children and the code is 0."""
    child = _child(listener)
    events: list[str] = []

    def ready() -> None:
        events.append("ready")
        assert child.process is not None
        assert child.process.poll() is None
        os.kill(os.getpid(), signal.SIGTERM)

    code = Supervisor([child], say=events.append).run(health=listener.getsockname(), on_ready=ready)
    assert (code, events) == (0, ["ready"])
    assert child.process is not None
    assert child.process.poll() == -signal.SIGTERM


def test_the_operators_environment_goes_before_the_childs(
    listener: socket.socket, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is set already stays as it is, and the rest is added."""
    monkeypatch.setenv("OPERATORS", "own")
    child = _child(listener)
    child.environment = {"OPERATORS": "ours", "OURS": "ours"}
    seen: list[str | None] = []

    def ready() -> None:
        assert child.process is not None
        environment = psutil.Process(child.process.pid).environ()
        seen.extend(environment.get(name) for name in ("OPERATORS", "OURS"))
        os.kill(os.getpid(), signal.SIGTERM)

    Supervisor([child], say=lambda _text: None).run(health=listener.getsockname(), on_ready=ready)
    assert seen == ["own", "ours"]


def test_a_child_that_dies_is_started_again(listener: socket.socket) -> None:
    """A killed child is replaced, and the socket answers again."""
    said: list[str] = []
    child = _child(listener)
    address = listener.getsockname()

    def ask() -> None:
        with socket.create_connection(address, timeout=_PATIENCE_SECONDS) as connection:
            connection.sendall(b"GET / HTTP/1.1\r\n\r\n")
            assert connection.recv(64).startswith(b"HTTP/1.1 200")
        os.kill(os.getpid(), signal.SIGTERM)

    def ready() -> None:
        assert child.process is not None
        child.process.kill()
        child.process.wait()
        threading.Thread(target=ask).start()  # waits in the backlog while there is no child

    code = Supervisor([child], say=said.append).run(health=address, on_ready=ready)
    assert code == 0
    assert len(said) == 1
    assert said[0].startswith("The api process")


def test_a_child_that_would_fail_again_ends_the_server(listener: socket.socket) -> None:
    """Exit code 78 is the end, with that code, and the others are stopped."""
    good = _child(listener)
    bad = _child(listener, f"raise SystemExit({NOT_WORTH_RESTARTING})")
    code = Supervisor([good, bad], say=lambda _text: None).run(health=listener.getsockname(), on_ready=lambda: None)
    assert code == NOT_WORTH_RESTARTING
    assert good.process is not None
    assert good.process.poll() == -signal.SIGTERM


def test_the_others_start_once_the_first_answers(listener: socket.socket) -> None:
    """A second child finds what the first has prepared."""
    first, second = _child(listener), _child(listener, "raise SystemExit(7)")
    said: list[str] = []

    def say(text: str) -> None:
        said.append(text)
        os.kill(os.getpid(), signal.SIGTERM)

    def ready() -> None:
        assert second.process is None
        said.append("ready")

    assert Supervisor([first, second], say=say).run(health=listener.getsockname(), on_ready=ready) == 0
    assert said[0] == "ready"
    assert "ended with exit code 7" in said[1]


def test_the_last_to_start_is_the_first_to_stop(listener: socket.socket, tmp_path: Path) -> None:
    """A worker that is told to stop still finds the api answering; the api is told when the worker is gone."""
    report = tmp_path / "answer"
    asks = f"""
        import pathlib, signal, socket, sys
        signal.pthread_sigmask(signal.SIG_BLOCK, {{signal.SIGTERM}})
        pathlib.Path({str(report)!r}).touch()
        signal.sigwait({{signal.SIGTERM}})
        address = socket.socket(fileno=int(sys.argv[1])).getsockname()
        with socket.create_connection(address, timeout=5) as connection:
            connection.sendall(b"GET / HTTP/1.1\\r\\n\\r\\n")
            pathlib.Path({str(report)!r}).write_bytes(connection.recv(64))
    """
    api, worker = _child(listener), _child(listener, asks)

    def stop_once_it_waits() -> None:
        _eventually(report.exists)
        os.kill(os.getpid(), signal.SIGTERM)

    waiting = threading.Thread(target=stop_once_it_waits)
    code = Supervisor([api, worker], say=lambda _text: None).run(health=listener.getsockname(), on_ready=waiting.start)
    waiting.join()
    assert code == 0
    assert report.read_bytes().startswith(b"HTTP/1.1 200")


def test_children_are_stopped_whatever_ends_the_supervisor(listener: socket.socket) -> None:
    """An error of its own (here: the ready line cannot be written) leaves no child to be killed hard."""
    child = _child(listener)

    def broken() -> None:
        raise OSError("No space left on device")

    with pytest.raises(OSError, match="No space"):
        Supervisor([child], say=lambda _text: None).run(health=listener.getsockname(), on_ready=broken)
    assert child.process is not None
    assert child.process.poll() == -signal.SIGTERM


def test_children_die_with_a_killed_supervisor(tmp_path: Path) -> None:
    """After kill -9 of the supervisor the kernel kills its children, even those that ignore every signal they can."""
    report = tmp_path / "child"
    program = f"""
        import os, signal, socket, sys
        from telecine.cli.supervisor import Child, Supervisor
        child = '''
        import os, pathlib, signal, sys
        from telecine.cli.kernel import die_with
        die_with(int(sys.argv[1]))
        signal.signal(signal.SIGTERM, signal.SIG_IGN)
        pathlib.Path({str(report)!r}).write_text(str(os.getpid()))
        signal.pause()
        '''
        import textwrap
        listener = socket.create_server(("127.0.0.1", 0))
        command = [sys.executable, "-c", textwrap.dedent(child), str(os.getpid())]
        Supervisor([Child(name="api", command=command)], say=print).run(
            health=listener.getsockname(), on_ready=lambda: None
        )
    """
    with subprocess.Popen([sys.executable, "-c", textwrap.dedent(program)]) as supervisor:
        _eventually(lambda: report.exists() and bool(report.read_text()))
        child = psutil.Process(int(report.read_text()))
        supervisor.kill()
        supervisor.wait()
    _eventually(lambda: not child.is_running() or child.status() == psutil.STATUS_ZOMBIE)


def test_a_child_of_a_dead_parent_does_not_start() -> None:
    """A child whose supervisor died before it could be bound to it leaves at once."""
    program = "from telecine.cli.kernel import die_with; die_with(1 << 30); print('alive')"
    done = subprocess.run([sys.executable, "-c", program], capture_output=True, text=True, check=False, timeout=30)
    assert (done.returncode, done.stdout) == (1, "")
