"""Sinks: added, shown, paused, removed; and what could not be delivered to them."""

import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from telecine.app.events import sinks_of
from telecine.cli import folder as data_folder
from telecine.cli.ground import open_ground
from telecine.cli.options import DEFAULT_DATA_DIR, DatabaseUrl, DataDir, RootKeyFile
from telecine.core.errors import TelecineError
from telecine.core.names import AccountId
from telecine.events.model import DeadLetter, Sink, SinkState, Target, TargetKind, Waiting
from telecine.events.sinks import EVERYTHING, Sinks

_PAGE = 100


class UnusableFile(TelecineError):
    """A file that an option names cannot be read, or must not be written."""


def _account(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"\d{12}", value):
        raise typer.BadParameter("an account id has twelve digits")
    return value


Name = Annotated[str, typer.Argument(metavar="NAME", help="As `telecine events sinks` shows it.")]
AsJson = Annotated[bool, typer.Option("--json", help="Print JSON.")]
OfAccount = Annotated[
    str | None,
    typer.Option("--account-id", metavar="ID", callback=_account, help="Another account than the server's first."),
]


def add_sink(
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
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
    account_id: OfAccount = None,
    is_json: AsJson = False,
) -> None:
    """Have events sent to a URL or written to a file, from now on.

    The secret that signs the requests to a URL is printed once, here. A URL that leads to a private address needs a
    server that was started with --allow-address.
    """
    folder = data_folder.existing(data_dir)
    if (url is None) == (file is None):
        raise typer.BadParameter("name one target: a URL with --url, or a file with --file")
    target = Target(kind=TargetKind.URL, address=url) if url is not None else _file(Path(str(file)), folder)
    text = EVERYTHING if pattern is None else _read(pattern)
    with _opened(folder, database, root_key_file, account_id) as (sinks, account):
        sink, secret = sinks.add(account, target, name=name, pattern=text)
    if is_json:
        typer.echo(json.dumps({**_as_json(sink, Waiting()), "secret": secret}))
        return
    typer.echo(f"Sink {sink.name} added.")
    if secret is not None:
        typer.echo(f"Its requests are signed with this secret, which is not shown again: {secret}")


def list_sinks(
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
    account_id: OfAccount = None,
    is_json: AsJson = False,
) -> None:
    """List the sinks, and what waits for each."""
    with _opened(data_folder.existing(data_dir), database, root_key_file, account_id) as (sinks, account):
        found = sinks.list(account)
    if is_json:
        typer.echo(json.dumps([_as_json(sink, waiting) for sink, waiting in found], indent=2))
        return
    for sink, waiting in found:
        typer.echo(_line(sink, waiting))
    if not found:
        typer.echo("There is no sink.")


def remove_sink(
    name: Name,
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
    account_id: OfAccount = None,
) -> None:
    """Remove a sink, with all that waits for it."""
    with _opened(data_folder.existing(data_dir), database, root_key_file, account_id) as (sinks, account):
        sinks.remove(account, name)
    typer.echo(f"Sink {name} removed.")


def pause_sink(
    name: Name,
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
    account_id: OfAccount = None,
) -> None:
    """Let events wait until the sink is resumed."""
    with _opened(data_folder.existing(data_dir), database, root_key_file, account_id) as (sinks, account):
        sinks.pause(account, name)
    typer.echo(f"Sink {name} paused.")


def resume_sink(
    name: Name,
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
    account_id: OfAccount = None,
) -> None:
    """Let a paused sink have what has waited for it."""
    with _opened(data_folder.existing(data_dir), database, root_key_file, account_id) as (sinks, account):
        sinks.resume(account, name)
    typer.echo(f"Sink {name} resumed.")


def dead_letters(
    name: Name,
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
    account_id: OfAccount = None,
    is_json: Annotated[
        bool, typer.Option("--json", help="Print JSON, an object a line, with the whole event.")
    ] = False,
) -> None:
    """List the events that could not be delivered, and why, the oldest first."""
    with _opened(data_folder.existing(data_dir), database, root_key_file, account_id) as (sinks, account):
        token, is_first = None, True
        while is_first or token is not None:
            page = sinks.dead_letters(account, name, size=_PAGE, token=token)
            for letter in page.letters:
                typer.echo(json.dumps(_letter(letter)) if is_json else _letter_line(letter))
            token, is_first = page.next_token, False


def redrive(
    name: Name,
    *,
    event: Annotated[
        list[str] | None, typer.Option(metavar="ID", help="Only this event's; may be given several times.")
    ] = None,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
    account_id: OfAccount = None,
) -> None:
    """Try dead letters anew."""
    with _opened(data_folder.existing(data_dir), database, root_key_file, account_id) as (sinks, account):
        count = sinks.redrive(account, name, event or None)
    typer.echo(f"{count} dead letters of sink {name} are tried again.")


@contextmanager
def _opened(
    folder: Path, database: str | None, root_key_file: Path | None, account_id: str | None
) -> Iterator[tuple[Sinks, AccountId]]:
    """The sinks, and whose are meant."""
    with open_ground(folder, database, root_key_file, process="events") as ground:
        yield sinks_of(ground), AccountId(account_id or data_folder.read_endpoint(folder)["account"])


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
