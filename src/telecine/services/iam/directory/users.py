"""Users, by name and by unique id."""

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.core.tags import Tags
from telecine.services.iam import errors, store
from telecine.services.iam.directory.boundaries import require_boundary
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.naming import rename, require_room
from telecine.services.iam.directory.permissions import require_no_policies
from telecine.services.iam.directory.tagging import Tagging
from telecine.services.iam.model import Kind, Page, PageRequest, User


class Users:
    """The users of the account."""

    def __init__(self, ledger: Ledger, clock: Clock, ids: Ids) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ids = ids
        self.tagging: Tagging[User] = Tagging(ledger, "user", find=required_user, save=_save_tags)

    def create(
        self,
        account: AccountId,
        name: str,
        *,
        path: str = "/",
        tags: Tags | None = None,
        boundary_arn: str | None = None,
    ) -> User:
        """A new user without credentials or permissions.

        Raises `EntityAlreadyExists`, `LimitExceeded`; `NoSuchEntity`, `ValidationError` for a boundary that is none.
        """
        user = User(
            unique_id=self._ids.unique_id("AIDA"),
            kind=Kind.USER,
            account=account,
            name=name,
            path=path,
            created_at=self._clock.now().replace(microsecond=0),
            tags=tags or {},
            boundary_arn=boundary_arn,
        )

        def work(connection: Connection) -> None:
            require_room(connection, Kind.USER, account, name)
            require_boundary(connection, account, boundary_arn)
            store.insert_user(connection, user)

        self._ledger.write(work)
        return user

    def find(self, account: AccountId, name: str) -> User | None:
        """The user of that name, written in whatever case."""
        with self._ledger.read() as connection:
            return store.USERS.find(connection, account, name)

    def get(self, account: AccountId, name: str) -> User:
        """The user of that name. Raises `NoSuchEntity`."""
        with self._ledger.read() as connection:
            return required_user(connection, account, name)

    def by_id(self, unique_id: str) -> User | None:
        """The user with that unique id."""
        return store.USERS.now(self._ledger.rows, unique_id)

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

    def update(
        self, account: AccountId, name: str, *, new_name: str | None = None, new_path: str | None = None
    ) -> None:
        """Another name or path, and so another ARN; whatever hangs on the user stays.

        Raises `NoSuchEntity`, `EntityAlreadyExists`.
        """

        def work(connection: Connection) -> None:
            rename(connection, required_user(connection, account, name), name=new_name, path=new_path)

        self._ledger.write(work)

    def delete(self, account: AccountId, name: str) -> None:
        """Remove a user on which nothing hangs any more. Raises `NoSuchEntity`, `DeleteConflict`."""

        def work(connection: Connection) -> None:
            user = required_user(connection, account, name)
            if store.keys.count(connection, account, user):
                raise errors.delete_conflict("Cannot delete entity, must delete access keys first.")
            if store.passwords.exists(connection, user.unique_id):
                raise errors.delete_conflict("Cannot delete entity, must delete login profile first.")
            if store.mfa.count(connection, user.unique_id):
                raise errors.delete_conflict("Cannot delete entity, must delete MFA device first.")
            require_no_policies(connection, user)
            if store.groups.count_of(connection, user):
                raise errors.delete_conflict("Cannot delete entity, must remove users from group first.")
            store.USERS.delete(connection, user.unique_id)

        self._ledger.write(work)


def required_user(connection: Connection, account: AccountId, name: str) -> User:
    """The user of that name, written in whatever case. Raises `NoSuchEntity`."""
    user = store.USERS.find(connection, account, name)
    if user is None:
        raise errors.no_such(Kind.USER, name)
    return user


def _save_tags(connection: Connection, user: User, tags: Tags) -> None:
    store.USERS.update(connection, user.unique_id, {"tags": tags})
