"""What commands stand on that work on a data folder themselves, beside its server."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from telecine.app.ground import Config, Ground, build_ground
from telecine.cli import folder as data_folder
from telecine.core.clock import SystemClock
from telecine.core.ids import Ids
from telecine.core.names import AccountId, Region


@contextmanager
def open_ground(folder: Path, database: str | None, root_key_file: Path | None, *, process: str) -> Iterator[Ground]:
    """The ground of a data folder that has had a server; `process` names who writes the audit log. Raises
    `NoServerYet`."""
    endpoint = data_folder.read_endpoint(folder)
    config = Config(
        data_dir=folder,
        account=AccountId(endpoint["account"]),
        region=Region(endpoint["region"]),
        database_url=database,
        root_key_file=root_key_file,
    )
    ground = build_ground(config, process=process, clock=SystemClock(), ids=Ids())
    try:
        yield ground
    finally:
        ground.close()
