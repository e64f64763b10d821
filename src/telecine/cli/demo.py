"""`telecine demo`: a real clip becomes an adaptive stream, submitted by a user who may not touch the media.

Everything is done through the public APIs with an unmodified boto3, as a program of a user would do it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Any

import boto3
from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeElapsedColumn

_START_SECONDS = 60
_POLL_SECONDS = 0.25
_ACCOUNT = "000000000000"
_INPUT_BUCKET = "demo-input"
_OUTPUT_BUCKET = "demo-output"
_ROLE = "MediaConvert_Default_Role"
_USER = "editor"


class DemoFailed(Exception):
    """The demonstration could not be carried to its end; the message is for the person at the terminal."""


@dataclass(frozen=True, kw_only=True)
class _Server:
    """A running server of our own."""

    url: str
    data_dir: Path

    def client(self, service: str, **credentials: str) -> Any:
        """A boto3 client of `service`; as `admin` unless other credentials are given."""
        if not credentials:
            session = boto3.Session(**_admin_credentials(self.data_dir), region_name="us-east-1")
        else:
            session = boto3.Session(**credentials, region_name="us-east-1")
        return session.client(service, endpoint_url=self.url)


def run(clip: Path, *, keep: bool, console: Console) -> None:
    """Carry out the demonstration with `clip`. Raises `DemoFailed`."""
    if not clip.is_file():
        raise DemoFailed(f"{clip} is not a file.")
    with ExitStack() as stack:
        folder = (
            Path(tempfile.mkdtemp(prefix="telecine-demo-"))
            if keep
            else Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="telecine-demo-")))
        )
        server = stack.enter_context(_server(folder, console))
        _prepare(server, clip, console)
        editor = _editor(server, console)
        _show_the_gate(server, editor, console)
        job = _transcode(server, editor, clip, console)
        _print_outputs(server, console)
        console.print(f"Job {job['Id']}: {job['Status']}", style="bold green", highlight=False)
        if keep:
            _wait(server, console)


@contextmanager
def _server(folder: Path, console: Console) -> Iterator[_Server]:
    """A server on a free port, stopped at the end together with everything it started."""
    log = folder / "server.log"
    command = [sys.executable, "-m", "telecine.cli", "serve", "--data-dir", str(folder / "data"), "--port", "0"]
    with log.open("wb") as output:
        process = subprocess.Popen(  # the server is a process of its own, as it is for every user
            [*command, "--sandbox", "auto"], stdout=subprocess.PIPE, stderr=output, start_new_session=True
        )
        try:
            url = _ready_url(process, log)
            console.print(f"A server is ready at [bold]{url}[/] (data in {folder / 'data'})", highlight=False)
            yield _Server(url=url, data_dir=folder / "data")
        finally:
            process.terminate()
            try:
                process.wait(timeout=15)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _ready_url(process: "subprocess.Popen[bytes]", log: Path) -> str:
    assert process.stdout is not None
    for raw in process.stdout:
        words = raw.decode().split()
        if words[:4] == ["Telecine", "is", "ready", "at"]:
            return words[4]
    raise DemoFailed(f"The server did not start:\n{log.read_text(errors='replace')[-2000:]}")


def _admin_credentials(data_dir: Path) -> dict[str, str]:
    lines = (line.partition("=") for line in (data_dir / "credentials").read_text().splitlines() if "=" in line)
    values = {name.strip(): value.strip() for name, _, value in lines}
    return {name: values[name] for name in ("aws_access_key_id", "aws_secret_access_key")}


def _prepare(server: _Server, clip: Path, console: Console) -> None:
    """As the administrator: two buckets, the clip, and the role that only MediaConvert may assume."""
    s3, iam = server.client("s3"), server.client("iam")
    for bucket in (_INPUT_BUCKET, _OUTPUT_BUCKET):
        s3.create_bucket(Bucket=bucket)
    s3.upload_file(str(clip), _INPUT_BUCKET, clip.name)
    iam.create_role(
        RoleName=_ROLE,
        Path="/service-role/",
        AssumeRolePolicyDocument=json.dumps(_TRUST),
        Description="Reads and writes the media",
    )
    iam.put_role_policy(RoleName=_ROLE, PolicyName="media", PolicyDocument=json.dumps(_MEDIA))
    console.print(
        f"admin made s3://{_INPUT_BUCKET}/{clip.name}, s3://{_OUTPUT_BUCKET} and the role {_ROLE}", highlight=False
    )


def _editor(server: _Server, console: Console) -> dict[str, str]:
    """The credentials of a user who may submit jobs and pass that role, and nothing else."""
    iam = server.client("iam")
    iam.create_user(UserName=_USER)
    iam.put_user_policy(UserName=_USER, PolicyName="submit-jobs", PolicyDocument=json.dumps(_SUBMIT))
    key = iam.create_access_key(UserName=_USER)["AccessKey"]
    console.print(
        f"admin made the user {_USER}, who may submit jobs and pass the role, and nothing else", highlight=False
    )
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def _show_the_gate(server: _Server, editor: dict[str, str], console: Console) -> None:
    """The user tries to read the media directly, and must be refused."""
    s3 = server.client("s3", **editor)
    try:
        s3.list_objects_v2(Bucket=_INPUT_BUCKET)
    except s3.exceptions.ClientError as error:
        console.print(f"{_USER} cannot touch the media: [dim]{error.response['Error']['Message']}[/]", highlight=False)
    else:
        raise DemoFailed(f"{_USER} could list {_INPUT_BUCKET} without any permission to: please report this.")


def _transcode(server: _Server, editor: dict[str, str], clip: Path, console: Console) -> dict[str, Any]:
    """The finished job. The user submits it and follows it to its end."""
    mediaconvert = server.client("mediaconvert", **editor)
    template = files("telecine.cli").joinpath("demo_job.json").read_text()
    settings = json.loads(
        template.replace("INPUT_BUCKET", _INPUT_BUCKET)
        .replace("OUTPUT_BUCKET", _OUTPUT_BUCKET)
        .replace("INPUT_KEY", json.dumps(clip.name)[1:-1])
    )
    role = f"arn:aws:iam::{_ACCOUNT}:role/service-role/{_ROLE}"
    job: dict[str, Any] = mediaconvert.create_job(Role=role, Settings=settings)["Job"]
    with _progress(console) as progress:
        task = progress.add_task("SUBMITTED", total=100)
        while job["Status"] in {"SUBMITTED", "PROGRESSING"}:
            time.sleep(_POLL_SECONDS)
            job = mediaconvert.get_job(Id=job["Id"])["Job"]
            done = 100 if job["Status"] == "COMPLETE" else job.get("JobPercentComplete", 0)
            progress.update(task, completed=done, description=job.get("CurrentPhase", job["Status"]))
        progress.update(task, description=job["Status"])
    if job["Status"] != "COMPLETE":
        raise DemoFailed(f"Job {job['Id']}: {job['Status']} {job.get('ErrorCode', '')} {job.get('ErrorMessage', '')}")
    return job


def _progress(console: Console) -> Progress:
    return Progress(
        TextColumn("{task.description:<12}"), BarColumn(), TaskProgressColumn(), TimeElapsedColumn(), console=console
    )


def _print_outputs(server: _Server, console: Console) -> None:
    pages = server.client("s3").get_paginator("list_objects_v2").paginate(Bucket=_OUTPUT_BUCKET)
    for item in (item for page in pages for item in page.get("Contents", [])):
        console.print(
            f"  s3://{_OUTPUT_BUCKET}/{item['Key']}  [dim]{item['Size']:,} bytes[/]", highlight=False, soft_wrap=True
        )


def _wait(server: _Server, console: Console) -> None:
    console.print("\nThe server stays up until you press Ctrl-C. In another terminal:")
    console.print(
        f'  eval "$({os.path.relpath(sys.argv[0])} env --data-dir {server.data_dir})"', highlight=False, soft_wrap=True
    )
    console.print("  aws mediaconvert list-jobs", highlight=False)
    try:
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        console.print("\nStopping.")


_TRUST = {
    "Version": "2012-10-17",
    "Statement": [
        {
            "Effect": "Allow",
            "Principal": {"Service": "mediaconvert.amazonaws.com"},
            "Action": "sts:AssumeRole",
            "Condition": {"StringEquals": {"aws:SourceAccount": _ACCOUNT}},
        }
    ],
}

_MEDIA = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": "s3:GetObject", "Resource": f"arn:aws:s3:::{_INPUT_BUCKET}/*"},
        {"Effect": "Allow", "Action": "s3:PutObject", "Resource": f"arn:aws:s3:::{_OUTPUT_BUCKET}/*"},
    ],
}

_SUBMIT = {
    "Version": "2012-10-17",
    "Statement": [
        {"Effect": "Allow", "Action": ["mediaconvert:CreateJob", "mediaconvert:GetJob"], "Resource": "*"},
        {
            "Effect": "Allow",
            "Action": "iam:PassRole",
            "Resource": f"arn:aws:iam::{_ACCOUNT}:role/service-role/{_ROLE}",
            "Condition": {"StringEquals": {"iam:PassedToService": "mediaconvert.amazonaws.com"}},
        },
    ],
}
