"""STS's table: every session that has not run out long ago."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from telecine.db import Json, Moment, metadata

SESSIONS = Table(
    "sts_sessions",
    metadata,
    Column("access_key_id", String(128), primary_key=True),
    Column("token_digest", LargeBinary, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False),
    Column("role_id", String(32), nullable=False),  # no foreign key: a deleted role leaves its sessions dead, not gone
    Column("name", String(64), nullable=False),
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("policies", Json),  # {"document": text or null, "arns": [ARN, …]}; NULL: not limited
    Column("job_id", String(64)),
    Column("attempt", Integer),
    Column("owner", String(128)),
    Index("ix_sts_sessions_expires_at", "expires_at"),
)
