"""How tests come by thousands of empty databases, one after the other, without waiting for each."""

from typing import Any

from sqlalchemy import URL, Connection, Engine, create_engine, event

from telecine.db import Database, connect, metadata

_STATEMENTS = 5000
"""How many compiled statements a kind of database keeps: every one of the product."""

_FILLED = "SELECT '{name}' WHERE EXISTS (SELECT 1 FROM {name})"
_TABLES = "SELECT tablename FROM pg_tables WHERE schemaname = current_schema()"
_COUNTED = "SELECT sequencename FROM pg_sequences WHERE schemaname = current_schema() AND last_value IS NOT NULL"
_LEARNT = "DELETE FROM pg_statistic WHERE starelid IN (SELECT oid FROM pg_class WHERE relnamespace = %s::regnamespace)"


class AlikeEngines:
    """Stands in for `create_engine`. The engines of a kind share the dialect, and with it the statements it has compiled.

    Each has a pool of its own: no connection, setting or row goes from one test to another. A server compiles a
    statement once in its life; a test's server lives for three requests, and half of its time went into that.
    """

    def __init__(self) -> None:
        self._first: dict[tuple[str, str | None], Engine] = {}

    def __call__(self, url: URL, **options: Any) -> Engine:
        """An engine as SQLAlchemy makes it of these options."""
        made = create_engine(url, query_cache_size=_STATEMENTS, **options)
        kind = (url.drivername, options.get("isolation_level"))
        first = self._first.get(kind)
        if first is None:  # a dialect knows the server's version, and what follows from it, once it has connected
            event.listen(made.pool, "first_connect", lambda *_: self._first.setdefault(kind, made))
            return made
        made.dialect = first.dialect
        made._compiled_cache = first._compiled_cache
        return made


class PostgresqlSchema:
    """A schema of a PostgreSQL server with every table of `metadata`, for one test after the other.

    Making 45 tables takes a third of a second, emptying the two or three that a test has filled takes milliseconds.
    """

    def __init__(self, url: str, name: str) -> None:
        self._name = name
        self.url = f"{url}{'&' if '?' in url else '?'}options=-csearch_path%3D{name}"
        """A database URL whose tables are those of the schema."""
        whole = connect(url)
        with whole.writer.begin() as connection:
            connection.exec_driver_sql(f"CREATE SCHEMA {name}")
        whole.close()
        made = connect(self.url)
        metadata.create_all(made.writer)
        made.close()
        self._tables = set(metadata.tables)
        self._filled = " UNION ALL ".join(_FILLED.format(name=name) for name in sorted(self._tables))

    def emptied(self) -> Database:
        """The database as if it were new: no row, no table of a test's own, counters at their start, nothing that the
        planner has learnt.

        Fails when an earlier test has left a transaction open.
        """
        opened = connect(self.url)
        with opened.writer.begin() as connection:
            self._empty(connection)
        return opened

    def _empty(self, connection: Connection) -> None:
        connection.exec_driver_sql("SET LOCAL lock_timeout = '10s'")
        others = sorted(set(connection.exec_driver_sql(_TABLES).scalars()) - self._tables)
        if others:
            connection.exec_driver_sql(f"DROP TABLE {', '.join(others)} CASCADE")
        filled = connection.exec_driver_sql(self._filled).scalars().all()
        if filled:
            connection.exec_driver_sql(f"TRUNCATE {', '.join(filled)} CASCADE")
        for counter in connection.exec_driver_sql(_COUNTED).scalars().all():
            connection.exec_driver_sql(f"ALTER SEQUENCE {counter} RESTART")
        connection.exec_driver_sql(_LEARNT, (self._name,))
