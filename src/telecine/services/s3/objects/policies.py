"""Bucket policies and what a bucket does about public ones: written down, and as they count now."""

from collections.abc import Callable

from sqlalchemy import Connection

from telecine.services.iam.directory.current_policies import CurrentPolicies, Principals
from telecine.services.s3 import errors, store
from telecine.services.s3.exposure import is_public
from telecine.services.s3.model import Bucket, BucketPolicy, PublicAccessBlock
from telecine.services.s3.objects.journal import Journal


class Policies:
    """The policies of buckets."""

    def __init__(self, journal: Journal, principals: Principals) -> None:
        self._journal = journal
        self._principals = principals
        self._current = CurrentPolicies(principals)

    def current(self, bucket: Bucket) -> str | None:
        """The bucket's policy as it counts now, None when it has none: a user or role that is gone stands there by its
        unique id."""
        return None if bucket.policy is None else self._current.text(bucket.name, bucket.policy)

    def put(self, bucket: Bucket, text: str) -> None:
        """Make `text`, which is a good policy, the bucket's.

        Raises `UnknownPrincipal`, `PublicPolicyBlocked`, NoSuchBucket.
        """
        before = bucket.policy
        known = () if before is None else before.principals.values()
        new = BucketPolicy(text=text, principals=self._principals.bind(text, known))
        opens = is_public(text)

        def change(connection: Connection, found: Bucket) -> None:
            block = found.public_access_block
            if opens and block is not None and block.block_public_policy:
                raise errors.PublicPolicyBlocked(f"The policy would open the bucket {bucket.name} to everybody.")
            store.set_policy(connection, bucket.name, new)

        self._change(bucket.name, change)

    def delete(self, bucket: str) -> None:
        """There may be none. Raises NoSuchBucket."""
        self._change(bucket, lambda connection, _found: store.set_policy(connection, bucket, None))

    def set_block(self, bucket: str, block: PublicAccessBlock | None) -> None:
        """What the bucket does about public policies from now on; None: nothing. Raises NoSuchBucket."""
        self._change(bucket, lambda connection, _found: store.set_public_access_block(connection, bucket, block))

    def _change(self, bucket: str, change: Callable[[Connection, Bucket], None]) -> None:
        def work(connection: Connection) -> None:
            found = store.bucket(connection, bucket)
            if found is None:
                raise errors.no_such_bucket(bucket)
            change(connection, found)

        self._journal.write(work)
