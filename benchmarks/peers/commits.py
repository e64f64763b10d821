"""Durable writes of jobs with nothing around them: what SQLite itself gives, when many share a commit.

usage: `python -m benchmarks.peers.commits FILE CONCURRENCY NUMBER same|thin` with the body of a CreateJob on the
standard input. It prints writes a second. The settings of the database are the server's: WAL, `synchronous=FULL`, one
writer.

`same`: into the server's own tables, with their indexes, the rows that this CreateJob makes there: one real job is
submitted first, and what it left in each table is written again with a new id, number and token. `thin`: two rows in
tables of five and two columns, with the settings in one of them.
"""

import json
import sqlite3
import sys
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from sqlalchemy import Table, insert, select

from telecine.core.clock import SystemClock
from telecine.core.ids import Ids
from telecine.core.names import AccountId, QueueName
from telecine.db import Database, connect
from telecine.migrations.tables import metadata
from telecine.services.mediaconvert.model import Submission
from telecine.services.mediaconvert.tables import DOCUMENTS, JOBS, TERMS
from telecine.testing.lifecycle import lifecycle_on
from telecine.wire import compiled, routing
from telecine.wire.http import HttpRequest

_BATCH = 64
_PRAGMAS = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON")
_ACCOUNT, _QUEUE = AccountId("000000000000"), QueueName("Default")

Write = Callable[[sqlite3.Connection, str], None]
"""Writes one job of that name."""


class Commits:
    """One thread commits what others hand over: all that waits, in one transaction."""

    def __init__(self, path: Path, write: Write) -> None:
        self._path = path
        self._write = write
        self._waiting: list[tuple[str, threading.Event]] = []
        self._arrived = threading.Condition()
        threading.Thread(target=self._run, daemon=True).start()

    def write(self, name: str) -> None:
        """Returns once the job is durable."""
        done = threading.Event()
        with self._arrived:
            self._waiting.append((name, done))
            self._arrived.notify()
        done.wait()

    def _run(self) -> None:
        connection = sqlite3.connect(self._path, isolation_level=None)
        for pragma in _PRAGMAS:
            connection.execute(f"PRAGMA {pragma}")
        while True:
            with self._arrived:
                self._arrived.wait_for(lambda: self._waiting)
                batch, self._waiting = self._waiting[:_BATCH], self._waiting[_BATCH:]
            connection.execute("BEGIN IMMEDIATE")
            for name, _ in batch:
                self._write(connection, name)
            connection.execute("COMMIT")
            for _, done in batch:
                done.set()


def _thin(path: Path, body: bytes) -> Write:
    settings = json.dumps(json.loads(body)["settings"], separators=(",", ":"))
    with sqlite3.connect(path) as connection:
        connection.execute(
            "CREATE TABLE jobs (number INTEGER PRIMARY KEY AUTOINCREMENT, id TEXT UNIQUE, account, status, at)"
        )
        connection.execute("CREATE TABLE documents (number INTEGER PRIMARY KEY, settings TEXT)")
    connection.close()

    def write(connection: sqlite3.Connection, name: str) -> None:
        row = (name, _ACCOUNT, "SUBMITTED", time.time_ns() // 1_000_000)
        number = connection.execute("INSERT INTO jobs (id, account, status, at) VALUES (?, ?, ?, ?)", row).lastrowid
        connection.execute("INSERT INTO documents VALUES (?, ?)", (number, settings))

    return write


def _same(path: Path, body: bytes) -> Write:
    database = connect(f"sqlite:///{path}")
    metadata.create_all(database.writer)
    _submit(database, body)
    # Read by the driver itself: the values as they stand in the rows, not as the server understands them.
    with database.read() as reading:
        driver: Any = reading.connection.dbapi_connection
        found = {table: driver.execute(str(select(table))).fetchall() for table in (JOBS, DOCUMENTS, TERMS)}
    database.close()
    [job], [document], terms = (
        [_Row(table, row, numbers_itself=table is JOBS) for row in found[table]] for table in found
    )

    def write(connection: sqlite3.Connection, name: str) -> None:
        number = job.write(connection, id=name, client_request_token=name)
        document.write(connection, number=number)
        for term in terms:
            term.write(connection, number=number)

    return write


class _Row:
    """A row of a table, to be written again with other values in some columns."""

    def __init__(self, table: Table, values: tuple[Any, ...], *, numbers_itself: bool) -> None:
        self._values = dict(zip(table.columns.keys(), values, strict=True))
        if numbers_itself:
            del self._values["number"]
        self._sql = str(insert(table).compile(column_keys=list(self._values)))  # with parameters by name

    def write(self, connection: sqlite3.Connection, **others: Any) -> int | None:
        """Its number."""
        return connection.execute(self._sql, {**self._values, **others}).lastrowid


def _submit(database: Database, body: bytes) -> None:
    request = HttpRequest(method="POST", raw_path="/2017-08-29/jobs", raw_query="", headers=())
    route = routing.route("mediaconvert", request, body)
    params = compiled.operation("mediaconvert", route.operation).parse(request, route, body)
    lifecycle = lifecycle_on(database, SystemClock(), Ids())
    lifecycle.submit(
        Submission(
            account=_ACCOUNT,
            queue=_QUEUE,
            role_arn=params["Role"],
            settings=params["Settings"],
            user_metadata=params["UserMetadata"],
            client_request_token=params["ClientRequestToken"],
        ),
        {},
    )


def _measure(commits: Commits, concurrency: int, number: int) -> float:
    """Writes a second of so many threads, each of which waits for its own."""

    def work(first: int) -> None:
        for place in range(first, number, concurrency):
            commits.write(f"job-{place:07d}")

    threads = [threading.Thread(target=work, args=(first,)) for first in range(concurrency)]
    started = time.perf_counter()
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return number / (time.perf_counter() - started)


if __name__ == "__main__":
    file, at_a_time, how_many, kind = Path(sys.argv[1]), int(sys.argv[2]), int(sys.argv[3]), sys.argv[4]
    prepare = {"same": _same, "thin": _thin}[kind]
    handed_over = Commits(file, prepare(file, sys.stdin.buffer.read()))
    handed_over.write("first")
    print(_measure(handed_over, at_a_time, how_many))
