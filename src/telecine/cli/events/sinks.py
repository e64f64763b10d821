"""Sinks: added, shown, paused, removed; and what could not be delivered to them."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from telecine.cli.events.desk import Desk, at_desk
from telecine.core.errors import TelecineError
from telecine.events.model import DeadLetter, Sink, SinkState, Target, TargetKind, Waiting
from telecine.events.sinks import EVERYTHING

_PAGE = 100


class UnusableFile(TelecineError):
    """A file that an option names cannot be read, or must not be written."""


Name = Annotated[str, typer.Argument(metavar="NAME", help="As `telecine events sinks` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]


@at_desk
def add_sink(
    desk: Desk,
    *,
    url: Annotated[str | None, typer.Option(metavar="URL", help="POST each event there, signed.")] = None,
    file: Annotated[
        Path | None, typer.Option(metavar="PATH", help="Append each event to this file, a line each.")
    ] = None,
    pattern: Annotated[
        Path | None, typer.Option(metavar="FILE", help="An event pattern of EventBridge. Without it: every event.")
    ] = None,
    name: Annotated[
        str | None, typer.Option(metavar="NAME", help="What to call it. Without it: a random name.")
    ] = None,
    is_json: AsJson = False,
) -> None:
    """Have events sent to a URL or written to a file, from now on.

    The secret that signs the requests to a URL is printed once, here. A URL that leads to a private address needs a
    server that was started with --allow-address.
    """
    if (url is None) == (file is None):
        raise typer.BadParameter("name one target: a URL with --url, or a file with --file")
    target = Target(kind=TargetKind.URL, address=url) if url is not None else _file(Path(str(file)), desk.folder)
    text = EVERYTHING if pattern is None else _read(pattern)
    with desk.open() as (sinks, account):
        sink, secret = sinks.add(account, target, name=name, pattern=text)
    if is_json:
        typer.echo(json.dumps({**_as_json(sink, Waiting()), "secret": secret}))
        return
    typer.echo(f"Sink {sink.name} added.")
    if secret is not None:
        typer.echo(f"Its requests are signed with this secret, which is not shown again: {secret}")


@at_desk
def list_sinks(desk: Desk, *, is_json: AsJson = False) -> None:
    """List the sinks, and what waits for each."""
    with desk.open() as (sinks, account):
        found = sinks.list(account)
    if is_json:
        typer.echo(json.dumps([_as_json(sink, waiting) for sink, waiting in found], indent=2))
        return
    for sink, waiting in found:
        typer.echo(_line(sink, waiting))
    if not found:
        typer.echo("There is no sink.")


@at_desk
def remove_sink(desk: Desk, name: Name) -> None:
    """Remove a sink, with all that waits for it."""
    with desk.open() as (sinks, account):
        sinks.remove(account, name)
    typer.echo(f"Sink {name} removed.")


@at_desk
def pause_sink(desk: Desk, name: Name) -> None:
    """Let events wait until the sink is resumed."""
    with desk.open() as (sinks, account):
        sinks.pause(account, name)
    typer.echo(f"Sink {name} paused.")


@at_desk
def resume_sink(desk: Desk, name: Name) -> None:
    """Let a paused sink have what has waited for it."""
    with desk.open() as (sinks, account):
        sinks.resume(account, name)
    typer.echo(f"Sink {name} resumed.")


@at_desk
def dead_letters(
    desk: Desk,
    name: Name,
    *,
    is_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, an object a line, with the whole event.")
    ] = False,
) -> None:
    """List the events that could not be delivered, and why, the oldest first."""
    with desk.open() as (sinks, account):
        token, is_first = None, True
        while is_first or token is not None:
            page = sinks.dead_letters(account, name, size=_PAGE, token=token)
            for letter in page.letters:
                typer.echo(json.dumps(_letter(letter)) if is_json else _letter_line(letter))
            token, is_first = page.next_token, False


@at_desk
def redrive(
    desk: Desk,
    name: Name,
    *,
    event: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this event's; may be given several times.")
    ] = None,
) -> None:
    """Try dead letters anew."""
    with desk.open() as (sinks, account):
        count = sinks.redrive(account, name, event or None)
    typer.echo(f"{count} dead letters of sink {name} are tried again.")


def _file(path: Path, folder: Path) -> Target:
    """A file that a sink may write to. Raises `UnusableFile`."""
    path = path.expanduser().absolute()
    if not path.parent.is_dir():
        raise UnusableFile(f"{path.parent} is no folder: make it first.")
    path = path.parent.resolve() / path.name
    if path.is_relative_to(folder.resolve()):
        raise UnusableFile(f"{path} is in the server's own folder: name a file elsewhere.")
    if path.is_symlink() or (path.exists() and not path.is_file()):
        raise UnusableFile(f"{path} is no regular file.")
    return Target(kind=TargetKind.FILE, address=str(path))


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise UnusableFile(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UnusableFile(f"{path} is no text in UTF-8.") from error


def _line(sink: Sink, waiting: Waiting) -> str:
    counted = f"{waiting.pending} waiting, {waiting.dead} dead letters"
    state = "" if sink.state is SinkState.ACTIVE else f", paused{f': {sink.state_reason}' if sink.state_reason else ''}"
    return f"{sink.name}: {sink.target.address} ({counted}{state})"


def _as_json(sink: Sink, waiting: Waiting) -> dict[str, Any]:
    return {
        "name": sink.name,
        "kind": sink.target.kind,
        "target": sink.target.address,
        "pattern": sink.pattern,
        "state": sink.state,
        "stateReason": sink.state_reason,
        "createdAt": sink.created_at.isoformat(),
        "pending": waiting.pending,
        "deadLetters": waiting.dead,
    }


def _letter_line(letter: DeadLetter) -> str:
    job = letter.event.detail.get("jobId", letter.event.subject)
    status = letter.event.detail.get("status", letter.event.detail_type)
    moment = letter.dead_at.strftime("%Y-%m-%d %H:%M:%S")
    return f"{moment} {letter.event.id} {job} {status}: {letter.reason} ({letter.attempts} attempts)"


def _letter(letter: DeadLetter) -> dict[str, Any]:
    return {
        "event": letter.event.envelope(),
        "attempts": letter.attempts,
        "reason": letter.reason,
        "deadAt": letter.dead_at.isoformat(),
    }
