"""STS's tables: every session that has not run out long ago, and who is signed in to the console."""

from sqlalchemy import Column, Index, Integer, LargeBinary, String, Table

from telecine.db import Json, Moment, metadata
from telecine.seal import sealed

SESSIONS = Table(
    "sts_sessions",
    metadata,
    Column("access_key_id", String(128), primary_key=True),
    Column("token_digest", LargeBinary, nullable=False),
    Column("sealed_secret", LargeBinary, nullable=False, info=sealed("sts/session/{access_key_id}")),
    Column("kind", String(16), nullable=False),  # `model.SessionKind`
    Column("account", String(12), nullable=False),
    # The role; the user who got the session; NULL for the root user. No foreign key: when it is deleted, its sessions
    # are dead, not gone.
    Column("subject_id", String(32)),
    Column("name", String(64), nullable=False),  # role session or federated user; empty for users' own sessions
    Column("issued_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("policies", Json),  # {"document": text or null, "arns": [ARN, …]}; NULL: not limited
    Column("tags", Json, nullable=False),  # session tags
    Column("transitive_tags", Json, nullable=False),  # keys of those that go on to the next session of a chain
    Column("source_identity", String(64)),
    Column("mfa_at", Moment),  # when the caller proved to hold an MFA device; NULL: it did not
    Column("job_id", String(64)),
    Column("attempt", Integer),
    Column("owner", String(128)),
    Index("ix_sts_sessions_expires_at", "expires_at"),
)

CONSOLE_SESSIONS = Table(
    "sts_console_sessions",
    metadata,
    Column("token_digest", LargeBinary, primary_key=True),  # SHA-256 of what the browser holds
    Column("account", String(12), nullable=False),
    Column("user_id", String(32)),  # NULL: the root user
    Column("signed_in_at", Moment, nullable=False),
    Column("expires_at", Moment, nullable=False),
    Column("mfa_at", Moment),
    Index("ix_sts_console_sessions_expires_at", "expires_at"),
)
