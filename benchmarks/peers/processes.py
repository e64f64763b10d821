"""Servers of others, started for a benchmark and stopped with it."""

import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from socket import create_server
from typing import Any

import boto3
import psutil

MOTO = Path(".venv/clients/moto/bin/moto_server")


@dataclass(frozen=True, kw_only=True)
class Peer:
    """A server of somebody else's."""

    url: str
    process: psutil.Process

    def client(self, service: str) -> Any:
        """A boto3 client; any key will do."""
        session = boto3.Session(aws_access_key_id="bench", aws_secret_access_key="bench", region_name="us-east-1")
        return session.client(service, endpoint_url=self.url)


@contextmanager
def moto() -> Iterator[Peer | None]:
    """A moto_server, None where it is not installed."""
    if not MOTO.exists():
        yield None
        return
    port = _free_port()
    with _running([str(MOTO), "-H", "127.0.0.1", "-p", str(port)], port) as peer:
        yield peer


@contextmanager
def bare_stream() -> Iterator[Peer]:
    """uvicorn with an application that sends 256 MiB from memory, in blocks as long as ours, and nothing else."""
    port = _free_port()
    command = [sys.executable, "-m", "uvicorn", "benchmarks.peers.stream:app", "--port", str(port), "--loop", "uvloop"]
    with _running([*command, "--http", "httptools", "--no-access-log"], port) as peer:
        yield peer


@contextmanager
def _running(command: list[str], port: int) -> Iterator[Peer]:
    url = f"http://127.0.0.1:{port}"
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        try:
            deadline = time.monotonic() + 30
            while not _answers(url):
                if process.poll() is not None or time.monotonic() > deadline:
                    raise RuntimeError(f"{command[0]} does not come up")
                time.sleep(0.05)
            yield Peer(url=url, process=psutil.Process(process.pid))
        finally:
            process.terminate()
            process.wait(timeout=20)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(url + "/0", timeout=1):
            return True
    except urllib.error.HTTPError:
        return True
    except OSError:
        return False


def _free_port() -> int:
    with create_server(("127.0.0.1", 0)) as server:
        port: int = server.getsockname()[1]
        return port
