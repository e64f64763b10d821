"""Buckets: made, found, listed and deleted."""

from collections.abc import Callable
from typing import Any

from sqlalchemy import Connection

from telecine.core.names import AccountId, BucketName, Region
from telecine.services.s3 import errors, listing, store
from telecine.services.s3.encryption import BucketEncryption
from telecine.services.s3.listing import Page, Place
from telecine.services.s3.model import FULL_BLOCK, Bucket, Ownership, Tags, Versioning
from telecine.services.s3.objects.journal import Journal
from telecine.services.s3.store import configurations


class Buckets:
    """Every account's buckets: their names are unique among all of them."""

    def __init__(self, journal: Journal) -> None:
        self._journal = journal

    def find(self, name: str) -> Bucket | None:
        return self._journal.bucket(name)

    def get(self, name: str) -> Bucket:
        """Raises NoSuchBucket."""
        found = self.find(name)
        if found is None:
            raise errors.no_such_bucket(name)
        return found

    def create(
        self,
        name: str,
        account: AccountId,
        region: Region,
        *,
        tags: Tags | None = None,
        ownership: Ownership = Ownership.ENFORCED,
    ) -> Bucket:
        """The new bucket. Raises BucketAlreadyExists, BucketAlreadyOwnedByYou."""
        new = Bucket(
            name=BucketName(name),
            account=account,
            region=region,
            created_at=self._journal.now(),
            public_access_block=FULL_BLOCK,
            tags=tags or {},
            ownership=ownership,
        )

        def work(connection: Connection) -> None:
            taken = store.bucket(connection, name)
            if taken is not None:
                raise errors.bucket_owned_by_you(name) if taken.account == account else errors.bucket_taken(name)
            store.add_bucket(connection, new)

        self._journal.write(work)
        return new

    def set_encryption(self, name: str, default: BucketEncryption) -> None:
        """What is done to objects of whose encryption their writers say nothing. Raises NoSuchBucket."""

        def work(connection: Connection) -> None:
            if store.bucket(connection, name) is None:
                raise errors.no_such_bucket(name)
            store.set_encryption(connection, name, default)

        self._journal.write(work)

    def delete(self, name: str) -> None:
        """Delete an empty bucket, with its unfinished uploads. Raises NoSuchBucket, BucketNotEmpty."""

        def work(connection: Connection) -> list[str]:
            found = _there(connection, name)
            if store.has_objects(connection, name):
                keeps = found.versioning is not None
                raise errors.versions_not_empty(name) if keeps else errors.bucket_not_empty(name)
            files: list[str] = []
            for upload_id in store.upload_ids(connection, name):
                files += store.remove_parts(connection, upload_id)
                store.remove_upload(connection, upload_id)
            store.remove_bucket(connection, name)
            return files

        self._journal.discard(self._journal.write(work))

    def set_versioning(self, name: str, versioning: Versioning) -> None:
        """From now on the bucket keeps versions, or no new ones. Raises NoSuchBucket."""
        self._change(name, versioning=versioning)

    def set_tags(self, name: str, tags: Tags) -> None:
        """Give the bucket these tags, in the place of those it has. Raises NoSuchBucket."""
        self._change(name, tags=dict(tags) or None)

    def set_tag_governed(self, name: str, *, is_tag_governed: bool) -> None:
        """Whether policies may ask for the bucket's tags. Raises NoSuchBucket."""
        self._change(name, is_tag_governed=is_tag_governed)

    def set_ownership(self, name: str, ownership: Ownership | None, check: Callable[[Bucket], None]) -> None:
        """To whom objects belong from now on, unless `check` refuses. Raises NoSuchBucket, and what `check` raises."""
        self._change(name, check, ownership=ownership)

    def set_acl(self, name: str, acl: str | None) -> None:
        """Give the bucket this canned ACL. Raises NoSuchBucket."""
        self._change(name, acl=acl)

    def configuration(self, name: str, kind: str) -> Any:
        """The bucket's configuration of this kind as it was written, None when there is none."""
        with self._journal.read() as connection:
            return configurations.find(connection, name, kind)

    def configure(self, name: str, kind: str, document: object | None) -> None:
        """Write its configuration of this kind anew; None removes it. Raises NoSuchBucket."""

        def work(connection: Connection) -> None:
            _there(connection, name)
            configurations.put(connection, name, kind, document)

        self._journal.write(work)

    def _change(self, name: str, check: Callable[[Bucket], None] | None = None, **columns: object) -> None:
        def work(connection: Connection) -> None:
            found = _there(connection, name)
            if check is not None:
                check(found)
            store.change_bucket(connection, name, **columns)

        self._journal.write(work)

    def list(self, account: str, *, prefix: str, region: str | None, start: Place, limit: int) -> Page[Bucket]:
        """The account's own buckets by name."""
        with self._journal.read() as connection:
            return listing.walk(
                lambda place, end, count: store.buckets_of(connection, account, region, place, end, count),
                prefix=prefix,
                delimiter="",
                start=start,
                limit=limit,
            )


def _there(connection: Connection, name: str) -> Bucket:
    found = store.bucket(connection, name)
    if found is None:
        raise errors.no_such_bucket(name)
    return found
