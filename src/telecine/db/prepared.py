"""Statements that nearly every request runs: compiled once, then handed straight to the driver.

SQLAlchemy builds a good deal around each execution (a connection, a transaction, a cursor result, rows that know their
columns): 45 µs for a row by its key, where the driver needs 3. A prepared statement pays that once. Its pool of
connections costs as much again as the query, so SQLite's, which cannot go away, come from a plain heap of their own.
"""

import contextlib
from collections import deque, namedtuple
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from sqlalchemy import CompoundSelect, Connection, Delete, Dialect, Engine, Insert, Select, SelectBase, Table, Update
from sqlalchemy.exc import DBAPIError

Constant = Select[Any] | CompoundSelect[Any] | Insert | Update | Delete
"""A statement that its module builds once, with `bindparam`s for what changes."""


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
            connection = self.spare()
        try:
            yield connection
        except BaseException:
            connection.close()
            raise
        self._free.append(connection)

    def spare(self) -> Any:
        """A connection of the driver that is the caller's own, to be closed by it."""
        pooled = self._engine.raw_connection()
        pooled.detach()
        return pooled.dbapi_connection

    def close(self) -> None:
        """Close those that are not in use."""
        while self._free:
            self._free.pop().close()


class Statement:
    """One statement, compiled for one dialect. Of an insert every column must be given, but one that numbers itself."""

    def __init__(self, dialect: Dialect, statement: Constant) -> None:
        keys = _given(statement) if isinstance(statement, Insert) else None
        compiled = statement.compile(dialect=dialect, column_keys=keys)
        returned = statement.selected_columns if isinstance(statement, SelectBase) else statement.exported_columns
        columns = list(returned)
        self._dialect = dialect
        self._error: type[Exception] = dialect.loaded_dbapi.Error
        self._sql = compiled.string
        self._order: list[str] | None = compiled.positiontup
        """The order of parameters where the driver numbers them (SQLite); None where it names them."""
        self._constants = dict(compiled.params)
        types = {name: bound.type.dialect_impl(dialect) for name, bound in compiled.binds.items()}
        binders = {name: type_.bind_processor(dialect) for name, type_ in types.items()}
        places: Iterable[tuple[Any, str]] = (
            zip(binders, binders, strict=True) if self._order is None else enumerate(self._order)
        )
        self._binders = [(place, bind) for place, name in places if (bind := binders[name]) is not None]
        """How a parameter is written, by its name or its place."""
        self._row = _row_type([str(column.key) for column in columns])
        readers = [column.type.dialect_impl(dialect).result_processor(dialect, None) for column in columns]
        self._readers = [(place, read) for place, read in enumerate(readers) if read is not None]

    def run(self, connection: Any, values: Mapping[str, object]) -> list[Any]:
        """Execute it on a connection of the driver: the rows that come back, as named tuples of their columns."""
        cursor = connection.cursor()
        try:
            cursor.execute(self._sql, self._parameters(values))
            found = cursor.fetchall() if cursor.description is not None else ()
        except self._error as error:
            raise self._translated(error) from error
        finally:
            cursor.close()
        return [self._understood(row) for row in found]

    def run_each(self, connection: Any, many: Sequence[Mapping[str, object]]) -> None:
        """Execute it once for each of `many`; no rows come back."""
        cursor = connection.cursor()
        try:
            cursor.executemany(self._sql, [self._parameters(values) for values in many])
        except self._error as error:
            raise self._translated(error) from error
        finally:
            cursor.close()

    def _parameters(self, values: Mapping[str, object]) -> Any:
        given: Any = {**self._constants, **values}
        if self._order is not None:
            given = [given[name] for name in self._order]
        for place, bind in self._binders:
            given[place] = bind(given[place])
        return given

    def _understood(self, row: Sequence[Any]) -> Any:
        values = list(row)
        for place, read in self._readers:
            values[place] = read(values[place])
        return self._row(*values)

    def _translated(self, error: Exception) -> BaseException:
        """The driver's error as SQLAlchemy's, which is what everybody else looks for."""
        instance: BaseException = DBAPIError.instance(
            self._sql, None, error, self._error, hide_parameters=True, dialect=self._dialect
        )
        return instance


class Prepared:
    """One select, to be run outside of any transaction."""

    def __init__(self, engine: Engine, connections: Connections, statement: Select[Any] | CompoundSelect[Any]) -> None:
        self._connections = connections
        self._statement = _compiled(engine.dialect, statement)

    def rows(self, values: Mapping[str, object]) -> list[Any]:
        """Every row, as a named tuple of its columns. `values` are the statement's bound parameters, by name."""
        with self._connections.one() as connection:
            return self._statement.run(connection, values)


_statements: dict[tuple[str, Constant], Statement] = {}
"""Of the dialect by that name. As many as modules have constants."""


def run(connection: Connection, statement: Constant, **values: object) -> list[Any]:
    """What a constant statement of its module returns, in the transaction of `connection`, by the shortest way."""
    return _compiled(connection.dialect, statement).run(_driver(connection), values)


def run_each(connection: Connection, statement: Constant, many: Sequence[Mapping[str, object]]) -> None:
    """Run a constant statement of its module once for each of `many`, in the same way."""
    if many:
        _compiled(connection.dialect, statement).run_each(_driver(connection), many)


def _compiled(dialect: Dialect, statement: Constant) -> Statement:
    place = (dialect.name, statement)
    known = _statements.get(place)
    if known is None:
        known = _statements[place] = Statement(dialect, statement)
    return known


def _driver(connection: Connection) -> Any:
    if not connection.in_transaction():
        connection.begin()  # as an execution of SQLAlchemy's own would do
    return connection.connection.dbapi_connection


def _given(statement: Insert) -> list[str]:
    """The columns whose values an insert takes."""
    own = statement.table
    counter = own.autoincrement_column if isinstance(own, Table) else None
    return [column.key for column in own.columns if column is not counter]


def _row_type(names: list[str]) -> Callable[..., Any]:
    """A named tuple of columns that are known once the query is."""
    row_type: Callable[..., Any] = namedtuple("Row", names)  # type: ignore[misc]  # noqa: PYI024
    return row_type
