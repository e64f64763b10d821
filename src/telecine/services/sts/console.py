"""Who is signed in to the console: sessions of people, from which the console gets temporary credentials.

Internal: no operation of the wire leads here. Whoever holds the token of a console session signs in the user's name
for as long as the session lasts; it ends with the user, with the login profile and with the password that opened it.
"""

import hashlib
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.db import Database
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import SignedIn, User
from telecine.services.sts import store
from telecine.services.sts.errors import MustChangePassword, NotSignedIn
from telecine.services.sts.model import SessionCredentials, StoredConsoleSession
from telecine.services.sts.sessions import Sessions

_LIFETIME = timedelta(hours=12)
"""IAM user guide, "Signing in to the AWS Management Console": then everybody signs in anew."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ConsoleSession:
    """A new console session, at the one moment when its token is shown."""

    token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Person:
    """Who is signed in."""

    account: AccountId
    user: User | None
    """None: the root user."""
    signed_in_at: datetime
    expires_at: datetime
    mfa_at: datetime | None
    """When they proved to hold an MFA device; None: they did not."""


class ConsoleSessions:
    """The console's sessions: opened, looked up, ended."""

    def __init__(self, database: Database, directory: Directory, sessions: Sessions, clock: Clock, ids: Ids) -> None:
        self._database = database
        self._directory = directory
        self._sessions = sessions
        self._clock = clock
        self._ids = ids

    def sign_in(self, signed_in: SignedIn) -> ConsoleSession:
        """A session of 12 hours for somebody who has proved who they are.

        Raises `MustChangePassword` when that comes first.
        """
        if signed_in.must_change_password:
            raise MustChangePassword("The password must be changed before anybody is signed in with it.")
        now = self._clock.now()
        token = self._ids.session_token()
        session = StoredConsoleSession(
            token_digest=_digest(token),
            account=signed_in.account,
            user_id=None if signed_in.user is None else signed_in.user.unique_id,
            signed_in_at=signed_in.at,
            expires_at=signed_in.at.replace(microsecond=0) + _LIFETIME,
            mfa_at=signed_in.mfa_at,
        )

        def work(connection: Connection) -> None:
            store.purge_signed_in(connection, now)
            store.sign_in(connection, session)

        self._database.write(work)
        return ConsoleSession(token=token, expires_at=session.expires_at)

    def who(self, token: str) -> Person:
        """Who holds the token. Raises `NotSignedIn` when it has run out, is ended or never was one."""
        session, user = self._find(token)
        return Person(
            account=session.account,
            user=user,
            signed_in_at=session.signed_in_at,
            expires_at=session.expires_at,
            mfa_at=session.mfa_at,
        )

    def credentials(self, token: str) -> SessionCredentials:
        """New temporary credentials of whoever holds the token: for an hour, or until the session runs out.

        They tell of MFA if it was part of the sign-in, and their `aws:TokenIssueTime` is the sign-in's: a policy that
        denies what was issued before some time ends their renewal too. Raises `NotSignedIn`.
        """
        session, _ = self._find(token)
        return self._sessions.console_credentials(session)

    def sign_out(self, token: str) -> None:
        """End the session: its credentials are not renewed any more. Nothing happens when there is none."""
        digest = _digest(token)
        self._database.write(lambda connection: store.sign_out(connection, digest))

    def _find(self, token: str) -> tuple[StoredConsoleSession, User | None]:
        with self._database.read() as connection:
            session = store.signed_in(connection, _digest(token))
        if session is None or session.expires_at <= self._clock.now():
            raise NotSignedIn("Nobody is signed in with that token.")
        user = None if session.user_id is None else self._directory.users.by_id(session.user_id)
        if session.user_id is not None and user is None:
            raise NotSignedIn("The user who was signed in is gone.")
        password_at = self._directory.passwords.in_force_since(session.account, user)
        if password_at is None or password_at > session.signed_in_at:
            raise NotSignedIn("The password that somebody signed in with is not in force any more.")
        return session, user


def _digest(token: str) -> bytes:
    """What the database knows of a token. It is looked up by this, so that no comparison tells of the token."""
    return hashlib.sha256(token.encode()).digest()
