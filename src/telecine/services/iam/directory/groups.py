"""Groups and who is in them."""

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.services.iam import errors, store
from telecine.services.iam.directory import quotas
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.naming import rename, require_room
from telecine.services.iam.directory.permissions import require_no_policies
from telecine.services.iam.directory.users import required_user
from telecine.services.iam.model import Group, Kind, Page, PageRequest, User


class Groups:
    """The groups of the account."""

    def __init__(self, ledger: Ledger, clock: Clock, ids: Ids) -> None:
        self._ledger = ledger
        self._clock = clock
        self._ids = ids

    def create(self, account: AccountId, name: str, *, path: str = "/") -> Group:
        """A new group with nobody in it. Raises `EntityAlreadyExists`, `LimitExceeded`."""
        group = Group(
            unique_id=self._ids.unique_id("AGPA"),
            kind=Kind.GROUP,
            account=account,
            name=name,
            path=path,
            created_at=self._clock.now().replace(microsecond=0),
            tags={},
        )

        def work(connection: Connection) -> None:
            require_room(connection, Kind.GROUP, account, name)
            store.insert_group(connection, group)

        self._ledger.write(work)
        return group

    def find(self, account: AccountId, name: str) -> Group | None:
        """The group of that name, written in whatever case."""
        with self._ledger.read() as connection:
            return store.GROUPS.find(connection, account, name)

    def get(self, account: AccountId, name: str) -> Group:
        """The group of that name. Raises `NoSuchEntity`."""
        with self._ledger.read() as connection:
            return _required(connection, account, name)

    def page(self, account: AccountId, path_prefix: str, wanted: PageRequest) -> Page[Group]:
        """Groups whose path begins with `path_prefix`, by name."""
        return self._ledger.page(
            f"ListGroups|{account}|{path_prefix}",
            wanted,
            lambda connection, after, limit: store.GROUPS.page(
                connection, account, path_prefix=path_prefix, after=after, limit=limit
            ),
            _place,
        )

    def update(
        self, account: AccountId, name: str, *, new_name: str | None = None, new_path: str | None = None
    ) -> None:
        """Another name or path; members and policies stay. Raises `NoSuchEntity`, `EntityAlreadyExists`."""

        def work(connection: Connection) -> None:
            rename(connection, _required(connection, account, name), name=new_name, path=new_path)

        self._ledger.write(work)

    def delete(self, account: AccountId, name: str) -> None:
        """Remove a group that is empty in every way. Raises `NoSuchEntity`, `DeleteConflict`."""

        def work(connection: Connection) -> None:
            group = _required(connection, account, name)
            if store.groups.has_members(connection, group):
                raise errors.delete_conflict("Cannot delete entity, must remove users from group first.")
            require_no_policies(connection, group)
            store.GROUPS.delete(connection, group.unique_id)

        self._ledger.write(work)

    def add_user(self, account: AccountId, name: str, user_name: str) -> None:
        """Put a user into a group; nothing happens when it is there. Raises `NoSuchEntity`, `LimitExceeded`."""

        def work(connection: Connection) -> None:
            group = _required(connection, account, name)
            user = required_user(connection, account, user_name)
            if store.groups.has(connection, group, user):
                return
            if store.groups.count_of(connection, user) >= quotas.GROUPS_PER_USER:
                raise errors.beyond_quota("GroupsPerUser", quotas.GROUPS_PER_USER)
            store.groups.add(connection, group, user)

        self._ledger.write(work)

    def remove_user(self, account: AccountId, name: str, user_name: str) -> None:
        """Take a user out of a group; nothing happens when it is not there. Raises `NoSuchEntity`."""

        def work(connection: Connection) -> None:
            group = _required(connection, account, name)
            store.groups.remove(connection, group, required_user(connection, account, user_name))

        self._ledger.write(work)

    def members(self, group: Group, wanted: PageRequest) -> Page[User]:
        """The users in the group, by name."""
        return self._ledger.page(
            f"GetGroup|{group.unique_id}",
            wanted,
            lambda connection, after, limit: store.groups.members(connection, group, after=after, limit=limit),
            lambda user: user.name.lower(),
        )

    def of_user(self, user: User, wanted: PageRequest) -> Page[Group]:
        """The groups that the user is in, by name."""
        return self._ledger.page(
            f"ListGroupsForUser|{user.unique_id}",
            wanted,
            lambda connection, after, limit: store.groups.groups_of(connection, user, after=after, limit=limit),
            _place,
        )


def _required(connection: Connection, account: AccountId, name: str) -> Group:
    group = store.GROUPS.find(connection, account, name)
    if group is None:
        raise errors.no_such(Kind.GROUP, name)
    return group


def _place(group: Group) -> str:
    return group.name.lower()
