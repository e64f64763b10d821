"""The SQL of buckets."""

from collections.abc import Collection, Sequence
from typing import Any

from sqlalchemy import Connection, Row, bindparam, delete, insert, select, update

from telecine.core.names import AccountId, BucketName, Region
from telecine.db import Database, run
from telecine.services.s3 import encryption
from telecine.services.s3.encryption import BucketEncryption
from telecine.services.s3.listing import Place
from telecine.services.s3.model import Bucket, BucketPolicy, Ownership, PublicAccessBlock, Versioning
from telecine.services.s3.store.queries import starting
from telecine.services.s3.tables import buckets, configurations, objects

# Built once, as every request asks it: building a query costs as much as running it.
_BUCKET = select(buckets).where(buckets.c.name == bindparam("name"))


def bucket(connection: Connection, name: str) -> Bucket | None:
    return next(map(_bucket, run(connection, _BUCKET, name=name)), None)


def bucket_now(database: Database, name: str) -> Bucket | None:
    """The same outside of any transaction."""
    return next(iter(database.found(_BUCKET, _bucket, name=name)), None)


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
    query = select(buckets).where(buckets.c.account == account, starting(buckets, "name", place))
    if region is not None:
        query = query.where(buckets.c.region == region)
    if end is not None:
        query = query.where(buckets.c.name < end)
    return [_bucket(row) for row in connection.execute(query.order_by(buckets.c.name).limit(limit))]


def has_objects(connection: Connection, bucket_name: str) -> bool:
    """Whether any version or delete marker is in the bucket."""
    query = select(objects.c.id).where(objects.c.bucket == bucket_name).limit(1)
    return connection.execute(query).first() is not None


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
