"""Multipart uploads: parts come in any order, and become one object without being copied."""

import re
from collections.abc import Collection, Sequence

from sqlalchemy import Connection

from telecine.core.clock import epoch_ms
from telecine.core.errors import ApiError
from telecine.core.ids import Ids
from telecine.core.names import BucketName, ObjectKey
from telecine.services.s3 import errors, listing, store
from telecine.services.s3.assembly import Completion, assemble
from telecine.services.s3.checksums import Algorithm, Extent, composite_etag
from telecine.services.s3.encryption import CustomerKey, Method
from telecine.services.s3.errors import sse as sse_errors
from telecine.services.s3.listing import Page, Place
from telecine.services.s3.model import (
    UNCONDITIONAL,
    UNLABELED,
    Description,
    Initiator,
    Labels,
    Part,
    StoredObject,
    Upload,
    WriteCondition,
    Written,
)
from telecine.services.s3.objects import versions
from telecine.services.s3.objects.datakeys import DataKey, DataKeys, Plan
from telecine.services.s3.objects.journal import Journal

_MD5 = re.compile(r"[0-9a-f]{32}")


class Uploads:
    """Uploads under way."""

    def __init__(self, journal: Journal, ids: Ids, data_keys: DataKeys) -> None:
        self._journal = journal
        self._ids = ids
        self._data_keys = data_keys

    def begin(
        self,
        bucket: str,
        key: str,
        initiator: Initiator,
        description: Description,
        *,
        plan: Plan,
        algorithm: Algorithm | None = None,
        extent: Extent | None = None,
        labels: Labels = UNLABELED,
    ) -> Upload:
        """A new upload, whose parts are encrypted as `plan` says. Raises NoSuchBucket."""
        now = self._journal.now()
        data_key = self._data_keys.make(f"{epoch_ms(now):012x}{self._ids.token(26)}", plan)
        new = Upload(
            id=data_key.owner,
            bucket=BucketName(bucket),
            key=ObjectKey(key),
            initiated_at=now,
            initiator=initiator,
            description=description,
            algorithm=algorithm,
            extent=extent,
            encryption=self._data_keys.kept(data_key),
            tags=labels.tags,
            acl=labels.acl,
        )

        def work(connection: Connection) -> None:
            if store.bucket(connection, bucket) is None:
                raise errors.no_such_bucket(bucket)
            store.add_upload(connection, new)

        self._journal.write(work)
        return new

    def find(self, bucket: str, key: str, upload_id: str) -> Upload | None:
        with self._journal.read() as connection:
            return store.upload(connection, bucket, key, upload_id)

    def get(self, bucket: str, key: str, upload_id: str) -> Upload:
        """Raises NoSuchUpload."""
        found = self.find(bucket, key, upload_id)
        if found is None:
            raise errors.no_such_upload(upload_id)
        return found

    def data_key(self, upload: Upload, customer: CustomerKey | None) -> DataKey | None:
        """The key of the upload's parts; None for one from before there was encryption.

        Raises InvalidRequest when `customer`, which the request brings, is not the key that the upload began with.
        """
        encryption = upload.encryption
        is_needed = encryption is not None and encryption.method is Method.CUSTOMER
        if is_needed is not (customer is not None):
            raise sse_errors.customer_key_of_upload_missing()
        if encryption is None:
            return None
        try:
            return self._data_keys.open(upload, encryption, customer)
        except ApiError as refused:
            if customer is None:
                raise
            raise sse_errors.customer_key_of_upload_wrong() from refused

    def put_part(self, upload: Upload, number: int, written: Written) -> Part:
        """Make the file the part `number`, in the place of an earlier one. Raises NoSuchUpload."""
        new = Part(number=number, written=written, modified_at=self._journal.now())

        def work(connection: Connection) -> list[str]:
            if store.upload(connection, upload.bucket, upload.key, upload.id) is None:
                raise errors.no_such_upload(upload.id)
            replaced = store.remove_parts(connection, upload.id, {number})
            store.add_part(connection, upload.id, new)
            return replaced

        self._journal.discard(self._journal.write_file(written, work))
        return new

    def parts(self, upload: Upload, *, after: int, limit: int) -> Sequence[Part]:
        """The parts uploaded so far, by number, those above `after`."""
        with self._journal.read() as connection:
            return store.parts_behind(connection, upload.id, after, limit)

    def complete(
        self,
        bucket: str,
        key: str,
        upload_id: str,
        completion: Completion,
        condition: WriteCondition = UNCONDITIONAL,
    ) -> StoredObject:
        """The object that the upload's parts make; no byte is copied. A client that asks twice gets the same answer.

        Raises NoSuchUpload, PreconditionFailed, and what `assembly.assemble` raises.
        """
        now = self._journal.now()

        def work(connection: Connection) -> tuple[StoredObject, Collection[str]]:
            upload = store.upload(connection, bucket, key, upload_id)
            if upload is None:
                return _completed_before(store.stored(connection, bucket, key), upload_id, completion), ()
            uploaded = store.parts_of(connection, upload_id)
            assembly = assemble(upload, uploaded, completion)
            found = store.bucket(connection, bucket)
            if found is None:
                raise errors.no_such_bucket(bucket)
            room = versions.make_room(connection, found, key, now, self._ids, condition)
            files = room.files
            used = {part.number for part in assembly.parts}
            unused = {part.number for part in uploaded} - used
            files += store.remove_parts(connection, upload_id, unused)
            store.remove_upload(connection, upload_id)
            new = StoredObject(
                id=upload_id,
                bucket=upload.bucket,
                key=upload.key,
                size=assembly.size,
                etag=assembly.etag,
                modified_at=now,
                description=upload.description,
                checksum=assembly.checksum,
                part_count=len(assembly.parts),
                encryption=upload.encryption,
                version=room.version,
                ordinal=room.ordinal,
                tags=upload.tags,
                acl=upload.acl,
                is_versioned=room.is_versioned,
            )
            store.add_object(connection, new)
            return new, files

        stored, files = self._journal.write(work)
        self._journal.discard(files)
        return stored

    def abort(self, bucket: str, key: str, upload_id: str) -> None:
        """Forget the upload and its parts. Raises NoSuchUpload."""

        def work(connection: Connection) -> list[str]:
            if store.upload(connection, bucket, key, upload_id) is None:
                raise errors.no_such_upload(upload_id)
            store.remove_upload(connection, upload_id)
            return store.remove_parts(connection, upload_id)

        self._journal.discard(self._journal.write(work))

    def list(self, bucket: str, *, prefix: str, delimiter: str, start: Place, limit: int) -> Page[Upload]:
        """Uploads under way, by key and then by age, and common prefixes. Raises NoSuchBucket."""
        with self._journal.read() as connection:
            if store.bucket(connection, bucket) is None:
                raise errors.no_such_bucket(bucket)
            return listing.walk(
                lambda place, end, count: store.uploads_from(connection, bucket, place, end, count),
                prefix=prefix,
                delimiter=delimiter,
                start=start,
                limit=limit,
            )


def _completed_before(stored: StoredObject | None, upload_id: str, completion: Completion) -> StoredObject:
    """The object, when a client that did not get the answer completes its upload again. Raises NoSuchUpload."""
    etags = [claim.etag for claim in completion.claims]
    if stored is None or stored.id != upload_id or not all(_MD5.fullmatch(etag) for etag in etags):
        raise errors.no_such_upload(upload_id)
    if composite_etag(etags) != stored.etag:
        raise errors.no_such_upload(upload_id)
    return stored
