"""Users, groups, roles and managed policies as rows: what is found by name or id, and listed by name and path."""

from collections.abc import Callable, Collection, Mapping
from typing import Any, Generic, TypeVar

from sqlalchemy import ColumnElement, Connection, Row, Table, bindparam, func, insert, select
from sqlalchemy import delete as sql_delete
from sqlalchemy import update as sql_update

from telecine.core.names import AccountId, UniqueId
from telecine.services.iam import tables
from telecine.services.iam.model import Group, Identity, Kind, Role, RoleUse, User, entity_arn

T_co = TypeVar("T_co", covariant=True)

Rows = Callable[..., list[Any]]
"""`Database.rows`: how a constant statement is read on the way of every request."""

_AT_ONCE = 10_000
"""Values in one query: a page of 1,000 trust policies can name more than SQLite takes (32,766)."""


class Entities(Generic[T_co]):
    """One table whose rows have an account, a unique id, a name and a path."""

    def __init__(self, table: Table, unique_id: str, read: Callable[[Row[Any]], T_co]) -> None:
        self._table = table
        self._unique_id = table.c[unique_id]
        self._read = read
        # Built once: building a statement costs as much as running it, and sessions look their role up by id.
        self._by_id = select(table).where(self._unique_id == bindparam("wanted"))
        self._by_name = select(table).where(
            table.c.account == bindparam("of_account"), table.c.name_key == bindparam("wanted")
        )

    def insert(self, connection: Connection, name: str, values: Mapping[str, object]) -> None:
        """Write a new row; `values` are the columns beside `name` and `name_key`."""
        connection.execute(insert(self._table).values(name=name, name_key=name.lower(), **values))

    def find(self, connection: Connection, account: AccountId, name: str) -> T_co | None:
        """The entity of that name, written in whatever case."""
        found = connection.execute(self._by_name, {"of_account": account, "wanted": name.lower()})
        row = found.one_or_none()
        return None if row is None else self._read(row)

    def by_id(self, connection: Connection, unique_id: str) -> T_co | None:
        """The entity with that unique id."""
        row = connection.execute(self._by_id, {"wanted": unique_id}).one_or_none()
        return None if row is None else self._read(row)

    def now(self, rows: Rows, unique_id: str) -> T_co | None:
        """The same outside of any transaction."""
        return next(map(self._read, rows(self._by_id, wanted=unique_id)), None)

    def named_now(self, rows: Rows, account: AccountId, name: str) -> T_co | None:
        """The entity of that name, written in whatever case, outside of any transaction."""
        return next(map(self._read, rows(self._by_name, of_account=account, wanted=name.lower())), None)

    def page(
        self, connection: Connection, account: AccountId, *, path_prefix: str, after: str, limit: int
    ) -> list[T_co]:
        """Up to `limit` entities whose path begins with `path_prefix`, by name, behind the name key `after`."""
        columns = self._table.c
        rows = connection.execute(
            select(self._table)
            .where(columns.account == account, columns.name_key > after, begins_with(columns.path, path_prefix))
            .order_by(columns.name_key)
            .limit(limit)
        )
        return [self._read(row) for row in rows]

    def count(self, connection: Connection, account: AccountId) -> int:
        """How many the account has."""
        query = select(func.count()).select_from(self._table).where(self._table.c.account == account)
        return int(connection.execute(query).scalar_one())

    def update(self, connection: Connection, unique_id: str, values: Mapping[str, object]) -> None:
        """Change columns of one row."""
        connection.execute(sql_update(self._table).where(self._unique_id == unique_id).values(**values))

    def rename(self, connection: Connection, unique_id: str, *, name: str, path: str) -> None:
        """Give one row another name and path; whatever hangs on its unique id stays."""
        self.update(connection, unique_id, {"name": name, "name_key": name.lower(), "path": path})

    def delete(self, connection: Connection, unique_id: str) -> None:
        """Remove one row."""
        connection.execute(sql_delete(self._table).where(self._unique_id == unique_id))


def begins_with(column: ColumnElement[str], prefix: str) -> ColumnElement[bool]:
    """Whether `column` begins with `prefix`, letter for letter: SQLite's LIKE knows no case."""
    return func.substr(column, 1, len(prefix)) == prefix


def living(connection: Connection, unique_ids: Collection[UniqueId]) -> dict[UniqueId, str]:
    """Of the users and roles with these unique ids those that still exist, each with its ARN now."""
    found: dict[UniqueId, str] = {}
    wanted = list(unique_ids)
    for start in range(0, len(wanted), _AT_ONCE):
        for table, column, kind in (
            (tables.USERS, tables.USERS.c.user_id, Kind.USER),
            (tables.ROLES, tables.ROLES.c.role_id, Kind.ROLE),
        ):
            query = select(column, table.c.account, table.c.path, table.c.name).where(
                column.in_(wanted[start : start + _AT_ONCE])
            )
            for unique_id, account, path, name in connection.execute(query):
                found[UniqueId(unique_id)] = entity_arn(account, kind, path, name)
    return found


def read_user(row: Row[Any]) -> User:
    """A row of `iam_users`."""
    return User(
        unique_id=UniqueId(row.user_id),
        kind=Kind.USER,
        account=AccountId(row.account),
        name=row.name,
        path=row.path,
        created_at=row.created_at,
        tags=row.tags,
        password_last_used=row.password_last_used,
        boundary_arn=row.boundary_arn,
    )


def read_group(row: Row[Any]) -> Group:
    """A row of `iam_groups`."""
    return Group(
        unique_id=UniqueId(row.group_id),
        kind=Kind.GROUP,
        account=AccountId(row.account),
        name=row.name,
        path=row.path,
        created_at=row.created_at,
        tags={},
    )


def read_role(row: Row[Any]) -> Role:
    """A row of `iam_roles`."""
    return Role(
        unique_id=UniqueId(row.role_id),
        kind=Kind.ROLE,
        account=AccountId(row.account),
        name=row.name,
        path=row.path,
        created_at=row.created_at,
        tags=row.tags,
        trust_policy=row.trust_policy,
        trust_principals={arn: UniqueId(unique_id) for arn, unique_id in row.trust_principals.items()},
        description=row.description,
        max_session_seconds=row.max_session_seconds,
        boundary_arn=row.boundary_arn,
        last_used=None if row.last_used_at is None else RoleUse(at=row.last_used_at, region=row.last_used_region),
    )


def insert_user(connection: Connection, user: User) -> None:
    """Write a new user."""
    own = {"user_id": user.unique_id, "tags": user.tags, "boundary_arn": user.boundary_arn}
    USERS.insert(connection, user.name, {**_common(user), **own})


def insert_group(connection: Connection, group: Group) -> None:
    """Write a new group, which nobody is in."""
    GROUPS.insert(connection, group.name, {**_common(group), "group_id": group.unique_id})


def insert_role(connection: Connection, role: Role) -> None:
    """Write a new role."""
    own = {
        "role_id": role.unique_id,
        "tags": role.tags,
        "trust_policy": role.trust_policy,
        "trust_principals": role.trust_principals,
        "description": role.description,
        "max_session_seconds": role.max_session_seconds,
        "boundary_arn": role.boundary_arn,
    }
    ROLES.insert(connection, role.name, {**_common(role), **own})


def _common(identity: Identity) -> dict[str, object]:
    return {"account": identity.account, "path": identity.path, "created_at": identity.created_at}


USERS: Entities[User] = Entities(tables.USERS, "user_id", read_user)
GROUPS: Entities[Group] = Entities(tables.GROUPS, "group_id", read_group)
ROLES: Entities[Role] = Entities(tables.ROLES, "role_id", read_role)
IDENTITIES: Mapping[Kind, Entities[Identity]] = {Kind.USER: USERS, Kind.GROUP: GROUPS, Kind.ROLE: ROLES}
