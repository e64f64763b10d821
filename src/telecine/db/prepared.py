"""Queries that nearly every request runs: compiled once, then handed straight to the driver.

SQLAlchemy builds a good deal around each execution (a connection, a transaction, a cursor result, rows that know their
columns): 45 µs for a row by its key, where the driver needs 3. A prepared query pays that once.
"""

from collections import namedtuple
from collections.abc import Callable
from typing import Any

from sqlalchemy import CompoundSelect, Engine, Select


class Prepared:
    """One select, compiled for one database."""

    def __init__(self, engine: Engine, statement: Select[Any] | CompoundSelect[Any]) -> None:
        dialect = engine.dialect
        compiled = statement.compile(dialect=dialect)
        columns = list(statement.selected_columns)
        self._engine = engine
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
        pooled = self._engine.raw_connection()
        try:
            cursor = pooled.cursor()
            cursor.execute(self._sql, given if self._order is None else [given[name] for name in self._order])
            found = cursor.fetchall()
            cursor.close()
        finally:
            pooled.close()
        return [
            self._row(*(read(value) if read else value for read, value in zip(self._readers, row, strict=True)))
            for row in found
        ]


def _row_type(names: list[str]) -> Callable[..., Any]:
    """A named tuple of columns that are known once the query is."""
    row_type: Callable[..., Any] = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024
    return row_type
