"""Objects: put, read, listed and deleted; beside them the buckets and the uploads."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.errors import ApiError
from telecine.core.ids import Ids
from telecine.core.names import ObjectKey
from telecine.core.pages import InvalidPageToken, PageTokens
from telecine.core.waiting import expect_to_wait
from telecine.db import Database
from telecine.seal import RootKey
from telecine.services.iam.directory.current_policies import Principals
from telecine.services.kms.crypto import Keys
from telecine.services.s3 import errors, listing, store
from telecine.services.s3.checksums import Expected
from telecine.services.s3.disk import Disk
from telecine.services.s3.encryption import CustomerKey
from telecine.services.s3.files import FileGone, Files, Incoming
from telecine.services.s3.listing import Page, Place
from telecine.services.s3.model import (
    UNCONDITIONAL,
    UNLABELED,
    Bucket,
    Deleted,
    Deletion,
    Description,
    Labels,
    Part,
    StoredObject,
    Tags,
    Version,
    WriteCondition,
    Written,
    total_size,
)
from telecine.services.s3.objects import versions
from telecine.services.s3.objects.buckets import Buckets
from telecine.services.s3.objects.datakeys import DataKey, DataKeys, Plan, check_customer
from telecine.services.s3.objects.journal import Journal
from telecine.services.s3.objects.policies import Policies
from telecine.services.s3.objects.upkeep import Upkeep
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
        self.upkeep = Upkeep(self._journal, ids)

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
        bucket: str | Bucket,
        key: str,
        written: Written,
        description: Description,
        data_key: DataKey,
        condition: WriteCondition = UNCONDITIONAL,
        labels: Labels = UNLABELED,
    ) -> StoredObject:
        """Make the file, which was received with `data_key`, the object `key`, in the place of an earlier one, or in
        front of it, as the bucket has it.

        `bucket` is its name, or the one that has been decided on: a body may be on its way for hours, in which the
        bucket may go and its name may come to another account. Raises NoSuchBucket, NoSuchKey, PreconditionFailed.
        """
        now = self._journal.now()

        def work(connection: Connection) -> tuple[StoredObject, list[str]]:
            found = _bucket(connection, bucket) if isinstance(bucket, str) else _same(connection, bucket)
            room = versions.make_room(connection, found, key, now, self._ids, condition)
            new = StoredObject(
                id=data_key.owner,
                bucket=found.name,
                key=ObjectKey(key),
                size=written.size,
                etag=written.etag,
                modified_at=now,
                description=description,
                checksum=written.checksum,
                encryption=self.data_keys.kept(data_key),
                version=room.version,
                ordinal=room.ordinal,
                tags=labels.tags,
                acl=labels.acl,
                is_versioned=room.is_versioned,
            )
            store.add_object(connection, new)
            store.add_part(connection, new.id, Part(number=1, written=written, modified_at=new.modified_at))
            return new, room.files

        new, replaced = self._journal.write_file(written, work)
        self._journal.discard(replaced)
        return new

    def find(self, bucket: str, key: str, version: str | None = None) -> StoredObject | None:
        """The version, the current one for None: it may be a delete marker."""
        return self._journal.stored(bucket, key, version)

    def locate(self, bucket: str, key: str, version: str | None = None) -> tuple[Bucket, StoredObject | None]:
        """The bucket, and the version, the current one for None: it may be a delete marker. Raises NoSuchBucket."""
        return self.buckets.get(bucket), self._journal.stored(bucket, key, version)

    def get(self, bucket: str, key: str, version: str | None = None) -> StoredObject:
        """The version, the current one for None. Raises NoSuchKey, NoSuchVersion, and MethodNotAllowed of a marker."""
        return _there(self._journal.stored(bucket, key, version), key, version)

    def look(self, bucket: str, key: str, version: str | None = None) -> tuple[StoredObject, Sequence[Part]]:
        """The version and its parts. Raises what `get` raises, and `DamagedFile` when parts are missing."""
        for _ in range(_READ_ATTEMPTS):
            # Two looks at the database, not one at a snapshot of it, which costs as much again as all the rest. An
            # object's parts never change, but they go with it: then they do not add up, and there is another object.
            stored = self.get(bucket, key, version)
            parts = self._journal.parts(stored.id)
            if total_size(parts) == stored.size and len(parts) == (stored.part_count or 1):
                return stored, parts
            expect_to_wait()  # where there is no waiting the database stands still: there is nothing to see again
        raise DamagedFile(f"Of the object {stored.id} there are {len(parts)} parts, which are not all.")

    def open(
        self,
        bucket: str,
        key: str,
        choose: Callable[[StoredObject, Sequence[Part]], Span],
        version: str | None = None,
        customer: CustomerKey | None = None,
    ) -> OpenObject:
        """The bytes that `choose` picks. They stay readable when the object is replaced or deleted meanwhile.

        `customer` is the key that the request brings. Raises what `get` raises, `choose` raises and `DataKeys.open`
        raises, and `DamagedFile`.
        """
        gone: FileGone | None = None
        for _ in range(_READ_ATTEMPTS):
            stored, parts = self.look(bucket, key, version)
            check_customer(stored.encryption, customer)
            span = choose(stored, parts)
            try:
                source = self._files.read(_pieces(parts, span), self._plaintext(stored, customer))
            except FileGone as error:
                expect_to_wait()  # as above
                gone = error
            else:
                return OpenObject(stored=stored, span=span, source=source)
        raise DamagedFile(str(gone)) from gone

    def check_key(self, stored: StoredObject, customer: CustomerKey | None) -> None:
        """Raise what `DataKeys.open` raises, unless the key of its bytes can be used now."""
        self._plaintext(stored, customer)

    def _plaintext(self, stored: StoredObject, customer: CustomerKey | None) -> bytes | None:
        if stored.encryption is None:
            return None
        return self.data_keys.open(stored, stored.encryption, customer).plaintext

    def delete(self, bucket: str, deletions: Sequence[Deletion]) -> Sequence[Deleted | ApiError]:
        """Delete objects and versions, in one transaction; those that are not there are as good as deleted.

        For each what became of it, or why it was not deleted: NoSuchKey or PreconditionFailed, for a condition alone.
        Raises NoSuchBucket.
        """
        now = self._journal.now()

        def work(connection: Connection) -> tuple[list[Deleted | ApiError], list[str]]:
            found = _bucket(connection, bucket)
            files: list[str] = []
            outcomes: list[Deleted | ApiError] = []
            for deletion in deletions:
                try:
                    outcome, discarded = versions.delete(connection, found, deletion, now, self._ids)
                except ApiError as refused:
                    outcomes.append(refused)
                else:
                    outcomes.append(outcome)
                    files += discarded
            return outcomes, files

        outcomes, files = self._journal.write(work)
        self._journal.discard(files)
        return outcomes

    def set_tags(
        self, bucket: str, key: str, version: str | None, tags: Tags, check: Callable[[StoredObject], None]
    ) -> StoredObject:
        """Give the version these tags, in the place of those it has, unless `check` refuses.

        Raises what `get` raises and what `check` raises.
        """
        return self._change(bucket, key, version, check, lambda at, id_: store.set_tags(at, id_, tags))

    def set_acl(
        self, bucket: str, key: str, version: str | None, acl: str | None, check: Callable[[StoredObject], None]
    ) -> StoredObject:
        """Give the version this canned ACL, unless `check` refuses. Raises as `set_tags`."""
        return self._change(bucket, key, version, check, lambda at, id_: store.set_acl(at, id_, acl))

    def _change(
        self,
        bucket: str,
        key: str,
        version: str | None,
        check: Callable[[StoredObject], None],
        change: Callable[[Connection, str], None],
    ) -> StoredObject:
        def work(connection: Connection) -> StoredObject:
            found = _there(store.stored(connection, bucket, key, version), key, version)
            check(found)
            change(connection, found.id)
            return found

        return self._journal.write(work)

    def list(self, bucket: str, *, prefix: str, delimiter: str, start: Place, limit: int) -> Page[StoredObject]:
        """Objects and common prefixes in the order of keys. Raises NoSuchBucket."""
        with self._journal.read() as connection:
            _bucket(connection, bucket)
            return listing.walk(
                lambda place, end, count: store.objects_from(connection, bucket, place, end, count),
                prefix=prefix,
                delimiter=delimiter,
                start=start,
                limit=limit,
            )

    def list_versions(
        self, bucket: str, *, prefix: str, delimiter: str, start: Place, behind: str | None, limit: int
    ) -> Page[Version]:
        """Versions and delete markers by key, the newest first, and common prefixes; from `start` on, or from behind
        the version `behind` of that key. Raises NoSuchBucket."""
        with self._journal.read() as connection:
            _bucket(connection, bucket)
            place = start if behind is None else versions.place_behind(connection, bucket, start.key, behind)
            return listing.walk(
                lambda place, end, count: store.versions_from(connection, bucket, place, end, count),
                prefix=prefix,
                delimiter=delimiter,
                start=place,
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


def _bucket(connection: Connection, name: str) -> Bucket:
    found = store.bucket(connection, name)
    if found is None:
        raise errors.no_such_bucket(name)
    return found


def _same(connection: Connection, decided: Bucket) -> Bucket:
    """The bucket as it is now, unless it is another one by the same name. Raises NoSuchBucket."""
    found = _bucket(connection, decided.name)
    if (found.account, found.created_at) != (decided.account, decided.created_at):
        raise errors.no_such_bucket(decided.name)
    return found


def _there(found: StoredObject | None, key: str, version: str | None) -> StoredObject:
    """What is there to be read."""
    if found is None:
        raise errors.no_such_key(key) if version is None else errors.no_such_version(key, version)
    if found.is_delete_marker:
        if version is None:
            raise errors.deleted(key, found.version)
        raise errors.is_delete_marker(key, found.version, found.modified_at)
    return found


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
