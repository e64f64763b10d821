"""Versions on SQLite and on PostgreSQL: as a naive model has them, whatever is done in whatever order."""

import itertools
import threading
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sqlalchemy import select

from telecine.core.names import AccountId, Region
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.seal import RootKey
from telecine.services.s3.checksums import Expected
from telecine.services.s3.listing import Place
from telecine.services.s3.model import Deleted, Deletion, Description, Labels, StoredObject, Versioning
from telecine.services.s3.objects import Objects, Plan
from telecine.services.s3.tables import objects as rows
from telecine.services.s3.tables import parts
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids
from telecine.testing.principals import LastingPrincipals

Entry = tuple[str, bool]
"""A version's id and whether it is a delete marker."""

ROOT_KEY = RootKey(bytes(32))
_NUMBERS = itertools.count()
"""Of buckets: every example has one of its own."""

STEP = st.one_of(
    st.sampled_from(["put", "delete", "Enabled", "Suspended"]), st.integers(0, 3).map(lambda place: ("remove", place))
)


@pytest.fixture
def objects(database: Database, tmp_path: Path) -> Objects:
    """An S3 without buckets."""
    return Objects(
        database, tmp_path / "s3", ManualClock(), seeded_ids(), PageTokens(b"key"), LastingPrincipals(), ROOT_KEY
    )


def put(objects: Objects, bucket: str, body: bytes = b"x", **more: Any) -> StoredObject:
    data_key = objects.new_key(Plan())
    incoming = objects.receive(Expected(length=len(body)), data_key)
    incoming.write(body)
    return objects.put(bucket, "a", incoming.keep(), Description(), data_key, **more)


def listed(objects: Objects, bucket: str) -> list[StoredObject]:
    page = objects.list_versions(bucket, prefix="", delimiter="", start=Place(), behind=None, limit=1000)
    return [entry.stored for entry in page.rows]


def replaced(model: list[Entry], versioning: str, new: Entry) -> list[Entry]:
    """The versions, the newest first, once `new` is there."""
    return [new, *(old for old in model if versioning == "Enabled" or old[0] != "null")]


@settings(max_examples=12)
@given(steps=st.lists(STEP, max_size=14))
def test_versions_are_those_of_a_naive_model(objects: Objects, steps: list[Any]) -> None:
    """Ids, markers, which one is current, and how many bytes are kept."""
    bucket = f"films-{next(_NUMBERS)}"
    objects.buckets.create(bucket, AccountId("111122223333"), Region("us-east-1"))
    model: list[Entry] = []
    versioning = ""
    for step in steps:
        if step == "put":
            new = put(objects, bucket).version
            assert (new == "null") is (versioning != "Enabled")
            model = replaced(model, versioning, (new, False))
        elif step == "delete":
            (outcome,) = objects.delete(bucket, [Deletion(key="a")])
            assert isinstance(outcome, Deleted)
            model = replaced(model, versioning, (outcome.version or "", True)) if versioning else []
        elif isinstance(step, tuple):
            chosen = model[step[1]][0] if step[1] < len(model) else "0" * 32
            objects.delete(bucket, [Deletion(key="a", version=chosen)])
            model = [entry for entry in model if entry[0] != chosen]
        else:
            versioning = step
            objects.buckets.set_versioning(bucket, Versioning(step))
        found = listed(objects, bucket)
        assert [(one.version, one.is_delete_marker) for one in found] == model
        assert [one.superseded_at is None for one in found] == [place == 0 for place in range(len(model))]
        current = objects.locate(bucket, "a")[1]
        assert (current and current.version) == (model[0][0] if model else None)


def test_writers_at_the_same_time_make_a_version_each(objects: Objects, database: Database) -> None:
    """One of them is the current one, and none is lost."""
    objects.buckets.create("films", AccountId("111122223333"), Region("us-east-1"))
    objects.buckets.set_versioning("films", Versioning.ENABLED)
    failures: list[BaseException] = []

    def write(number: int) -> None:
        try:
            put(objects, "films", bytes([number]))
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=write, args=(number,)) for number in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()

    assert failures == []
    found = listed(objects, "films")
    assert [one.superseded_at is None for one in found] == [True, *[False] * 5]
    assert [one.ordinal for one in found] == [5, 4, 3, 2, 1, 0]
    with database.read() as connection:
        assert len(connection.execute(select(parts)).all()) == 6


def test_what_is_new_comes_back_whole(objects: Objects) -> None:
    """Tags, ACL, storage class and configurations survive the database; with the bucket the configurations go."""
    objects.buckets.create("films", AccountId("111122223333"), Region("us-east-1"), tags={"Team": "film"})
    stored = put(objects, "films", labels=Labels(tags={"Take": "1"}, acl="public-read"))
    assert objects.get("films", "a") == stored
    assert objects.buckets.get("films").tags == {"Team": "film"}
    objects.set_tags("films", "a", None, {}, lambda _found: None)
    objects.set_acl("films", "a", None, None, lambda _found: None)
    assert (objects.get("films", "a").tags, objects.get("films", "a").acl) == ({}, None)
    objects.buckets.configure("films", "cors", [{"AllowedOrigins": ["*"]}])
    assert objects.buckets.configuration("films", "cors") == [{"AllowedOrigins": ["*"]}]
    objects.delete("films", [Deletion(key="a")])
    objects.buckets.delete("films")
    objects.buckets.create("films", AccountId("111122223333"), Region("us-east-1"))
    assert objects.buckets.configuration("films", "cors") is None


def test_the_database_itself_allows_one_current_version(objects: Objects, database: Database) -> None:
    """Whatever code goes wrong, a key has one."""
    objects.buckets.create("films", AccountId("111122223333"), Region("us-east-1"))
    objects.buckets.set_versioning("films", Versioning.ENABLED)
    put(objects, "films")
    put(objects, "films")
    with pytest.raises(Exception, match=r"(?i)unique"):
        database.write(lambda connection: connection.execute(rows.update().values(superseded_at=None)))
