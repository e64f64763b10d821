"""`telecine serve` as an operator meets it: first start, files, signals, dead children, taken ports and folders."""

import os
import signal
import socket
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

Server = Any  # the fixtures of conftest.py
Factory = Any


def _eventually(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline, "it did not come to pass"
        time.sleep(0.02)


def _run(*arguments: str, **environment: str) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-m", "telecine.cli", *arguments],
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
        env={**os.environ, **environment},
    )


def _child(server: Server, role: str) -> psutil.Process | None:
    for process in server.family():
        try:
            command = process.cmdline()
        except psutil.Error:
            continue
        if "telecine.cli.child" in command and role in command:
            found: psutil.Process = process
            return found
    return None


def test_the_first_start_leaves_credentials_for_their_owner_alone(server: Server) -> None:
    """DIR/credentials and DIR/console-password, mode 0600; the key works."""
    for name in ("credentials", "console-password", "root.key", "ca.key"):
        assert stat.S_IMODE((server.data_dir / name).stat().st_mode) == 0o600, name
    assert (server.data_dir / "credentials").read_text().startswith("[default]\naws_access_key_id = AKIA")
    assert server.client("sts").get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:user/admin"


def test_env_is_all_that_a_client_needs(server: Server) -> None:
    """A program with nothing but these variables talks to the server."""
    program = "import boto3; print(boto3.client('sts').get_caller_identity()['Account'])"
    done = subprocess.run(
        [sys.executable, "-c", program],
        capture_output=True,
        text=True,
        check=True,
        env={"PATH": os.environ["PATH"], "HOME": str(server.data_dir), **server.environment()},
    )
    assert done.stdout == "000000000000\n"


def test_the_start_says_which_sandbox_is_in_force(server: Server) -> None:
    """One line, from the process that runs the tools."""
    _eventually(lambda: "The worker is ready: sandbox auto" in server.log.read_text())


@pytest.mark.parametrize("role", ["api", "worker"])
def test_a_killed_child_is_replaced(server: Server, role: str) -> None:
    """The server goes on with a new process at the same address."""
    _eventually(lambda: _child(server, role) is not None)
    killed = _child(server, role)
    assert killed is not None
    killed.send_signal(signal.SIGKILL)
    _eventually(lambda: (new := _child(server, role)) is not None and new.pid != killed.pid)
    assert server.client("sts").get_caller_identity()["Account"] == "000000000000"
    assert f"The {role} process was killed by SIGKILL" in server.log.read_text()


def test_requests_are_answered_on_large_pages(server: Server) -> None:
    """The process that answers them, and no other, has glibc's allocator ask the kernel for large pages."""
    asks = {role: "PYTHONMALLOC" in child.environ() for role in ("api", "worker") if (child := _child(server, role))}
    assert asks == {"api": True, "worker": False}


def test_a_folder_has_one_server(server: Server) -> None:
    """A second one is refused with one line that names the first."""
    done = _run("serve", "--data-dir", str(server.data_dir), "--port", "0")
    assert done.returncode == 1
    assert done.stderr == f"Error: {server.data_dir} is in use by another server (process {server.process.pid}).\n"


def test_a_taken_port_names_the_option(tmp_path: Path) -> None:
    """One line, exit code 1, no traceback."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        done = _run("serve", "--data-dir", str(tmp_path), "--port", str(port))
    assert done.returncode == 1
    assert done.stderr == f"Error: Port {port} is taken. Choose another one with --port.\n"


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_stops_everything_cleanly(server_factory: Factory, tmp_path: Path, number: int) -> None:
    """Exit code 0, no process left, no complaint in the log."""
    server = server_factory.start(tmp_path / "data")
    family = server.family()
    os.killpg(server.process.pid, number)  # Ctrl-C reaches the whole group
    assert server.process.wait(timeout=30) == 0
    server_factory.wait_gone(family)
    log = server.log.read_text()
    assert "Traceback" not in log
    assert "starts again" not in log


def test_a_killed_supervisor_takes_its_children_along(server_factory: Factory, tmp_path: Path) -> None:
    """kill -9 of the head alone leaves nothing, and the folder is free for the next."""
    server = server_factory.start(tmp_path / "data")
    family = server.family()
    server.process.kill()
    server.process.wait()
    server_factory.wait_gone(family)
    again = server_factory.start(tmp_path / "data")
    assert again.client("sts").get_caller_identity()["Account"] == "000000000000"
    assert again.stop() == 0


def test_a_restart_keeps_the_account(server_factory: Factory, tmp_path: Path) -> None:
    """Same key, same account; another account id is refused on the same data."""
    server = server_factory.start(tmp_path / "data")
    before = server.admin()
    server.client("iam").create_user(UserName="ada")
    assert server.stop() == 0
    done = _run("serve", "--data-dir", str(tmp_path / "data"), "--port", "0", "--account-id", "111122223333")
    assert done.returncode == 1
    assert "another account" in done.stderr
    assert "Traceback" not in done.stderr
    again = server_factory.start(tmp_path / "data")
    assert again.admin() == before
    assert {user["UserName"] for user in again.client("iam").list_users()["Users"]} == {"admin", "ada"}


def test_a_wrong_root_key_is_an_error_in_words(server_factory: Factory, tmp_path: Path) -> None:
    """A key file that others may read is refused with the command that mends it."""
    key = tmp_path / "root.key"
    key.write_text("0" * 64)
    key.chmod(0o644)
    done = _run("serve", "--data-dir", str(tmp_path / "data"), "--port", "0", "--root-key-file", str(key))
    assert done.returncode == 1
    assert f"chmod 600 {key}" in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_is_no_database_is_an_error_in_words(tmp_path: Path) -> None:
    """The server does not start again and again over what will not mend itself."""
    (tmp_path / "telecine.db").write_text("my notes, and quite a few of them" * 100)
    done = _run("serve", "--data-dir", str(tmp_path), "--port", "0")
    assert done.returncode == 1
    assert "Error: The database cannot be used: file is not a database" in done.stderr
    assert "Traceback" not in done.stderr


def test_another_host_warns(server_factory: Factory, tmp_path: Path) -> None:
    """http carries session credentials: whoever listens beyond loopback is told."""
    server = server_factory.start(tmp_path / "data", "--host", "0.0.0.0")
    assert "Warning: 0.0.0.0 can be reached from other machines" in server.log.read_text()
    assert f"Let them use https ({server.https_url})" in server.log.read_text()
    assert server.url.startswith("http://127.0.0.1:")
    assert server.client("sts").get_caller_identity()["Account"] == "000000000000"


def test_root_gets_its_credentials_on_the_machine_alone(server: Server) -> None:
    """`account root --create-access-key` makes a key that may do everything."""
    lines = server.telecine("account", "root", "--data-dir", str(server.data_dir), "--create-access-key").splitlines()
    values = dict(line.split(" = ") for line in lines if " = " in line)
    assert server.client("sts", **values).get_caller_identity()["Arn"] == "arn:aws:iam::000000000000:root"
    assert server.client("iam", **values).list_users()["Users"]


def test_a_role_runs_alone(server_factory: Factory, tmp_path: Path) -> None:
    """`--role api` is the same server without supervisor and worker, and ends with 0."""
    server = server_factory.start(tmp_path / "data", "--role", "api")
    assert server.client("sts").get_caller_identity()["Account"] == "000000000000"
    assert len(server.family()) == 1
    assert server.stop() == 0


def test_a_database_that_is_away_is_waited_for(tmp_path: Path) -> None:
    """The api says what is wrong, in words, and is started again instead of giving up."""
    with socket.create_server(("127.0.0.1", 0)) as nobody:
        port = nobody.getsockname()[1]
    command = [sys.executable, "-m", "telecine.cli", "serve", "--data-dir", str(tmp_path), "--port", "0"]
    log = tmp_path / "log"
    with (
        log.open("wb") as output,
        subprocess.Popen(
            [*command, "--database", f"postgresql://nobody@127.0.0.1:{port}/none"], stdout=output, stderr=output
        ) as process,
    ):
        _eventually(lambda: log.read_text().count("The api process ended with exit code 1; it starts again") >= 2)
        process.terminate()
        assert process.wait(timeout=30) == 0
    assert "Error: The database cannot be reached: " in log.read_text()
    assert "Traceback" not in log.read_text()
