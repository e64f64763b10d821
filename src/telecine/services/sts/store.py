"""STS's SQL."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from telecine.core.names import AccessKeyId, AccountId, JobId, UniqueId
from telecine.db import Database
from telecine.services.sts.model import (
    Session,
    SessionKind,
    SessionPolicies,
    SessionTags,
    StoredConsoleSession,
)
from telecine.services.sts.tables import CONSOLE_SESSIONS, SESSIONS

# Built once: building a statement costs as much as running it.
_FIND = select(SESSIONS).where(SESSIONS.c.access_key_id == bindparam("wanted"))


def create(connection: Connection, session: Session) -> None:
    """Write a new session."""
    policies = session.policies
    job_id, attempt, owner = session.job or (None, None, None)
    connection.execute(
        insert(SESSIONS).values(
            access_key_id=session.access_key_id,
            token_digest=session.token_digest,
            sealed_secret=session.sealed_secret,
            kind=str(session.kind),
            account=session.account,
            subject_id=session.subject_id,
            name=session.name,
            issued_at=session.issued_at,
            expires_at=session.expires_at,
            policies=None if policies is None else {"document": policies.document, "arns": list(policies.arns)},
            tags=session.tags.values,
            transitive_tags=list(session.tags.transitive),
            source_identity=session.source_identity,
            mfa_at=session.mfa_at,
            job_id=job_id,
            attempt=attempt,
            owner=owner,
        )
    )


def find(database: Database, access_key_id: str) -> Session | None:
    """The session that signs with that key, run out or not."""
    row = next(iter(database.rows(_FIND, wanted=access_key_id)), None)
    if row is None:
        return None
    policies = row.policies
    return Session(
        access_key_id=AccessKeyId(row.access_key_id),
        token_digest=row.token_digest,
        sealed_secret=row.sealed_secret,
        kind=SessionKind(row.kind),
        account=AccountId(row.account),
        subject_id=None if row.subject_id is None else UniqueId(row.subject_id),
        name=row.name,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        policies=policies and SessionPolicies(document=policies["document"], arns=tuple(policies["arns"])),
        tags=SessionTags(values=row.tags, transitive=tuple(row.transitive_tags)),
        source_identity=row.source_identity,
        mfa_at=row.mfa_at,
        job=None if row.job_id is None else (JobId(row.job_id), row.attempt, row.owner),
    )


def purge(connection: Connection, before: datetime) -> None:
    """Forget the sessions that ran out before `before`."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.expires_at < before))


def sign_in(connection: Connection, session: StoredConsoleSession) -> None:
    """Write that somebody signed in."""
    connection.execute(
        insert(CONSOLE_SESSIONS).values(
            token_digest=session.token_digest,
            account=session.account,
            user_id=session.user_id,
            signed_in_at=session.signed_in_at,
            expires_at=session.expires_at,
            mfa_at=session.mfa_at,
        )
    )


def signed_in(connection: Connection, token_digest: bytes) -> StoredConsoleSession | None:
    """Who holds the token with that digest, run out or not."""
    row = connection.execute(
        select(CONSOLE_SESSIONS).where(CONSOLE_SESSIONS.c.token_digest == token_digest)
    ).one_or_none()
    if row is None:
        return None
    return StoredConsoleSession(
        token_digest=row.token_digest,
        account=AccountId(row.account),
        user_id=None if row.user_id is None else UniqueId(row.user_id),
        signed_in_at=row.signed_in_at,
        expires_at=row.expires_at,
        mfa_at=row.mfa_at,
    )


def sign_out(connection: Connection, token_digest: bytes) -> None:
    """Forget who holds that token."""
    connection.execute(delete(CONSOLE_SESSIONS).where(CONSOLE_SESSIONS.c.token_digest == token_digest))


def purge_signed_in(connection: Connection, before: datetime) -> None:
    """Forget the console sessions that ran out before `before`."""
    connection.execute(delete(CONSOLE_SESSIONS).where(CONSOLE_SESSIONS.c.expires_at < before))
