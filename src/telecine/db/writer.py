"""SQLite's one writer: a connection that stays open, and says BEGIN, SAVEPOINT and COMMIT to the driver itself.

SQLAlchemy takes a connection out of its pool, wraps it, and tells events and transactions of it: 150 µs around a commit
that, several sharing it, costs 60. What works in the transaction gets SQLAlchemy's own `Connection` all the same, which
sees one transaction that never ends.
"""

import contextlib
import sqlite3
from collections.abc import Iterator
from typing import Any

from sqlalchemy import Connection, Engine
from sqlalchemy.exc import DBAPIError

_BEGIN = "BEGIN IMMEDIATE"
_SAVEPOINT = "SAVEPOINT work"
_RELEASE = "RELEASE work"
_UNDO = "ROLLBACK TO work"


class Writer:
    """For one thread at a time."""

    def __init__(self, engine: Engine) -> None:
        """`engine` begins each transaction with BEGIN IMMEDIATE by itself."""
        self._engine = engine
        self._connection: Connection | None = None
        self._driver: Any = None

    @contextlib.contextmanager
    def transaction(self) -> Iterator[Connection]:
        """A transaction, durable when the context ends. Undone when it raises, or when the commit fails."""
        connection = self._begun()
        try:
            yield connection
            self._expect_one()
            self._say(self._driver.commit)
        except BaseException:
            self._undo()
            raise

    def mark(self) -> None:
        """Begin a part of the transaction. Where one of these three fails, so has the whole transaction."""
        self._expect_one()
        self._say(self._driver.execute, _SAVEPOINT)

    def undo(self) -> None:
        """Undo what was done since the mark, and nothing else."""
        self._say(self._driver.execute, _UNDO)
        self._say(self._driver.execute, _RELEASE)

    def keep(self) -> None:
        """End the part; it is durable with the rest."""
        self._say(self._driver.execute, _RELEASE)

    def let_go(self) -> None:
        """Give the connection back to its engine, for others to use."""
        connection, self._connection, self._driver = self._connection, None, None
        if connection is not None:
            connection.close()

    def _begun(self) -> Connection:
        if self._connection is not None:
            self._say(self._driver.execute, _BEGIN)
            return self._connection
        connection = self._engine.connect()
        try:
            self._say(connection.begin)
        except BaseException:
            connection.close()
            raise
        self._connection, self._driver = connection, connection.connection.dbapi_connection
        return connection

    def _expect_one(self) -> None:
        """SQLite ends a transaction by itself when its disk is full or broken: then there is nothing to commit, which
        the driver would not tell, and a savepoint would begin another."""
        if not self._driver.in_transaction:
            self._say(self._driver.execute, _RELEASE)  # its own words for that

    def _undo(self) -> None:
        try:
            self._driver.rollback()
        except sqlite3.Error:  # a connection in such a state is none any more
            connection, self._connection, self._driver = self._connection, None, None
            if connection is not None:
                connection.invalidate()
                connection.close()

    def _say(self, word: Any, *arguments: str) -> None:
        """Errors come out as SQLAlchemy's, which is what everybody else looks for."""
        try:
            word(*arguments)
        except sqlite3.Error as error:
            raise DBAPIError.instance(
                arguments[0] if arguments else None,
                None,
                error,
                sqlite3.Error,
                hide_parameters=True,
                dialect=self._engine.dialect,
            ) from error
