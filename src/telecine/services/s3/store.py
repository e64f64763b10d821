"""S3's SQL. Every function takes an open connection: the face decides what belongs into one transaction."""

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, and_, bindparam, delete, false, insert, or_, select, update

from telecine.core.names import AccountId, BucketName, ObjectKey, Region
from telecine.db import Database
from telecine.services.s3 import columns, encryption
from telecine.services.s3.checksums import Algorithm, Extent
from telecine.services.s3.encryption import BucketEncryption
from telecine.services.s3.listing import Place
from telecine.services.s3.model import (
    Bucket,
    BucketPolicy,
    Initiator,
    Ownership,
    Part,
    PublicAccessBlock,
    StoredObject,
    Tags,
    Upload,
    Version,
    Versioning,
    Written,
)
from telecine.services.s3.tables import buckets, configurations, discarded, objects, parts, uploads

# The queries of every single request are built once: building one costs as much as running it.
_BUCKET = select(buckets).where(buckets.c.name == bindparam("name"))
_OBJECTS = select(
    objects,
    select(buckets.c.versioning).where(buckets.c.name == objects.c.bucket).scalar_subquery().label("versioning"),
)
_OF_KEY = _OBJECTS.where(objects.c.bucket == bindparam("bucket"), objects.c.key == bindparam("key"))
_STORED = _OF_KEY.where(objects.c.superseded_at.is_(None))
_VERSION = _OF_KEY.where(objects.c.version == bindparam("version"))
_PARTS = select(parts).where(parts.c.owner == bindparam("owner")).order_by(parts.c.number)

_IN_LIST = 500
"""Values in one `IN (…)`: both dialects take more, but neither takes any number."""


# --- buckets


def bucket(connection: Connection, name: str) -> Bucket | None:
    row = connection.execute(_BUCKET, {"name": name}).one_or_none()
    return None if row is None else _bucket(row)


def bucket_now(database: Database, name: str) -> Bucket | None:
    """The same outside of any transaction."""
    return next(map(_bucket, database.rows(_BUCKET, name=name)), None)


def add_bucket(connection: Connection, new: Bucket) -> None:
    connection.execute(
        insert(buckets).values(
            name=new.name,
            account=new.account,
            region=new.region,
            created_at=new.created_at,
            ownership=new.ownership,
            tags=dict(new.tags) or None,
            **_policy_columns(new.policy),
            **_block_columns(new.public_access_block),
            encryption=encryption.bucket_json(new.encryption),
        )
    )


def change_bucket(connection: Connection, name: str, **columns: object) -> None:
    """Set columns of the bucket: `versioning`, `tags`, `is_tag_governed`, `ownership`, `acl`."""
    connection.execute(update(buckets).where(buckets.c.name == name).values(**columns))


def set_policy(connection: Connection, name: str, policy: BucketPolicy | None) -> None:
    connection.execute(update(buckets).where(buckets.c.name == name).values(**_policy_columns(policy)))


def set_public_access_block(connection: Connection, name: str, block: PublicAccessBlock | None) -> None:
    connection.execute(update(buckets).where(buckets.c.name == name).values(**_block_columns(block)))


def set_encryption(connection: Connection, name: str, default: BucketEncryption) -> None:
    said = encryption.bucket_json(default)
    connection.execute(update(buckets).where(buckets.c.name == name).values(encryption=said))


def remove_bucket(connection: Connection, name: str) -> None:
    """Remove the bucket's row, and what it was configured to do."""
    connection.execute(delete(configurations).where(configurations.c.bucket == name))
    connection.execute(delete(buckets).where(buckets.c.name == name))


def buckets_of(
    connection: Connection, account: str, region: str | None, place: Place, end: str | None, limit: int
) -> Sequence[Bucket]:
    """The account's buckets from `place` on, by name; only those of `region` unless it is None."""
    query = select(buckets).where(buckets.c.account == account, _from(buckets, "name", place))
    if region is not None:
        query = query.where(buckets.c.region == region)
    if end is not None:
        query = query.where(buckets.c.name < end)
    return [_bucket(row) for row in connection.execute(query.order_by(buckets.c.name).limit(limit))]


def has_objects(connection: Connection, bucket_name: str) -> bool:
    """Whether any version or delete marker is in the bucket."""
    query = select(objects.c.id).where(objects.c.bucket == bucket_name).limit(1)
    return connection.execute(query).first() is not None


# --- objects


def stored(connection: Connection, bucket_name: str, key: str, version: str | None = None) -> StoredObject | None:
    """The version of the key, the current one for None: it may be a delete marker."""
    query, more = (_STORED, {}) if version is None else (_VERSION, {"version": version})
    row = connection.execute(query, {"bucket": bucket_name, "key": key, **more}).one_or_none()
    return None if row is None else _stored(row)


def stored_now(database: Database, bucket_name: str, key: str, version: str | None = None) -> StoredObject | None:
    """The same outside of any transaction."""
    query, more = (_STORED, {}) if version is None else (_VERSION, {"version": version})
    return next(map(_stored, database.rows(query, bucket=bucket_name, key=key, **more)), None)


def newest(connection: Connection, bucket_name: str, key: str) -> StoredObject | None:
    """The version with the highest ordinal."""
    row = connection.execute(
        _OF_KEY.order_by(objects.c.ordinal.desc()).limit(1), {"bucket": bucket_name, "key": key}
    ).one_or_none()
    return None if row is None else _stored(row)


def add_object(connection: Connection, new: StoredObject) -> None:
    """Add `new`; there must be no current version of its key, and none with its version."""
    connection.execute(
        insert(objects),
        {
            "id": new.id,
            "bucket": new.bucket,
            "key": new.key,
            "size": new.size,
            "etag": new.etag,
            "modified_at": new.modified_at,
            "description": columns.description_json(new.description),
            "checksum": columns.checksum_json(new.checksum),
            "part_count": new.part_count,
            **encryption.columns(new.encryption),
            "version": new.version,
            "ordinal": new.ordinal,
            "superseded_at": new.superseded_at,
            "is_delete_marker": new.is_delete_marker,
            "tags": dict(new.tags) or None,
            "acl": new.acl,
        },
    )


def supersede(connection: Connection, object_id: str, at: datetime | None) -> None:
    """Since `at` the version is no longer the current one; None: it is again."""
    connection.execute(update(objects).where(objects.c.id == object_id).values(superseded_at=at))


def set_tags(connection: Connection, object_id: str, tags: Tags) -> None:
    connection.execute(update(objects).where(objects.c.id == object_id).values(tags=dict(tags) or None))


def set_acl(connection: Connection, object_id: str, acl: str | None) -> None:
    connection.execute(update(objects).where(objects.c.id == object_id).values(acl=acl))


def remove_object(connection: Connection, object_id: str) -> None:
    """Remove the object's row alone; its parts are removed with `remove_parts`."""
    connection.execute(delete(objects).where(objects.c.id == object_id))


def objects_from(
    connection: Connection, bucket_name: str, place: Place, end: str | None, limit: int
) -> Sequence[StoredObject]:
    """Objects that are there: no delete markers, no versions but the current ones."""
    query = _OBJECTS.where(
        objects.c.bucket == bucket_name,
        objects.c.superseded_at.is_(None),
        objects.c.is_delete_marker == false(),
        _from(objects, "key", place),
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
        query = query.where(_from(objects, "key", place))
    if end is not None:
        query = query.where(objects.c.key < end)
    rows = connection.execute(query.order_by(objects.c.key, objects.c.ordinal.desc()).limit(limit))
    return [Version(stored=_stored(row)) for row in rows]


# --- uploads


def upload(connection: Connection, bucket_name: str, key: str, upload_id: str) -> Upload | None:
    query = select(uploads).where(uploads.c.id == upload_id, uploads.c.bucket == bucket_name, uploads.c.key == key)
    row = connection.execute(query).one_or_none()
    return None if row is None else _upload(row)


def add_upload(connection: Connection, new: Upload) -> None:
    connection.execute(
        insert(uploads).values(
            id=new.id,
            bucket=new.bucket,
            key=new.key,
            initiated_at=new.initiated_at,
            initiator={
                "id": new.initiator.id,
                "display_name": new.initiator.display_name,
                "identity": new.initiator.identity,
            },
            description=columns.description_json(new.description),
            algorithm=new.algorithm,
            extent=new.extent,
            **encryption.columns(new.encryption),
            tags=dict(new.tags) or None,
            acl=new.acl,
        )
    )


def remove_upload(connection: Connection, upload_id: str) -> None:
    """Remove the upload's row alone; its parts stay."""
    connection.execute(delete(uploads).where(uploads.c.id == upload_id))


def uploads_from(
    connection: Connection, bucket_name: str, place: Place, end: str | None, limit: int
) -> Sequence[Upload]:
    query = select(uploads).where(uploads.c.bucket == bucket_name, _from(uploads, "key", place))
    if end is not None:
        query = query.where(uploads.c.key < end)
    return [_upload(row) for row in connection.execute(query.order_by(uploads.c.key, uploads.c.id).limit(limit))]


def upload_ids(connection: Connection, bucket_name: str) -> Sequence[str]:
    return connection.execute(select(uploads.c.id).where(uploads.c.bucket == bucket_name)).scalars().all()


# --- parts


def parts_of(connection: Connection, owner: str) -> Sequence[Part]:
    """The parts of an object or an upload by number."""
    return [_part(row) for row in connection.execute(_PARTS, {"owner": owner})]


def parts_now(database: Database, owner: str) -> Sequence[Part]:
    """The same outside of any transaction."""
    return [_part(row) for row in database.rows(_PARTS, owner=owner)]


def parts_behind(connection: Connection, owner: str, number: int, limit: int) -> Sequence[Part]:
    """The first `limit` parts with higher numbers than `number`."""
    return [
        _part(row) for row in connection.execute(_PARTS.where(parts.c.number > number).limit(limit), {"owner": owner})
    ]


def add_part(connection: Connection, owner: str, new: Part) -> None:
    """Add a part; there must be none of its number."""
    written = new.written
    connection.execute(
        insert(parts),
        {
            "owner": owner,
            "number": new.number,
            "file": written.file,
            "size": written.size,
            "etag": written.etag,
            "checksum": columns.checksum_json(written.checksum),
            "modified_at": new.modified_at,
        },
    )


def remove_parts(connection: Connection, owner: str, numbers: Collection[int] | None = None) -> list[str]:
    """Remove the parts with these numbers, all of them for None; the files, recorded as discarded, come back."""
    whose = parts.c.owner == owner
    chosen = (
        [whose] if numbers is None else [and_(whose, parts.c.number.in_(some)) for some in _slices(sorted(numbers))]
    )
    files: list[str] = []
    for some_parts in chosen:
        removed = list(connection.execute(delete(parts).where(some_parts).returning(parts.c.file)).scalars())
        if removed:
            connection.execute(insert(discarded), [{"file": file} for file in removed])
        files += removed
    return files


# --- everything, for whoever looks whether it is all there


def objects_by_id(connection: Connection, after: str, limit: int) -> Sequence[StoredObject]:
    """The next objects of whatever bucket, by id."""
    query = _OBJECTS.where(objects.c.id > after).order_by(objects.c.id).limit(limit)
    return [_stored(row) for row in connection.execute(query)]


def uploads_by_id(connection: Connection, after: str, limit: int) -> Sequence[Upload]:
    """The next uploads of whatever bucket, by id."""
    query = select(uploads).where(uploads.c.id > after).order_by(uploads.c.id).limit(limit)
    return [_upload(row) for row in connection.execute(query)]


def orphan_parts(connection: Connection) -> Sequence[tuple[str, Part]]:
    """Parts whose object or upload is not there, each with its owner's id."""
    query = select(parts).where(
        ~select(objects.c.id).where(objects.c.id == parts.c.owner).exists(),
        ~select(uploads.c.id).where(uploads.c.id == parts.c.owner).exists(),
    )
    return [(row.owner, _part(row)) for row in connection.execute(query)]


def owner_by_id(connection: Connection, owner: str) -> StoredObject | Upload | None:
    """The object or upload of that id."""
    row = connection.execute(_OBJECTS.where(objects.c.id == owner)).one_or_none()
    if row is not None:
        return _stored(row)
    row = connection.execute(select(uploads).where(uploads.c.id == owner)).one_or_none()
    return None if row is None else _upload(row)


# --- files


def discarded_files(connection: Connection) -> Sequence[str]:
    """Files that nothing refers to any more and that may still be there."""
    return connection.execute(select(discarded.c.file)).scalars().all()


def waiting_files(connection: Connection, files: Sequence[str]) -> set[str]:
    """Those of `files` that are discarded and to be removed."""
    return set(connection.execute(select(discarded.c.file).where(discarded.c.file.in_(files))).scalars())


def forget_files(connection: Connection, files: Iterable[str]) -> None:
    """These discarded files are gone."""
    for some in _slices(list(files)):
        connection.execute(delete(discarded).where(discarded.c.file.in_(some)))


def known_files(connection: Connection, files: Sequence[str]) -> set[str]:
    """Those of `files` that some object or upload refers to."""
    known: set[str] = set()
    for some in _slices(files):
        known.update(connection.execute(select(parts.c.file).where(parts.c.file.in_(some))).scalars())
    return known


# --- rows


def _from(table: Any, name: str, place: Place) -> Any:
    column = table.c[name]
    if place.is_included:
        return column >= place.key
    if place.tie is None:
        return column > place.key
    return or_(column > place.key, and_(column == place.key, table.c.id > place.tie))


def _slices(values: Sequence[Any]) -> Iterable[Sequence[Any]]:
    return (values[at : at + _IN_LIST] for at in range(0, len(values), _IN_LIST))


def _bucket(row: Row[Any]) -> Bucket:
    return Bucket(
        name=BucketName(row.name),
        account=AccountId(row.account),
        region=Region(row.region),
        created_at=row.created_at,
        policy=None if row.policy is None else BucketPolicy(text=row.policy, principals=row.policy_principals),
        public_access_block=None if row.public_access_block is None else _block(row.public_access_block),
        encryption=encryption.of_bucket(row.encryption),
        versioning=None if row.versioning is None else Versioning(row.versioning),
        tags=row.tags or {},
        is_tag_governed=row.is_tag_governed,
        ownership=None if row.ownership is None else Ownership(row.ownership),
        acl=row.acl,
    )


_BLOCK = {
    "BlockPublicAcls": "block_public_acls",
    "IgnorePublicAcls": "ignore_public_acls",
    "BlockPublicPolicy": "block_public_policy",
    "RestrictPublicBuckets": "restrict_public_buckets",
}


def _policy_columns(policy: BucketPolicy | None) -> dict[str, object]:
    if policy is None:
        return {"policy": None, "policy_principals": None}
    return {"policy": policy.text, "policy_principals": dict(policy.principals)}


def _block_columns(block: PublicAccessBlock | None) -> dict[str, object]:
    on = None if block is None else [setting for setting, name in _BLOCK.items() if getattr(block, name)]
    return {"public_access_block": on}


def _block(on: Collection[str]) -> PublicAccessBlock:
    return PublicAccessBlock(**{name: setting in on for setting, name in _BLOCK.items()})


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


def _upload(row: Row[Any]) -> Upload:
    return Upload(
        id=row.id,
        bucket=BucketName(row.bucket),
        key=ObjectKey(row.key),
        initiated_at=row.initiated_at,
        initiator=Initiator(**row.initiator),
        description=columns.description(row.description),
        algorithm=None if row.algorithm is None else Algorithm(row.algorithm),
        extent=None if row.extent is None else Extent(row.extent),
        encryption=encryption.of_columns(row.encryption, row.sealed_key, row.key_blob),
        tags=row.tags or {},
        acl=row.acl,
    )


def _part(row: Row[Any]) -> Part:
    written = Written(file=row.file, size=row.size, etag=row.etag, checksum=columns.checksum(row.checksum))
    return Part(number=row.number, written=written, modified_at=row.modified_at)
