"""What attempts of a job have written, or may have written: noted first, so that it can be
taken back after any crash."""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import Connection

from telecine.db import Database
from telecine.services.mediaconvert.errors import UnknownUpload
from telecine.services.mediaconvert.lifecycle.claims import Claims
from telecine.services.mediaconvert.model import JobClaim, Upload
from telecine.services.mediaconvert.store import uploads


class Uploads:
    """Notes of workers. Each raises LeaseLost when its claim is not the live one."""

    def __init__(self, db: Database, claims: Claims) -> None:
        self._db = db
        self._claims = claims

    def intend(self, claim: JobClaim, bucket: str, key: str) -> None:
        """Note, before the first byte is sent, that this object may come to be."""
        self._db.write(
            lambda connection: uploads.intend(connection, self._claims.number(connection, claim), bucket, key)
        )

    def began(self, claim: JobClaim, bucket: str, key: str, upload_id: str) -> None:
        """Note the id of the multipart upload that carries this object."""
        self._note(claim, bucket, key, upload_id=upload_id)

    def published(self, claim: JobClaim, bucket: str, key: str, version: str | None = None) -> None:
        """Note that the object can be seen, and which version it is, where there are versions."""
        self._note(claim, bucket, key, is_published=True, version=version)

    def found(self, claim: JobClaim, bucket: str, key: str, *, is_published: bool) -> None:
        """Note what S3 has said, of an object that may have been published, on whether it was.

        Good also after the job was canceled or has failed.
        """

        def work(connection: Connection) -> None:
            number = self._claims.number_even_if_over(connection, claim)
            _change(connection, claim, number, bucket, key, is_published=is_published)

        self._db.write(work)

    def of_job(self, job_id: str) -> Sequence[Upload]:
        """What attempts of this job have written or may have written, by bucket and key."""
        with self._db.read() as connection:
            return uploads.of_job(connection, job_id)

    def forget(self, claim: JobClaim, bucket: str, key: str) -> None:
        """The object and its upload are gone. Good also after the job was canceled or has failed."""

        def work(connection: Connection) -> None:
            uploads.forget(connection, self._claims.number_even_if_over(connection, claim), bucket, key)

        self._db.write(work)

    def _note(self, claim: JobClaim, bucket: str, key: str, **values: Any) -> None:
        def work(connection: Connection) -> None:
            _change(connection, claim, self._claims.number(connection, claim), bucket, key, **values)

        self._db.write(work)


def _change(connection: Connection, claim: JobClaim, number: int, bucket: str, key: str, **values: Any) -> None:
    if not uploads.change(connection, number, bucket, key, **values):
        raise UnknownUpload(f"job {claim.job_id} never intended to write s3://{bucket}/{key}")
