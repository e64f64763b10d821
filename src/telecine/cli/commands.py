"""The `telecine` command. A command's module is imported when the command is used, so that each starts fast."""

import importlib
import sys
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

import telecine
from telecine.core.errors import TelecineError

_MODULES = {
    "serve": "telecine.cli.serve",
    "env": "telecine.cli.env",
    "demo": "telecine.cli.demo_command",
    "convert": "telecine.cli.convert",
    "job": "telecine.cli.job",
    "events": "telecine.cli.events",
    "plan": "telecine.cli.plan",
    "account": "telecine.cli.account",
    "credentials": "telecine.cli.credentials",
    "keys": "telecine.cli.keys",
    "storage": "telecine.cli.storage",
    "role": "telecine.cli.role",
    "why": "telecine.cli.why",
    "policy": "telecine.cli.policy",
}
"""Command to the module that holds it, as `app`, in the order of the help."""


class Commands(TyperGroup):
    """The commands of `_MODULES`, loaded one by one."""

    def list_commands(self, ctx: Any) -> list[str]:
        return list(_MODULES)

    def get_command(self, ctx: Any, cmd_name: str) -> Any:
        module = _MODULES.get(cmd_name)
        if module is None:
            return None
        command = typer.main.get_command(importlib.import_module(module).app)
        command.name = cmd_name
        return command


app = typer.Typer(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


def _show_version(is_asked: bool) -> None:
    if is_asked:
        typer.echo(f"telecine {telecine.__version__}")
        raise typer.Exit


@app.callback()
def _telecine(
    _version: Annotated[
        bool, typer.Option("--version", callback=_show_version, is_eager=True, help="Print the version and exit.")
    ] = False,
) -> None:
    """Self-hosted video transcoding that speaks the AWS MediaConvert API under AWS-compatible access control."""


def main() -> None:
    """Run the command line. A foreseen error is one line on standard error and exit code 1."""
    try:
        app(prog_name="telecine")
    except TelecineError as error:
        typer.secho(f"Error: {error}", err=True, fg=typer.colors.RED)
        sys.exit(1)
    except BrokenPipeError:
        # Whoever read our output has enough of it (`telecine events | head`).
        sys.stdout = None  # nothing is left to flush
        sys.exit(141)
