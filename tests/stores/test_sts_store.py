"""STS's store under the sessions, on either database."""

import hashlib
import json
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from telecine.core.names import AccessKeyId, AccountId
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.seal import BrokenSeal, RootKey
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import Role
from telecine.services.sts.model import AssumedRole, SessionPolicies
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
