"""The migrations and the tables say the same."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from alembic import command
from alembic.autogenerate import compare_metadata
from alembic.config import Config
from alembic.migration import MigrationContext
from sqlalchemy import Connection, text

from telecine.db import Database, connect
from telecine.migrations import upgrade
from telecine.migrations.scripts import Scripts
from telecine.migrations.tables import metadata
from telecine.migrations.upgrade import FOLDER, HEAD, NewerDatabase


@pytest.fixture(params=["sqlite", "postgresql"])
def twins(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[tuple[Database, Database]]:
    """Two empty databases of one kind."""
    if request.param == "sqlite":
        pair = [connect(f"sqlite:///{tmp_path}/{name}.db") for name in ("migrated", "created")]
    else:
        url = request.getfixturevalue("postgresql_url")
        whole = connect(url)
        with whole.writer.begin() as connection:
            for name in ("migrated", "created"):
                connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        whole.close()
        glue = "&" if "?" in url else "?"
        pair = [connect(f"{url}{glue}options=-csearch_path%3D{name}") for name in ("migrated", "created")]
    yield pair[0], pair[1]
    for database in pair:
        database.close()


def test_an_upgraded_database_has_exactly_the_tables_of_the_code(twins: tuple[Database, Database]) -> None:
    """Upgrading an empty database, even twice, gives what the code's own tables would create."""
    migrated, created = twins
    upgrade(migrated)
    upgrade(migrated)
    metadata.create_all(created.writer)

    with migrated.writer.connect() as left, created.writer.connect() as right:
        assert _indexes(left) == _indexes(right)
        # Alembic cannot compare indexes over expressions; the line above has compared every index by its definition.
        context = MigrationContext.configure(left, opts={"include_object": _is_no_index})
        differences: list[Any] = compare_metadata(context, metadata)
    assert differences == []


def test_the_files_are_numbered_as_their_revisions_are() -> None:
    """So that the newest is known without Alembic."""
    assert Scripts(FOLDER).head == HEAD


def test_a_database_of_a_newer_release_is_refused(tmp_path: Path) -> None:
    """Before anything is changed."""
    database = connect(f"sqlite:///{tmp_path}/telecine.db")
    upgrade(database)
    with database.writer.begin() as connection:
        connection.execute(text("UPDATE alembic_version SET version_num = '9999'"))
    with pytest.raises(NewerDatabase, match="schema 9999, which this release does not know"):
        upgrade(database)
    database.close()


def test_an_older_database_gets_what_it_lacks(tmp_path: Path) -> None:
    """From whatever release it is."""
    database = connect(f"sqlite:///{tmp_path}/telecine.db")
    config = Config()
    config.set_main_option("script_location", str(FOLDER))
    with database.writer.begin() as connection:
        config.attributes["connection"] = connection
        command.upgrade(config, "0007")
    upgrade(database)
    with database.read() as connection:
        assert connection.execute(text("SELECT version_num FROM alembic_version")).scalar() == HEAD
    database.close()


def test_where_there_is_nothing_to_do_alembic_is_not_loaded(tmp_path: Path) -> None:
    """A process that finds its schema as it should be does not hold the tool that makes it."""
    url = f"sqlite:///{tmp_path}/telecine.db"
    database = connect(url)
    upgrade(database)
    database.close()
    program = (
        "import sys; from telecine.db import connect; from telecine.migrations import upgrade; "
        "database = connect(sys.argv[1]); upgrade(database); database.close(); print('alembic' in sys.modules)"
    )
    done = subprocess.run([sys.executable, "-c", program, url], capture_output=True, text=True, check=True, timeout=60)
    assert done.stdout == "False\n"


def _is_no_index(_object: object, _name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
    return kind != "index"


def _indexes(connection: Connection) -> set[str]:
    """The definition of every index, as the database itself spells it, without the schema's name."""
    if connection.dialect.name == "sqlite":
        query = "SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL"
        return {row[0] for row in connection.exec_driver_sql(query)}
    schema = connection.exec_driver_sql("SELECT current_schema()").scalar_one()
    query = "SELECT indexdef FROM pg_indexes WHERE schemaname = current_schema() AND tablename <> 'alembic_version'"
    return {row[0].replace(f" {schema}.", " ") for row in connection.exec_driver_sql(query)}
