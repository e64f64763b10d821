"""Options that several commands share."""

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer


class SandboxMode(StrEnum):
    """How media tools are confined."""

    REQUIRE = "require"
    AUTO = "auto"
    OFF = "off"


DEFAULT_DATA_DIR = Path(os.environ.get("XDG_DATA_HOME") or Path.home() / ".local/share") / "telecine"

DataDir = Annotated[
    Path,
    typer.Option(
        "--data-dir",
        metavar="DIR",
        show_default="~/.local/share/telecine",
        help="Where the server keeps everything: database, objects, keys, audit log.",
    ),
]
DatabaseUrl = Annotated[
    str | None,
    typer.Option(
        "--database",
        metavar="URL",
        envvar="TELECINE_DATABASE",
        help="postgresql://user@host/name. Without it: SQLite, DIR/telecine.db.",
    ),
]
RootKeyFile = Annotated[
    Path | None,
    typer.Option(
        "--root-key-file",
        metavar="FILE",
        help="The key that seals secrets, kept outside DIR. Without it: DIR/root.key, made on first start.",
    ),
]
