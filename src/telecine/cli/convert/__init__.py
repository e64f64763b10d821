"""`telecine convert`: a file of this machine becomes something to watch, in one command."""

import typer

from telecine.cli.convert.command import convert

app = typer.Typer(add_completion=False)
app.command()(convert)
