"""Tags on what IAM keeps: the same for all that have any.

IAM user guide, "Tagging IAM resources": keys keep their case, but no two differ in case alone.
"""

from collections.abc import Callable, Collection
from typing import Generic, Protocol, TypeVar

from sqlalchemy import Connection

from telecine.core.names import AccountId
from telecine.core.tags import MAX_TAGS, Tags
from telecine.services.iam import errors
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.model import Page, PageRequest


class Tagged(Protocol):
    """Something that has tags."""

    @property
    def tags(self) -> Tags:
        """Values by key."""
        ...


T = TypeVar("T", bound=Tagged)


class Tagging(Generic[T]):
    """The tags of one kind of things, each found by its name (a policy by its ARN)."""

    def __init__(
        self,
        ledger: Ledger,
        kind: str,
        *,
        find: Callable[[Connection, AccountId, str], T],
        save: Callable[[Connection, T, Tags], None],
    ) -> None:
        """`find` raises `NoSuchEntity`; `save` puts other tags in place, or refuses to."""
        self._ledger = ledger
        self._kind = kind
        self._find = find
        self._save = save

    def add(self, account: AccountId, name: str, tags: Tags) -> None:
        """Write tags, in place of those with the same keys in whatever case. Raises `LimitExceeded`, …."""
        self._change(account, name, lambda old: merged(old, tags))

    def remove(self, account: AccountId, name: str, keys: Collection[str]) -> None:
        """Remove the tags with these keys, in whatever case; keys that are not there are no error."""
        self._change(account, name, lambda old: _without(old, keys))

    def page(self, account: AccountId, name: str, wanted: PageRequest) -> Page[tuple[str, str]]:
        """Tags as (key, value), by key."""

        def fetch(connection: Connection, after: str, limit: int) -> list[tuple[int, str, str]]:
            # A marker holds a position, because a key may be longer than a marker.
            found = sorted(self._find(connection, account, name).tags.items(), key=lambda tag: tag[0].lower())
            start = int(after or 0)
            return [(number, *tag) for number, tag in enumerate(found, 1)][start : start + limit]

        listing = f"ListTags|{self._kind}|{account}|{name.lower()}"
        page = self._ledger.page(listing, wanted, fetch, lambda tag: str(tag[0]))
        return Page(items=[(key, value) for _, key, value in page.items], marker=page.marker)

    def _change(self, account: AccountId, name: str, change: Callable[[Tags], Tags]) -> None:
        def work(connection: Connection) -> None:
            found = self._find(connection, account, name)
            self._save(connection, found, change(found.tags))

        self._ledger.write(work)


def merged(old: Tags, new: Tags) -> Tags:
    """`old` with `new` written over it: a key replaces the one that differs from it in case alone.

    Raises `LimitExceeded` for more than 50.
    """
    tags = {**_without(old, new), **new}
    if len(tags) > MAX_TAGS:
        raise errors.too_many_tags()
    return tags


def _without(tags: Tags, keys: Collection[str]) -> Tags:
    gone = {key.lower() for key in keys}
    return {key: value for key, value in tags.items() if key.lower() not in gone}
