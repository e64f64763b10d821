"""Names of keys."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, delete, func, insert, select, update

from telecine.core.names import AccountId, Region
from telecine.services.kms.model import Alias, KeyId
from telecine.services.kms.tables import ALIASES


def find(connection: Connection, account: str, name: str) -> Alias | None:
    query = select(ALIASES).where(ALIASES.c.account == account, ALIASES.c.name == name)
    row = connection.execute(query).one_or_none()
    return None if row is None else _alias(row)


def count(connection: Connection, key_id: str) -> int:
    return connection.execute(select(func.count()).where(ALIASES.c.key_id == key_id)).scalar_one()


def add(connection: Connection, alias: Alias) -> None:
    connection.execute(
        insert(ALIASES).values(
            account=alias.account,
            name=alias.name,
            region=alias.region,
            key_id=alias.key_id,
            created_at=alias.created_at,
            updated_at=alias.updated_at,
        )
    )


def point(connection: Connection, account: str, name: str, key_id: str, moment: datetime) -> None:
    """Let the alias name another key."""
    query = update(ALIASES).where(ALIASES.c.account == account, ALIASES.c.name == name)
    connection.execute(query.values(key_id=key_id, updated_at=moment))


def remove(connection: Connection, account: str, name: str) -> None:
    connection.execute(delete(ALIASES).where(ALIASES.c.account == account, ALIASES.c.name == name))


def page(connection: Connection, account: str, key_id: str | None, after: str, limit: int) -> Sequence[Alias]:
    """The account's aliases by name, from behind `after`; those of one key unless it is None."""
    query = select(ALIASES).where(ALIASES.c.account == account, ALIASES.c.name > after)
    if key_id is not None:
        query = query.where(ALIASES.c.key_id == key_id)
    return [_alias(row) for row in connection.execute(query.order_by(ALIASES.c.name).limit(limit))]


def _alias(row: Row[Any]) -> Alias:
    return Alias(
        account=AccountId(row.account),
        region=Region(row.region),
        name=row.name,
        key_id=KeyId(row.key_id),
        created_at=row.created_at,
        updated_at=row.updated_at,
    )
