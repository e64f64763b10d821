"""Buckets: made, found, listed and deleted."""

from sqlalchemy import Connection

from telecine.core.names import AccountId, BucketName, Region
from telecine.services.s3 import errors, listing, store
from telecine.services.s3.encryption import BucketEncryption
from telecine.services.s3.listing import Page, Place
from telecine.services.s3.model import FULL_BLOCK, Bucket
from telecine.services.s3.objects.journal import Journal


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

    def create(self, name: str, account: AccountId, region: Region) -> Bucket:
        """The new bucket. Raises BucketAlreadyExists, BucketAlreadyOwnedByYou."""
        new = Bucket(
            name=BucketName(name),
            account=account,
            region=region,
            created_at=self._journal.now(),
            public_access_block=FULL_BLOCK,
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
            if store.bucket(connection, name) is None:
                raise errors.no_such_bucket(name)
            if store.has_objects(connection, name):
                raise errors.bucket_not_empty(name)
            files: list[str] = []
            for upload_id in store.upload_ids(connection, name):
                files += store.remove_parts(connection, upload_id)
                store.remove_upload(connection, upload_id)
            store.remove_bucket(connection, name)
            return files

        self._journal.discard(self._journal.write(work))

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
