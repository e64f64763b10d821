"""A process of a server, as its supervisor starts it: `python -m telecine.cli.child api ORDER`.

The order is what the command line of `serve` says, read and checked by the supervisor, as JSON. So the process needs
neither typer nor what typer brings along: 8 MB, and a tenth of a second of its start.
"""

import importlib
import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

import msgspec

from telecine.cli.kernel import die_with
from telecine.cli.listeners import Listeners
from telecine.cli.serve_options import ServeOptions
from telecine.cli.supervisor import NOT_WORTH_RESTARTING, NotYet
from telecine.core.errors import TelecineError


class Role(StrEnum):
    """The processes that make up a server."""

    API = "api"
    WORKER = "worker"


_MODULES: Mapping[Role, str] = MappingProxyType(
    {Role.API: "telecine.cli.role_api", Role.WORKER: "telecine.cli.role_worker"}
)
"""Imported by name, and only the one that runs: the supervisor stays small, and boto3 does not slow the api's start."""

DATABASE = "TELECINE_DATABASE"
"""The variable in which the database's address is handed down: its password has no place in a process list."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Order:
    """What a supervisor wants of a process."""

    options: ServeOptions
    """Without the database's address."""
    supervisor: int
    """The id of the process to die with."""
    descriptors: tuple[int, int] | None = None
    """The sockets that the supervisor holds: http, https. None for the worker, which listens to nobody."""


def command(role: Role, order: Order) -> list[str]:
    """The command line of such a process. The database's address stands in `DATABASE`."""
    text = msgspec.json.encode(replace(order, options=replace(order.options, database=None)), enc_hook=str)
    return [sys.executable, "-m", "telecine.cli.child", role, text.decode()]


def read(text: str, variables: Mapping[str, str]) -> Order:
    """The order in a command line, with what `variables` add. Raises `ValueError` for any other text."""
    order = msgspec.json.decode(text, type=Order, dec_hook=lambda kind, value: kind(value))
    return replace(order, options=replace(order.options, database=variables.get(DATABASE) or None))


def run(role: Role, options: ServeOptions, listeners: Listeners | None) -> None:
    """Be that process until told to stop. Raises `TelecineError`."""
    importlib.import_module(_MODULES[role]).run(options, listeners)


def main() -> None:
    """Do what the supervisor asks for. Exit code 1 for what may be otherwise in a while, 78 for what will not be."""
    role, text = sys.argv[1:]
    order = read(text, os.environ)
    die_with(order.supervisor)
    listeners = Listeners.adopt(order.descriptors) if order.descriptors is not None else None
    try:
        run(Role(role), order.options, listeners)
    except TelecineError as error:
        print(f"Error: {error}", file=sys.stderr)
        sys.exit(1 if isinstance(error, NotYet) else NOT_WORTH_RESTARTING)


if __name__ == "__main__":
    main()
