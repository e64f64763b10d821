"""The outbox: events in the order in which they were written, in the EventBridge envelope.

An event stands in the same transaction as the change it tells of: neither can exist without the other. Readers ask
for what comes after a position.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy import Column, Connection, Index, Integer, Row, String, Table, func, insert, select

from telecine.core.names import AccountId
from telecine.db import Json, Moment, metadata

OUTBOX = Table(
    "events_outbox",
    metadata,
    Column("position", Integer, primary_key=True, autoincrement=True),
    Column("id", String(36), nullable=False, unique=True),
    Column("time", Moment, nullable=False),
    Column("account", String(12), nullable=False),
    Column("region", String(32), nullable=False),
    Column("source", String(128), nullable=False),
    Column("detail_type", String(128), nullable=False),
    Column("resources", Json, nullable=False),
    Column("detail", Json, nullable=False),
    Index("ix_events_outbox_time", "time"),
    sqlite_autoincrement=True,  # a position is never used twice, also after rows were purged
)


_APPENDING = 0x6F7574626F78
"""The number of PostgreSQL's advisory lock that a transaction holds from its first event to its end."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Event:
    """One event, as EventBridge would carry it."""

    id: str
    """A UUID."""
    time: datetime
    account: AccountId
    region: str
    source: str
    """`aws.mediaconvert`."""
    detail_type: str
    """`MediaConvert Job State Change`."""
    resources: tuple[str, ...]
    """ARNs of what it is about."""
    detail: Mapping[str, Any]

    @property
    def subject(self) -> str:
        """What events of must come one after the other: the job. An event about nothing stands for itself."""
        return self.resources[0] if self.resources else self.id

    def envelope(self) -> dict[str, Any]:
        """The JSON document that a consumer of EventBridge gets."""
        return {
            "version": "0",
            "id": self.id,
            "detail-type": self.detail_type,
            "source": self.source,
            "account": self.account,
            "time": self.time.strftime("%Y-%m-%dT%H:%M:%SZ"),
            "region": self.region,
            "resources": list(self.resources),
            "detail": dict(self.detail),
        }


def append(connection: Connection, event: Event) -> None:
    """Write `event` in the caller's transaction."""
    if connection.dialect.name == "postgresql":
        # A position is given out now but seen at the commit: without the lock, a transaction that commits first could
        # carry a reader past the position of one that commits later. SQLite has one writer anyway.
        connection.execute(select(func.pg_advisory_xact_lock(_APPENDING)))
    connection.execute(
        insert(OUTBOX).values(
            id=event.id,
            time=event.time,
            account=event.account,
            region=event.region,
            source=event.source,
            detail_type=event.detail_type,
            resources=list(event.resources),
            detail=dict(event.detail),
        )
    )


def read(connection: Connection, *, after: int = 0, limit: int = 1000) -> Sequence[tuple[int, Event]]:
    """Up to `limit` events behind position `after`, oldest first, each with its position."""
    rows = connection.execute(select(OUTBOX).where(OUTBOX.c.position > after).order_by(OUTBOX.c.position).limit(limit))
    return [(row.position, event_of(row)) for row in rows]


def newest(connection: Connection) -> int:
    """The position of the last event that can be seen; 0 when there is none."""
    return connection.execute(select(func.max(OUTBOX.c.position))).scalar() or 0


def event_of(row: Row[Any], *, prefix: str = "") -> Event:
    """The event of a row of the outbox, whose columns may have been given names with a prefix."""
    of = row._mapping
    return Event(
        id=of[f"{prefix}id"],
        time=of[f"{prefix}time"],
        account=AccountId(of[f"{prefix}account"]),
        region=of[f"{prefix}region"],
        source=of[f"{prefix}source"],
        detail_type=of[f"{prefix}detail_type"],
        resources=tuple(of[f"{prefix}resources"]),
        detail=of[f"{prefix}detail"],
    )
