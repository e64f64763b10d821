"""Users, by name and by unique id."""

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.core.tags import Tags
from telecine.services.iam import errors, store
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.permissions import require_no_policies
from telecine.services.iam.model import Kind, Page, PageRequest, User

_QUOTA = 5000


class Users:
    """The users of the account."""

    def __init__(self, ledger: Ledger, clock: Clock, ids: Ids) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ids = ids

    def create(self, account: AccountId, name: str, *, path: str = "/", tags: Tags | None = None) -> User:
        """A new user without credentials or permissions. Raises `EntityAlreadyExists`, `LimitExceeded`."""
        user = User(
            unique_id=self._ids.unique_id("AIDA"),
            kind=Kind.USER,
            account=account,
            name=name,
            path=path,
            created_at=self._clock.now().replace(microsecond=0),
            tags=tags or {},
        )

        def work(connection: Connection) -> None:
            if store.USERS.find(connection, account, name) is not None:
                raise errors.already_exists("User", name)
            if store.USERS.count(connection, account) >= _QUOTA:
                raise errors.beyond_quota("UsersPerAccount", _QUOTA)
            store.insert_user(connection, user)

        self._ledger.write(work)
        return user

    def find(self, account: AccountId, name: str) -> User | None:
        """The user of that name, written in whatever case."""
        with self._ledger.read() as connection:
            return store.USERS.find(connection, account, name)

    def get(self, account: AccountId, name: str) -> User:
        """The user of that name. Raises `NoSuchEntity`."""
        user = self.find(account, name)
        if user is None:
            raise errors.no_such(Kind.USER, name)
        return user

    def by_id(self, unique_id: str) -> User | None:
        """The user with that unique id."""
        with self._ledger.read() as connection:
            return store.USERS.by_id(connection, unique_id)

    def page(self, account: AccountId, path_prefix: str, wanted: PageRequest) -> Page[User]:
        """Users whose path begins with `path_prefix`, by name."""
        return self._ledger.page(
            f"ListUsers|{account}|{path_prefix}",
            wanted,
            lambda connection, after, limit: store.USERS.page(
                connection, account, path_prefix=path_prefix, after=after, limit=limit
            ),
            lambda user: user.name.lower(),
        )

    def delete(self, account: AccountId, name: str) -> None:
        """Remove a user on which nothing hangs any more. Raises `NoSuchEntity`, `DeleteConflict`."""

        def work(connection: Connection) -> None:
            user = store.USERS.find(connection, account, name)
            if user is None:
                raise errors.no_such(Kind.USER, name)
            if store.keys.count(connection, account, user):
                raise errors.delete_conflict("Cannot delete entity, must delete access keys first.")
            if store.accounts.password_hash(connection, user.unique_id) is not None:
                raise errors.delete_conflict("Cannot delete entity, must delete login profile first.")
            require_no_policies(connection, user)
            store.USERS.delete(connection, user.unique_id)

        self._ledger.write(work)
