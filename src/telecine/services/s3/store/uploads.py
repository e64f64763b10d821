"""The SQL of multipart uploads that are under way."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select

from telecine.core.names import BucketName, ObjectKey
from telecine.services.s3 import columns, encryption
from telecine.services.s3.checksums import Algorithm, Extent
from telecine.services.s3.listing import Place
from telecine.services.s3.model import Initiator, Upload
from telecine.services.s3.store.queries import starting
from telecine.services.s3.tables import uploads


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
    query = select(uploads).where(uploads.c.bucket == bucket_name, starting(uploads, "key", place))
    if end is not None:
        query = query.where(uploads.c.key < end)
    return [_upload(row) for row in connection.execute(query.order_by(uploads.c.key, uploads.c.id).limit(limit))]


def upload_ids(connection: Connection, bucket_name: str) -> Sequence[str]:
    return connection.execute(select(uploads.c.id).where(uploads.c.bucket == bucket_name)).scalars().all()


def uploads_by_id(connection: Connection, after: str, limit: int) -> Sequence[Upload]:
    """The next uploads of whatever bucket, by id."""
    query = select(uploads).where(uploads.c.id > after).order_by(uploads.c.id).limit(limit)
    return [_upload(row) for row in connection.execute(query)]


def upload_by_id(connection: Connection, upload_id: str) -> Upload | None:
    row = connection.execute(select(uploads).where(uploads.c.id == upload_id)).one_or_none()
    return None if row is None else _upload(row)


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
