"""`telecine why`: why a request was refused, from the audit log."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import UTC, date, datetime
from itertools import islice
from pathlib import Path
from typing import Annotated, Any

import typer

from telecine.cli import folder as data_folder
from telecine.cli import verdict
from telecine.cli.options import DEFAULT_DATA_DIR, DataDir
from telecine.core.errors import TelecineError
from telecine.services.operator.audit import AuditReader, Record

app = typer.Typer(add_completion=False)

_JOB = re.compile(r"(\d{13})-[a-z0-9]{6}")
_REQUEST = re.compile(r"[A-Za-z0-9_.:/-]{1,128}")
_MOST_RECORDS = 10_000
"""A job that asks for more in vain is told of by its last ones."""


class UnknownId(TelecineError):
    """The audit log has no such request or job."""


@app.command()
def why(
    name: Annotated[
        str | None,
        typer.Argument(
            metavar="[REQUEST-ID | JOB-ID]",
            help="As the error's answer, or the job, shows it. Without it: the last request that was refused.",
        ),
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    is_json: Annotated[bool, typer.Option("--json", help="Print JSON: the records, each with its remedy.")] = False,
) -> None:
    """Say why a request was refused, what came near to allowing it, and what to change.

    For a job: every request of the job's sessions that was refused, and whether its role could be assumed. The audit
    log of DIR is read; no server need be running.
    """
    folder = data_folder.existing(data_dir)
    log = AuditReader(folder / "audit")
    if name is None:
        _show(_last_refusal(log, folder), job_id=None, is_json=is_json)
        return
    if not _REQUEST.fullmatch(name):
        raise UnknownId(f"{name!r} is neither a request id nor a job id.")
    job = _JOB.fullmatch(name)
    if job is not None:
        found = _of_job(log, name, datetime.fromtimestamp(int(job[1]) / 1000, UTC).date())
    else:
        found = _of_request(log, name)
    if not found:
        raise UnknownId(_not_found(name, folder, is_job=job is not None))
    _show(found, job_id=None if job is None else name, is_json=is_json)


def _show(found: Sequence[Record], *, job_id: str | None, is_json: bool) -> None:
    if is_json:
        typer.echo(json.dumps([verdict.as_json(record) for record in found], indent=2))
    elif job_id is not None:
        typer.echo(verdict.of_job(job_id, found))
    else:
        typer.echo("\n\n".join(verdict.of_record(record) for record in found))


def _last_refusal(log: AuditReader, folder: Path) -> Sequence[Record]:
    """The newest record of a call that was refused, whole or in part, by a policy or without one."""
    newest = [next(log.records(needle), None) for needle in ('"errorCode":"AccessDenied', '"telecine":{"action":')]
    found = [record for record in newest if record is not None]
    if not found:
        raise UnknownId(f"The audit log of {folder} has no request that was refused.")
    return (max(found, key=lambda record: str(record.get("eventTime", ""))),)


def _of_request(log: AuditReader, request_id: str) -> Sequence[Record]:
    """The records of a request, the oldest first. All were written on one day, so that older files are not read."""
    needle = f'"requestID":"{request_id}"'
    newest = next(log.records(needle), None)
    if newest is None:
        return ()
    day = date.fromisoformat(str(newest["eventTime"])[:10])
    return list(log.records(needle, since=day))[::-1]


def _of_job(log: AuditReader, job_id: str, since: date) -> Sequence[Record]:
    """The records of a job's sessions, and of those who asked for them, the oldest first."""
    return list(islice(_belonging(log, job_id, since), _MOST_RECORDS))[::-1]


def _belonging(log: AuditReader, job_id: str, since: date) -> Iterator[Record]:
    for record in log.records(job_id, since=since):
        own: dict[str, Any] = record.get("telecine") or {}
        session = str((record.get("userIdentity") or {}).get("arn") or "").rpartition("/")[2]
        if own.get("jobId") == job_id or session.endswith(job_id):
            yield record


def _not_found(name: str, folder: Path, *, is_job: bool) -> str:
    if is_job:
        return f"The audit log of {folder} has no request of job {name}: no worker has begun it, or it is unknown here."
    return (
        f"The audit log of {folder} has no request {name}. Answers carry the id in x-amzn-RequestId (S3: "
        "x-amz-request-id); a record is written a second after its request, and days of the log may have been removed."
    )
