"""`telecine job check`: what a job's caller and role lack, before it is submitted."""

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from telecine.cli import job_document
from telecine.cli.connection import REFUSALS, Connection, ServerDir, connect, said
from telecine.cli.job import report
from telecine.core.errors import TelecineError

JobFile = Annotated[
    Path,
    typer.Argument(metavar="JOB.json", exists=True, dir_okay=False, help="A CreateJob request, or its Settings."),
]
RoleArn = Annotated[str | None, typer.Option("--role", metavar="ARN", help="The role, in place of the file's.")]
As = Annotated[str | None, typer.Option("--as", metavar="PROFILE", help="Whose key of DIR/credentials to use.")]


class CheckRefused(TelecineError):
    """The server did not check the job."""


def check(
    job: JobFile,
    *,
    role: RoleArn = None,
    profile: As = None,
    data_dir: ServerDir = None,
    is_json: Annotated[bool, typer.Option("--json", help="Print CheckJob's answer.")] = False,
) -> None:
    """Say what you and the job's role lack for a job, and the policies that would grant it. No job is made.

    Of the role's policies those hear who may simulate them (iam:SimulatePrincipalPolicy). The exit code is 0 when
    nothing that was looked at is in the way.
    """
    found = checked(connect(data_dir, profile), with_role(job_document.read(job), role))
    typer.echo(json.dumps(found, indent=2) if is_json else report.text(found))
    raise typer.Exit(0 if report.is_ready(found) else 1)


def with_role(params: Mapping[str, Any], role: str | None) -> dict[str, Any]:
    """The parameters of CreateJob with another role, if one is given."""
    return dict(params) if role is None else {**params, "Role": role}


def checked(connection: Connection, params: Mapping[str, Any]) -> dict[str, Any]:
    """CheckJob's answer on the parameters of CreateJob, by the model's names. Raises `CheckRefused`."""
    body = json.dumps(job_document.on_the_wire(params)).encode()
    try:
        answer: dict[str, Any] = connection.client("telecine").check_job(job=body)
    except REFUSALS as refusal:
        raise CheckRefused(f"The job was not checked: {said(refusal)}") from refusal
    answer.pop("ResponseMetadata", None)
    return answer
