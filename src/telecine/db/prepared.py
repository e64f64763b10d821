"""Queries that nearly every request runs: compiled once, then handed straight to the driver.

SQLAlchemy builds a good deal around each execution (a connection, a transaction, a cursor result, rows that know their
columns): 45 µs for a row by its key, where the driver needs 3. A prepared query pays that once. Its pool of connections
costs as much again as the query, so SQLite's, which cannot go away, come from a plain heap of their own.
"""

import contextlib
from collections import deque, namedtuple
from collections.abc import Callable, Iterator
from typing import Any

from sqlalchemy import CompoundSelect, Engine, Select


class Connections:
    """The driver's connections for prepared queries, which run outside any transaction."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._is_local = engine.dialect.name == "sqlite"
        self._free: deque[Any] = deque()

    @contextlib.contextmanager
    def one(self) -> Iterator[Any]:
        """A connection of the driver. One that an error went through is not used again."""
        if not self._is_local:  # it may have gone away meanwhile: the pool asks it first
            pooled = self._engine.raw_connection()
            try:
                yield pooled
            finally:
                pooled.close()
            return
        try:
            connection = self._free.pop()  # the last one used: as many stay as threads ask at a time
        except IndexError:
            pooled = self._engine.raw_connection()
            pooled.detach()
            connection = pooled.dbapi_connection
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._free.append(connection)

    def close(self) -> None:
        """Close those that are not in use."""
        while self._free:
            self._free.pop().close()


class Prepared:
    """One select, compiled for one database."""

    def __init__(self, engine: Engine, connections: Connections, statement: Select[Any] | CompoundSelect[Any]) -> None:
        dialect = engine.dialect
        compiled = statement.compile(dialect=dialect)
        columns = list(statement.selected_columns)
        self._connections = connections
        self._sql = compiled.string
        self._order: list[str] | None = compiled.positiontup
        """The order of parameters where the driver numbers them (SQLite); None where it names them."""
        self._constants = dict(compiled.params)
        self._row = _row_type([str(column.key) for column in columns])
        self._readers: list[Callable[[Any], Any] | None] = [
            column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns
        ]

    def rows(self, values: dict[str, str | int]) -> list[Any]:
        """Every row, as a named tuple of its columns. `values` are the statement's bound parameters, by name."""
        given = {**self._constants, **values}
        with self._connections.one() as connection:
            cursor = connection.cursor()
            cursor.execute(self._sql, given if self._order is None else [given[name] for name in self._order])
            found = cursor.fetchall()
            cursor.close()
        return [
            self._row(*(read(value) if read else value for read, value in zip(self._readers, row, strict=True)))
            for row in found
        ]


def _row_type(names: list[str]) -> Callable[..., Any]:
    """A named tuple of columns that are known once the query is."""
    row_type: Callable[..., Any] = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024
    return row_type
