"""Objects that attempts are about to write, are writing or have written."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, and_, delete, select, update
from sqlalchemy.dialects import postgresql, sqlite

from telecine.services.mediaconvert.model import Upload
from telecine.services.mediaconvert.tables import JOBS, UPLOADS


def intend(connection: Connection, number: int, bucket: str, key: str) -> None:
    """Note that the job is about to write an object. What an earlier attempt noted about the same object stays."""
    # Not "look, then insert": on PostgreSQL the look alone would make the uploads of one job wait for each other.
    row = {"number": number, "bucket": bucket, "key": key, "is_published": False}
    if connection.dialect.name == "sqlite":
        connection.execute(sqlite.insert(UPLOADS).values(row).on_conflict_do_nothing())
    else:
        connection.execute(postgresql.insert(UPLOADS).values(row).on_conflict_do_nothing())


def change(connection: Connection, number: int, bucket: str, key: str, **values: Any) -> bool:
    """Set columns of one upload; False when there is none."""
    return connection.execute(update(UPLOADS).where(_is(number, bucket, key)).values(values)).rowcount == 1


def forget(connection: Connection, number: int, bucket: str, key: str) -> None:
    connection.execute(delete(UPLOADS).where(_is(number, bucket, key)))


def forget_all(connection: Connection, number: int) -> None:
    connection.execute(delete(UPLOADS).where(UPLOADS.c.number == number))


def of_job(connection: Connection, job_id: str) -> Sequence[Upload]:
    """The uploads of a job, by bucket and key."""
    rows = connection.execute(
        select(UPLOADS)
        .join(JOBS, JOBS.c.number == UPLOADS.c.number)
        .where(JOBS.c.id == job_id)
        .order_by(UPLOADS.c.bucket, UPLOADS.c.key)
    )
    return [
        Upload(
            bucket=row.bucket,
            key=row.key,
            upload_id=row.upload_id,
            is_published=row.is_published,
            version=row.version,
        )
        for row in rows
    ]


def _is(number: int, bucket: str, key: str) -> ColumnElement[bool]:
    return and_(UPLOADS.c.number == number, UPLOADS.c.bucket == bucket, UPLOADS.c.key == key)
