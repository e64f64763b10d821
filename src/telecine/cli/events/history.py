"""Events from the outbox: all that is kept, or what happens from now on."""

import json
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Annotated, Any

import typer

from telecine.app.ground import open_database
from telecine.cli import folder as data_folder
from telecine.cli.options import DEFAULT_DATA_DIR, DatabaseUrl, DataDir
from telecine.cli.output import until_enough
from telecine.events import outbox
from telecine.events.outbox import Event

OnlyJob = Annotated[str | None, typer.Option("--job", metavar="ID", help="Only the events of this job.")]

_PAGE = 500
_POLL_SECONDS = 0.25


def print_all(data_dir: Path, database: str | None, *, job: str | None) -> None:
    """What is kept, as JSON."""
    _print(data_dir, database, job=job, is_followed=False, is_from_now=False, show=_as_json)


def follow(
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    job: OnlyJob = None,
    is_json: Annotated[bool, typer.Option("--json", help="Print EventBridge's envelope instead of a line.")] = False,
) -> None:
    """Show what happens from now on, a line each, until Ctrl-C. With --job: all that has happened to it, too."""
    show = _as_json if is_json else _as_line
    _print(data_dir, database, job=job, is_followed=True, is_from_now=job is None, show=show)


def _print(
    data_dir: Path,
    database: str | None,
    *,
    job: str | None,
    is_followed: bool,
    is_from_now: bool,
    show: Callable[[Event], str],
) -> None:
    opened = open_database(data_folder.existing(data_dir), database)
    position = 0
    try:
        if is_from_now:
            with opened.read() as connection:
                position = outbox.newest(connection)
        with until_enough():
            while True:
                with opened.read() as connection:
                    page = outbox.read(connection, after=position, limit=_PAGE)
                for position, event in page:  # noqa: B007 - the last position is where the next page begins
                    if job is None or event.detail.get("jobId") == job:
                        typer.echo(show(event))
                if not page:
                    if not is_followed:
                        break
                    time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        pass  # how following ends
    finally:
        opened.close()


def _as_json(event: Event) -> str:
    return json.dumps(event.envelope(), separators=(",", ":"))


def _as_line(event: Event) -> str:
    moment = event.time.strftime("%Y-%m-%d %H:%M:%S")
    status = str(event.detail.get("status", event.detail_type))
    words = [moment, str(event.detail.get("jobId", event.subject)), f"{status:<17}", _summary(status, event.detail)]
    # Messages quote what users have written: no control sequence of theirs reaches the terminal.
    return "".join(
        letter if letter.isprintable() else "\N{REPLACEMENT CHARACTER}" for letter in " ".join(words)
    ).rstrip()


def _summary(status: str, detail: Mapping[str, Any]) -> str:
    """What is worth knowing beside the status."""
    if status == "STATUS_UPDATE":
        progress = detail["jobProgress"]
        return f"{progress['jobPercentComplete']} % {progress['currentPhase']}"
    if status == "ERROR":
        return f"{detail['errorCode']}: {detail['errorMessage']}"
    if status == "NEW_WARNING":
        return f"{detail['warningCode']}: {detail['warningMessage']}"
    if status == "QUEUE_HOP":
        return f"from {detail['previousQueue']} to {detail['queue']}"
    if status == "INPUT_INFORMATION":
        return ", ".join(str(one["uri"]) for one in detail["inputDetails"])
    if status == "COMPLETE":
        outputs = [one for group in detail["outputGroupDetails"] for one in group["outputDetails"]]
        return f"{len(outputs)} output{'' if len(outputs) == 1 else 's'}"
    return ""
