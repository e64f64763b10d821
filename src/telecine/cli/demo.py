"""`telecine demo`: a real clip becomes an adaptive stream, submitted by a user who may not touch the media.

Everything is done through the public APIs with an unmodified boto3, as a program of a user would do it.
"""

import json
import os
import sys
import tempfile
import time
from contextlib import ExitStack
from importlib.resources import files
from pathlib import Path
from typing import Any

from rich.console import Console
from rich.markup import escape

from telecine.cli.demo_server import DemoFailed, DemoServer, clean_environment, running, stopped_by_signals
from telecine.cli.following import follow
from telecine.cli.role import make as make_role
from telecine.core.names import AccountId
from telecine.services.iam.directory.service_roles import (
    USE_CASES,
    ConfiguredPermissions,
    Location,
    RoleChoices,
    RolePlan,
    SourceConditions,
    plan_role,
)

_ACCOUNT = AccountId("000000000000")
_INPUT_BUCKET = "demo-input"
_OUTPUT_BUCKET = "demo-output"
_ALIAS = "alias/demo-media"
_ROLE = "MediaConvert_Default_Role"
_USER = "editor"
_NO_SOUND = 1021
"""The code of a job whose input has no audio for a selector that wants some."""


def run(clip: Path, *, keep: bool, console: Console) -> None:
    """Carry out the demonstration with `clip`. Raises `DemoFailed`."""
    with ExitStack() as stack:
        for context in (clean_environment(), stopped_by_signals()):
            stack.enter_context(context)
        temporary = tempfile.TemporaryDirectory(prefix="telecine-demo-", ignore_cleanup_errors=True)
        server = stack.enter_context(running(Path(stack.enter_context(temporary))))
        _say(console, f"A server is ready at [bold]{server.url}[/] (data in {escape(str(server.data_dir))})")
        key = _key(clip)
        kms_key = _prepare(server, clip, key, console)
        editor = _editor(server, console)
        _show_the_gate(server, editor, console)
        job = _transcode(server, editor, key, console)
        outputs = _print_outputs(server, kms_key, console)
        if keep:
            _print_what_next(server, outputs, console)
        _say(console, f"[bold green]Job {job['Id']}: {job['Status']}[/]")
        if keep:
            _wait(console)


def _say(console: Console, text: str) -> None:
    """Print a line of markup as it is: never broken at the terminal's width, so that names can be copied."""
    console.print(text, highlight=False, soft_wrap=True)


def _key(clip: Path) -> str:
    """The clip's name as an object key, which is UTF-8 whatever the file system has."""
    return os.fsencode(clip.name).decode("utf-8", "replace")


def _prepare(server: DemoServer, clip: Path, key: str, console: Console) -> str:
    """As the administrator: a KMS key, buckets that encrypt with it, the clip, the role. The ARN of the key."""
    s3, iam, kms = server.client("s3"), server.client("iam"), server.client("kms")
    kms_key: str = kms.create_key(Description="Media of the demonstration")["KeyMetadata"]["Arn"]
    kms.create_alias(AliasName=_ALIAS, TargetKeyId=kms_key)
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": kms_key}}
    for bucket in (_INPUT_BUCKET, _OUTPUT_BUCKET):
        s3.create_bucket(Bucket=bucket)
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.upload_file(str(clip), _INPUT_BUCKET, key)
    make_role(iam, _plan(kms_key))
    _say(console, f"admin made the key {_ALIAS}, and buckets that encrypt everything with it")
    _say(console, f"admin made s3://{_INPUT_BUCKET}/{escape(key)}, s3://{_OUTPUT_BUCKET} and the role {_ROLE}")
    return kms_key


def _plan(kms_key: str) -> RolePlan:
    """The role that the configured way of `telecine role create` makes, for jobs of this account alone."""
    permissions = ConfiguredPermissions(
        inputs=[Location(bucket=_INPUT_BUCKET, prefix="")],
        outputs=[Location(bucket=_OUTPUT_BUCKET, prefix="")],
        may_invoke_apis=False,
    )
    return plan_role(
        USE_CASES["mediaconvert"],
        RoleChoices(permissions=permissions, name=_ROLE, kms_keys=[kms_key], source=SourceConditions(account=_ACCOUNT)),
    )


def _editor(server: DemoServer, console: Console) -> dict[str, str]:
    """The credentials of a user who may submit jobs and pass that role, and nothing else."""
    iam = server.client("iam")
    iam.create_user(UserName=_USER)
    iam.put_user_policy(UserName=_USER, PolicyName="submit-jobs", PolicyDocument=json.dumps(_SUBMIT))
    key = iam.create_access_key(UserName=_USER)["AccessKey"]
    _say(console, f"admin made the user {_USER}, who may submit jobs and pass the role, and nothing else")
    return {"aws_access_key_id": key["AccessKeyId"], "aws_secret_access_key": key["SecretAccessKey"]}


def _show_the_gate(server: DemoServer, editor: dict[str, str], console: Console) -> None:
    """The user tries to read the media directly, and must be refused."""
    s3 = server.client("s3", **editor)
    try:
        s3.list_objects_v2(Bucket=_INPUT_BUCKET)
    except s3.exceptions.ClientError as error:
        _say(console, f"{_USER} cannot touch the media: [dim]{escape(error.response['Error']['Message'])}[/]")
    else:
        raise DemoFailed(f"{_USER} could list {_INPUT_BUCKET} without any permission to: please report this.")


def _transcode(server: DemoServer, editor: dict[str, str], key: str, console: Console) -> dict[str, Any]:
    """The finished job. The user submits it and follows it to its end; once more without sound if the clip has none."""
    mediaconvert = server.client("mediaconvert", **editor)
    settings = _settings(key)
    job = _followed(mediaconvert, settings, console)
    if job["Status"] == "ERROR" and job["ErrorCode"] == _NO_SOUND:
        _say(console, "The clip has no sound: the job is submitted once more, for pictures alone")
        job = _followed(mediaconvert, _without_sound(settings), console)
    if job["Status"] != "COMPLETE":
        raise DemoFailed(f"Job {job['Id']}: {job['Status']} {job.get('ErrorCode', '')} {job.get('ErrorMessage', '')}")
    return job


def _settings(key: str) -> dict[str, Any]:
    text = files("telecine.cli").joinpath("demo_job.json").read_text()
    names = {"INPUT_BUCKET": _INPUT_BUCKET, "OUTPUT_BUCKET": _OUTPUT_BUCKET, "INPUT_KEY": json.dumps(key)[1:-1]}
    for name, value in names.items():
        text = text.replace(name, value)
    settings: dict[str, Any] = json.loads(text)
    return settings


def _without_sound(settings: dict[str, Any]) -> dict[str, Any]:
    for entry in settings["Inputs"]:
        entry.pop("AudioSelectors")
    for group in settings["OutputGroups"]:
        for output in group["Outputs"]:
            output.pop("AudioDescriptions")
    return settings


def _followed(mediaconvert: Any, settings: dict[str, Any], console: Console) -> dict[str, Any]:
    """The job that these settings make, at its end."""
    role = f"arn:aws:iam::{_ACCOUNT}:role/service-role/{_ROLE}"
    job: dict[str, Any] = mediaconvert.create_job(Role=role, Settings=settings)["Job"]
    return follow(mediaconvert, job, console)


def _print_outputs(server: DemoServer, kms_key: str, console: Console) -> list[str]:
    """The keys of every output, printed. Raises `DemoFailed` for one that is not encrypted as its bucket should."""
    s3 = server.client("s3")
    pages = s3.get_paginator("list_objects_v2").paginate(Bucket=_OUTPUT_BUCKET)
    found = [item for page in pages for item in page.get("Contents", [])]
    for item in found:
        _say(console, f"  s3://{_OUTPUT_BUCKET}/{escape(item['Key'])}  [dim]{item['Size']:,} bytes[/]")
    kept = [s3.head_object(Bucket=_OUTPUT_BUCKET, Key=item["Key"]) for item in found]
    if any(one.get("SSEKMSKeyId") != kms_key for one in kept):
        raise DemoFailed(f"Not every output is encrypted under {_ALIAS}: please report this.")
    _say(console, f"Each of them is encrypted under {_ALIAS}")
    return [item["Key"] for item in found]


def _print_what_next(server: DemoServer, outputs: list[str], console: Console) -> None:
    """What a person at another terminal can do with the server that stays up."""
    command = os.path.relpath(sys.argv[0])
    _say(console, f'\nIn another terminal:\n  eval "$({escape(command)} env --data-dir {server.data_dir})"')
    _say(console, "  aws mediaconvert list-jobs")
    _say(console, f"  aws s3 cp --recursive s3://{_OUTPUT_BUCKET} telecine-demo")
    film = next(key for key in outputs if key.endswith(".mp4"))
    _say(console, f"Watch the MP4 within the hour:\n  {escape(server.link(_OUTPUT_BUCKET, film))}\n")


def _wait(console: Console) -> None:
    try:  # whoever reads the line may press it at once
        _say(console, "The server and its data stay up until you press Ctrl-C.")
        while True:
            time.sleep(3600)
    except KeyboardInterrupt:
        _say(console, "\nStopping.")


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
