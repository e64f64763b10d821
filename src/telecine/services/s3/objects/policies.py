"""Bucket policies and what a bucket does about public ones: written down, and as they count now."""

import threading
from collections.abc import Callable, Collection, Mapping
from typing import NamedTuple, Protocol

from sqlalchemy import Connection

from telecine.core.names import UniqueId
from telecine.services.s3 import errors, store
from telecine.services.s3.exposure import is_public
from telecine.services.s3.model import Bucket, BucketPolicy, PublicAccessBlock
from telecine.services.s3.objects.journal import Journal

_KEPT = 4096
"""Policies whose current text is remembered; the oldest makes room for the next."""


class Principals(Protocol):
    """Who is meant by the principals of a policy (`iam.directory`)."""

    def generation(self) -> int:
        """A number that rises whenever somebody may have been deleted."""
        ...

    def bind(self, text: str, known: Collection[UniqueId]) -> dict[str, UniqueId]:
        """The unique ids of the users and roles that the policy names; `known` may be gone.

        Raises `UnknownPrincipal`.
        """
        ...

    def current(self, text: str, bound: Mapping[str, UniqueId]) -> str:
        """The policy as it reads now that some of them may be gone."""
        ...


class _Current(NamedTuple):
    generation: int | None
    """IAM's generation that it was read under; None for a policy that names no user or role."""
    written: BucketPolicy
    text: str


class Policies:
    """The policies of buckets."""

    def __init__(self, journal: Journal, principals: Principals) -> None:
        self._journal = journal
        self._principals = principals
        self._mutex = threading.Lock()
        self._current: dict[str, _Current] = {}

    def current(self, bucket: Bucket) -> str | None:
        """The bucket's policy as it counts now, None when it has none.

        A user or role that is gone stands there by its unique id, so that a namesake inherits nothing. The same text
        is the same object as long as it is remembered: policies are compiled by text.
        """
        written = bucket.policy
        if written is None:
            return None
        generation = self._principals.generation() if written.principals else None
        known = self._current.get(bucket.name)
        if known is not None and known.generation == generation and known.written == written:
            return known.text
        text = self._principals.current(written.text, written.principals) if written.principals else written.text
        with self._mutex:
            if bucket.name not in self._current and len(self._current) >= _KEPT:
                del self._current[next(iter(self._current))]
            self._current[bucket.name] = _Current(generation, written, text)
        return text

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
