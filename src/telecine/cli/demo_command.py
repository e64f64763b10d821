"""`telecine demo`: the command line of `cli.demo`."""

from pathlib import Path
from typing import Annotated

import typer
from rich.console import Console

from telecine.cli import demo as tour
from telecine.cli.demo_server import DemoFailed

app = typer.Typer(add_completion=False)


@app.command()
def demo(
    file: Annotated[
        Path, typer.Option("--file", metavar="CLIP", exists=True, dir_okay=False, help="The video to transcode.")
    ],
    keep: Annotated[
        bool, typer.Option("--keep", help="Leave the server and its data up until Ctrl-C, and say how to reach them.")
    ] = False,
) -> None:
    """Start a server, make a user, a role and buckets, and transcode a real clip under that role.

    Everything is done through the public APIs with boto3, in a temporary folder, and stopped at the end.
    """
    console = Console()
    try:
        tour.run(file, keep=keep, console=console)
    except DemoFailed as failure:
        console.print(
            f"The demonstration failed: {failure}", style="bold red", highlight=False, markup=False, soft_wrap=True
        )
        raise typer.Exit(1) from failure
