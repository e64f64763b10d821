"""Presets and job templates: the account's own, and beside them the system's, which nobody can change."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any, Generic, TypeVar

from sqlalchemy import Connection, Row, Table

from telecine.core.clock import Clock, epoch_ms, from_epoch_ms
from telecine.core.names import AccountId, Region
from telecine.core.pages import PageTokens, SortKey
from telecine.core.tags import Tags
from telecine.db import Database
from telecine.media import system
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.lifecycle.paging import PAGE_SIZE, position
from telecine.services.mediaconvert.model import (
    MAX_CUSTOM,
    Draft,
    JobTemplate,
    LibrarySort,
    LibraryType,
    Order,
    Preset,
    preset_arn,
    template_arn,
)
from telecine.services.mediaconvert.store import queues, recipes
from telecine.services.mediaconvert.tables import PRESETS, TEMPLATES

T = TypeVar("T", Preset, JobTemplate)


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryQuery:
    """Which presets or templates to list, and from where."""

    sort: LibrarySort = LibrarySort.NAME
    """SYSTEM: the system's, by name."""
    category: str | None = None
    order: Order = Order.ASCENDING
    limit: int = PAGE_SIZE
    token: str | None = None
    """Of the page before; good only with the same sort, category and order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LibraryPage(Generic[T]):
    """One page of a listing of presets or templates."""

    found: Sequence[T]
    next_token: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class Kind(Generic[T]):
    """What tells presets from templates."""

    noun: str
    """What errors call it."""
    make: Callable[..., T]
    table: Table
    arn: Callable[[str, str, str], str]
    """From account, region and name."""
    system: Mapping[str, system.Recipe]
    """The system's by name, in the order of the names."""
    released_at: datetime
    """When AWS says that the system's were made (`list-presets` and `list-job-templates` in the AWS CLI's examples)."""


PRESET = Kind(
    noun="preset",
    make=Preset,
    table=PRESETS,
    arn=preset_arn,
    system=system.PRESETS,
    released_at=datetime.fromtimestamp(1568321789, UTC),
)
TEMPLATE = Kind(
    noun="job template",
    make=JobTemplate,
    table=TEMPLATES,
    arn=template_arn,
    system=system.TEMPLATES,
    released_at=datetime.fromtimestamp(1568321779, UTC),
)


class Library(Generic[T]):
    """The presets, or the templates, of one region."""

    def __init__(self, kind: Kind[T], db: Database, clock: Clock, pages: PageTokens, region: Region) -> None:
        self._kind: Kind[T] = kind
        self._db = db
        self._clock = clock
        self._pages = pages
        self._region = region

    def find(self, account: AccountId, name: str) -> T | None:
        """The one with this name, of the account or of the system."""
        recipe = self._kind.system.get(name)
        if recipe is not None:
            return self._of_system(account, recipe)
        with self._db.read() as connection:
            row = recipes.find(connection, self._kind.table, account, name)
        return None if row is None else self._of_account(row)

    def get(self, account: AccountId, name: str) -> T:
        """The same. Raises NotFoundException."""
        found = self.find(account, name)
        if found is None:
            raise errors.not_in_library(self._kind.noun, name)
        return found

    def create(self, account: AccountId, draft: Draft, tags: Tags) -> T:
        """A new one of the account's own.

        Raises ConflictException for a name that is taken, ServiceQuotaExceededException (402) when there are too many.
        """
        kind = self._kind

        def work(connection: Connection) -> T:
            now = self._clock.now()
            if draft.name in kind.system or recipes.find(connection, kind.table, account, draft.name) is not None:
                raise errors.name_is_taken(kind.noun, draft.name)
            if recipes.count(connection, kind.table, account) >= MAX_CUSTOM:
                raise errors.too_many(kind.noun, MAX_CUSTOM)
            recipes.add(connection, kind.table, account, self._columns(draft), now)
            queues.set_tags(connection, kind.arn(account, self._region, draft.name), tags)
            return self._found(connection, account, draft.name)

        return self._db.write(work)

    def update(self, account: AccountId, name: str, edit: Callable[[Draft], Draft]) -> T:
        """The one with this name, after `edit`, which leaves the name alone.

        Raises NotFoundException, and BadRequestException for one of the system's.
        """

        def work(connection: Connection) -> T:
            draft = edit(self._own(connection, account, name).draft)
            assert draft.name == name
            recipes.change(connection, self._kind.table, account, self._columns(draft), self._clock.now())
            return self._found(connection, account, name)

        return self._db.write(work)

    def delete(self, account: AccountId, name: str) -> None:
        """With its tags. Jobs that were made from it keep what they have.

        Raises NotFoundException, and BadRequestException for one of the system's.
        """

        def work(connection: Connection) -> None:
            arn = self._own(connection, account, name).arn
            queues.remove_tags(connection, arn, queues.tags(connection, arn))
            recipes.remove(connection, self._kind.table, account, name)

        self._db.write(work)

    def page(self, account: AccountId, query: LibraryQuery) -> LibraryPage[T]:
        """Raises BadRequestException for a token of another listing."""
        scope = f"List {self._kind.noun}\n{account}\n{query.sort}\n{query.order}\n{query.category or ''}"
        after = position(self._pages, scope, query.token)
        # one more tells whether there is another page
        ask = self._system_page if query.sort is LibrarySort.SYSTEM else self._own_page
        found = ask(account, query, after)
        shown = found[: query.limit]
        return LibraryPage(
            found=shown,
            next_token=self._pages.write(scope, _key(shown[-1])) if len(found) > query.limit else None,
        )

    def _system_page(self, account: AccountId, query: LibraryQuery, after: SortKey | None) -> Sequence[T]:
        recipes = [r for r in self._kind.system.values() if query.category in {None, r.category}]
        if query.order is Order.DESCENDING:
            recipes.reverse()
        if after is not None:
            name = str(after[1])
            is_up = query.order is Order.ASCENDING
            recipes = [recipe for recipe in recipes if (recipe.name > name if is_up else recipe.name < name)]
        return [self._of_system(account, recipe) for recipe in recipes[: query.limit + 1]]

    def _own_page(self, account: AccountId, query: LibraryQuery, after: SortKey | None) -> Sequence[T]:
        with self._db.read() as connection:
            rows = recipes.page(
                connection,
                self._kind.table,
                account,
                category=query.category,
                by_date=query.sort is LibrarySort.CREATION_DATE,
                order=query.order,
                after=None if after is None else (from_epoch_ms(int(after[0])), str(after[1])),
                limit=query.limit + 1,
            )
        return [self._of_account(row) for row in rows]

    def _own(self, connection: Connection, account: AccountId, name: str) -> T:
        """The account's own, to be changed."""
        if name in self._kind.system:
            raise errors.is_of_system(self._kind.noun, name)
        return self._found(connection, account, name)

    def _found(self, connection: Connection, account: AccountId, name: str) -> T:
        row = recipes.find(connection, self._kind.table, account, name)
        if row is None:
            raise errors.not_in_library(self._kind.noun, name)
        return self._of_account(row)

    def _columns(self, draft: Draft) -> dict[str, Any]:
        columns = {
            "name": draft.name,
            "category": draft.category,
            "description": draft.description,
            "settings": dict(draft.settings),
        }
        return {**columns, "defaults": dict(draft.defaults)} if "defaults" in self._kind.table.c else columns

    def _of_account(self, row: Row[Any]) -> T:
        draft = Draft(name=row.name, category=row.category, description=row.description, settings=row.settings)
        if "defaults" in self._kind.table.c:
            draft = replace(draft, defaults=row.defaults)
        return self._kind.make(
            account=AccountId(row.account),
            region=self._region,
            draft=draft,
            type=LibraryType.CUSTOM,
            created_at=row.created_at,
            updated_at=row.updated_at,
        )

    def _of_system(self, account: AccountId, recipe: system.Recipe) -> T:
        """Its ARN is one of the caller's account, as AWS has it."""
        return self._kind.make(
            account=account,
            region=self._region,
            draft=Draft(
                name=recipe.name,
                category=recipe.category,
                description=recipe.description,
                settings=recipe.settings,
            ),
            type=LibraryType.SYSTEM,
            created_at=self._kind.released_at,
            updated_at=self._kind.released_at,
        )


def _key(found: Preset | JobTemplate) -> SortKey:
    return [epoch_ms(found.created_at), found.draft.name]
