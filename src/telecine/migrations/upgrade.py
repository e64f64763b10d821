"""Bring a database to the schema of this release, under a lock, in one transaction."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory
from sqlalchemy import inspect, text

from telecine.core.errors import TelecineError
from telecine.db import Database

_FOLDER = Path(__file__).parent
_POSTGRESQL_LOCK = 0x7E1EC19E
"""Any number of our own: holders of this advisory lock migrate one after the other."""


class NewerDatabase(TelecineError):
    """The database was written by a newer release."""


def upgrade(database: Database) -> None:
    """Run every migration that `database` has not seen. Raises `NewerDatabase`."""
    config = Config()
    config.set_main_option("script_location", str(_FOLDER))
    scripts = ScriptDirectory.from_config(config)
    with database.writer.begin() as connection:  # BEGIN IMMEDIATE: on SQLite the transaction is the lock
        if database.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_LOCK})
        if inspect(connection).has_table("alembic_version"):
            current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            if current == scripts.get_current_head():
                return
            if current not in {script.revision for script in scripts.walk_revisions()}:
                raise NewerDatabase(
                    f"The database has schema {current}, which this release does not know. "
                    "Use the release that wrote it, or a newer one."
                )
        config.attributes["connection"] = connection
        command.upgrade(config, "head")
