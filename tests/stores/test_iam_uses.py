"""When keys and roles were last used, on either database."""

import json
from datetime import timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy.exc import DatabaseError

from telecine.core.names import AccessKeyId, AccountId
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.seal import RootKey
from telecine.services.iam.directory import Directory
from telecine.services.iam.model import KeyUse, RoleUse
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids

ACCOUNT = AccountId("123456789012")
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
    }
)


def make(database: Database) -> Directory:
    """A directory as one process has it."""
    cheap = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
    return Directory(database, RootKey(b"k" * 32), ManualClock(), seeded_ids(), PageTokens(b"p" * 32), passwords=cheap)


@pytest.fixture
def key(database: Database) -> AccessKeyId:
    """The administrator's key, in a new account."""
    made = make(database).bootstrap(ACCOUNT)
    assert made is not None
    return made.key.key.access_key_id


def last_use(directory: Directory, key: str) -> KeyUse | None:
    found = directory.uses.of_key(key)
    assert found is not None
    assert found.user is not None
    assert (found.account, found.user.name) == (ACCOUNT, "admin")
    return found.use


def test_a_use_is_seen_at_once_and_kept_with_the_next_flush(database: Database, key: AccessKeyId) -> None:
    """By the process that noted it at once, by others when it is written down; the generation stays."""
    here, there, now = make(database), make(database), ManualClock().now()
    generation = here.generation()
    here.note_key_use(key, "s3", "us-east-1", now)
    noted = KeyUse(at=now, service="s3", region="us-east-1")
    assert (last_use(here, key), last_use(there, key)) == (noted, None)
    here.flush_uses()
    here.flush_uses()
    assert last_use(there, key) == noted
    assert here.generation() == generation


def test_the_newest_use_stays(database: Database, key: AccessKeyId) -> None:
    """Processes write what each has seen, in whatever order."""
    here, there, now = make(database), make(database), ManualClock().now()
    role = here.roles.create(ACCOUNT, "Night", TRUST)
    later = now + timedelta(minutes=1)
    here.note_key_use(key, "s3", "us-east-1", later)
    here.note_role_use(role.unique_id, "us-east-1", later)
    there.note_key_use(key, "iam", "eu-west-1", now)
    there.note_role_use(role.unique_id, "eu-west-1", now)
    here.flush_uses()
    there.flush_uses()
    assert last_use(make(database), key) == KeyUse(at=later, service="s3", region="us-east-1")
    found = make(database).role(ACCOUNT, "Night")
    assert found is not None
    assert found.last_used == RoleUse(at=later, region="us-east-1")


def test_what_is_gone_is_passed_over(database: Database, key: AccessKeyId) -> None:
    """A key that was deleted between its use and the flush, and a role that never was."""
    directory, now = make(database), ManualClock().now()
    directory.note_key_use(AccessKeyId("AKIAGONEGONEGONEGONE"), "s3", "us-east-1", now)
    directory.note_role_use("AROAGONE", "us-east-1", now)
    directory.note_key_use(key, "s3", "us-east-1", now)
    directory.flush_uses()
    assert directory.uses.of_key("AKIAGONEGONEGONEGONE") is None
    assert last_use(make(database), key) is not None


def test_a_flush_that_fails_loses_nothing(database: Database, key: AccessKeyId) -> None:
    """The uses wait for the next one; what came meanwhile is newer."""
    directory, now = make(database), ManualClock().now()
    directory.note_key_use(key, "s3", "us-east-1", now)
    with database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE iam_access_keys RENAME COLUMN last_used_service TO hidden")
    with pytest.raises(DatabaseError, match="last_used_service"):
        directory.flush_uses()
    with database.writer.begin() as connection:
        connection.exec_driver_sql("ALTER TABLE iam_access_keys RENAME COLUMN hidden TO last_used_service")
    directory.flush_uses()
    assert last_use(make(database), key) == KeyUse(at=now, service="s3", region="us-east-1")
