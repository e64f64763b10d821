"""A real `telecine serve` as a subprocess: on a free port, in a temporary folder, and gone at the end."""

import os
import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import boto3
import psutil
import pytest

from telecine.cli.folder import access_key
from telecine.cli.supervisor import STOP_SECONDS

START_SECONDS = 60
collect_ignore = [] if os.environ.get("TELECINE_TEST_TERRAFORM_PLUGINS") else ["test_terraform.py"]
_READY = re.compile(rb"Telecine is ready at (http://\S+) and (https://\S+)\n")


@dataclass(frozen=True, kw_only=True)
class Server:
    """A running server of our own."""

    process: "subprocess.Popen[bytes]"
    url: str
    https_url: str
    data_dir: Path
    log: Path
    """Everything it prints."""
    _sessions: dict[tuple[tuple[str, str], ...], boto3.Session] = field(default_factory=dict, repr=False)

    def client(self, service: str, **credentials: str) -> Any:
        """An unmodified boto3 client of `service`, as `admin` unless other credentials are given."""
        return self._session(**(credentials or self.admin())).client(service, endpoint_url=self.url)

    def https_client(self, service: str) -> Any:
        """The same on https, as `admin`, with the trust that `telecine env --https` tells it to have."""
        verify = str(self.data_dir / "ca.pem")
        return self._session(**self.admin()).client(service, endpoint_url=self.https_url, verify=verify)

    def _session(self, **keys: str) -> boto3.Session:
        """One for all clients of a caller: each reads the models anew (100 ms and more)."""
        known = self._sessions.get(place := tuple(sorted(keys.items())))
        if known is None:
            known = self._sessions[place] = boto3.Session(**keys, region_name="us-east-1")
        return known

    def admin(self) -> dict[str, str]:
        """The credentials that the first start has written, as boto3 takes them."""
        key_id, secret = access_key(self.data_dir / "credentials")
        return {"aws_access_key_id": key_id, "aws_secret_access_key": secret}

    def environment(self, *options: str) -> dict[str, str]:
        """What `telecine env` exports."""
        lines = self.telecine("env", "--data-dir", str(self.data_dir), *options).splitlines()
        words = [line.removeprefix("export ").partition("=") for line in lines if line.startswith("export ")]
        return {name: value.strip("'") for name, _equals, value in words}

    def telecine(self, *arguments: str) -> str:
        """What a `telecine` command prints. Fails with its error output."""
        done = subprocess.run(
            [sys.executable, "-m", "telecine.cli", *arguments],
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
            env=_clean_environment(),
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    def family(self) -> list[psutil.Process]:
        """The server's process and all that descend from it."""
        try:
            head = psutil.Process(self.process.pid)
            return [head, *head.children(recursive=True)]
        except psutil.NoSuchProcess:
            return []

    def kill(self) -> None:
        """kill -9 of its whole process group, as a power cut would have it."""
        os.killpg(self.process.pid, signal.SIGKILL)
        self.process.wait()

    def stop(self) -> int:
        """SIGTERM; the exit code."""
        self.process.terminate()
        return self.process.wait(timeout=STOP_SECONDS + 10)


class ServerFactory:
    """Starts servers, and ends those that a test has left."""

    def __init__(self) -> None:
        self._started: list[Server] = []

    def start(
        self, data_dir: Path, *options: str, sandbox: str = "auto", environment: Mapping[str, str] | None = None
    ) -> Server:
        """A server on `data_dir` that answers. Its scratch is `data_dir/scratch`."""
        data_dir.mkdir(parents=True, exist_ok=True)
        scratch = data_dir / "scratch"
        scratch.mkdir(exist_ok=True)
        log = data_dir / "server.log"
        seen = log.stat().st_size if log.exists() else 0
        command = [sys.executable, "-m", "telecine.cli", "serve", "--data-dir", str(data_dir)]
        with log.open("ab") as output:
            process = subprocess.Popen(
                [*command, "--port", "0", "--sandbox", sandbox, *options],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
                env={**_clean_environment(), "TMPDIR": str(scratch), **(environment or {})},
            )
        url, https_url = _ready_urls(process, log, seen)
        server = Server(process=process, url=url, https_url=https_url, data_dir=data_dir, log=log)
        self._started.append(server)
        return server

    @staticmethod
    def wait_gone(family: Sequence[psutil.Process]) -> None:
        """Return when none of these processes runs any more. Fails when one still does after ten seconds."""
        _gone, alive = psutil.wait_procs(family, timeout=10)
        running = [process for process in alive if process.status() != psutil.STATUS_ZOMBIE]
        assert not running, f"still running: {running}"

    def end(self) -> None:
        """Stop what still runs, and make sure that nothing of it is left."""
        for server in self._started:
            family = server.family()
            if server.process.poll() is None:
                server.stop()
            self.wait_gone(family)


def _ready_urls(process: "subprocess.Popen[bytes]", log: Path, seen: int) -> tuple[str, str]:
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline:
        found = _READY.search(log.read_bytes(), seen)
        if found is not None:
            return found[1].decode(), found[2].decode()
        if process.poll() is not None:
            break
        time.sleep(0.02)
    process.kill()
    process.wait()
    raise AssertionError(f"the server did not start:\n{log.read_text(errors='replace')[-4000:]}")


def _clean_environment() -> dict[str, str]:
    """Ours without anything that steers AWS clients or Telecine."""
    return {name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TELECINE_"))}


@pytest.fixture(scope="session")
def server_factory() -> Iterator[ServerFactory]:
    """Starts servers: `server_factory.start(folder)`."""
    factory = ServerFactory()
    yield factory
    factory.end()


@pytest.fixture(scope="module")
def server(server_factory: ServerFactory, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """One new server for the tests of a module."""
    started = server_factory.start(tmp_path_factory.mktemp("server") / "data")
    yield started
    started.stop()
