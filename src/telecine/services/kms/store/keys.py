"""Keys and their material."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

from sqlalchemy import (
    Connection,
    Row,
    Select,
    and_,
    bindparam,
    delete,
    exists,
    func,
    insert,
    literal_column,
    select,
    update,
)

from telecine.core.names import AccountId, Region
from telecine.db import Database
from telecine.services.kms.model import (
    Deletion,
    Key,
    KeyId,
    KeyPolicy,
    Material,
    Rotation,
    RotationType,
)
from telecine.services.kms.states import KeyState
from telecine.services.kms.tables import ALIASES, GRANTS, KEYS, MATERIALS


class Armed(NamedTuple):
    """A key with one of its materials, or without when there is no material of that number."""

    key: Key
    material: Material | None


# A comma separates, for names of aliases have none; written out, as a prepared query has no parameter to expand.
_NAMES = (
    # SQLAlchemy wants a str, and would make a parameter of it.
    select(func.aggregate_strings(ALIASES.c.name, literal_column("','")))  # type: ignore[arg-type]
    .where(ALIASES.c.key_id == KEYS.c.key_id)
    .correlate(KEYS)
    .scalar_subquery()
    .label("aliases")
)
_HAS_GRANTS = exists().where(GRANTS.c.key_id == KEYS.c.key_id).correlate(KEYS).label("has_grants")
_KEYS = select(KEYS, _NAMES, _HAS_GRANTS)
_KEY = _KEYS.where(KEYS.c.key_id == bindparam("wanted"))

_wanted_alias = ALIASES.alias("wanted_alias")
_BEHIND_ALIAS = _KEYS.join(_wanted_alias, _wanted_alias.c.key_id == KEYS.c.key_id).where(
    _wanted_alias.c.account == bindparam("account"), _wanted_alias.c.name == bindparam("name")
)

_material_columns = [
    MATERIALS.c.version.label("material_version"),
    MATERIALS.c.material_id,
    MATERIALS.c.sealed,
    MATERIALS.c.created_at.label("material_created_at"),
    MATERIALS.c.rotation.label("material_rotation"),
]


def _armed(version: Any) -> Select[Any]:
    joined = KEYS.outerjoin(MATERIALS, and_(MATERIALS.c.key_id == KEYS.c.key_id, MATERIALS.c.version == version))
    return (
        select(KEYS, _NAMES, _HAS_GRANTS, *_material_columns)
        .select_from(joined)
        .where(KEYS.c.key_id == bindparam("wanted"))
    )


_ARMED_NOW = _armed(KEYS.c.version)
_ARMED_WITH = _armed(bindparam("wanted_version"))


def now(database: Database, key_id: str) -> Key | None:
    """The key, outside of any transaction."""
    return next(iter(database.found(_KEY, _key, wanted=key_id)), None)


def behind_alias(database: Database, account: str, name: str) -> Key | None:
    """The key that the account's alias names, outside of any transaction."""
    return next(iter(database.found(_BEHIND_ALIAS, _key, account=account, name=name)), None)


def armed(database: Database, key_id: str) -> Armed | None:
    """The key with the material that encrypts now, in one read."""
    return next(iter(database.found(_ARMED_NOW, _with_material, wanted=key_id)), None)


def armed_with(database: Database, key_id: str, version: int) -> Armed | None:
    """The key with that material, in one read."""
    return next(iter(database.found(_ARMED_WITH, _with_material, wanted=key_id, wanted_version=version)), None)


def find(connection: Connection, key_id: str) -> Key | None:
    row = connection.execute(_KEY, {"wanted": key_id}).one_or_none()
    return None if row is None else _key(row)


def count(connection: Connection, account: str) -> int:
    """How many keys of its own the account has."""
    query = select(func.count()).where(KEYS.c.account == account, KEYS.c.is_managed.is_(False))
    return connection.execute(query).scalar_one()


def add(connection: Connection, key: Key, material: Material) -> None:
    connection.execute(
        insert(KEYS).values(
            key_id=key.id,
            account=key.account,
            region=key.region,
            created_at=key.created_at,
            description=key.description,
            state=str(key.state),
            is_managed=key.is_managed,
            tags=dict(key.tags),
            **_policy(key.policy),
            version=key.version,
            **_rotation(key.rotation),
        )
    )
    add_material(connection, material)


def add_material(connection: Connection, material: Material) -> None:
    connection.execute(
        insert(MATERIALS).values(
            key_id=material.key_id,
            version=material.version,
            material_id=material.material_id,
            sealed=material.sealed,
            created_at=material.created_at,
            rotation=None if material.rotation is None else str(material.rotation),
        )
    )


def materials(connection: Connection, key_id: str, after: int, limit: int) -> Sequence[Material]:
    """By version, from behind `after`."""
    query = (
        select(MATERIALS.c.key_id, *_material_columns)
        .where(MATERIALS.c.key_id == key_id, MATERIALS.c.version > after)
        .order_by(MATERIALS.c.version)
        .limit(limit)
    )
    return [_material(row) for row in connection.execute(query)]


def rotations_on_demand(connection: Connection, key_id: str) -> int:
    query = select(func.count()).where(
        MATERIALS.c.key_id == key_id, MATERIALS.c.rotation == str(RotationType.ON_DEMAND)
    )
    return connection.execute(query).scalar_one()


def set_version(connection: Connection, key_id: str, version: int) -> None:
    _set(connection, key_id, version=version)


def set_state(connection: Connection, key_id: str, state: KeyState, deletion: Deletion | None) -> None:
    _set(
        connection,
        key_id,
        state=str(state),
        waiting_days=None if deletion is None else deletion.days,
        deleted_at=None if deletion is None else deletion.at,
    )


def set_policy(connection: Connection, key_id: str, policy: KeyPolicy) -> None:
    _set(connection, key_id, **_policy(policy))


def set_tags(connection: Connection, key_id: str, tags: dict[str, str]) -> None:
    _set(connection, key_id, tags=tags)


def set_description(connection: Connection, key_id: str, description: str) -> None:
    _set(connection, key_id, description=description)


def set_rotation(connection: Connection, key_id: str, rotation: Rotation | None) -> None:
    _set(connection, key_id, **_rotation(rotation))


def page(connection: Connection, account: str, region: str, moment: datetime, after: str, limit: int) -> Sequence[Key]:
    """The account's keys that are still there at `moment`, by id, from behind `after`."""
    query = (
        _KEYS.where(
            KEYS.c.account == account,
            KEYS.c.region == region,
            KEYS.c.key_id > after,
            (KEYS.c.deleted_at.is_(None)) | (KEYS.c.deleted_at > moment),
        )
        .order_by(KEYS.c.key_id)
        .limit(limit)
    )
    return [_key(row) for row in connection.execute(query)]


def due_for_deletion(connection: Connection, moment: datetime, limit: int) -> Sequence[Key]:
    """Keys whose waiting period is over."""
    query = _KEYS.where(KEYS.c.deleted_at <= moment).order_by(KEYS.c.deleted_at).limit(limit)
    return [_key(row) for row in connection.execute(query)]


def due_for_rotation(connection: Connection, moment: datetime, limit: int) -> Sequence[Key]:
    """Enabled keys that should have new material."""
    query = _KEYS.where(KEYS.c.rotates_at <= moment, KEYS.c.state == str(KeyState.ENABLED))
    return [_key(row) for row in connection.execute(query.order_by(KEYS.c.rotates_at).limit(limit))]


def destroy(connection: Connection, key_id: str) -> None:
    """Remove the key with its material, aliases and grants. SQLite is told to overwrite what it frees."""
    if connection.dialect.name == "sqlite":
        connection.exec_driver_sql("PRAGMA secure_delete=ON")
    for table in (MATERIALS, ALIASES, GRANTS, KEYS):
        connection.execute(delete(table).where(table.c.key_id == key_id))


def _set(connection: Connection, key_id: str, **values: Any) -> None:
    connection.execute(update(KEYS).where(KEYS.c.key_id == key_id).values(**values))


def _policy(policy: KeyPolicy) -> dict[str, Any]:
    return {"policy": policy.text, "policy_principals": dict(policy.principals)}


def _rotation(rotation: Rotation | None) -> dict[str, Any]:
    return {
        "rotation_days": None if rotation is None else rotation.days,
        "rotates_at": None if rotation is None else rotation.next_at,
    }


def _key(row: Row[Any]) -> Key:
    return Key(
        id=KeyId(row.key_id),
        account=AccountId(row.account),
        region=Region(row.region),
        created_at=row.created_at,
        policy=KeyPolicy(text=row.policy, principals=row.policy_principals),
        description=row.description,
        state=KeyState(row.state),
        is_managed=row.is_managed,
        tags=row.tags,
        aliases=tuple(sorted(row.aliases.split(","))) if row.aliases else (),
        version=row.version,
        rotation=None if row.rotates_at is None else Rotation(days=row.rotation_days, next_at=row.rotates_at),
        deletion=None if row.deleted_at is None else Deletion(days=row.waiting_days, at=row.deleted_at),
        has_grants=row.has_grants,
    )


def _with_material(row: Row[Any]) -> Armed:
    return Armed(_key(row), None if row.sealed is None else _material(row))


def _material(row: Row[Any]) -> Material:
    return Material(
        key_id=KeyId(row.key_id),
        version=row.material_version,
        material_id=row.material_id,
        sealed=row.sealed,
        created_at=row.material_created_at,
        rotation=None if row.material_rotation is None else RotationType(row.material_rotation),
    )
