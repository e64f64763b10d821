"""How a session is opened: fresh keys, of which the database gets the secret sealed and of the token the digest."""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccessKeyId, AccountId, JobId, UniqueId
from telecine.db import Database
from telecine.seal import RootKey
from telecine.services.sts import store
from telecine.services.sts.model import (
    Session,
    SessionCredentials,
    SessionKind,
    SessionPolicies,
    SessionTags,
)

_MEMORY = timedelta(days=1)
"""How long a session is remembered after it ran out, so that its holder hears `ExpiredToken`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Wanted:
    """A session that is still to be opened."""

    kind: SessionKind
    account: AccountId
    subject_id: UniqueId | None
    lifetime: timedelta
    name: str = ""
    issued_at: datetime | None = None
    """None: now."""
    policies: SessionPolicies | None = None
    tags: SessionTags = field(default_factory=SessionTags)
    source_identity: str | None = None
    mfa_at: datetime | None = None
    job: tuple[JobId, int, str] | None = None


class Opener:
    """Makes sessions, and opens their secrets again."""

    def __init__(self, database: Database, root_key: RootKey, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._root_key = root_key
        self._clock = clock
        self._ids = ids

    def open(self, wanted: Wanted) -> SessionCredentials:
        """The credentials of a new session, once it is stored."""
        now = self._clock.now().replace(microsecond=0)
        credentials = SessionCredentials(
            access_key_id=self._ids.access_key_id("ASIA"),
            secret_access_key=self._ids.secret_access_key(),
            session_token=self._ids.session_token(),
            expires_at=now + wanted.lifetime,
        )
        about = _about(credentials.access_key_id)
        session = Session(
            access_key_id=credentials.access_key_id,
            token_digest=hashlib.sha256(credentials.session_token.encode()).digest(),
            sealed_secret=self._root_key.wrap(credentials.secret_access_key.encode(), about=about),
            kind=wanted.kind,
            account=wanted.account,
            subject_id=wanted.subject_id,
            name=wanted.name,
            issued_at=wanted.issued_at or now,
            expires_at=credentials.expires_at,
            policies=wanted.policies,
            tags=wanted.tags,
            source_identity=wanted.source_identity,
            mfa_at=wanted.mfa_at,
            job=wanted.job,
        )

        def work(connection: Connection) -> None:
            store.purge(connection, now - _MEMORY)
            store.create(connection, session)

        self._database.write(work)
        return credentials

    def secret(self, session: Session) -> str:
        """The secret access key of a stored session. Raises `BrokenSeal` when another root key sealed it."""
        return self._root_key.unwrap(session.sealed_secret, about=_about(session.access_key_id)).decode()


def _about(access_key_id: AccessKeyId) -> str:
    return f"sts/session/{access_key_id}"
