"""The SQL of objects: versions of keys, and delete markers."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, false, insert, or_, select, update

from telecine.core.names import BucketName, ObjectKey
from telecine.db import Database, run
from telecine.services.s3 import columns, encryption
from telecine.services.s3.listing import Place
from telecine.services.s3.model import StoredObject, Tags, Version
from telecine.services.s3.store.queries import starting
from telecine.services.s3.tables import buckets, objects

# Built once, as every request asks them: building a query costs as much as running it.
_OBJECTS = select(
    objects,
    select(buckets.c.versioning).where(buckets.c.name == objects.c.bucket).scalar_subquery().label("versioning"),
)
_OF_KEY = _OBJECTS.where(objects.c.bucket == bindparam("bucket"), objects.c.key == bindparam("key"))
_STORED = _OF_KEY.where(objects.c.superseded_at.is_(None))
_VERSION = _OF_KEY.where(objects.c.version == bindparam("version"))
_ADD = insert(objects)
_SUPERSEDE = update(objects).where(objects.c.id == bindparam("wanted")).values(superseded_at=bindparam("at"))
_REMOVE = delete(objects).where(objects.c.id == bindparam("wanted"))


def stored(connection: Connection, bucket_name: str, key: str, version: str | None = None) -> StoredObject | None:
    """The version of the key, the current one for None: it may be a delete marker."""
    query, more = (_STORED, {}) if version is None else (_VERSION, {"version": version})
    return next(map(_stored, run(connection, query, bucket=bucket_name, key=key, **more)), None)


def stored_now(database: Database, bucket_name: str, key: str, version: str | None = None) -> StoredObject | None:
    """The same outside of any transaction."""
    query, more = (_STORED, {}) if version is None else (_VERSION, {"version": version})
    return next(iter(database.found(query, _stored, bucket=bucket_name, key=key, **more)), None)


def newest(connection: Connection, bucket_name: str, key: str) -> StoredObject | None:
    """The version with the highest ordinal."""
    row = connection.execute(
        _OF_KEY.order_by(objects.c.ordinal.desc()).limit(1), {"bucket": bucket_name, "key": key}
    ).one_or_none()
    return None if row is None else _stored(row)


def add_object(connection: Connection, new: StoredObject) -> None:
    """Add `new`; there must be no current version of its key, and none with its version."""
    run(
        connection,
        _ADD,
        id=new.id,
        bucket=new.bucket,
        key=new.key,
        size=new.size,
        etag=new.etag,
        modified_at=new.modified_at,
        description=columns.description_json(new.description),
        checksum=columns.checksum_json(new.checksum),
        part_count=new.part_count,
        **encryption.columns(new.encryption),
        version=new.version,
        ordinal=new.ordinal,
        superseded_at=new.superseded_at,
        is_delete_marker=new.is_delete_marker,
        tags=dict(new.tags) or None,
        acl=new.acl,
    )


def supersede(connection: Connection, object_id: str, at: datetime | None) -> None:
    """Since `at` the version is no longer the current one; None: it is again."""
    run(connection, _SUPERSEDE, wanted=object_id, at=at)


def set_tags(connection: Connection, object_id: str, tags: Tags) -> None:
    connection.execute(update(objects).where(objects.c.id == object_id).values(tags=dict(tags) or None))


def set_acl(connection: Connection, object_id: str, acl: str | None) -> None:
    connection.execute(update(objects).where(objects.c.id == object_id).values(acl=acl))


def remove_object(connection: Connection, object_id: str) -> None:
    """Remove the object's row alone; its parts are removed with `remove_parts`."""
    run(connection, _REMOVE, wanted=object_id)


def objects_from(
    connection: Connection, bucket_name: str, place: Place, end: str | None, limit: int
) -> Sequence[StoredObject]:
    """Objects that are there: no delete markers, no versions but the current ones."""
    query = _OBJECTS.where(
        objects.c.bucket == bucket_name,
        objects.c.superseded_at.is_(None),
        objects.c.is_delete_marker == false(),
        starting(objects, "key", place),
    )
    if end is not None:
        query = query.where(objects.c.key < end)
    return [_stored(row) for row in connection.execute(query.order_by(objects.c.key).limit(limit))]


def versions_from(
    connection: Connection, bucket_name: str, place: Place, end: str | None, limit: int
) -> Sequence[Version]:
    """Versions and delete markers by key, those of a key from the newest on. A tie of `place` is an ordinal."""
    query = _OBJECTS.where(objects.c.bucket == bucket_name)
    if place.tie is not None:
        older = and_(objects.c.key == place.key, objects.c.ordinal < int(place.tie))
        query = query.where(objects.c.key >= place.key, or_(objects.c.key > place.key, older))
    else:
        query = query.where(starting(objects, "key", place))
    if end is not None:
        query = query.where(objects.c.key < end)
    rows = connection.execute(query.order_by(objects.c.key, objects.c.ordinal.desc()).limit(limit))
    return [Version(stored=_stored(row)) for row in rows]


def objects_by_id(connection: Connection, after: str, limit: int) -> Sequence[StoredObject]:
    """The next objects of whatever bucket, by id."""
    query = _OBJECTS.where(objects.c.id > after).order_by(objects.c.id).limit(limit)
    return [_stored(row) for row in connection.execute(query)]


def object_by_id(connection: Connection, object_id: str) -> StoredObject | None:
    row = connection.execute(_OBJECTS.where(objects.c.id == object_id)).one_or_none()
    return None if row is None else _stored(row)


def _stored(row: Row[Any]) -> StoredObject:
    return StoredObject(
        id=row.id,
        bucket=BucketName(row.bucket),
        key=ObjectKey(row.key),
        size=row.size,
        etag=row.etag,
        modified_at=row.modified_at,
        description=columns.description(row.description),
        checksum=columns.checksum(row.checksum),
        part_count=row.part_count,
        encryption=encryption.of_columns(row.encryption, row.sealed_key, row.key_blob),
        version=row.version,
        ordinal=row.ordinal,
        superseded_at=row.superseded_at,
        is_delete_marker=row.is_delete_marker,
        tags=row.tags or {},
        acl=row.acl,
        is_versioned=row.versioning is not None,
    )
