"""Instance profiles, and the role that each may hold."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

from sqlalchemy import Connection, Row, select

from telecine.core.names import AccountId, UniqueId
from telecine.core.tags import Tags
from telecine.services.iam.model import InstanceProfile, Role
from telecine.services.iam.store.entities import Entities, read_role
from telecine.services.iam.tables import INSTANCE_PROFILES, ROLES


def _read(row: Row[Any]) -> InstanceProfile:
    return InstanceProfile(
        unique_id=UniqueId(row.instance_profile_id),
        account=AccountId(row.account),
        name=row.name,
        path=row.path,
        created_at=row.created_at,
        tags=row.tags,
        role=None,
    )


_ENTITIES: Entities[InstanceProfile] = Entities(INSTANCE_PROFILES, "instance_profile_id", _read)


def create(connection: Connection, profile: InstanceProfile) -> None:
    """Write a new profile without a role."""
    _ENTITIES.insert(
        connection,
        profile.name,
        {
            "instance_profile_id": profile.unique_id,
            "account": profile.account,
            "path": profile.path,
            "created_at": profile.created_at,
            "tags": profile.tags,
        },
    )


def find(connection: Connection, account: AccountId, name: str) -> InstanceProfile | None:
    """The profile of that name, written in whatever case, with its role."""
    profile = _ENTITIES.find(connection, account, name)
    return None if profile is None else _with_roles(connection, [profile])[0]


def page(
    connection: Connection, account: AccountId, *, path_prefix: str, after: str, limit: int
) -> list[InstanceProfile]:
    """Up to `limit` profiles whose path begins with `path_prefix`, by name, behind the name key `after`."""
    found = _ENTITIES.page(connection, account, path_prefix=path_prefix, after=after, limit=limit)
    return _with_roles(connection, found)


def holding(connection: Connection, role: Role, *, after: str, limit: int) -> list[InstanceProfile]:
    """Up to `limit` profiles that hold the role, by name, behind the name key `after`."""
    columns = INSTANCE_PROFILES.c
    rows = connection.execute(
        select(INSTANCE_PROFILES)
        .where(columns.role_id == role.unique_id, columns.name_key > after)
        .order_by(columns.name_key)
        .limit(limit)
    )
    return [replace(_read(row), role=role) for row in rows]


def of_roles(connection: Connection, role_ids: Collection[UniqueId]) -> Mapping[UniqueId, list[InstanceProfile]]:
    """The profiles that hold these roles, by name, by the role's unique id; roles in none are absent."""
    rows = connection.execute(
        select(INSTANCE_PROFILES)
        .where(INSTANCE_PROFILES.c.role_id.in_(role_ids))
        .order_by(INSTANCE_PROFILES.c.name_key)
    )
    found: dict[UniqueId, list[InstanceProfile]] = {}
    for row in rows:
        found.setdefault(UniqueId(row.role_id), []).append(_read(row))
    return found


def count(connection: Connection, account: AccountId) -> int:
    """How many profiles the account has."""
    return _ENTITIES.count(connection, account)


def set_role(connection: Connection, profile: InstanceProfile, role: Role | None) -> None:
    """Put a role in, or (None) take it out."""
    _ENTITIES.update(connection, profile.unique_id, {"role_id": None if role is None else role.unique_id})


def set_tags(connection: Connection, profile: InstanceProfile, tags: Tags) -> None:
    """Put other tags in place."""
    _ENTITIES.update(connection, profile.unique_id, {"tags": tags})


def remove(connection: Connection, profile: InstanceProfile) -> None:
    """Delete the profile."""
    _ENTITIES.delete(connection, profile.unique_id)


def _with_roles(connection: Connection, profiles: Sequence[InstanceProfile]) -> list[InstanceProfile]:
    rows = connection.execute(
        # Only the role's columns keep their names: both tables have `account`, `name`, ….
        select(ROLES, INSTANCE_PROFILES.c.instance_profile_id)
        .join(INSTANCE_PROFILES, INSTANCE_PROFILES.c.role_id == ROLES.c.role_id)
        .where(INSTANCE_PROFILES.c.instance_profile_id.in_([profile.unique_id for profile in profiles]))
    )
    roles = {row.instance_profile_id: read_role(row) for row in rows}
    return [replace(profile, role=roles.get(profile.unique_id)) for profile in profiles]
