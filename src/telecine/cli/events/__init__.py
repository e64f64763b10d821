"""`telecine events`: what happened, and who is told of it.

Sinks are looked after with the data folder at hand, beside a running server or without one. Programs have operations
under `/_/event-sinks`, with one difference: files are added here alone, since they are named on the server's machine.
"""

import typer

from telecine.cli.events import history, sinks
from telecine.cli.options import DEFAULT_DATA_DIR, DatabaseUrl, DataDir

app = typer.Typer(add_completion=False, invoke_without_command=True)


@app.callback()
def events(
    context: typer.Context,
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    job: history.OnlyJob = None,
) -> None:
    """Print the events of jobs that are kept, oldest first: one JSON object a line, in EventBridge's envelope.

    The commands below show what happens from now on, and have events sent to URLs and files.
    """
    if context.invoked_subcommand is None:
        history.print_all(data_dir, database, job=job)


app.command()(history.follow)
app.command("add-sink")(sinks.add_sink)
app.command("sinks")(sinks.list_sinks)
app.command("remove-sink")(sinks.remove_sink)
app.command("pause-sink")(sinks.pause_sink)
app.command("resume-sink")(sinks.resume_sink)
app.command("dead-letters")(sinks.dead_letters)
app.command("redrive")(sinks.redrive)
