"""A real server for a benchmark to measure: its address, its credentials, its processes."""

import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3
import psutil


@dataclass(frozen=True, kw_only=True)
class Server:
    """A `telecine serve` that is ready."""

    url: str
    folder: Path
    process: psutil.Process
    seconds_to_ready: float

    def api(self) -> psutil.Process:
        """The process that answers requests."""
        return next(child for child in self.process.children() if "api" in child.cmdline())

    def credentials(self) -> tuple[str, str]:
        """admin's access key id and secret."""
        lines = (self.folder / "credentials").read_text().splitlines()
        values = dict(line.replace(" ", "").split("=", 1) for line in lines if "=" in line)
        return values["aws_access_key_id"], values["aws_secret_access_key"]

    def client(self, service: str) -> Any:
        """A boto3 client of `service` as admin."""
        key, secret = self.credentials()
        session = boto3.Session(aws_access_key_id=key, aws_secret_access_key=secret, region_name="us-east-1")
        return session.client(service, endpoint_url=self.url)


@contextmanager
def serving() -> Iterator[Server]:
    """A server with a data directory of its own, stopped at the end."""
    with tempfile.TemporaryDirectory(prefix="telecine-bench-") as name:
        folder = Path(name) / "data"
        started = time.perf_counter()
        command = [sys.executable, "-m", "telecine.cli", "serve", "--data-dir", str(folder), "--port", "0"]
        with (Path(name) / "log").open("wb") as log:
            process = subprocess.Popen([*command, "--sandbox", "auto"], stdout=subprocess.PIPE, stderr=log)
            try:
                assert process.stdout is not None
                words = next(line.decode().split() for line in process.stdout if b"ready at" in line)
                yield Server(
                    url=words[4],
                    folder=folder,
                    process=psutil.Process(process.pid),
                    seconds_to_ready=time.perf_counter() - started,
                )
            finally:
                process.terminate()
                process.wait(timeout=60)


def figure(
    benchmark: str, value: float, unit: str, *, ratio: float | None = None, against: str | None = None
) -> dict[str, Any]:
    """One line of `make bench`."""
    rounded = None if ratio is None else round(ratio, 3)
    return {"benchmark": benchmark, "value": round(value, 3), "unit": unit, "ratio": rounded, "against": against}
