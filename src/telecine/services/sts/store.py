"""STS's SQL."""

from datetime import datetime

from sqlalchemy import Connection, bindparam, delete, insert, select

from telecine.core.names import AccessKeyId, JobId, UniqueId
from telecine.services.sts.model import Session, SessionPolicies
from telecine.services.sts.tables import SESSIONS

# Built once: every request of a session asks, and building a statement costs as much as running it.
_FIND = select(SESSIONS).where(SESSIONS.c.access_key_id == bindparam("wanted"))


def create(connection: Connection, session: Session, account: str) -> None:
    """Write a new session."""
    policies = session.policies
    job_id, attempt, owner = session.job or (None, None, None)
    connection.execute(
        insert(SESSIONS).values(
            access_key_id=session.access_key_id,
            token_digest=session.token_digest,
            sealed_secret=session.sealed_secret,
            kind="AssumedRole",
            account=account,
            subject_id=session.role_id,
            name=session.name,
            tags={},
            transitive_tags=[],
            issued_at=session.issued_at,
            expires_at=session.expires_at,
            policies=None if policies is None else {"document": policies.document, "arns": list(policies.arns)},
            job_id=job_id,
            attempt=attempt,
            owner=owner,
        )
    )


def find(connection: Connection, access_key_id: str) -> Session | None:
    """The session that signs with that key, run out or not."""
    row = connection.execute(_FIND, {"wanted": access_key_id}).one_or_none()
    if row is None:
        return None
    policies = row.policies
    return Session(
        access_key_id=AccessKeyId(row.access_key_id),
        token_digest=row.token_digest,
        sealed_secret=row.sealed_secret,
        role_id=UniqueId(row.subject_id),
        name=row.name,
        issued_at=row.issued_at,
        expires_at=row.expires_at,
        policies=policies and SessionPolicies(document=policies["document"], arns=tuple(policies["arns"])),
        job=None if row.job_id is None else (JobId(row.job_id), row.attempt, row.owner),
    )


def purge(connection: Connection, before: datetime) -> None:
    """Forget the sessions that ran out before `before`."""
    connection.execute(delete(SESSIONS).where(SESSIONS.c.expires_at < before))
