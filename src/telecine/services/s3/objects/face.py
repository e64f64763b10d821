"""Objects: put, read, listed and deleted; beside them the buckets and the uploads."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.errors import ApiError
from telecine.core.ids import Ids
from telecine.core.names import BucketName, ObjectKey
from telecine.core.pages import InvalidPageToken, PageTokens
from telecine.db import Database
from telecine.seal import RootKey
from telecine.services.kms.crypto import Keys
from telecine.services.s3 import errors, listing, store
from telecine.services.s3.checksums import Expected
from telecine.services.s3.disk import Disk
from telecine.services.s3.encryption import CustomerKey
from telecine.services.s3.files import FileGone, Files, Incoming
from telecine.services.s3.listing import Page, Place
from telecine.services.s3.model import (
    UNCONDITIONAL,
    Bucket,
    Description,
    Part,
    StoredObject,
    WriteCondition,
    Written,
    total_size,
)
from telecine.services.s3.objects.buckets import Buckets
from telecine.services.s3.objects.datakeys import DataKey, DataKeys, Plan, check_customer
from telecine.services.s3.objects.journal import Journal, take_away
from telecine.services.s3.objects.policies import Policies, Principals
from telecine.services.s3.objects.uploads import Uploads
from telecine.services.s3.ranges import Span
from telecine.services.s3.reading import DamagedFile, FileSource, Piece

_READ_ATTEMPTS = 8
"""How often an object may be replaced between the reading of its row and the opening of its file."""


@dataclass(frozen=True, kw_only=True, slots=True)
class OpenObject:
    """An object and the bytes that were asked for."""

    stored: StoredObject
    span: Span
    source: FileSource
    """To be closed by whoever reads it."""


class Objects:
    """Everything in one database and one folder. Only one process may serve a folder."""

    def __init__(  # noqa: PLR0913 - all that a store stands on, given once
        self,
        db: Database,
        folder: Path,
        clock: Clock,
        ids: Ids,
        pages: PageTokens,
        principals: Principals,
        root_key: RootKey,
        *,
        keys: Keys | None = None,
        disk: Disk | None = None,
    ) -> None:
        """`principals` knows whom bucket policies mean; `root_key` seals the data keys of SSE-S3; `disk` is this
        machine's unless another one is given."""
        self._files = Files(folder, ids, disk)
        self._journal = Journal(db, self._files, clock)
        self._ids = ids
        self._pages = pages
        self.buckets = Buckets(self._journal)
        self.policies = Policies(self._journal, principals)
        self.data_keys = DataKeys(root_key, ids, clock, keys)
        self.uploads = Uploads(self._journal, ids, self.data_keys)

    def new_key(self, plan: Plan) -> DataKey:
        """The data key of an object that is about to be written."""
        return self.data_keys.make(self._ids.token(), plan)

    def receive(self, expected: Expected, data_key: DataKey | None) -> Incoming:
        """A file for bytes that are about to come; afterwards it is put somewhere, or dropped.

        `data_key` is that of its object or upload; None for an upload from before there was encryption.
        """
        if data_key is None:
            return self._files.receive(expected)
        tag = None if data_key.encryption.method.has_md5_etag else self._ids.token()
        return self._files.receive(expected, data_key.plaintext, tag)

    def put(
        self,
        bucket: str,
        key: str,
        written: Written,
        description: Description,
        data_key: DataKey,
        condition: WriteCondition = UNCONDITIONAL,
    ) -> StoredObject:
        """Make the file, which was received with `data_key`, the object `key`, in the place of an earlier one.

        Raises NoSuchBucket, NoSuchKey, PreconditionFailed.
        """
        new = StoredObject(
            id=data_key.owner,
            bucket=BucketName(bucket),
            key=ObjectKey(key),
            size=written.size,
            etag=written.etag,
            modified_at=self._journal.now(),
            description=description,
            checksum=written.checksum,
            encryption=self.data_keys.kept(data_key),
        )

        def work(connection: Connection) -> list[str]:
            if store.bucket(connection, bucket) is None:
                raise errors.no_such_bucket(bucket)
            replaced = take_away(connection, bucket, key, condition)
            store.add_object(connection, new)
            store.add_part(connection, new.id, Part(number=1, written=written, modified_at=new.modified_at))
            return replaced

        self._journal.discard(self._journal.write_file(written, work))
        return new

    def find(self, bucket: str, key: str) -> StoredObject | None:
        return self._journal.stored(bucket, key)

    def locate(self, bucket: str, key: str) -> tuple[Bucket, StoredObject | None]:
        """The bucket, and the object if there is one. Raises NoSuchBucket."""
        return self.buckets.get(bucket), self._journal.stored(bucket, key)

    def get(self, bucket: str, key: str) -> StoredObject:
        """Raises NoSuchKey."""
        found = self.find(bucket, key)
        if found is None:
            raise errors.no_such_key(key)
        return found

    def look(self, bucket: str, key: str) -> tuple[StoredObject, Sequence[Part]]:
        """The object and its parts. Raises NoSuchKey."""
        with self._journal.read() as connection:
            stored = store.stored(connection, bucket, key)
            if stored is None:
                raise errors.no_such_key(key)
            return stored, store.parts_of(connection, stored.id)

    def open(
        self,
        bucket: str,
        key: str,
        choose: Callable[[StoredObject, Sequence[Part]], Span],
        customer: CustomerKey | None = None,
    ) -> OpenObject:
        """The bytes that `choose` picks. They stay readable when the object is replaced or deleted meanwhile.

        `customer` is the key that the request brings. Raises NoSuchKey, what `choose` raises and `DataKeys.open`
        raises, and `DamagedFile`.
        """
        gone: FileGone | None = None
        for _ in range(_READ_ATTEMPTS):
            stored, parts = self.look(bucket, key)
            check_customer(stored.encryption, customer)
            span = choose(stored, parts)
            try:
                source = self._files.read(_pieces(parts, span), self._plaintext(stored, customer))
            except FileGone as error:
                gone = error
            else:
                return OpenObject(stored=stored, span=span, source=source)
        raise DamagedFile(str(gone)) from gone

    def _plaintext(self, stored: StoredObject, customer: CustomerKey | None) -> bytes | None:
        if stored.encryption is None:
            return None
        return self.data_keys.open(stored, stored.encryption, customer).plaintext

    def delete(self, bucket: str, conditions: Mapping[str, WriteCondition]) -> Mapping[str, ApiError]:
        """Delete the objects with these keys, in one transaction; those that are not there are as good as deleted.

        The keys that could not be deleted come back with the reason: NoSuchKey or PreconditionFailed, for a
        condition alone. Raises NoSuchBucket.
        """

        def work(connection: Connection) -> tuple[list[str], dict[str, ApiError]]:
            if store.bucket(connection, bucket) is None:
                raise errors.no_such_bucket(bucket)
            files: list[str] = []
            kept: dict[str, ApiError] = {}
            for key, condition in conditions.items():
                try:
                    files += take_away(connection, bucket, key, condition)
                except ApiError as refused:
                    kept[key] = refused
            return files, kept

        files, kept = self._journal.write(work)
        self._journal.discard(files)
        return kept

    def list(self, bucket: str, *, prefix: str, delimiter: str, start: Place, limit: int) -> Page[StoredObject]:
        """Objects and common prefixes in the order of keys. Raises NoSuchBucket."""
        with self._journal.read() as connection:
            if store.bucket(connection, bucket) is None:
                raise errors.no_such_bucket(bucket)
            return listing.walk(
                lambda place, end, count: store.objects_from(connection, bucket, place, end, count),
                prefix=prefix,
                delimiter=delimiter,
                start=start,
                limit=limit,
            )

    def token(self, scope: str, place: Place) -> str:
        """The opaque token that continues the listing `scope` at `place`."""
        return self._pages.write(scope, [place.key, int(place.is_included)])

    def place(self, scope: str, token: str) -> Place:
        """What `token` says. Raises InvalidArgument when it is not of the listing `scope`."""
        try:
            key, is_included = self._pages.read(scope, token)
        except InvalidPageToken as error:
            raise errors.invalid_token("continuation-token", token) from error
        return Place(str(key), is_included=bool(is_included))

    def sweep(self) -> int:
        """Remove the files that a crash left behind: how many there were. For the start of the server."""
        return self._journal.sweep()


def _pieces(parts: Sequence[Part], span: Span) -> list[Piece]:
    """The parts of files that hold `span`."""
    assert span.start + span.length <= total_size(parts)
    pieces: list[Piece] = []
    start, left = span.start, span.length
    for part in parts:
        size = part.written.size
        if start >= size:
            start -= size
            continue
        if left <= 0:
            break
        length = min(size - start, left)
        pieces.append(Piece(part.written.file, start, length, size))
        start, left = 0, left - length
    return pieces
