"""Sinks and deliveries on both databases: what is tried when, in which order, and what becomes of it."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from telecine.core.names import AccountId
from telecine.core.pages import InvalidPageToken, PageTokens
from telecine.db import Database
from telecine.events import outbox
from telecine.events.deliveries import DEAD_LETTERS_KEPT, EVENTS_KEPT, Deliveries
from telecine.events.model import DELIVERED, Outcome, Sink, SinkState, Target, TargetKind, Verdict
from telecine.events.outbox import Event
from telecine.events.pattern import EventPattern, InvalidEventPattern
from telecine.events.problems import SinkExists, TooManySinks, UnknownSink, UnusableSink
from telecine.events.retry import MAX_AGE
from telecine.events.sinks import EVERYTHING, MAX_SINKS, Sinks
from telecine.seal import RootKey
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids

ACCOUNT = AccountId("111122223333")
OTHER = AccountId("444455556666")
URL = Target(kind=TargetKind.URL, address="https://films.example.com/hook?key=1")
FILE = Target(kind=TargetKind.FILE, address="/var/log/events.jsonl")
FAILED = Outcome(verdict=Verdict.RETRY, error="No answer.")
REFUSED = Outcome(verdict=Verdict.REFUSED, error="The receiver answered 400.")


class Desk:
    """Sinks and deliveries of one database, on a clock that is moved by hand."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = ManualClock()
        ids = seeded_ids(7)
        self.sinks = Sinks(database, RootKey(bytes(32)), self.clock, ids, PageTokens(bytes(32)))
        self.deliveries = Deliveries(database, self.clock, ids)

    def happen(self, *names: str, account: AccountId = ACCOUNT) -> None:
        """Events of these names: `a1` is the first of job `a`."""

        def work(connection: Any) -> None:
            for name in names:
                outbox.append(
                    connection,
                    Event(
                        id=name,
                        time=self.clock.now(),
                        account=account,
                        region="us-east-1",
                        source="aws.mediaconvert",
                        detail_type="MediaConvert Job State Change",
                        resources=(f"job-{name[0]}",),
                        detail={"status": "COMPLETE", "name": name},
                    ),
                )

        self.database.write(work)

    def wait(self, length: timedelta) -> None:
        self.clock.advance(length.total_seconds())

    def due(self, sink: Sink) -> list[str]:
        """What is tried now, after a look at the outbox."""
        while self.deliveries.look(sink, EventPattern(sink.pattern)):
            pass
        return [delivery.event.id for delivery in self.deliveries.due(sink)]

    def settle(self, sink: Sink, outcome: Outcome, *names: str) -> None:
        """Every delivery that is due, or those of these names, had this outcome."""
        found = [one for one in self.deliveries.due(sink) if not names or one.event.id in names]
        self.deliveries.settle(sink, [(delivery, outcome) for delivery in found])

    def dead(self, name: str) -> dict[str, str]:
        return {one.event.id: one.reason for one in self.sinks.dead_letters(ACCOUNT, name, size=50).letters}


@pytest.fixture
def desk(database: Database) -> Desk:
    return Desk(database)


def test_a_sink_gets_what_happens_after_it_was_added(desk: Desk) -> None:
    """Neither what was before, nor what belongs to another account, nor what its pattern leaves out."""
    desk.happen("a1")
    sink, _secret = desk.sinks.add(ACCOUNT, URL, name="films", pattern='{"detail": {"name": ["a2", "c1"]}}')
    desk.happen("a2", "b1")
    desk.happen("c1", account=OTHER)
    assert desk.due(sink) == ["a2"]


def test_events_of_a_job_come_one_after_the_other(desk: Desk) -> None:
    """Each waits for the one before; jobs do not wait for each other."""
    sink, _secret = desk.sinks.add(ACCOUNT, URL, name="films")
    desk.happen("a1", "a2", "b1", "a3")
    assert desk.due(sink) == ["a1", "b1"]
    desk.settle(sink, FAILED, "a1")
    desk.settle(sink, DELIVERED, "b1")
    desk.happen("b2", "a4")
    assert desk.due(sink) == ["b2"]
    desk.wait(timedelta(seconds=1))
    assert desk.due(sink) == ["a1", "b2"]
    desk.settle(sink, DELIVERED)
    assert desk.due(sink) == ["a2"]
    desk.settle(sink, REFUSED)
    assert desk.due(sink) == ["a3"]
    desk.settle(sink, DELIVERED)
    desk.settle(sink, DELIVERED)
    assert desk.due(sink) == []
    assert desk.dead("films") == {"a2": "The receiver answered 400."}


def test_a_sink_that_fails_does_not_hold_up_another(desk: Desk) -> None:
    """Each has its own deliveries and its own position."""
    dead, _secret = desk.sinks.add(ACCOUNT, URL, name="dead")
    alive, _secret = desk.sinks.add(ACCOUNT, FILE, name="alive")
    desk.happen("a1", "a2")
    assert desk.due(dead) == desk.due(alive) == ["a1"]
    desk.settle(dead, FAILED)
    desk.settle(alive, DELIVERED)
    assert (desk.due(dead), desk.due(alive)) == ([], ["a2"])


def test_an_event_is_given_up_after_a_day(desk: Desk) -> None:
    """With the last attempt's reason; then the next one of its job has its turn."""
    sink, _secret = desk.sinks.add(ACCOUNT, URL, name="films")
    desk.happen("a1", "a2")
    for _attempt in range(2):
        desk.due(sink)
        desk.settle(sink, FAILED)
        assert desk.dead("films") == {}
        desk.wait(MAX_AGE / 2)
    assert desk.due(sink) == ["a1"]
    desk.settle(sink, FAILED)
    assert desk.dead("films") == {"a1": "No answer."}
    assert desk.sinks.dead_letters(ACCOUNT, "films", size=1).letters[0].attempts == 3
    assert desk.due(sink) == ["a2"]


def test_a_receiver_may_ask_to_be_left_alone(desk: Desk) -> None:
    """Retry-After makes a wait longer, up to ten minutes, and never shorter."""
    sink, _secret = desk.sinks.add(ACCOUNT, URL, name="films")
    desk.happen("a1", "b1")
    desk.due(sink)
    patient = Outcome(verdict=Verdict.RETRY, error="429", retry_after=timedelta(seconds=100))
    desk.settle(sink, patient, "a1")
    desk.settle(sink, Outcome(verdict=Verdict.RETRY, error="429", retry_after=timedelta(days=9)), "b1")
    desk.wait(timedelta(seconds=99))
    assert desk.due(sink) == []
    desk.wait(timedelta(seconds=1))
    assert desk.due(sink) == ["a1"]
    desk.wait(timedelta(seconds=500))
    assert desk.due(sink) == ["a1", "b1"]


def test_a_receiver_that_is_gone_pauses_its_sink(desk: Desk) -> None:
    """Nothing more is sent until somebody resumes it; the event is a dead letter, those after it wait."""
    sink, _secret = desk.sinks.add(ACCOUNT, URL, name="films")
    desk.happen("a1", "a2")
    desk.due(sink)
    desk.settle(sink, Outcome(verdict=Verdict.GONE, error="The receiver answered 410."))
    found, waiting = desk.sinks.get(ACCOUNT, "films")
    assert (found.state, found.state_reason) == (SinkState.PAUSED, "The receiver answered 410.")
    assert (waiting.pending, waiting.dead) == (1, 1)
    assert desk.due(sink) == []
    desk.sinks.resume(ACCOUNT, "films")
    assert desk.due(sink) == ["a2"]
    assert desk.sinks.get(ACCOUNT, "films")[0].state_reason is None


def test_what_happens_while_a_sink_is_paused_waits_for_it(desk: Desk) -> None:
    """And has a whole day from when it is resumed."""
    sink, _secret = desk.sinks.add(ACCOUNT, URL, name="films")
    desk.happen("a1")
    desk.due(sink)
    desk.settle(sink, FAILED)
    desk.sinks.pause(ACCOUNT, "films")
    desk.happen("b1")
    assert desk.due(sink) == []
    desk.wait(timedelta(days=30))
    assert desk.due(sink) == []
    desk.sinks.resume(ACCOUNT, "films")
    assert desk.due(sink) == ["a1", "b1"]
    desk.settle(sink, FAILED)
    assert desk.dead("films") == {}


def test_dead_letters_are_tried_anew(desk: Desk) -> None:
    """Some or all of them, one of a job at a time, with all attempts before them."""
    sink, _secret = desk.sinks.add(ACCOUNT, URL, name="films")
    desk.happen("a1", "a2", "b1")
    for _round in range(2):
        desk.due(sink)
        desk.settle(sink, REFUSED)
    assert sorted(desk.dead("films")) == ["a1", "a2", "b1"]
    assert desk.sinks.redrive(ACCOUNT, "films", ["b1", "unknown"]) == 1
    assert desk.due(sink) == ["b1"]
    desk.happen("a3")
    assert desk.due(sink) == ["b1", "a3"]
    assert desk.sinks.redrive(ACCOUNT, "films") == 2
    assert desk.due(sink) == ["a1", "b1"]
    desk.settle(sink, DELIVERED)
    assert desk.due(sink) == ["a2"]
    desk.settle(sink, DELIVERED)
    assert desk.due(sink) == ["a3"]
    assert desk.sinks.redrive(ACCOUNT, "films") == 0


def test_dead_letters_come_in_pages(desk: Desk) -> None:
    """A token goes on where its page ended, and belongs to one sink."""
    sink, _secret = desk.sinks.add(ACCOUNT, URL, name="films")
    desk.sinks.add(ACCOUNT, URL, name="others")
    desk.happen("a1", "b1", "c1")
    desk.due(sink)
    desk.settle(sink, REFUSED)
    first = desk.sinks.dead_letters(ACCOUNT, "films", size=2)
    rest = desk.sinks.dead_letters(ACCOUNT, "films", size=2, token=first.next_token)
    assert [[one.event.id for one in page.letters] for page in (first, rest)] == [["a1", "b1"], ["c1"]]
    assert rest.next_token is None
    assert first.letters[0].event.detail == {"status": "COMPLETE", "name": "a1"}
    with pytest.raises(InvalidPageToken):
        desk.sinks.dead_letters(ACCOUNT, "others", size=2, token=first.next_token)


def test_a_removed_sink_takes_everything_with_it(desk: Desk) -> None:
    """Also while a delivery of it is under way; a namesake begins anew."""
    sink, _secret = desk.sinks.add(ACCOUNT, URL, name="films")
    desk.happen("a1")
    desk.due(sink)
    (delivery,) = desk.deliveries.due(sink)
    desk.sinks.remove(ACCOUNT, "films")
    desk.deliveries.settle(sink, [(delivery, FAILED)])
    assert desk.due(sink) == []
    again, _secret = desk.sinks.add(ACCOUNT, URL, name="films")
    desk.happen("b1")
    assert desk.due(sink) == []
    assert desk.due(again) == ["b1"]


def test_who_has_something_to_do(desk: Desk) -> None:
    """A sink with events to look at or to try; not one that waits, is paused, or has had everything."""
    assert desk.deliveries.agenda().sinks == ()
    sink, _secret = desk.sinks.add(ACCOUNT, URL, name="films")
    paused, _secret = desk.sinks.add(ACCOUNT, URL, name="paused")
    desk.sinks.pause(ACCOUNT, "paused")
    assert desk.deliveries.agenda().busy == frozenset()
    desk.happen("a1")
    assert desk.deliveries.agenda().busy == {sink.id}
    desk.due(sink)
    assert desk.deliveries.agenda().busy == {sink.id}
    desk.settle(sink, FAILED)
    assert desk.deliveries.agenda().busy == frozenset()
    desk.wait(timedelta(seconds=1))
    assert desk.deliveries.agenda().busy == {sink.id}
    desk.settle(sink, DELIVERED)
    assert desk.deliveries.agenda().busy == frozenset()
    assert [one.id for one in desk.deliveries.agenda().sinks] == [sink.id]
    assert paused.id != sink.id


def test_old_events_go_when_nobody_waits_for_them(desk: Desk) -> None:
    """Those of which a sink has a delivery or a dead letter stay, and so does what an active sink has not looked at."""
    sink, _secret = desk.sinks.add(ACCOUNT, URL, name="films")
    desk.happen("a1", "b1", "c1", "d1")
    desk.due(sink)
    desk.settle(sink, DELIVERED, "a1")
    desk.settle(sink, FAILED, "b1")
    desk.wait(EVENTS_KEPT - timedelta(days=1))
    desk.due(sink)
    desk.settle(sink, REFUSED, "c1")
    desk.settle(sink, DELIVERED, "d1")
    desk.wait(timedelta(days=2))
    desk.happen("e1")
    assert desk.deliveries.purge() == 2
    assert _kept(desk) == ["b1", "c1", "e1"]
    assert desk.deliveries.purge() == 0
    assert desk.dead("films") == {"c1": "The receiver answered 400."}
    desk.wait(DEAD_LETTERS_KEPT)
    desk.due(sink)
    desk.settle(sink, DELIVERED)
    assert desk.deliveries.purge() == 2
    assert _kept(desk) == ["e1"]
    desk.happen("f1")
    desk.wait(EVENTS_KEPT + timedelta(days=1))
    assert desk.deliveries.purge() == 1  # e1; f1 has not been looked at
    assert _kept(desk) == ["f1"]


def test_a_sink_that_stays_paused_loses_what_is_no_longer_kept(desk: Desk) -> None:
    """It keeps nobody's events for ever."""
    sink, _secret = desk.sinks.add(ACCOUNT, URL, name="films")
    desk.happen("a1")
    desk.due(sink)
    desk.sinks.pause(ACCOUNT, "films")
    desk.happen("b1")
    desk.wait(EVENTS_KEPT + timedelta(seconds=1))
    desk.happen("c1")
    assert desk.deliveries.purge() == 2
    desk.sinks.resume(ACCOUNT, "films")
    assert desk.due(sink) == ["c1"]


def _kept(desk: Desk) -> list[str]:
    with desk.database.read() as connection:
        return [event.id for _position, event in outbox.read(connection)]


def test_a_secret_is_sealed(desk: Desk) -> None:
    """It is told once, opens again for the sink it belongs to, and stands nowhere in the clear; a file has none."""
    sink, secret = desk.sinks.add(ACCOUNT, URL, name="films")
    lines, nothing = desk.sinks.add(ACCOUNT, FILE, name="lines")
    assert secret is not None
    assert len(secret) == 64
    assert desk.sinks.secret_of(sink) == secret.encode()
    assert secret.encode() not in (sink.sealed_secret or b"")
    assert secret not in repr(sink)
    assert nothing is None
    with pytest.raises(UnusableSink):
        desk.sinks.secret_of(lines)


@pytest.mark.parametrize(
    ("use", "problem", "text"),
    [
        (lambda sinks: sinks.add(ACCOUNT, URL, name="films"), SinkExists, "Sink films already exists."),
        (lambda sinks: sinks.add(ACCOUNT, URL, name="a b"), UnusableSink, "1 to 64 letters"),
        (lambda sinks: sinks.add(ACCOUNT, URL, pattern="{}"), InvalidEventPattern, "Empty objects"),
        (lambda sinks: sinks.add(ACCOUNT, _url("ftp://host/")), UnusableSink, "neither with http"),
        (lambda sinks: sinks.add(ACCOUNT, _url("https://user:pass@host/")), UnusableSink, "a user's name"),
        (lambda sinks: sinks.add(ACCOUNT, _url("https://" + "x" * 2048)), UnusableSink, "1 to 2048"),
        (lambda sinks: sinks.add(ACCOUNT, _file("events.jsonl")), UnusableSink, "absolute path"),
        (lambda sinks: sinks.add(ACCOUNT, _file("/a/../b")), UnusableSink, "absolute path"),
        (lambda sinks: sinks.add(ACCOUNT, _file("/a/")), UnusableSink, "absolute path"),
        (lambda sinks: sinks.get(OTHER, "films"), UnknownSink, "Sink films does not exist."),
        (lambda sinks: sinks.remove(OTHER, "films"), UnknownSink, "Sink films does not exist."),
        (lambda sinks: sinks.pause(ACCOUNT, "other"), UnknownSink, "Sink other does not exist."),
        (lambda sinks: sinks.resume(ACCOUNT, "other"), UnknownSink, "Sink other does not exist."),
        (lambda sinks: sinks.redrive(ACCOUNT, "other"), UnknownSink, "Sink other does not exist."),
        (lambda sinks: sinks.dead_letters(OTHER, "films", size=1), UnknownSink, "Sink films does not exist."),
    ],
)
def test_what_is_no_sink_is_refused(
    desk: Desk, use: Callable[[Sinks], object], problem: type[Exception], text: str
) -> None:
    """With a sentence that says why; another account's sinks do not exist."""
    desk.sinks.add(ACCOUNT, URL, name="films")
    with pytest.raises(problem, match=text):
        use(desk.sinks)


def test_sinks_are_listed_by_name_and_counted(desk: Desk) -> None:
    """An account has fifty at most; another account's are not among them. Without a name a sink gets one."""
    desk.sinks.add(OTHER, FILE, name="theirs")
    for number in range(MAX_SINKS - 1):
        desk.sinks.add(ACCOUNT, FILE, name=f"sink{number:02}")
    unnamed, _secret = desk.sinks.add(ACCOUNT, FILE)
    assert unnamed.name.startswith("sink-")
    assert unnamed.pattern == EVERYTHING
    names = [sink.name for sink, _waiting in desk.sinks.list(ACCOUNT)]
    assert names == sorted(names)
    assert len(names) == MAX_SINKS
    with pytest.raises(TooManySinks, match="at most 50"):
        desk.sinks.add(ACCOUNT, FILE)


def _url(address: str) -> Target:
    return Target(kind=TargetKind.URL, address=address)


def _file(address: str) -> Target:
    return Target(kind=TargetKind.FILE, address=address)
