"""`telecine job`: jobs from files, checked and run."""

import typer

from telecine.cli.job.check import check
from telecine.cli.job.run import run

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def _job() -> None:
    """Check jobs before they are submitted, and run them."""


app.command()(check)
app.command()(run)
