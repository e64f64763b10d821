"""IAM's transactions: reads of one moment, writes that everybody notices, pages of a listing."""

from collections.abc import Callable
from contextlib import AbstractContextManager
from typing import Any, TypeVar

from sqlalchemy import CompoundSelect, Connection, Select

from telecine.core.pages import InvalidPageToken, PageTokens
from telecine.db import Database
from telecine.services.iam import errors
from telecine.services.iam.model import Page, PageRequest
from telecine.services.iam.store import accounts

T = TypeVar("T")


class Ledger:
    """The database as the parts of the directory use it."""

    def __init__(self, database: Database, pages: PageTokens) -> None:
        self._database = database
        self._pages = pages

    def generation(self) -> int:
        """How many times IAM was written."""
        return sum(row.value for row in self._database.rows(accounts.READ_GENERATION))  # no row before the first write

    def read(self) -> AbstractContextManager[Connection]:
        """A read-only connection whose queries all see the same moment."""
        return self._database.read()

    def rows(self, statement: Select[Any] | CompoundSelect[Any], **values: str) -> list[Any]:
        """What a constant statement selects, by the shortest way (`Database.rows`)."""
        return self._database.rows(statement, **values)

    def write(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, once durable and with the generation raised in the same transaction."""

        def numbered(connection: Connection) -> T:
            # First, because it locks: whoever counts against a quota afterwards counts alone.
            accounts.raise_generation(connection)
            return work(connection)

        return self._database.write(numbered)

    def note(self, work: Callable[[Connection], T]) -> T:
        """What `work` returns, once durable. For what changes nobody's rights (last uses, attempts to sign in): the
        generation stays, and nothing that was read under it grows old."""
        return self._database.write(work)

    def page(
        self,
        listing: str,
        wanted: PageRequest,
        fetch: Callable[[Connection, str, int], list[T]],
        key: Callable[[T], str],
    ) -> Page[T]:
        """One page of `listing`, which names the operation with its account and filters.

        `fetch(connection, after, limit)` reads entries in the order of `key`, from behind `after` (empty: from the
        start). Raises `InvalidInput` for a marker of another listing.
        """
        after = ""
        if wanted.marker is not None:
            try:
                after = str(self._pages.read(listing, wanted.marker)[0])
            except InvalidPageToken as error:
                raise errors.invalid_marker() from error
        with self.read() as connection:
            items = fetch(connection, after, wanted.size + 1)
        if len(items) <= wanted.size:
            return Page(items=items, marker=None)
        items = items[: wanted.size]
        return Page(items=items, marker=self._pages.write(listing, [key(items[-1])]))
