"""The publisher: threads that deliver, each sink at its own pace."""

import threading
import time
from collections.abc import Callable, Iterator, Sequence
from typing import Any

import pytest
from sqlalchemy.exc import OperationalError

from stores.test_events_sinks import ACCOUNT, FILE, URL, Desk
from telecine.db import Database
from telecine.events import publisher as publishing
from telecine.events.model import DELIVERED, Delivery, Outcome, Sink, Verdict
from telecine.events.problems import UnusableSink
from telecine.events.publisher import Publisher

PATIENCE = 20.0


class Way:
    """A transport that notes what it delivers, and answers as it is told."""

    def __init__(self, answer: Callable[[str], Outcome]) -> None:
        self.answer = answer
        self.delivered: list[str] = []
        self.is_stopped = threading.Event()
        self.is_closed = False

    def send(self, batch: Sequence[Delivery]) -> Iterator[Sequence[tuple[Delivery, Outcome]]]:
        for delivery in batch:
            outcome = self.answer(delivery.event.id)
            if outcome is DELIVERED:
                self.delivered.append(delivery.event.id)
            yield [(delivery, outcome)]

    def stop(self) -> None:
        self.is_stopped.set()

    def close(self) -> None:
        self.is_closed = True


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


@pytest.fixture
def publish(desk: Desk) -> Iterator[Callable[[Callable[[Sink], Way]], Publisher]]:
    """Starts publishers, and ends them."""
    started: list[Publisher] = []

    def start(transport: Callable[[Sink], Way]) -> Publisher:
        started.append(Publisher(desk.deliveries, transport, poll_seconds=0.01))
        started[-1].start()
        return started[-1]

    yield start
    for one in started:
        one.close()


def _until(condition: Callable[[], Any]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not condition():
        assert time.monotonic() < deadline, "it did not come to be"
        time.sleep(0.01)


def test_events_reach_their_sinks_in_order(desk: Desk, publish: Any) -> None:
    """Those of each job one after the other, whenever the sink was added."""
    ways: dict[str, Way] = {}

    def transport(sink: Sink) -> Way:
        return ways.setdefault(sink.name, Way(lambda _id: DELIVERED))

    desk.sinks.add(ACCOUNT, URL, name="first")
    publish(transport)
    desk.happen("a1", "b1", "a2")
    _until(lambda: len(ways["first"].delivered) == 3 if "first" in ways else False)
    desk.sinks.add(ACCOUNT, FILE, name="second")
    desk.happen("a3", "b2")
    _until(lambda: "second" in ways and len(ways["second"].delivered) == 2)
    _until(lambda: len(ways["first"].delivered) == 5)
    for job in "ab":
        names = [name for name in ways["first"].delivered if name.startswith(job)]
        assert names == sorted(names)
    _until(lambda: desk.sinks.get(ACCOUNT, "first")[1].pending == 0)


def test_a_sink_that_hangs_keeps_nobody_waiting(desk: Desk, publish: Any) -> None:
    """Neither the other sinks nor the end."""
    ways: dict[str, Way] = {}

    def transport(sink: Sink) -> Way:
        way = Way(lambda _id: DELIVERED)
        if sink.name == "slow":
            way.answer = lambda _id: (way.is_stopped.wait(), Outcome(verdict=Verdict.RETRY, error="stopped"))[1]
        return ways.setdefault(sink.name, way)

    desk.sinks.add(ACCOUNT, URL, name="slow")
    desk.sinks.add(ACCOUNT, URL, name="quick")
    running = publish(transport)
    desk.happen("a1", "a2", "a3")
    _until(lambda: "quick" in ways and len(ways["quick"].delivered) == 3)
    _until(lambda: "slow" in ways)
    running.close()
    assert ways["slow"].is_closed
    ((_sink, waiting),) = [found for found in desk.sinks.list(ACCOUNT) if found[0].name == "slow"]
    assert waiting.pending == 3
    with desk.database.read() as connection:
        attempts = list(connection.exec_driver_sql("SELECT attempts FROM events_deliveries").scalars())
    assert attempts == [0, 0, 0]  # what was broken off has not failed


def test_a_paused_sink_gets_nothing_and_a_resumed_one_everything(desk: Desk, publish: Any) -> None:
    """Without a new start of the publisher."""
    ways: list[Way] = []

    def transport(_sink: Sink) -> Way:
        ways.append(Way(lambda _id: DELIVERED))
        return ways[-1]

    desk.sinks.add(ACCOUNT, URL, name="films")
    publish(transport)
    desk.happen("a1")
    _until(lambda: ways and ways[0].delivered == ["a1"])
    _until(lambda: desk.sinks.get(ACCOUNT, "films")[1].pending == 0)  # until that is written down it may come again
    desk.sinks.pause(ACCOUNT, "films")
    _until(ways[0].is_stopped.is_set)
    desk.happen("a2")
    desk.sinks.resume(ACCOUNT, "films")
    _until(lambda: len(ways) == 2 and ways[1].delivered == ["a2"])
    assert ways[0].delivered == ["a1"]


def test_what_was_sent_and_not_noted_is_sent_again(desk: Desk, publish: Any) -> None:
    """A crash in between costs a second delivery, never an event."""
    way = Way(lambda _id: DELIVERED)
    sink, _secret = desk.sinks.add(ACCOUNT, URL, name="films")
    desk.happen("a1")
    assert desk.due(sink) == ["a1"]
    list(way.send(desk.deliveries.due(sink)))  # and then the process dies
    publish(lambda _sink: way)
    _until(lambda: len(way.delivered) == 2)
    assert way.delivered == ["a1", "a1"]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_the_log_tells_of_changes_and_of_what_is_given_up(desk: Desk, publish: Any, caplog: Any) -> None:
    """When a sink begins to fail, when it is well again, and each event that it will not get."""
    caplog.set_level("INFO")
    refused = Outcome(verdict=Verdict.REFUSED, error="The receiver answered 400.")
    way = Way(lambda name: refused if name in {"a1", "a2"} else DELIVERED)
    desk.sinks.add(ACCOUNT, URL, name="films")
    desk.happen("a1", "a2", "a3")
    publish(lambda _sink: way)
    _until(lambda: way.delivered == ["a3"])
    _until(lambda: "again" in caplog.text)
    assert [record.getMessage() for record in caplog.records] == [
        "event a1 was given up for sink films",
        "sink films does not take events: The receiver answered 400.",
        "event a2 was given up for sink films",
        "sink films takes events again",
    ]


@pytest.mark.parametrize("database", ["sqlite"], indirect=True)
def test_trouble_passes(desk: Desk, publish: Any, monkeypatch: pytest.MonkeyPatch, caplog: Any) -> None:
    """A database that does not answer, a way that cannot be made: it is told, and tried again."""
    monkeypatch.setattr(publishing, "_AFTER_TROUBLE_SECONDS", 0.01)
    way = Way(lambda _id: DELIVERED)
    troubles: list[Exception] = [UnusableSink("not now"), OperationalError("SELECT", {}, Exception("away"))]

    def transport(_sink: Sink) -> Way:
        if troubles:
            raise troubles.pop()
        return way

    looked = iter([OperationalError("SELECT", {}, Exception("away"))])
    agenda = desk.deliveries.agenda

    def unsteady() -> Any:
        for trouble in looked:
            raise trouble
        return agenda()

    monkeypatch.setattr(desk.deliveries, "agenda", unsteady)
    _sink, secret = desk.sinks.add(ACCOUNT, URL, name="films")
    publish(transport)
    desk.happen("a1")
    _until(lambda: way.delivered == ["a1"])
    said = [record.getMessage() for record in caplog.records]
    assert said.count("events: nothing can be sent to sink films now") == 2
    assert "events: the database did not answer" in said
    assert secret is not None
    assert secret not in caplog.text
