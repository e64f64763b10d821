"""The server of `telecine demo`: its own folder, its own environment, and gone when the demonstration is."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import boto3.session

from telecine.cli.kernel import die_with
from telecine.cli.supervisor import STOP_SECONDS, child_command

_Config = boto3.session.botocore.config.Config

_START_SECONDS = 60
_POLL_SECONDS = 0.05
_LOG_END = 2000
"""How many characters of a server's last words are shown."""

_READY = "Telecine is ready at "


class DemoFailed(Exception):
    """The demonstration could not be carried to its end; the message is for the person at the terminal."""


@dataclass(frozen=True, kw_only=True)
class DemoServer:
    """A running server of our own."""

    url: str
    data_dir: Path

    def client(self, service: str, **credentials: str) -> Any:
        """A boto3 client of `service`; as `admin` unless other credentials are given."""
        keys = credentials or _admin_credentials(self.data_dir)
        return self._client(service, keys)

    def link(self, bucket: str, key: str) -> str:
        """A URL that anybody on this machine can open for an hour: a presigned GetObject of `admin`."""
        # boto3 would sign it with the old Signature Version 2
        client = self._client("s3", _admin_credentials(self.data_dir), config=_Config(signature_version="s3v4"))
        address: str = client.generate_presigned_url("get_object", Params={"Bucket": bucket, "Key": key})
        return address

    def _client(self, service: str, keys: dict[str, str], **options: Any) -> Any:
        return boto3.Session(**keys, region_name="us-east-1").client(service, endpoint_url=self.url, **options)


@contextmanager
def running(folder: Path) -> Iterator[DemoServer]:
    """A server on a free port that keeps everything in `folder`, stopped at the end with everything it started.

    Raises `DemoFailed` when it does not start.
    """
    log, scratch = folder / "server.log", folder / "scratch"
    scratch.mkdir()
    data_dir = folder / "data"
    command = child_command("serve", "--data-dir", str(data_dir), "--port", "0", "--sandbox", "auto")
    parent = os.getpid()
    with log.open("wb") as output:
        process = subprocess.Popen(
            command,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,  # Ctrl-C is for us: we stop it
            env={**os.environ, "TMPDIR": str(scratch)},
            preexec_fn=lambda: die_with(parent),  # noqa: PLW1509 - no thread runs yet; kill -9 of us must not leave it up
        )
        try:
            yield DemoServer(url=_ready_url(process, log), data_dir=data_dir)
        finally:
            process.terminate()
            try:
                process.wait(timeout=STOP_SECONDS + 5)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


@contextmanager
def clean_environment() -> Iterator[None]:
    """An environment in which nothing of the user's own steers AWS clients or the server.

    A profile that is not there, a proxy that catches loopback and TELECINE_DATABASE would: for a while they are away.
    """
    before = dict(os.environ)
    steering = [name for name in before if name.startswith(("AWS_", "TELECINE_")) or name.lower().endswith("_proxy")]
    for name in steering:
        del os.environ[name]
    os.environ["AWS_CONFIG_FILE"] = os.environ["AWS_SHARED_CREDENTIALS_FILE"] = os.devnull
    try:
        yield
    finally:
        os.environ.clear()
        os.environ.update(before)


@contextmanager
def stopped_by_signals() -> Iterator[None]:
    """Turns SIGTERM and SIGHUP into an orderly end with the exit code that a shell expects."""

    def leave(number: int, _frame: object) -> None:
        sys.exit(128 + number)

    wanted = [number for number in (signal.SIGTERM, signal.SIGHUP) if signal.getsignal(number) is signal.SIG_DFL]
    for number in wanted:
        signal.signal(number, leave)
    try:
        yield
    finally:
        for number in wanted:
            signal.signal(number, signal.SIG_DFL)


def _ready_url(process: "subprocess.Popen[bytes]", log: Path) -> str:
    deadline = time.monotonic() + _START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        for line in log.read_text(errors="replace").splitlines(keepends=True):
            if line.startswith(_READY) and line.endswith("\n"):
                return line.removeprefix(_READY).split()[0]
        time.sleep(_POLL_SECONDS)
    raise DemoFailed(f"The server did not start:\n{log.read_text(errors='replace')[-_LOG_END:]}")


def _admin_credentials(data_dir: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in (data_dir / "credentials").read_text().splitlines() if "=" in line)
    values = {name.strip(): value.strip() for name, _, value in lines}
    return {name: values[name] for name in ("aws_access_key_id", "aws_secret_access_key")}
