"""`telecine events`: the events of jobs, as a consumer of EventBridge would get them."""

import json
import time
from typing import Annotated

import typer

from telecine.app.ground import open_database
from telecine.cli import folder as data_folder
from telecine.cli.options import DEFAULT_DATA_DIR, DatabaseUrl, DataDir
from telecine.cli.output import until_enough
from telecine.events import outbox

app = typer.Typer(add_completion=False)

_PAGE = 500
_POLL_SECONDS = 0.25


@app.command()
def events(
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    job: Annotated[str | None, typer.Option(metavar="ID", help="Only the events of this job.")] = None,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new events until Ctrl-C.")] = False,
) -> None:
    """Print the events of jobs, oldest first: one JSON object a line, in EventBridge's envelope."""
    opened = open_database(data_folder.existing(data_dir), database)
    position = 0
    try:
        with until_enough():
            while True:
                with opened.read() as connection:
                    page = outbox.read(connection, after=position, limit=_PAGE)
                for position, event in page:  # noqa: B007 - the last position is where the next page begins
                    if job is None or event.detail.get("jobId") == job:
                        typer.echo(json.dumps(event.envelope(), separators=(",", ":")))
                if not page:
                    if not follow:
                        break
                    time.sleep(_POLL_SECONDS)
    except KeyboardInterrupt:
        pass  # how `--follow` ends
    finally:
        opened.close()
