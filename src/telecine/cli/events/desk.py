"""Where commands find the sinks that they are about: the options that say so, once for all of them."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import wraps
from inspect import Signature, signature
from pathlib import Path
from typing import Annotated, Any

import typer

from telecine.app.events import sinks_of
from telecine.cli import folder as data_folder
from telecine.cli.ground import open_ground
from telecine.cli.options import DEFAULT_DATA_DIR, DatabaseUrl, DataDir, RootKeyFile
from telecine.core.names import AccountId
from telecine.events.sinks import Sinks


@dataclass(frozen=True, kw_only=True, slots=True)
class Desk:
    """A server's data folder, and one of its accounts."""

    folder: Path
    """It is there."""
    database: str | None
    root_key_file: Path | None
    account_id: str | None
    """None: the server's first."""

    @contextmanager
    def open(self) -> Iterator[tuple[Sinks, AccountId]]:
        """The sinks, and whose are meant. Raises `NoServerYet`."""
        with open_ground(self.folder, self.database, self.root_key_file, process="events") as ground:
            yield (
                sinks_of(ground),
                AccountId(self.account_id or data_folder.read_endpoint(self.folder)["account"]),
            )


def _account(value: str | None) -> str | None:
    if value is not None and not re.fullmatch(r"\d{12}", value):
        raise typer.BadParameter("an account id has twelve digits")
    return value


def _desk(
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
    account_id: Annotated[
        str | None,
        typer.Option("--account-id", metavar="ID", callback=_account, help="Another account than the server's first."),
    ] = None,
) -> Desk:
    """What the options say."""
    return Desk(
        folder=data_folder.existing(data_dir), database=database, root_key_file=root_key_file, account_id=account_id
    )


def at_desk(command: Callable[..., None]) -> Callable[..., None]:
    """`command` as Typer takes it: with the options of `_desk` in place of its first parameter."""
    shared = signature(_desk).parameters
    own = list(signature(command).parameters.values())[1:]

    @wraps(command)
    def run(**given: Any) -> None:
        desk = _desk(**{name: given.pop(name) for name in shared})
        command(desk, **given)

    whole = Signature([*own, *shared.values()])
    # Typer reads both, and neither follows to the function that is wrapped.
    run.__signature__ = whole  # type: ignore[attr-defined]
    run.__annotations__ = {parameter.name: parameter.annotation for parameter in whole.parameters.values()}
    return run
