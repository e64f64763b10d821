"""The migrations and the tables say the same."""

from pathlib import Path
from typing import Any

from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext

from telecine.db import Database, connect
from telecine.migrations import upgrade
from telecine.migrations.tables import metadata


def test_an_upgraded_database_has_exactly_the_tables_of_the_code(tmp_path: Path) -> None:
    """Upgrading an empty database leaves nothing that a new migration would have to add."""
    database = connect(f"sqlite:///{tmp_path}/telecine.db")
    upgrade(database)
    with database.writer.connect() as connection:
        differences = compare_metadata(MigrationContext.configure(connection), metadata)
    database.close()

    assert differences == []


def test_upgrading_works_on_postgresql_and_twice(postgresql_url: str) -> None:
    """PostgreSQL takes every migration, and a second start changes nothing."""
    whole = connect(postgresql_url)
    with whole.writer.begin() as connection:
        connection.exec_driver_sql("CREATE SCHEMA migrated")
    whole.close()
    database: Database = connect(
        f"{postgresql_url}{'&' if '?' in postgresql_url else '?'}options=-csearch_path%3Dmigrated"
    )
    upgrade(database)
    upgrade(database)
    with database.writer.connect() as connection:
        differences: list[Any] = compare_metadata(MigrationContext.configure(connection), metadata)
    database.close()

    assert differences == []
