"""`telecine job run`: a job from a file, submitted and followed to its end."""

from collections.abc import Mapping
from typing import Any

import typer
from rich.console import Console

from telecine.cli import job_document
from telecine.cli.connection import REFUSALS, Connection, ServerDir, code, connect, said
from telecine.cli.following import follow
from telecine.cli.job.check import As, JobFile, RoleArn, with_role
from telecine.core.errors import TelecineError


class JobNotDone(TelecineError):
    """The job was refused, or came to no good end."""


def run(job: JobFile, *, role: RoleArn = None, profile: As = None, data_dir: ServerDir = None) -> None:
    """Submit a job and follow it to its end. Ctrl-C cancels it."""
    console = Console()
    done = submitted(connect(data_dir, profile), with_role(job_document.read(job), role), console)
    typer.echo(f"Job {done['Id']}: {done['Status']}")


def submitted(connection: Connection, params: Mapping[str, Any], console: Console) -> dict[str, Any]:
    """The job that the parameters of CreateJob make, COMPLETE. An interrupt cancels it.

    Raises `JobNotDone`, `KeyboardInterrupt`.
    """
    mediaconvert = connection.client("mediaconvert")
    try:
        job: dict[str, Any] = mediaconvert.create_job(**params)["Job"]
    except REFUSALS as refusal:
        raise JobNotDone(f"The job was not submitted: {said(refusal)}") from refusal
    try:
        job = follow(mediaconvert, job, console)
    except KeyboardInterrupt:
        _cancel(mediaconvert, job["Id"], console)
        raise
    except REFUSALS as refusal:
        raise JobNotDone(f"Job {job['Id']} cannot be followed: {said(refusal)}") from refusal
    if job["Status"] != "COMPLETE":
        error = f": {job['ErrorCode']} {job['ErrorMessage']}" if "ErrorCode" in job else ""
        raise JobNotDone(f"Job {job['Id']} ended with {job['Status']}{error}")
    return job


def _cancel(mediaconvert: Any, job_id: str, console: Console) -> None:
    try:
        mediaconvert.cancel_job(Id=job_id)
        console.print(f"Job {job_id} is canceled.", highlight=False)
    except REFUSALS as refusal:
        if code(refusal) != "ConflictException":  # it had ended by itself
            console.print(f"Job {job_id} could not be canceled: {said(refusal)}", highlight=False, markup=False)
