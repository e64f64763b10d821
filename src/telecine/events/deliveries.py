"""The way of events to their sinks: what is to be tried, and what came of it.

Each active sink looks at the outbox from its own position on. What its pattern matches becomes a row, in the
transaction that moves the position: from then on the event is delivered or becomes a dead letter, whatever dies in
between. Of the rows with one subject (a job) only the first may be tried; the next one's turn comes when it is
delivered or given up. An attempt is noted after it was made, so that a crash in between means another one: at least
once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.db import Database
from telecine.events import outbox, retry, store
from telecine.events.model import Delivery, Outcome, Sink, SinkState, Verdict
from telecine.events.pattern import EventPattern

EVENTS_KEPT = timedelta(days=90)
"""As long as records of jobs. Also what a paused sink may miss at most before events are lost to it."""
DEAD_LETTERS_KEPT = timedelta(days=30)

_LOOKED_AT = 200
"""So many events are looked at in one transaction."""
_TRIED = 32
"""So many are tried before we look again."""
_PURGED = 500
_LONGEST_ERROR = 500


@dataclass(frozen=True, kw_only=True, slots=True)
class Agenda:
    """Who has something to do."""

    sinks: Sequence[Sink]
    """The active ones."""
    busy: frozenset[str]
    """The ids of those that have events to look at, or to try."""


class Deliveries:
    """What is on its way to sinks."""

    def __init__(self, database: Database, clock: Clock, ids: Ids) -> None:
        self._db = database
        self._clock = clock
        self._ids = ids

    def agenda(self) -> Agenda:
        """The active sinks, and which of them have something to do now."""
        now = self._clock.now()
        with self._db.read() as connection:
            sinks = store.active(connection)
            if not sinks:
                return Agenda(sinks=(), busy=frozenset())
            newest = outbox.newest(connection)
            waiting: Mapping[str, datetime] = store.next_attempts(connection)
        busy = {sink.id for sink in sinks if newest > sink.position or waiting.get(sink.id, _never(now)) <= now}
        return Agenda(sinks=sinks, busy=frozenset(busy))

    def look(self, sink: Sink, pattern: EventPattern) -> int:
        """Let the next events of the outbox that match `pattern` be delivered; how many events were looked at."""
        now = self._clock.now()
        with self._db.read() as connection:
            current = store.named(connection, sink.account, sink.name)
            if current is None or current.id != sink.id or current.state is not SinkState.ACTIVE:
                return 0
            page = outbox.read(connection, after=current.position, limit=_LOOKED_AT)
        if not page:
            return 0
        wanted = [
            (position, event.subject)
            for position, event in page
            if event.account == sink.account and pattern.matches(event.envelope())
        ]

        def work(connection: Connection) -> None:
            if store.move(connection, sink.id, start=current.position, to=page[-1][0]):
                store.enqueue(connection, sink.id, wanted, now)

        self._db.write(work)
        return len(page)

    def due(self, sink: Sink) -> Sequence[Delivery]:
        """What is to be tried now, the oldest first, one event of a job at most."""
        with self._db.read() as connection:
            return store.due(connection, sink.id, self._clock.now(), _TRIED)

    def settle(self, sink: Sink, results: Sequence[tuple[Delivery, Outcome]]) -> Sequence[Delivery]:
        """Note what came of attempts; those that were given up."""
        now = self._clock.now()
        chances = [int.from_bytes(self._ids.random(4), "big") / 2**32 for _result in results]

        def work(connection: Connection) -> Sequence[Delivery]:
            given_up = []
            for (delivery, outcome), chance in zip(results, chances, strict=True):
                if outcome.verdict is Verdict.DELIVERED:
                    store.delivered(connection, sink.id, delivery.position)
                elif self._note_failure(connection, sink, delivery, outcome, now, chance):
                    given_up.append(delivery)
                if outcome.verdict is Verdict.GONE:
                    store.set_state(connection, sink.id, SinkState.PAUSED, outcome.error)
            store.seat(connection, sink.id, {delivery.event.subject for delivery, _outcome in results}, now)
            return given_up

        return self._db.write(work)

    @staticmethod
    def _note_failure(
        connection: Connection, sink: Sink, delivery: Delivery, outcome: Outcome, now: datetime, chance: float
    ) -> bool:
        """Whether it was the last attempt."""
        attempts = delivery.attempts + 1
        is_dead = outcome.verdict is not Verdict.RETRY or retry.is_over(attempts, delivery.queued_at, now)
        store.failed(
            connection,
            sink.id,
            delivery.position,
            attempts=attempts,
            last_error=(outcome.error or "")[:_LONGEST_ERROR],
            next_attempt_at=None if is_dead else now + retry.wait(attempts, chance, asked=outcome.retry_after),
            dead_at=now if is_dead else None,
        )
        return is_dead

    def purge(self) -> int:
        """Remove old events that nobody waits for, and old dead letters; how many events."""
        now = self._clock.now()
        events_before, dead_before = now - EVENTS_KEPT, now - DEAD_LETTERS_KEPT
        self._db.write(
            lambda connection: store.purge_deliveries(connection, dead_before=dead_before, paused_before=events_before)
        )
        removed = 0
        while True:
            some = self._db.write(
                lambda connection: store.purge_events(connection, before=events_before, limit=_PURGED)
            )
            removed += some
            if some < _PURGED:
                return removed


def _never(now: datetime) -> datetime:
    return now + timedelta(days=1)
