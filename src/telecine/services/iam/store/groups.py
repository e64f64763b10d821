"""Who is in which group."""

from sqlalchemy import Connection, delete, func, insert, select

from telecine.services.iam.model import Group, User
from telecine.services.iam.store.entities import read_group, read_user
from telecine.services.iam.tables import GROUPS, MEMBERSHIPS, USERS


def add(connection: Connection, group: Group, user: User) -> None:
    """Put the user, who is not in it yet, into the group."""
    connection.execute(insert(MEMBERSHIPS).values(user_id=user.unique_id, group_id=group.unique_id))


def remove(connection: Connection, group: Group, user: User) -> bool:
    """Whether the user was in the group to be taken out."""
    changed = connection.execute(
        delete(MEMBERSHIPS).where(MEMBERSHIPS.c.user_id == user.unique_id, MEMBERSHIPS.c.group_id == group.unique_id)
    )
    return changed.rowcount == 1


def has(connection: Connection, group: Group, user: User) -> bool:
    """Whether the user is in the group."""
    query = select(MEMBERSHIPS.c.user_id).where(
        MEMBERSHIPS.c.user_id == user.unique_id, MEMBERSHIPS.c.group_id == group.unique_id
    )
    return connection.execute(query).first() is not None


def has_members(connection: Connection, group: Group) -> bool:
    """Whether anybody is in the group."""
    query = select(MEMBERSHIPS.c.user_id).where(MEMBERSHIPS.c.group_id == group.unique_id).limit(1)
    return connection.execute(query).first() is not None


def count_of(connection: Connection, user: User) -> int:
    """How many groups the user is in."""
    query = select(func.count()).select_from(MEMBERSHIPS).where(MEMBERSHIPS.c.user_id == user.unique_id)
    return int(connection.execute(query).scalar_one())


def members(connection: Connection, group: Group, *, after: str, limit: int) -> list[User]:
    """Up to `limit` users in the group, by name, behind the name key `after`."""
    rows = connection.execute(
        select(USERS)
        .join(MEMBERSHIPS, MEMBERSHIPS.c.user_id == USERS.c.user_id)
        .where(MEMBERSHIPS.c.group_id == group.unique_id, USERS.c.name_key > after)
        .order_by(USERS.c.name_key)
        .limit(limit)
    )
    return [read_user(row) for row in rows]


def groups_of(connection: Connection, user: User, *, after: str, limit: int) -> list[Group]:
    """Up to `limit` groups that the user is in, by name, behind the name key `after`."""
    rows = connection.execute(
        select(GROUPS)
        .join(MEMBERSHIPS, MEMBERSHIPS.c.group_id == GROUPS.c.group_id)
        .where(MEMBERSHIPS.c.user_id == user.unique_id, GROUPS.c.name_key > after)
        .order_by(GROUPS.c.name_key)
        .limit(limit)
    )
    return [read_group(row) for row in rows]
