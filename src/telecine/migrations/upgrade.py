"""Bring a database to the schema of this release, under a lock, in one transaction."""

from pathlib import Path

from sqlalchemy import inspect, text

from telecine.core.errors import TelecineError
from telecine.db import Database

FOLDER = Path(__file__).parent
HEAD = max(path.name for path in (FOLDER / "versions").glob("[0-9]*.py")).partition("_")[0]
"""The last migration of this release: files are numbered as their revisions are."""

_POSTGRESQL_LOCK = 0x7E1EC19E
"""Any number of our own: holders of this advisory lock migrate one after the other."""


class NewerDatabase(TelecineError):
    """The database was written by a newer release."""


def upgrade(database: Database) -> None:
    """Run every migration that `database` has not seen. Raises `NewerDatabase`."""
    with database.writer.begin() as connection:  # BEGIN IMMEDIATE: on SQLite the transaction is the lock
        if database.dialect == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:key)"), {"key": _POSTGRESQL_LOCK})
        is_new, current = not inspect(connection).has_table("alembic_version"), None
        if not is_new:
            current = connection.execute(text("SELECT version_num FROM alembic_version")).scalar()
            if current == HEAD:
                return
        # Alembic, with the dialects and the template engine that it brings along, holds 12 MB: most starts, and every
        # one of the worker's, find nothing to do.
        from telecine.migrations.scripts import Scripts  # noqa: PLC0415

        scripts = Scripts(FOLDER)
        if not (is_new or scripts.knows(current)):
            raise NewerDatabase(
                f"The database has schema {current}, which this release does not know. "
                "Use the release that wrote it, or a newer one."
            )
        scripts.run(connection)
