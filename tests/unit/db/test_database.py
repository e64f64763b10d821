"""The database reads snapshots and writes durable, isolated transactions on both dialects."""

import threading
import time
from collections.abc import Callable
from pathlib import Path

import pytest
from sqlalchemy import Column, Connection, Integer, MetaData, String, Table, bindparam, func, insert, select, update
from sqlalchemy.exc import DBAPIError, OperationalError

from telecine.core.clock import from_epoch_ms
from telecine.db import Database, Json, Moment, connect, may_pass
from telecine.db.engine import DatabaseUrlError

_private = MetaData()
ROWS = Table(
    "test_rows",
    _private,
    Column("id", Integer, primary_key=True),
    Column("name", String(20), unique=True),
    Column("body", Json),
    Column("at", Moment),
)


@pytest.fixture
def rows(database: Database) -> Database:
    _private.create_all(database.writer)
    return database


def _count(database: Database) -> int:
    with database.read() as connection:
        return connection.execute(select(func.count()).select_from(ROWS)).scalar_one()


def test_write_returns_what_the_work_returns_and_keeps_its_rows(rows: Database) -> None:
    """A write's rows are there for the next reader, JSON and times as they were given."""
    moment = from_epoch_ms(1_700_000_000_123)

    def work(connection: Connection) -> str:
        connection.execute(insert(ROWS).values(id=1, name="a", body={"x": [1, None]}, at=moment))
        return "written"

    assert rows.write(work) == "written"
    with rows.read() as connection:
        row = connection.execute(select(ROWS)).one()
    assert (row.body, row.at) == ({"x": [1, None]}, moment)


def test_failed_work_undoes_only_itself(rows: Database) -> None:
    """When one of many concurrent writes fails, the others stay."""
    ready = threading.Barrier(20)
    failures: list[int] = []

    def one(number: int) -> None:
        ready.wait()
        try:
            rows.write(lambda c: (c.execute(insert(ROWS).values(id=number, name=str(number // 2))), None)[1])
        except DBAPIError:
            failures.append(number)

    threads = [threading.Thread(target=one, args=(number,)) for number in range(20)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert (_count(rows), len(failures)) == (10, 10)


def test_concurrent_increments_are_not_lost(rows: Database) -> None:
    """Work that reads and then writes sees the database as if it were alone."""
    rows.write(lambda c: (c.execute(insert(ROWS).values(id=1, name="n", body=0)), None)[1])

    def increment() -> None:
        for _ in range(5):
            rows.write(
                lambda c: (
                    c.execute(update(ROWS).values(body=c.execute(select(ROWS.c.body)).scalar_one() + 1)),
                    None,
                )[1]
            )

    threads = [threading.Thread(target=increment) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    with rows.read() as connection:
        assert connection.execute(select(ROWS.c.body)).scalar_one() == 20


def test_an_error_keeps_the_values_to_itself(rows: Database) -> None:
    """What a failing statement would have written is not in its message: messages are logged."""
    with pytest.raises(DBAPIError) as caught:
        rows.write(lambda c: (c.execute(insert(ROWS).values(id="no", name="a secret")), None)[1])
    assert "a secret" not in str(caught.value)


def test_readers_cannot_write(rows: Database) -> None:
    """A read connection refuses to change anything."""
    with rows.read() as connection, pytest.raises(DBAPIError):
        connection.execute(insert(ROWS).values(id=1, name="x"))


def test_a_reader_sees_one_moment(rows: Database) -> None:
    """A row written after a reader's first query does not appear in its second."""
    with rows.read() as connection:
        before = connection.execute(select(func.count()).select_from(ROWS)).scalar_one()
        rows.write(lambda c: (c.execute(insert(ROWS).values(id=1, name="x")), None)[1])

        assert before == connection.execute(select(func.count()).select_from(ROWS)).scalar_one()
    assert before + 1 == _count(rows)


def test_rows_reads_what_was_written_last(rows: Database) -> None:
    """A prepared query gives named columns with their Python types, parameters and constants by name."""
    by_id = select(ROWS.c.name, ROWS.c.body, ROWS.c.at).where(ROWS.c.id == bindparam("wanted"), ROWS.c.name != "z")
    moment = from_epoch_ms(1_700_000_000_123)
    for number, name in enumerate("abz"):
        rows.write(
            lambda c, n=number, w=name: (c.execute(insert(ROWS).values(id=n, name=w, body=[n], at=moment)), None)[1]
        )

        found = rows.rows(by_id, wanted=number)

        assert [(row.name, row.body, row.at) for row in found] == ([(name, [number], moment)] if name != "z" else [])


def test_an_address_that_is_no_url_is_refused() -> None:
    """Nonsense is refused without repeating it: it may hold a password."""
    with pytest.raises(DatabaseUrlError, match="is no URL") as caught:
        connect("secret nonsense")
    assert "secret" not in str(caught.value)


def test_other_databases_are_refused() -> None:
    """A URL of a database that we do not speak is refused with its name."""
    with pytest.raises(DatabaseUrlError, match="mysql"):
        connect("mysql://host/name")


def test_a_new_sqlite_file_is_for_its_owner_alone(tmp_path: Path) -> None:
    """It holds password hashes and sealed secrets; so do the files that SQLite writes beside it."""
    opened = connect(f"sqlite:///{tmp_path}/new.db")
    _private.create_all(opened.writer)
    modes = {path.name: path.stat().st_mode & 0o777 for path in tmp_path.iterdir()}
    opened.close()

    assert modes["new.db"] == 0o600
    assert set(modes.values()) == {0o600}


def _insert(number: int, name: str) -> Callable[[Connection], None]:
    def work(connection: Connection) -> None:
        connection.execute(insert(ROWS).values(id=number, name=name))

    return work


def test_a_commit_that_fails_is_everybodys_error(sqlite: Database) -> None:
    """A database that cannot grow says so, as SQLAlchemy's error; nothing of the work is there, and once there is room
    again the same connection goes on."""
    _private.create_all(sqlite.writer)
    with sqlite.writer.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    statement = insert(ROWS).values(id=1, name="a", body=["x" * 10_000])
    for _ in range(2):
        with pytest.raises(OperationalError) as caught:
            sqlite.write(lambda c: (c.execute(statement), None)[1])
        assert may_pass(caught.value)
    with sqlite.writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1073741823")
    sqlite.write(lambda c: (c.execute(statement), None)[1])
    assert _count(sqlite) == 1


def test_a_database_that_others_write_is_busy(sqlite: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """Whoever waits in vain for another process gets an error that may pass, at the first write and at a later one."""
    _private.create_all(sqlite.writer)
    monkeypatch.setattr("telecine.db.engine._BUSY_MS", 10)
    url = str(sqlite.writer.url)
    ours, theirs = connect(url), connect(url)
    for number in range(2):
        with theirs.writer.begin(), pytest.raises(OperationalError) as caught:
            ours.write(_insert(number, str(number)))
        assert may_pass(caught.value)
        ours.write(_insert(number, str(number)))
    assert _count(sqlite) == 2
    ours.close()
    theirs.close()


def test_what_raises_in_the_middle_undoes_itself_alone(rows: Database) -> None:
    """Among many that share a commit: rows that were written before the error go, whatever the error is."""
    ready = threading.Barrier(12)
    failures: list[int] = []

    def one(number: int) -> None:
        def work(connection: Connection) -> None:
            _insert(number, f"n{number}")(connection)
            if number % 3 == 0:
                raise KeyError(number)

        ready.wait()
        try:
            rows.write(work)
        except KeyError as error:
            failures.append(error.args[0])

    threads = [threading.Thread(target=one, args=(number,)) for number in range(12)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    with rows.read() as connection:
        there = set(connection.execute(select(ROWS.c.id)).scalars())
    assert sorted(failures) == [0, 3, 6, 9]
    assert there == set(range(12)) - {0, 3, 6, 9}


@pytest.mark.parametrize(
    ("count", "ends_in", "raises"),
    [(4, None, False), (4, 2, True), (4, 2, False), (4, 0, False), (1, 0, False)],
    ids=["it lasts", "a later one raises", "a later one returns", "the first one returns", "the only one returns"],
)
def test_a_transaction_that_sqlite_ends_by_itself_is_nobodys_success(
    sqlite: Database, *, count: int, ends_in: int | None, raises: bool
) -> None:
    """As on a full disk: of all whose work shares it nobody is told that it is there, and nothing is, though the one in
    whose work it ended may not have noticed. Those who come while the first one works share its commit."""
    _private.create_all(sqlite.writer)
    is_begun, may_end = threading.Event(), threading.Event()
    outcomes: dict[int, BaseException | None] = {}

    def one(number: int) -> None:
        def work(connection: Connection) -> None:
            if number == 0:
                is_begun.set()
                assert may_end.wait(10)
            _insert(number, f"n{number}")(connection)
            if number == ends_in:
                connection.exec_driver_sql("ROLLBACK")
                if raises:
                    raise KeyError(number)

        try:
            sqlite.write(work)
        except Exception as error:
            outcomes[number] = error
        else:
            outcomes[number] = None

    threads = [threading.Thread(target=one, args=(number,)) for number in range(count)]
    threads[0].start()
    assert is_begun.wait(10)
    for thread in threads[1:]:
        thread.start()
    while len(sqlite._pending) < count - 1:  # there is nothing to be seen of them yet
        time.sleep(0.001)
    may_end.set()
    for thread in threads:
        thread.join()
    failed = {number for number, error in outcomes.items() if isinstance(error, OperationalError)}
    everybody = set(range(count))
    assert (failed, set(outcomes), _count(sqlite)) == (
        (set(), everybody, count) if ends_in is None else (everybody, everybody, 0)
    )


def test_whoever_takes_the_writer_and_whoever_writes_take_turns(rows: Database) -> None:
    """The engine that changes the schema has the same connection: what it sets there holds for writes, too."""
    rows.write(_insert(1, "a"))
    with rows.writer.begin() as connection:
        connection.execute(insert(ROWS).values(id=2, name="b"))
    rows.write(_insert(3, "c"))
    assert _count(rows) == 3
