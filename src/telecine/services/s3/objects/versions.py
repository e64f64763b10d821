"""What becomes of a key's versions when another comes, or when one goes: within one transaction.

S3 user guide, "Retaining multiple versions of objects with S3 Versioning". A bucket that never kept versions has one of
each key, whose id is `null`. One that keeps them adds versions and delete markers. One that stopped replaces the
version `null` and leaves the others alone.
"""

from datetime import datetime
from typing import NamedTuple

from sqlalchemy import Connection

from telecine.core.ids import Ids
from telecine.core.names import ObjectKey
from telecine.services.s3 import errors, store
from telecine.services.s3.listing import Place
from telecine.services.s3.model import (
    UNCONDITIONAL,
    Bucket,
    Deleted,
    Deletion,
    Description,
    StoredObject,
    Versioning,
    WriteCondition,
)
from telecine.services.s3.names import UNVERSIONED, ordinal_of


class Room(NamedTuple):
    """The place of a new current version."""

    version: str
    ordinal: int
    is_versioned: bool
    files: list[str]
    """What it replaces for good: discarded, to be removed."""


def make_room(
    connection: Connection,
    bucket: Bucket,
    key: str,
    now: datetime,
    ids: Ids,
    condition: WriteCondition = UNCONDITIONAL,
) -> Room:
    """The place of a new version of `key`, whose current one is none any more.

    Raises NoSuchKey and PreconditionFailed when `condition` does not hold of the current one.
    """
    current = store.stored(connection, bucket.name, key)
    _check(current, key, condition)
    ordinal = 0 if current is None else current.ordinal + 1
    files: list[str] = []
    if bucket.versioning is not Versioning.ENABLED:
        # Where versions were never kept the current one is the only one.
        is_it = bucket.versioning is None or (current is not None and current.version == UNVERSIONED)
        unversioned = current if is_it else store.stored(connection, bucket.name, key, UNVERSIONED)
        files = [] if unversioned is None else _erase(connection, unversioned)
    if current is not None and (bucket.versioning is Versioning.ENABLED or current.version != UNVERSIONED):
        store.supersede(connection, current.id, now)
    # The ordinal within the id, so that a listing can go on behind a version that is gone.
    version = f"{ordinal:08x}{ids.token(12)}" if bucket.versioning is Versioning.ENABLED else UNVERSIONED
    return Room(version, ordinal, bucket.versioning is not None, files)


def delete(
    connection: Connection, bucket: Bucket, deletion: Deletion, now: datetime, ids: Ids
) -> tuple[Deleted, list[str]]:
    """What became of it, and the files that are discarded. What is not there is as good as deleted.

    Raises NoSuchKey and PreconditionFailed for the condition of `deletion` alone.
    """
    key, version = deletion.key, deletion.version
    if version is not None:
        return _delete_version(connection, bucket, deletion, version)
    if bucket.versioning is None:
        current = store.stored(connection, bucket.name, key)
        _check(current, key, deletion.condition)
        return Deleted(), [] if current is None else _erase(connection, current)
    room = make_room(connection, bucket, key, now, ids, deletion.condition)
    marker = StoredObject(
        id=ids.token(),
        bucket=bucket.name,
        key=ObjectKey(key),
        size=0,
        etag="",
        modified_at=now,
        description=Description(),
        version=room.version,
        ordinal=room.ordinal,
        is_delete_marker=True,
        is_versioned=True,
    )
    store.add_object(connection, marker)
    return Deleted(version=room.version, is_delete_marker=True), room.files


def place_behind(connection: Connection, bucket: str, key: str, version: str) -> Place:
    """Where a listing of versions goes on behind `version`, which may be gone."""
    found = store.stored(connection, bucket, key, version)
    ordinal = ordinal_of(version) if found is None else found.ordinal
    # A version `null` that is gone may have been any of the key's: they are listed again.
    return Place(key) if ordinal is None else Place(key, is_included=False, tie=str(ordinal))


def _delete_version(
    connection: Connection, bucket: Bucket, deletion: Deletion, version: str
) -> tuple[Deleted, list[str]]:
    found = store.stored(connection, bucket.name, deletion.key, version)
    if found is None:
        return Deleted(version=version), []
    files = _erase(connection, found)
    if found.superseded_at is None:
        successor = store.newest(connection, bucket.name, deletion.key)
        if successor is not None:
            store.supersede(connection, successor.id, None)
    return Deleted(version=version, is_delete_marker=found.is_delete_marker), files


def _check(found: StoredObject | None, key: str, condition: WriteCondition) -> None:
    """Of a delete marker holds what holds of nothing."""
    existing = None if found is None or found.is_delete_marker else found
    if condition.must_be_absent and existing is not None:
        raise errors.precondition_failed("If-None-Match")
    if condition.etag is not None:
        if existing is None:
            raise errors.no_such_key(key)
        if condition.etag not in {"*", existing.etag}:
            raise errors.precondition_failed("If-Match")


def _erase(connection: Connection, found: StoredObject) -> list[str]:
    store.remove_object(connection, found.id)
    return store.remove_parts(connection, found.id)
