"""Connections and transactions, for SQLite and for PostgreSQL.

SQLite has one writer. Threads that write at the same time share one commit: whoever gets the writer runs everybody's
work in one transaction, each in a savepoint of its own, and one fsync makes it all durable. Measured with
`synchronous=FULL`: 900 rows a second with a commit each, 32,000 with 64 to a commit.

PostgreSQL gets one SERIALIZABLE transaction per write, run again when the server asks for it; so on both dialects a
piece of work sees the database as if it were alone.
"""

import contextlib
import importlib.util
import os
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any, TypeVar

from sqlalchemy import CompoundSelect, Connection, Engine, Select, create_engine, event, make_url
from sqlalchemy.exc import ArgumentError, DBAPIError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeout
from sqlalchemy.pool import QueuePool

from telecine.core.errors import TelecineError
from telecine.core.waiting import expect_to_wait
from telecine.db.memory import Memory
from telecine.db.prepared import Connections, Prepared
from telecine.db.writer import Writer

T = TypeVar("T")

_BATCH = 64
"""At most so many writes share a commit, so that none waits long behind the others."""

_BUSY_MS = 10_000
"""How long SQLite waits for a writer in another process before it gives up."""

_RETRIES = 12
"""How often PostgreSQL may ask to run a transaction again before we give up."""

_RETRY_STATES = {"40001", "40P01", "23505"}
"""PostgreSQL's serialization_failure and deadlock_detected: both mean "run it again". So may unique_violation, where
the row that was looked for in vain came from another transaction in between (PostgreSQL documentation, "Serialization
Failure Handling"); one that is the work's own fault comes again each time."""


class DatabaseUrlError(TelecineError):
    """The database URL names neither SQLite nor PostgreSQL."""


class _Pending:
    """One write that waits for its commit."""

    __slots__ = ("error", "is_done", "value", "work")

    def __init__(self, work: Callable[[Connection], Any]) -> None:
        self.work = work
        self.value: Any = None
        self.error: BaseException | None = None
        self.is_done = False


class Database:
    """One database, open."""

    def __init__(self, readers: Engine, writer: Engine) -> None:
        self._readers = readers
        self._writer = writer
        self._held = Writer(writer)
        self._turn = threading.Lock()
        self._mutex = threading.Lock()
        self._pending: list[_Pending] = []
        self._connections = Connections(readers)
        self._prepared: dict[Select[Any] | CompoundSelect[Any], Prepared] = {}
        self.dialect: str = writer.dialect.name
        """`sqlite` or `postgresql`."""
        self._memory: Memory | None = None
        self._first = threading.Lock()

    @contextlib.contextmanager
    def read(self) -> Iterator[Connection]:
        """A read-only connection whose queries all see the same moment."""
        expect_to_wait()
        with self._readers.connect() as connection:
            yield connection

    def rows(self, statement: Select[Any] | CompoundSelect[Any], **values: str | int) -> list[Any]:
        """What `statement` selects, as named tuples, by the shortest way: for what nearly every request reads.

        The statement is a constant of its module, with `bindparam`s for `values`: it is compiled on first use and
        kept. There is no transaction around it, so two calls may see two moments.
        """
        return list(self.found(statement, _as_it_is, **values))

    def found(
        self, statement: Select[Any] | CompoundSelect[Any], make: Callable[[Any], T], **values: str | int
    ) -> tuple[T, ...]:
        """What `make` makes of each of these rows; nobody may change it. As long as nothing was committed to SQLite
        since, it comes from memory.

        `make` is a function of its module like the statement, and looks at nothing but the row.
        """
        memory = self._remembering()
        version = None if memory is None else memory.version()
        question = (statement, make, *values.items())
        if memory is not None and version is not None:
            known = memory.get(version, question)
            if known is not None:
                return known
        expect_to_wait()
        prepared = self._prepared.get(statement)
        if prepared is None:
            prepared = self._prepared[statement] = Prepared(self._readers, self._connections, statement)
        answer = tuple(map(make, prepared.rows(values)))
        if memory is not None and version is not None:
            memory.keep(version, question, answer)
        return answer

    def state(self) -> int | None:
        """A number for what is stored now: another one, and never this one again, as soon as anybody has committed
        anything. None where that cannot be told: on PostgreSQL, and while SQLite's log is being repaired."""
        memory = self._remembering()
        return None if memory is None else memory.version()

    def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, once its changes are durable.

        `work` may run more than once and must do nothing but SQL. When it raises, its own changes are undone and
        the exception comes out here; writes of other threads are not touched.
        """
        expect_to_wait()
        if self.dialect != "sqlite":
            return self._write_alone(work)
        item = _Pending(work)
        with self._mutex:
            self._pending.append(item)
        while not item.is_done:
            with self._turn:
                if not item.is_done:
                    self._commit(self._next(_BATCH))
        if item.error is not None:
            raise item.error
        value: T = item.value
        return value

    @property
    def writer(self) -> Engine:
        """The engine that may change the schema; for migrations and tests."""
        with self._turn:
            self._held.let_go()
        return self._writer

    def close(self) -> None:
        """Close every connection."""
        if self._memory is not None:
            self._memory.close()
        self._connections.close()
        with self._turn:
            self._held.let_go()
        self._readers.dispose()
        self._writer.dispose()

    def _remembering(self) -> Memory | None:
        """None on PostgreSQL, which does not tell whether it has changed."""
        if self._memory is None and self.dialect == "sqlite":
            expect_to_wait()
            with self._first:
                if self._memory is None:
                    self._memory = Memory(self._connections)
        return self._memory

    def _next(self, most: int) -> list[_Pending]:
        """Up to so many of those that wait, in the order in which they came."""
        with self._mutex:
            batch, self._pending = self._pending[:most], self._pending[most:]
        return batch

    def _commit(self, batch: list[_Pending]) -> None:
        try:
            with self._held.transaction() as connection:
                if len(batch) == 1:  # so far it is the whole transaction
                    batch[0].value = batch[0].work(connection)
                else:
                    for item in batch:
                        self._run(connection, item)
                # A commit is dearer than any work: who has come meanwhile shares this one.
                while later := self._next(_BATCH - len(batch)):
                    batch += later
                    for item in later:
                        self._run(connection, item)
        except BaseException as error:
            # The commit itself failed (disk full, say): nothing of the batch is durable, and each caller must know.
            for item in batch:
                item.error = item.error or error
            if not isinstance(error, Exception):
                raise
        finally:
            for item in batch:
                item.is_done = True

    def _run(self, connection: Connection, item: _Pending) -> None:
        self._held.mark()
        try:
            item.value = item.work(connection)
        except BaseException as error:  # noqa: BLE001 - it is raised again in the thread whose work it is
            self._held.undo()
            item.error = error
        else:
            self._held.keep()

    def _write_alone(self, work: Callable[[Connection], T]) -> T:
        for attempt in range(_RETRIES):
            try:
                with self._writer.begin() as connection:
                    return work(connection)
            except DBAPIError as error:
                if getattr(error.orig, "sqlstate", None) not in _RETRY_STATES or attempt == _RETRIES - 1:
                    raise
                time.sleep(0.002 * 2**attempt)
        raise AssertionError("the last attempt returns or raises")


def connect(url: str) -> Database:
    """The database at `url`: `sqlite:////absolute/path.db`, or `postgresql://user@host/name`."""
    # hide_parameters: an error's text goes to the log, and parameters are policies, hashes and sealed secrets.
    try:
        parsed = make_url(url)
    except ArgumentError as error:
        raise DatabaseUrlError("The database's address is no URL: sqlite:////path/file.db or postgresql://…") from error
    if parsed.drivername in {"postgresql", "postgres"}:
        parsed = parsed.set(drivername="postgresql+psycopg")
    if parsed.get_backend_name() == "sqlite":
        _create_private(parsed.database)
        readers = create_engine(parsed, poolclass=QueuePool, pool_size=8, max_overflow=8, hide_parameters=True)
        # One connection, which `Writer` holds; and one for whoever takes the engine itself, and begins meanwhile.
        writer = create_engine(parsed, poolclass=QueuePool, pool_size=1, max_overflow=1, hide_parameters=True)
        _prepare_sqlite(readers, begin="BEGIN", is_read_only=True)
        _prepare_sqlite(writer, begin="BEGIN IMMEDIATE", is_read_only=False)
        return Database(readers, writer)
    if parsed.get_backend_name() == "postgresql":
        if importlib.util.find_spec("psycopg") is None:
            raise DatabaseUrlError("PostgreSQL needs its driver: pip install 'telecine[postgres]'")
        return Database(
            create_engine(
                parsed,
                isolation_level="REPEATABLE READ",
                execution_options={"postgresql_readonly": True},
                pool_size=8,
                max_overflow=8,
                pool_pre_ping=True,
                hide_parameters=True,
            ),
            create_engine(
                parsed,
                isolation_level="SERIALIZABLE",
                pool_size=8,
                max_overflow=8,
                pool_pre_ping=True,
                hide_parameters=True,
            ),
        )
    raise DatabaseUrlError(
        f"'{parsed.get_backend_name()}' is no database that Telecine speaks: use sqlite or postgresql"
    )


def _as_it_is(row: Any) -> Any:
    return row


def may_pass(error: BaseException) -> bool:
    """Whether an error of the database is about its state, not the work: full, busy, read-only, away."""
    return isinstance(error, OperationalError | InterfaceError | PoolTimeout)


def _create_private(path: str | None) -> None:
    """Make the file for its owner alone, if there is none: SQLite makes one for everybody to read, and gives those
    beside it (`-wal`, `-shm`) the same mode."""
    if path and path != ":memory:" and not path.startswith("file:"):
        # Where the file cannot be made, opening it says so better.
        with contextlib.suppress(OSError):
            os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))


def _prepare_sqlite(engine: Engine, *, begin: str, is_read_only: bool) -> None:
    def on_connect(connection: Any, _record: object) -> None:
        # None: we begin transactions ourselves. The driver's own deferred BEGIN fails with "database is locked"
        # when a reader becomes a writer.
        connection.isolation_level = None
        cursor = connection.cursor()
        cursor.execute(f"PRAGMA busy_timeout={_BUSY_MS}")
        if not is_read_only:
            cursor.execute("PRAGMA journal_mode=WAL")
        cursor.execute("PRAGMA synchronous=FULL")
        cursor.execute("PRAGMA foreign_keys=ON")
        if is_read_only:
            cursor.execute("PRAGMA query_only=ON")
        cursor.close()

    def on_begin(connection: Connection) -> None:
        # Straight to the driver: through SQLAlchemy's own execution this one word costs as much as a query.
        driver: Any = connection.connection.dbapi_connection
        driver.execute(begin)

    event.listen(engine, "connect", on_connect)
    event.listen(engine, "begin", on_begin)
