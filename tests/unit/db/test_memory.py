"""What was read from the database is good until anybody commits, and never longer; constants run as they are."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import Column, Integer, MetaData, String, Table, bindparam, delete, insert, select, update
from sqlalchemy.exc import IntegrityError

from telecine.core.clock import from_epoch_ms
from telecine.core.waiting import WouldWait, no_waiting
from telecine.db import Database, Json, Moment, connect, memory, run, run_each

_private = MetaData()
ROWS = Table(
    "memory_rows",
    _private,
    Column("id", Integer, primary_key=True, autoincrement=False),
    Column("name", String(20), unique=True),
    Column("body", Json),
    Column("at", Moment),
)
_BY_ID = select(ROWS).where(ROWS.c.id == bindparam("wanted"))
_ALL = select(ROWS).order_by(ROWS.c.id)
_ADD = insert(ROWS)
_RENAME = update(ROWS).where(ROWS.c.id == bindparam("wanted")).values(name=bindparam("new_name"))
_REMOVE = delete(ROWS).where(ROWS.c.id == bindparam("wanted")).returning(ROWS.c.name)
MOMENT = from_epoch_ms(1_700_000_000_123)

_made: list[Any] = []


def _make(row: Any) -> str:
    _made.append(row)
    return f"{row.id} is {row.name}"


@pytest.fixture
def rows(database: Database) -> Database:
    _made.clear()
    _private.create_all(database.writer)
    _add(database, 1, "ada")
    return database


@pytest.fixture
def remembering(sqlite: Database) -> Database:
    _made.clear()
    _private.create_all(sqlite.writer)
    _add(sqlite, 1, "ada")
    return sqlite


@pytest.fixture
def elsewhere(remembering: Database, tmp_path: Path) -> Iterator[Database]:
    """The same file, opened once more, as another process has it."""
    opened = connect(f"sqlite:///{tmp_path}/telecine.db")
    yield opened
    opened.close()


def _add(database: Database, number: int, name: str) -> None:
    database.write(lambda connection: run(connection, _ADD, id=number, name=name, body={"x": [1]}, at=MOMENT))


def _rename(database: Database, name: str) -> None:
    database.write(lambda connection: run(connection, _RENAME, wanted=1, new_name=name))


def test_what_was_found_is_found_again_without_a_look(remembering: Database) -> None:
    """As long as nobody commits, the same question has the same answer, which is made once."""
    assert [remembering.found(_BY_ID, _make, wanted=1) for _ in range(3)] == [("1 is ada",)] * 3
    assert len(_made) == 1


def test_every_commit_is_seen_by_the_next_question(rows: Database) -> None:
    """On both dialects, one after the other."""
    for name in ("bob", "eve", "ada"):
        _rename(rows, name)
        assert rows.found(_BY_ID, _make, wanted=1) == (f"1 is {name}",)


def test_what_another_process_commits_is_seen_as_well(remembering: Database, elsewhere: Database) -> None:
    """Changes, removals, and what was not there before."""
    assert remembering.found(_BY_ID, _make, wanted=2) == ()
    _add(elsewhere, 2, "eve")
    assert remembering.found(_BY_ID, _make, wanted=2) == ("2 is eve",)
    _rename(elsewhere, "bob")
    assert remembering.found(_BY_ID, _make, wanted=1) == ("1 is bob",)
    elsewhere.write(lambda connection: run(connection, _REMOVE, wanted=1))
    assert remembering.found(_BY_ID, _make, wanted=1) == ()


def test_what_is_rolled_back_was_never_there(remembering: Database) -> None:
    """Work that fails changes no answer."""

    def fail(connection: Any) -> None:
        run(connection, _RENAME, wanted=1, new_name="bob")
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        remembering.write(fail)
    assert remembering.found(_BY_ID, _make, wanted=1) == ("1 is ada",)


def test_an_answer_that_was_read_too_early_is_not_kept(remembering: Database, elsewhere: Database) -> None:
    """A commit between the question and the keeping of its answer makes it worthless."""

    def make_late(row: Any) -> str:
        if row.name == "ada":
            _rename(elsewhere, "bob")
            remembering.found(_ALL, _make)  # another thread has asked meanwhile
        return str(row.name)

    assert remembering.found(_BY_ID, make_late, wanted=1) == ("ada",)
    assert remembering.found(_BY_ID, make_late, wanted=1) == ("bob",)


def test_long_answers_are_not_kept(remembering: Database) -> None:
    """Their size is the callers' to choose."""
    for number in range(2, 18):
        _add(remembering, number, str(number))
    assert len(remembering.found(_ALL, _make)) == 17
    assert len(remembering.found(_ALL, _make)) == 17
    assert len(_made) == 34


def test_no_more_answers_are_kept_than_the_limit(remembering: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest makes room for the next."""
    monkeypatch.setattr(memory, "_ENTRIES", 2)
    _add(remembering, 2, "bob")
    for number in (1, 2, 3, 1):  # 3 has pushed out 1
        remembering.found(_BY_ID, _make, wanted=number)
    assert [row.id for row in _made] == [1, 2, 1]


def test_without_waiting_there_is_what_is_known(remembering: Database) -> None:
    """What would take a look at the disk says so; what is known comes, and after a commit nothing is."""
    with no_waiting, pytest.raises(WouldWait):
        remembering.found(_BY_ID, _make, wanted=1)
    remembering.found(_BY_ID, _make, wanted=1)
    with no_waiting:
        assert remembering.found(_BY_ID, _make, wanted=1) == ("1 is ada",)
    _rename(remembering, "bob")
    with no_waiting, pytest.raises(WouldWait):
        remembering.found(_BY_ID, _make, wanted=1)


def test_without_waiting_nothing_else_touches_the_database(rows: Database) -> None:
    """Neither transactions nor, on PostgreSQL, any query."""
    with no_waiting, pytest.raises(WouldWait):
        rows.write(lambda _connection: None)
    with no_waiting, pytest.raises(WouldWait), rows.read():
        pass
    if rows.dialect == "postgresql":
        rows.found(_BY_ID, _make, wanted=1)
        with no_waiting, pytest.raises(WouldWait):
            rows.found(_BY_ID, _make, wanted=1)


def test_constants_write_and_return_what_sqlalchemy_would(rows: Database) -> None:
    """JSON and times go in and come out as by its own execution, and what a statement returns comes back."""
    rows.write(
        lambda connection: run_each(
            connection, _ADD, [{"id": number, "name": str(number), "body": None, "at": None} for number in (2, 3)]
        )
    )
    with rows.read() as connection:
        by_sqlalchemy = [tuple(row) for row in connection.execute(_ALL)]
    assert by_sqlalchemy == [(1, "ada", {"x": [1]}, MOMENT), (2, "2", None, None), (3, "3", None, None)]
    with rows.read() as connection:
        assert [tuple(row) for row in run(connection, _ALL)] == by_sqlalchemy
    (removed,) = rows.write(lambda connection: run(connection, _REMOVE, wanted=1))
    assert removed.name == "ada"


def test_constants_read_the_moment_of_their_transaction(rows: Database) -> None:
    """A reader that begins with one sees what was there then, to its end."""
    with rows.read() as connection:
        (before,) = run(connection, _BY_ID, wanted=1)
        _rename(rows, "bob")
        (after,) = run(connection, _BY_ID, wanted=1)
    assert (before.name, after.name) == ("ada", "ada")


def test_errors_of_constants_are_sqlalchemys(rows: Database) -> None:
    """Whoever looks for them finds them, without the parameters; the work of which they are a part is undone."""
    with pytest.raises(IntegrityError) as caught:
        rows.write(lambda connection: (_add_again(connection, 2, "secret"), _add_again(connection, 3, "secret")))
    assert (caught.value.hide_parameters, caught.value.params) == (True, None)
    assert rows.found(_BY_ID, _make, wanted=2) == ()


def _add_again(connection: Any, number: int, name: str) -> None:
    run(connection, _ADD, id=number, name=name, body=None, at=None)
