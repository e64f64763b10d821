"""The tables of sinks: who wants which events, and what is on its way to whom. The outbox has its own module."""

from sqlalchemy import Column, ForeignKey, Index, Integer, LargeBinary, String, Table, Text, UniqueConstraint

from telecine.db import Moment, metadata
from telecine.seal import sealed

SINKS = Table(
    "events_sinks",
    metadata,
    Column("id", String(36), primary_key=True),
    Column("account", String(12), nullable=False),
    Column("name", String(64), nullable=False),
    Column("kind", String(8), nullable=False),
    Column("target", Text, nullable=False),
    Column("pattern", Text, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=True, info=sealed("events/sink/{id}")),
    Column("position", Integer, nullable=False),
    Column("state", String(8), nullable=False),
    Column("state_reason", Text, nullable=True),
    Column("created_at", Moment, nullable=False),
    UniqueConstraint("account", "name"),
)
"""`position` is that of the last event of the outbox which has been looked at for this sink."""

DELIVERIES = Table(
    "events_deliveries",
    metadata,
    Column("sink", String(36), ForeignKey("events_sinks.id"), primary_key=True),
    Column("position", Integer, primary_key=True, autoincrement=False),
    Column("subject", Text, nullable=False),
    Column("queued_at", Moment, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("next_attempt_at", Moment, nullable=True),
    Column("last_error", Text, nullable=True),
    Column("dead_at", Moment, nullable=True),
    Index("ix_events_deliveries_due", "sink", "next_attempt_at"),
    Index("ix_events_deliveries_subject", "sink", "subject", "position"),
    Index("ix_events_deliveries_position", "position"),
)
"""An event that a sink wants and has not got. Of those with one subject only the first has a next attempt. `dead_at` is
when it was given up."""
