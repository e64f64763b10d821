"""The SQL of sinks and deliveries. Every function works in its caller's transaction."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, delete, func, insert, select, update

from telecine.core.names import AccountId
from telecine.events.model import DeadLetter, Delivery, Sink, SinkState, Target, TargetKind, Waiting
from telecine.events.outbox import OUTBOX, event_of
from telecine.events.tables import DELIVERIES, SINKS

_PENDING = DELIVERIES.c.dead_at.is_(None)
_IN_ONE_QUERY = 500
"""So many values stand in one IN."""


# ── sinks ────────────────────────────────────────────────────────────────────────────────────────────────────────────


def add(connection: Connection, sink: Sink) -> None:
    connection.execute(
        insert(SINKS).values(
            id=sink.id,
            account=sink.account,
            name=sink.name,
            kind=sink.target.kind,
            target=sink.target.address,
            pattern=sink.pattern,
            sealed_secret=sink.sealed_secret,
            position=sink.position,
            state=sink.state,
            state_reason=sink.state_reason,
            created_at=sink.created_at,
        )
    )


def named(connection: Connection, account: AccountId, name: str) -> Sink | None:
    row = connection.execute(select(SINKS).where(SINKS.c.account == account, SINKS.c.name == name)).first()
    return None if row is None else _sink(row)


def of_account(connection: Connection, account: AccountId) -> Sequence[Sink]:
    """By name."""
    return [_sink(row) for row in connection.execute(select(SINKS).where(SINKS.c.account == account).order_by("name"))]


def active(connection: Connection) -> Sequence[Sink]:
    """Those that get events, of all accounts."""
    return [_sink(row) for row in connection.execute(select(SINKS).where(SINKS.c.state == SinkState.ACTIVE))]


def move(connection: Connection, sink_id: str, *, start: int, to: int) -> bool:
    """Note that the outbox has been looked at up to `to`; False when it is not at `start`, or there is no such sink."""
    moved = connection.execute(
        update(SINKS).where(SINKS.c.id == sink_id, SINKS.c.position == start).values(position=to)
    )
    return moved.rowcount == 1


def set_state(connection: Connection, sink_id: str, state: SinkState, reason: str | None) -> None:
    connection.execute(update(SINKS).where(SINKS.c.id == sink_id).values(state=state, state_reason=reason))


def remove(connection: Connection, sink_id: str) -> None:
    """The sink, and all that was on its way to it."""
    connection.execute(delete(DELIVERIES).where(DELIVERIES.c.sink == sink_id))
    connection.execute(delete(SINKS).where(SINKS.c.id == sink_id))


def waiting(connection: Connection, sink_ids: Collection[str]) -> Mapping[str, Waiting]:
    """What waits for each of these sinks; those for which nothing does are not in it."""
    counted = connection.execute(
        select(
            DELIVERIES.c.sink,
            func.count().label("all"),
            func.count(DELIVERIES.c.dead_at).label("dead"),
        )
        .where(DELIVERIES.c.sink.in_(sink_ids))
        .group_by(DELIVERIES.c.sink)
    )
    return {row.sink: Waiting(pending=row.all - row.dead, dead=row.dead) for row in counted}


# ── deliveries ───────────────────────────────────────────────────────────────────────────────────────────────────────


def next_attempts(connection: Connection) -> Mapping[str, datetime]:
    """When each sink has something to try next."""
    query = (
        select(DELIVERIES.c.sink, func.min(DELIVERIES.c.next_attempt_at).label("at"))
        .where(DELIVERIES.c.next_attempt_at.is_not(None))
        .group_by(DELIVERIES.c.sink)
    )
    return {row.sink: row.at for row in connection.execute(query)}


def enqueue(connection: Connection, sink_id: str, found: Iterable[tuple[int, str]], now: datetime) -> None:
    """Let events, each with its position and subject, be delivered."""
    rows = [
        {"sink": sink_id, "position": position, "subject": subject, "queued_at": now, "attempts": 0}
        for position, subject in found
    ]
    if rows:
        connection.execute(insert(DELIVERIES), rows)
        seat(connection, sink_id, {str(row["subject"]) for row in rows}, now)


def due(connection: Connection, sink_id: str, now: datetime, limit: int) -> Sequence[Delivery]:
    """What is to be tried now, the oldest first: one event of a subject at most. Nothing when the sink is paused."""
    query = (
        select(DELIVERIES.c.position.label("at"), DELIVERIES.c.attempts, DELIVERIES.c.queued_at, OUTBOX)
        .join(OUTBOX, OUTBOX.c.position == DELIVERIES.c.position)
        .join(SINKS, SINKS.c.id == DELIVERIES.c.sink)
        .where(DELIVERIES.c.sink == sink_id, DELIVERIES.c.next_attempt_at <= now, SINKS.c.state == SinkState.ACTIVE)
        .order_by(DELIVERIES.c.position)
        .limit(limit)
    )
    return [
        Delivery(position=row.at, event=event_of(row), attempts=row.attempts, queued_at=row.queued_at)
        for row in connection.execute(query)
    ]


def delivered(connection: Connection, sink_id: str, position: int) -> None:
    connection.execute(delete(DELIVERIES).where(_is(sink_id, position)))


def failed(connection: Connection, sink_id: str, position: int, **values: Any) -> None:
    """Note an attempt that failed: `attempts`, `last_error`, and `next_attempt_at` or `dead_at`."""
    connection.execute(update(DELIVERIES).where(_is(sink_id, position)).values(**values))


def seat(connection: Connection, sink_id: str, subjects: Collection[str], now: datetime) -> None:
    """Let the first pending event of each subject be tried, and no other."""
    names = sorted(subjects)
    for at in range(0, len(names), _IN_ONE_QUERY):
        pending = and_(DELIVERIES.c.sink == sink_id, DELIVERIES.c.subject.in_(names[at : at + _IN_ONE_QUERY]), _PENDING)
        first = select(func.min(DELIVERIES.c.position)).where(pending).group_by(DELIVERIES.c.subject).scalar_subquery()
        connection.execute(
            update(DELIVERIES)
            .where(pending, DELIVERIES.c.next_attempt_at.is_(None), DELIVERIES.c.position.in_(first))
            .values(next_attempt_at=now)
        )
        connection.execute(
            update(DELIVERIES)
            .where(pending, DELIVERIES.c.next_attempt_at.is_not(None), DELIVERIES.c.position.not_in(first))
            .values(next_attempt_at=None)
        )


def begin_anew(connection: Connection, sink_id: str, now: datetime) -> None:
    """Let all that is pending be tried from now on, for as long as a new event would be."""
    pending = and_(DELIVERIES.c.sink == sink_id, _PENDING)
    connection.execute(update(DELIVERIES).where(pending).values(queued_at=now))
    connection.execute(
        update(DELIVERIES).where(pending, DELIVERIES.c.next_attempt_at.is_not(None)).values(next_attempt_at=now)
    )


def dead(connection: Connection, sink_id: str, *, after: int, limit: int) -> Sequence[DeadLetter]:
    """Dead letters behind position `after`, the oldest event first."""
    query = (
        select(DELIVERIES, *(column.label(f"event_{column.name}") for column in OUTBOX.c))
        .join(OUTBOX, OUTBOX.c.position == DELIVERIES.c.position)
        .where(DELIVERIES.c.sink == sink_id, DELIVERIES.c.dead_at.is_not(None), DELIVERIES.c.position > after)
        .order_by(DELIVERIES.c.position)
        .limit(limit)
    )
    return [
        DeadLetter(
            position=row.position,
            event=event_of(row, prefix="event_"),
            attempts=row.attempts,
            reason=row.last_error or "",
            dead_at=row.dead_at,
        )
        for row in connection.execute(query)
    ]


def revive(connection: Connection, sink_id: str, event_ids: Collection[str] | None, now: datetime) -> int:
    """Let dead letters be tried again, those of these events or all; how many there were."""
    chosen = and_(DELIVERIES.c.sink == sink_id, DELIVERIES.c.dead_at.is_not(None))
    if event_ids is not None:
        positions = select(OUTBOX.c.position).where(OUTBOX.c.id.in_(event_ids)).scalar_subquery()
        chosen = and_(chosen, DELIVERIES.c.position.in_(positions))
    subjects = set(connection.execute(select(DELIVERIES.c.subject).where(chosen).distinct()).scalars())
    revived = connection.execute(
        update(DELIVERIES).where(chosen).values(dead_at=None, attempts=0, queued_at=now, last_error=None)
    )
    seat(connection, sink_id, subjects, now)
    return revived.rowcount


# ── what is not kept for ever ────────────────────────────────────────────────────────────────────────────────────────


def purge_deliveries(connection: Connection, *, dead_before: datetime, paused_before: datetime) -> int:
    """Remove old dead letters, and what has waited for a paused sink for too long; how many."""
    paused = select(SINKS.c.id).where(SINKS.c.state == SinkState.PAUSED).scalar_subquery()
    old = connection.execute(delete(DELIVERIES).where(DELIVERIES.c.dead_at < dead_before))
    left = connection.execute(
        delete(DELIVERIES).where(_PENDING, DELIVERIES.c.queued_at < paused_before, DELIVERIES.c.sink.in_(paused))
    )
    return old.rowcount + left.rowcount


def purge_events(connection: Connection, *, before: datetime, limit: int) -> int:
    """Remove up to `limit` old events that nobody waits for any more; how many."""
    behind = select(func.min(SINKS.c.position)).where(SINKS.c.state == SinkState.ACTIVE).scalar_subquery()
    waited_for = select(DELIVERIES.c.position).where(DELIVERIES.c.position == OUTBOX.c.position).exists()
    chosen = (
        select(OUTBOX.c.position)
        .where(OUTBOX.c.time < before, OUTBOX.c.position <= func.coalesce(behind, OUTBOX.c.position), ~waited_for)
        .order_by(OUTBOX.c.position)
        .limit(limit)
    )
    positions = list(connection.execute(chosen).scalars())
    for at in range(0, len(positions), _IN_ONE_QUERY):
        some = positions[at : at + _IN_ONE_QUERY]
        connection.execute(delete(OUTBOX).where(OUTBOX.c.position.in_(some)))
    return len(positions)


def _is(sink_id: str, position: int) -> Any:
    return and_(DELIVERIES.c.sink == sink_id, DELIVERIES.c.position == position)


def _sink(row: Row[Any]) -> Sink:
    return Sink(
        id=row.id,
        account=AccountId(row.account),
        name=row.name,
        target=Target(kind=TargetKind(row.kind), address=row.target),
        pattern=row.pattern,
        position=row.position,
        state=SinkState(row.state),
        state_reason=row.state_reason,
        created_at=row.created_at,
        sealed_secret=row.sealed_secret,
    )
