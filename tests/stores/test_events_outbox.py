"""The outbox on both databases: events come to be, and to be seen, in one order."""

from datetime import UTC, datetime

import pytest
from sqlalchemy import text
from sqlalchemy.exc import OperationalError

from telecine.core.names import AccountId
from telecine.db import Database
from telecine.events import outbox
from telecine.events.outbox import Event


def _event(name: str) -> Event:
    return Event(
        id=name,
        time=datetime(2030, 3, 1, tzinfo=UTC),
        account=AccountId("111122223333"),
        region="us-east-1",
        source="aws.mediaconvert",
        detail_type="MediaConvert Job State Change",
        resources=(),
        detail={},
    )


def test_a_reader_goes_on_where_it_was(database: Database) -> None:
    """Events come with their positions, and behind one of these only later events."""
    for name in ("a", "b", "c"):
        database.write(lambda connection, name=name: outbox.append(connection, _event(name)))  # type: ignore[misc]
    with database.read() as connection:
        (first, event), *_ = outbox.read(connection)
        rest = outbox.read(connection, after=first)
    assert event == _event("a")
    assert [event.id for _, event in rest] == ["b", "c"]


@pytest.mark.parametrize("database", ["postgresql"], indirect=True)
def test_no_event_comes_to_stand_before_one_that_was_seen(database: Database) -> None:
    """While a transaction with an event is open, nobody else gets a position: a later one could be read first."""
    with database.writer.begin() as first, database.writer.begin() as second:
        outbox.append(first, _event("a"))
        second.execute(text("SET LOCAL lock_timeout = '50ms'"))
        with pytest.raises(OperationalError, match="lock timeout"):
            outbox.append(second, _event("b"))
    database.write(lambda connection: outbox.append(connection, _event("c")))
    with database.read() as connection:
        assert [event.id for _, event in outbox.read(connection)] == ["a", "c"]
