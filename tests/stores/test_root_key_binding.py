"""The root key and the database that it has sealed, on both databases."""

from collections.abc import Mapping

import pytest
from sqlalchemy import delete, insert, select, update

from telecine.core.clock import SystemClock
from telecine.db import Database, metadata
from telecine.seal import BrokenSeal, RootKey, RootKeyProblem, bind, is_bound, reseal, resealing, sealed_columns
from telecine.seal.tables import SECRETS
from telecine.services.sts.tables import SESSIONS

OLD, NEW = b"k" * 32, b"n" * 32


def add_sessions(database: Database, root_key: RootKey, names: Mapping[str, str]) -> None:
    """Sessions by access key id, each with its secret."""
    now = SystemClock().now()
    rows = [
        {
            "access_key_id": key_id,
            "token_digest": b"d" * 32,
            "sealed_secret": root_key.wrap(secret.encode(), about=f"sts/session/{key_id}"),
            "kind": "user",
            "account": "111122223333",
            "name": "",
            "issued_at": now,
            "expires_at": now,
            "tags": {},
            "transitive_tags": [],
        }
        for key_id, secret in names.items()
    ]
    database.write(lambda connection: connection.execute(insert(SESSIONS), rows))


def secrets(database: Database, root_key: RootKey) -> dict[str, str]:
    """What `root_key` opens of the sessions."""
    with database.read() as connection:
        rows = connection.execute(select(SESSIONS.c.access_key_id, SESSIONS.c.sealed_secret)).all()
    return {
        row.access_key_id: root_key.unwrap(row.sealed_secret, about=f"sts/session/{row.access_key_id}").decode()
        for row in rows
    }


def test_a_database_belongs_to_the_key_that_it_was_first_opened_with(database: Database) -> None:
    """What is derived stays the same, and another key is told at once."""
    assert not is_bound(database, metadata)
    first = bind(database, RootKey(OLD), metadata, b"s" * 32)
    again = bind(database, RootKey(OLD), metadata, b"other" * 6 + b"xx")

    assert is_bound(database, metadata)
    assert first.derive("page-tokens") == again.derive("page-tokens")
    assert bind(database, RootKey(NEW, OLD), metadata, b"x" * 32).derive("x") == first.derive("x")
    with pytest.raises(RootKeyProblem, match="not the one of this database") as caught:
        bind(database, RootKey(NEW), metadata, b"s" * 32)
    assert RootKey(OLD).id in str(caught.value)
    assert RootKey(NEW).id in str(caught.value)


def test_a_database_of_the_first_release_knows_its_key_by_what_is_sealed(database: Database) -> None:
    """It holds no secret of the root key's own yet."""
    add_sessions(database, RootKey(OLD), {"ASIA1": "one"})
    with pytest.raises(RootKeyProblem, match="not the one of this database"):
        bind(database, RootKey(NEW), metadata, b"s" * 32)
    with database.read() as connection:
        assert connection.execute(select(SECRETS)).all() == []
    bind(database, RootKey(OLD), metadata, b"s" * 32)


def test_everything_is_sealed_anew(database: Database, monkeypatch: pytest.MonkeyPatch) -> None:
    """In steps of any size; afterwards the new key alone opens all of it, and a second walk finds nothing."""
    monkeypatch.setattr(resealing, "_ROWS", 2)
    bind(database, RootKey(OLD), metadata, b"s" * 32)
    names = {f"ASIA{number}": f"secret {number}" for number in range(5)}
    add_sessions(database, RootKey(OLD), names)

    done = reseal(database, RootKey(NEW, OLD), metadata)
    assert (done.resealed, done.broken) == (6, ())
    assert secrets(database, RootKey(NEW)) == names
    assert reseal(database, RootKey(NEW, OLD), metadata).is_clean
    bind(database, RootKey(NEW), metadata, b"s" * 32)
    with pytest.raises(BrokenSeal):
        secrets(database, RootKey(OLD))


def test_a_value_that_does_not_open_is_told_and_left(database: Database) -> None:
    """The others are sealed anew."""
    add_sessions(database, RootKey(OLD), {"ASIA1": "one", "ASIA2": "two", "ASIA3": "three"})
    broken = RootKey(OLD).wrap(b"two", about="sts/session/ASIA1")
    database.write(
        lambda connection: connection.execute(
            update(SESSIONS).where(SESSIONS.c.access_key_id == "ASIA2").values(sealed_secret=broken)
        )
    )
    done = reseal(database, RootKey(NEW, OLD), metadata)
    assert (done.resealed, done.broken) == (2, ("sts_sessions.sealed_secret of ASIA2",))
    database.write(lambda connection: connection.execute(delete(SESSIONS).where(SESSIONS.c.access_key_id == "ASIA2")))
    assert secrets(database, RootKey(NEW)) == {"ASIA1": "one", "ASIA3": "three"}


def test_the_walk_knows_every_service(database: Database) -> None:
    """Columns that are walked, by name."""
    assert {"iam_access_keys.sealed_secret", "iam_mfa_devices.sealed_seed", "seal_secrets.sealed"} < {
        str(column) for column in sealed_columns(metadata)
    }
