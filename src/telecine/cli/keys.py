"""`telecine keys`: the root key, under which the secrets in the database are sealed."""

import os
import pwd
import time
from dataclasses import replace
from pathlib import Path
from typing import Annotated, Any

import typer

from telecine.app import rotation
from telecine.app.ground import Config, open_database, prepare, root_key_path
from telecine.cli import folder as data_folder
from telecine.cli.options import DEFAULT_DATA_DIR, DatabaseUrl, DataDir, RootKeyFile
from telecine.core.clock import SystemClock
from telecine.core.ids import Ids
from telecine.core.names import AccountId, Region
from telecine.edge.audit import AuditLog
from telecine.seal import RootKeyProblem, key_file

app = typer.Typer(add_completion=False, no_args_is_help=True)


@app.callback()
def _keys() -> None:
    """Change the root key, under which the secrets in the database are sealed."""


@app.command("rotate-root")
def rotate_root(
    *,
    data_dir: DataDir = DEFAULT_DATA_DIR,
    database: DatabaseUrl = None,
    root_key_file: RootKeyFile = None,
    keep_old: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Write the old key to a new FILE (0600): backups made until now need it."),
    ] = None,
    grace: Annotated[
        float,
        typer.Option(min=0, metavar="SECONDS", help="How long writes that are under way have to arrive."),
    ] = rotation.GRACE_SECONDS,
) -> None:
    """Make a new root key and seal everything under it. The server goes on, and notices by itself.

    Broken off, it goes on where it was when it is run again.
    """
    data_dir = data_folder.existing(data_dir)
    endpoint = data_folder.read_endpoint(data_dir)
    account, region = AccountId(endpoint["account"]), Region(endpoint["region"])
    config = Config(data_dir=data_dir, account=account, region=region, root_key_file=root_key_file)
    lock = data_folder.FolderLock(data_dir, "keys", holder="rotation")
    clock, ids = SystemClock(), Ids()
    opened = open_database(data_dir, database)
    audit = AuditLog(data_dir / "audit", clock, name="keys")

    def record(name: str, details: dict[str, Any]) -> None:
        now, user = clock.now(), _user()
        audit.write(
            rotation.record_of(name, details, now=now, event_id=ids.uuid(), account=account, region=region, user=user)
        )

    try:
        prepare(opened)
        path = root_key_path(config)
        theirs = endpoint.get("root_key")
        _check_server(data_dir, Path(theirs) if theirs else root_key_path(replace(config, root_key_file=None)), path)
        if keep_old is not None:
            keys = key_file.read(path)
            rotation.keep(keep_old.expanduser().absolute(), keys[1:] or keys)
        work = rotation.Rotation(opened, path, pause=time.sleep)
        root_key = work.begin()
        record("BeginRootKeyRotation", {"newKeyId": root_key.id, "oldKeyIds": list(root_key.ids[1:])})
        typer.echo(f"Root key {root_key.id} is in force. Sealing everything under it …", err=True)
        done = work.finish(root_key, grace=grace)
        told = {"newKeyId": done.key, "oldKeyIds": list(done.old), "resealed": done.resealed}
        record("CompleteRootKeyRotation" if done.problem is None else "RootKeyRotationIncomplete", told)
    finally:
        audit.close()
        opened.close()
        lock.release()
    _tell(done, path)


def _check_server(data_dir: Path, theirs: Path, path: Path) -> None:
    """Raise `RootKeyProblem` when a server runs and its file `theirs` is not `path`, nor holds the same new key.

    It would go on sealing under the old key, and what it seals after the end of the rotation would be lost with that.
    """
    if theirs == path or not _is_served(data_dir) or (theirs.exists() and path.exists() and theirs.samefile(path)):
        return
    try:
        is_known = len(key_file.read(path)) > 1 and key_file.read(theirs) == key_file.read(path)
    except RootKeyProblem:
        is_known = False
    if not is_known:
        raise RootKeyProblem(
            f"The running server reads its root key from {theirs}, and would not see a new one in {path}. Name that "
            "file with --root-key-file, or stop the server first. Nothing was changed."
        )


def _is_served(data_dir: Path) -> bool:
    """Whether a server runs. One that starts later takes its file as it is then."""
    try:
        data_folder.FolderLock(data_dir, "api").release()
    except data_folder.FolderInUse:
        return True
    return False


def _user() -> str:
    """Who runs this, as the system calls them."""
    try:
        return pwd.getpwuid(os.getuid()).pw_name
    except KeyError:  # a container's user without a name
        return str(os.getuid())


def _tell(done: rotation.Rotated, path: Path) -> None:
    typer.echo(f"{done.resealed} values were sealed anew under root key {done.key}.")
    for place in done.broken:
        typer.secho(f"Does not open: {place}", err=True, fg=typer.colors.RED)
    if done.problem is not None:
        typer.secho(f"The old keys are still in {path}: {done.problem}.", err=True, fg=typer.colors.RED)
        raise typer.Exit(1)
    typer.echo(
        f"Back up {path} anew. Backups of the database from before this open with the old key alone "
        f"({', '.join(done.old)}): keep it with them."
    )
