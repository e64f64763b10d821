"""`telecine policy`: policies without a server: decide on cases, explain one request, lint a document."""

import typer

from telecine.cli.policy.decide import decide
from telecine.cli.policy.explain import explain
from telecine.cli.policy.lint import lint

app = typer.Typer(add_completion=False, help="Evaluate policies without a server.", no_args_is_help=True)
app.command()(decide)
app.command()(explain)
app.command()(lint)
