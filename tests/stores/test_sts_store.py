"""STS's store under the sessions, on either database."""

import hashlib
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from typing import Any
from unittest.mock import patch

import pytest
from argon2 import PasswordHasher
from sqlalchemy import Engine, event, select

from telecine.core.names import AccessKeyId, AccountId, JobId, UniqueId
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.db.prepared import Prepared
from telecine.seal import BrokenSeal, RootKey
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Role
from telecine.services.sts import store
from telecine.services.sts.model import (
    AssumedRole,
    Inheritance,
    Session,
    SessionKind,
    SessionPolicies,
    SessionTags,
    StoredConsoleSession,
)
from telecine.services.sts.sessions import Sessions
from telecine.services.sts.tables import SESSIONS
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids

ACCOUNT = AccountId("123456789012")
DOCUMENT = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
    }
)


class World:
    """Directory and sessions on one database, with one role."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.clock = ManualClock()
        self.ids = seeded_ids()
        cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
        root_key = RootKey(b"k" * 32)
        self.directory = Directory(database, root_key, self.clock, self.ids, PageTokens(b"p" * 32), passwords=cheap)
        self.directory.bootstrap(ACCOUNT)
        self.sessions = self.process(root_key)
        self.role: Role = self.directory.roles.create(ACCOUNT, "r", TRUST)

    def process(self, root_key: RootKey) -> Sessions:
        """Sessions as another process has them."""
        return Sessions(self.database, self.directory, root_key, self.clock, self.ids, record=lambda _made: None)

    def assume(self, policies: SessionPolicies | None = None) -> AssumedRole:
        """A session of the role, for 15 minutes."""
        return self.sessions.assume_role(self.role, "night", seconds=900, policies=policies)

    def stored(self) -> list[str]:
        """The ids of the sessions in the database."""
        with self.database.read() as connection:
            return list(connection.execute(select(SESSIONS.c.access_key_id)).scalars())


@pytest.fixture
def world(database: Database) -> World:
    """A new account with a role."""
    return World(database)


def test_a_session_comes_back_as_it_was_made(world: World) -> None:
    """With its secret, the digest of its token, its end and its policies."""
    policies = SessionPolicies(document=DOCUMENT, arns=("arn:aws:iam::aws:policy/IAMFullAccess",))
    given = world.assume(policies).credentials

    key = world.process(RootKey(b"k" * 32)).signing_key(given.access_key_id)

    assert key is not None
    assert key.secret_access_key == given.secret_access_key
    assert key.token_digest == hashlib.sha256(given.session_token.encode()).digest()
    assert key.expires_at == given.expires_at == world.clock.now() + timedelta(minutes=15)
    assert key.caller.session_policies is not None
    assert key.caller.session_policies[0] == DOCUMENT
    assert "organizations:ListRoots" in key.caller.session_policies[1]


def test_neither_secret_nor_token_stands_in_the_database(world: World) -> None:
    """The one is sealed, of the other only the digest is kept; another root key opens nothing."""
    given = world.assume().credentials

    with world.database.read() as connection:
        (row,) = [str(tuple(row)) for row in connection.execute(select(SESSIONS))]

    assert given.secret_access_key not in row
    assert given.session_token not in row
    assert given.secret_access_key not in repr(given)
    assert given.session_token not in repr(given)
    with pytest.raises(BrokenSeal):
        world.process(RootKey(b"x" * 32)).signing_key(given.access_key_id)


def test_long_ended_sessions_are_purged_by_the_next_write(world: World) -> None:
    """A day after its end a session is forgotten; until then its holder hears that it has run out."""
    first = world.assume().credentials.access_key_id
    world.clock.advance(900 + 86_400)
    second = world.assume().credentials.access_key_id
    assert set(world.stored()) == {first, second}

    world.clock.advance(1)
    third = world.assume().credentials.access_key_id

    assert set(world.stored()) == {second, third}


def test_a_session_lives_as_long_as_its_role(world: World) -> None:
    """Not as long as its role's name."""
    given = world.assume().credentials.access_key_id
    world.directory.roles.delete(ACCOUNT, "r")
    assert world.sessions.signing_key(given) is None

    world.directory.roles.create(ACCOUNT, "r", TRUST)

    assert world.sessions.signing_key(given) is None


def test_both_kinds_of_keys_are_found(world: World) -> None:
    """Long-term ones come from the directory."""
    admin = world.directory.users.get(ACCOUNT, "admin")
    long_term = world.directory.keys.create(ACCOUNT, admin).key.access_key_id

    found = world.sessions.signing_key(long_term)

    assert found is not None
    assert found.token_digest is None
    assert world.sessions.signing_key(AccessKeyId("ASIAAAAAAAAAAAAAAAAA")) is None
    assert world.sessions.signing_key(AccessKeyId("AKIAAAAAAAAAAAAAAAAA")) is None


def session(world: World, **changes: object) -> Session:
    """A session as the store takes it."""
    now = world.clock.now()
    usual: dict[str, object] = {
        "access_key_id": AccessKeyId("ASIAFULLFULLFULLFULL"),
        "token_digest": b"d" * 32,
        "sealed_secret": b"s" * 60,
        "kind": SessionKind.ASSUMED_ROLE,
        "account": ACCOUNT,
        "subject_id": world.role.unique_id,
        "issued_at": now,
        "expires_at": now + timedelta(hours=1),
    }
    return Session(**{**usual, **changes})  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "changes",
    [
        {},
        {
            "name": "night",
            "policies": SessionPolicies(document=DOCUMENT, arns=("arn:aws:iam::aws:policy/IAMFullAccess",)),
            "tags": SessionTags(values={"Team": "film", "Größe": "π"}, transitive=("Team",)),
            "source_identity": "ada",
            "job": (JobId("job-1"), 2, "worker-1"),
        },
        {"kind": SessionKind.ROOT, "subject_id": None},
        {"kind": SessionKind.USER, "subject_id": UniqueId("AIDAADAXXXXXXXXXXXXXX")},
        {"kind": SessionKind.FEDERATED_USER, "subject_id": None, "name": "Carol"},
        {"kind": SessionKind.CONSOLE, "subject_id": UniqueId("AIDAADAXXXXXXXXXXXXXX")},
    ],
)
def test_every_kind_of_session_is_kept_whole(world: World, changes: dict[str, object]) -> None:
    """Nothing of it gets lost on the way, the time of its MFA to the microsecond included."""
    mfa_at = None if not changes else world.clock.now() + timedelta(microseconds=123_000)
    stored = session(world, **changes, mfa_at=mfa_at)

    world.database.write(lambda connection: store.create(connection, stored))

    assert store.find(world.database, stored.access_key_id) == stored
    assert store.find(world.database, "ASIANOBODYNOBODYNOBO") is None


def test_who_is_signed_in_is_kept_until_the_end(world: World) -> None:
    """By the digest of the token; signing out and running out both end it."""
    now = world.clock.now()
    mine, root = [
        StoredConsoleSession(
            token_digest=digest,
            account=ACCOUNT,
            user_id=user_id,
            signed_in_at=now,
            expires_at=now + timedelta(hours=hours),
            mfa_at=now,
        )
        for digest, user_id, hours in ((b"m" * 32, UniqueId("AIDAADAXXXXXXXXXXXXXX"), 1), (b"r" * 32, None, 2))
    ]
    world.database.write(lambda connection: store.sign_in(connection, mine))
    world.database.write(lambda connection: store.sign_in(connection, root))

    def known() -> list[StoredConsoleSession | None]:
        with world.database.read() as connection:
            return [store.signed_in(connection, one.token_digest) for one in (mine, root)]

    assert known() == [mine, root]
    world.database.write(lambda connection: store.purge_signed_in(connection, now + timedelta(minutes=90)))
    assert known() == [None, root]
    world.database.write(lambda connection: store.sign_out(connection, root.token_digest))
    assert known() == [None, None]


def test_what_a_chain_hands_on(world: World) -> None:
    """Transitive tags and the source identity of the role session that calls; nothing of any other caller."""
    tags = SessionTags(values={"Team": "film", "Moon": "1"}, transitive=("Team",))
    chained = world.sessions.assume_role(world.role, "night", seconds=900, tags=tags, source_identity="ada")
    admin = world.directory.users.get(ACCOUNT, "admin")
    long_term = world.directory.keys.create(ACCOUNT, admin).key.access_key_id

    def inherited(access_key_id: AccessKeyId) -> Inheritance:
        key = world.sessions.signing_key(access_key_id)
        assert key is not None
        return world.sessions.inherited(key.caller)

    assert inherited(chained.credentials.access_key_id) == Inheritance(tags={"Team": "film"}, source_identity="ada")
    assert inherited(world.assume().credentials.access_key_id) == Inheritance()
    assert inherited(long_term) == Inheritance()


@contextmanager
def counted_reads() -> Iterator[list[int]]:
    """A one for each SELECT that runs meanwhile; of a prepared query SQLAlchemy sees none."""
    seen: list[int] = []
    prepared_rows = Prepared.rows

    def rows(self: Prepared, values: dict[str, str | int]) -> list[Any]:
        seen.append(1)
        return prepared_rows(self, values)

    def note(_connection: object, _cursor: object, statement: str, *_more: object) -> None:
        if statement.lstrip().startswith("SELECT"):
            seen.append(1)

    event.listen(Engine, "before_cursor_execute", note)
    try:
        with patch.object(Prepared, "rows", rows):
            yield seen
    finally:
        event.remove(Engine, "before_cursor_execute", note)


def test_a_session_costs_one_read_more_than_a_long_term_key(world: World) -> None:
    """Whoever's it is, and however many principals the role trusts."""
    admin = world.directory.users.get(ACCOUNT, "admin")
    long_term = world.directory.keys.create(ACCOUNT, admin).key.access_key_id
    trust = {
        "Effect": "Allow",
        "Principal": {"AWS": [f"arn:aws:iam::{ACCOUNT}:user/admin", f"arn:aws:iam::{ACCOUNT}:role/r"]},
        "Action": "sts:AssumeRole",
    }
    world.directory.roles.set_trust_policy(ACCOUNT, "r", json.dumps({"Version": "2012-10-17", "Statement": [trust]}))
    of_role = world.assume().credentials.access_key_id
    key = world.sessions.signing_key(long_term)
    assert key is not None
    of_user = world.sessions.session_token(key.caller, seconds=900, mfa_at=None).access_key_id

    def reads(access_key_id: AccessKeyId) -> int:
        with counted_reads() as seen:
            assert world.sessions.signing_key(access_key_id) is not None
        return len(seen)

    assert (reads(long_term), reads(of_role), reads(of_user)) == (1, 2, 2)
