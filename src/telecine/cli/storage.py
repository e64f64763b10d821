"""`telecine storage`: is every object there, and as it was written; and away with what belongs to nothing."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from telecine.app.store import collector, inspector
from telecine.cli import folder as data_folder
from telecine.cli.ground import open_ground
from telecine.cli.options import DEFAULT_DATA_DIR, DatabaseUrl, DataDir, RootKeyFile
from telecine.services.s3.objects.inspection import Finding, Tally

app = typer.Typer(add_completion=False, no_args_is_help=True)

_SAFE_HOURS = 1.0
"""A running server has long named, or given up, a file that was written so long ago."""
_LOSS = 1
_ORPHANS = 3
"""2 is what a command line that is wrong ends with."""

OlderThan = Annotated[
    float,
    typer.Option(
        min=0,
        metavar="HOURS",
        help="Files that no row names are orphans once they are so old: younger ones may be on their way.",
    ),
]
AsJson = Annotated[bool, typer.Option("--json", help="Print one JSON object instead of lines for people.")]


@app.callback()
def _storage() -> None:
    """Look after the bytes of objects."""


@app.command()
def check(
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
    older_than: OlderThan = 24.0,
    as_json: AsJson = False,
) -> None:
    """Read every object, decrypt it and compare it with what was stored of it; tell what belongs to nothing.

    It changes nothing, and works beside a running server. The exit code is 0 when everything is well, 1 when something
    is damaged or missing, 3 when there are orphans and nothing worse.
    """
    folder = data_folder.existing(data_dir)
    with open_ground(folder, database, root_key_file, process="storage") as ground:
        found = inspector(ground, folder, settled=timedelta(hours=older_than))
        findings = []
        for finding in found.findings():
            findings.append(finding)
            if not as_json:
                typer.echo(_line(finding))
    is_lost = any(finding.kind.is_loss for finding in findings)
    if as_json:
        typer.echo(json.dumps({**asdict(found.tally), "findings": [_shown(finding) for finding in findings]}))
    else:
        _summarize(found.tally, findings)
    if findings:
        raise typer.Exit(_LOSS if is_lost else _ORPHANS)


@app.command()
def gc(
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
    older_than: OlderThan = 24.0,
    delete: Annotated[bool, typer.Option("--delete", help="Remove them. Without it they are only listed.")] = False,
    as_json: AsJson = False,
) -> None:
    """Remove what a crash or a fault of the disk has left and no object names. Lists it without --delete.

    It works beside a running server, which removes what it knows to be discarded by itself.
    """
    folder = data_folder.existing(data_dir)
    with open_ground(folder, database, root_key_file, process="storage") as ground:
        lock = _alone(data_dir) if delete and older_than < _SAFE_HOURS else None
        settled = timedelta(hours=older_than)
        found = inspector(ground, folder, settled=settled)
        orphans: Iterator[Finding]
        if delete:
            orphans = collector(ground, folder, settled=settled).collect()
        else:
            orphans = (finding for some in (found.orphan_parts(), found.orphan_files()) for finding in some)
        findings = []
        for finding in orphans:
            findings.append(finding)
            if not as_json:
                typer.echo(_line(finding))
        if lock is not None:
            lock.release()
    size = sum(finding.size for finding in findings)
    if as_json:
        shown = [_shown(finding) for finding in findings]
        typer.echo(json.dumps({"deleted": delete, "size": size, "findings": shown}))
    elif not findings:
        typer.echo("There is nothing that belongs to nothing.")
    else:
        done = "removed" if delete else "found; --delete removes them"
        typer.echo(f"{len(findings)} orphans with {size} bytes {done}.")


def _alone(data_dir: Path) -> data_folder.FolderLock:
    """The proof that no server writes. Raises `FolderInUse`."""
    try:
        return data_folder.FolderLock(data_folder.existing(data_dir), "api")
    except data_folder.FolderInUse as error:
        raise data_folder.FolderInUse(
            f"{error} What is younger than an hour may be on its way: stop the server, or leave --older-than alone."
        ) from error


def _shown(finding: Finding) -> dict[str, object]:
    """Without what does not apply."""
    return {name: value for name, value in asdict(finding).items() if value is not None}


def _line(finding: Finding) -> str:
    # A key may hold anything, the control sequences of a terminal, too: JSON's escapes make it harmless.
    what = [] if finding.bucket is None else [json.dumps(f"s3://{finding.bucket}/{finding.key}")]
    what += [] if finding.part is None else [f"part {finding.part}"]
    what += [] if finding.file is None else [f"file {finding.file} ({finding.size} bytes)"]
    return f"{finding.kind}: {', '.join(what)}: {finding.reason}"


def _summarize(tally: Tally, findings: Sequence[Finding]) -> None:
    lost = sum(finding.kind.is_loss for finding in findings)
    seen = f"{tally.objects} objects and {tally.uploads} unfinished uploads in {tally.files} files"
    typer.echo(f"{seen} with {tally.size} bytes: {lost} damaged or missing, {len(findings) - lost} orphans.")
    for why, count in sorted(tally.unverified.items()):
        typer.echo(f"Of {count} files nothing but the length could be compared: {why}.")
    if tally.waiting:
        typer.echo(f"{tally.waiting} discarded files wait for the next start of the server, which removes them.")
