"""KMS's transactions: reads of one moment, writes, pages of a listing."""

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TypeVar

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.names import AccountId
from telecine.core.pages import InvalidPageToken, PageTokens
from telecine.db import Database
from telecine.services.kms import errors
from telecine.services.kms.model import Key, KeyId, Page, PageRequest
from telecine.services.kms.states import after
from telecine.services.kms.store import keys as store

T = TypeVar("T")


class Ledger:
    """The database as the parts of the face use it."""

    def __init__(self, database: Database, clock: Clock, pages: PageTokens) -> None:
        self.database = database
        self._clock = clock
        self._pages = pages

    def now(self) -> datetime:
        """The time, to the millisecond that tables keep."""
        moment = self._clock.now()
        return moment.replace(microsecond=moment.microsecond // 1000 * 1000)

    def is_there(self, key: Key | None) -> bool:
        """Whether there is the key: one whose waiting period is over is gone, whether or not its rows still are."""
        return key is not None and (key.deletion is None or key.deletion.at > self.now())

    def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, once durable."""
        return self.database.write(work)

    def change(self, operation: str, key: Key, work: Callable[[Connection, Key], T]) -> T:
        """What `work` returns of the key as it is now, which must be in a state that allows `operation`.

        Raises NotFoundException, DisabledException, KMSInvalidStateException.
        """

        def checked(connection: Connection) -> T:
            current = self.current(connection, key.id, key.arn)
            after(operation, current.arn, current.state)
            return work(connection, current)

        return self.database.write(checked)

    def current(self, connection: Connection, key_id: KeyId, arn: str) -> Key:
        """The key in this transaction. Raises NotFoundException."""
        current = store.find(connection, key_id)
        if current is None or not self.is_there(current):
            raise errors.no_such_key(arn)
        return current

    def page(
        self,
        listing: str,
        account: AccountId,
        wanted: PageRequest,
        fetch: Callable[[Connection, str, int], Sequence[T]],
        key: Callable[[T], str],
    ) -> Page[T]:
        """One page of `listing`, which names the operation with its filters.

        `fetch(connection, after, limit)` reads entries in the order of `key`, from behind `after` (empty: from the
        start). Raises InvalidMarkerException for a marker of another listing or account.
        """
        scope = f"{listing}|{account}"
        start = ""
        if wanted.marker is not None:
            try:
                start = str(self._pages.read(scope, wanted.marker)[0])
            except InvalidPageToken as error:
                raise errors.invalid_marker() from error
        with self.database.read() as connection:
            items = fetch(connection, start, wanted.size + 1)
        if len(items) <= wanted.size:
            return Page(items=items, marker=None)
        items = items[: wanted.size]
        return Page(items=items, marker=self._pages.write(scope, [key(items[-1])]))
