"""Presets and job templates: tables of one form, so one set of statements."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, Table, and_, delete, func, insert, or_, select, update

from telecine.core.names import AccountId
from telecine.services.mediaconvert.model import Order


def count(connection: Connection, table: Table, account: AccountId) -> int:
    """How many the account has."""
    return connection.execute(select(func.count()).select_from(table).where(table.c.account == account)).scalar_one()


def find(connection: Connection, table: Table, account: AccountId, name: str) -> Row[Any] | None:
    return connection.execute(select(table).where(table.c.account == account, table.c.name == name)).one_or_none()


def add(connection: Connection, table: Table, account: AccountId, values: Mapping[str, Any], now: datetime) -> None:
    """Write a new one."""
    connection.execute(insert(table).values(account=account, created_at=now, updated_at=now, **values))


def change(connection: Connection, table: Table, account: AccountId, values: Mapping[str, Any], now: datetime) -> None:
    """Write the one named in `values` anew."""
    mine = and_(table.c.account == account, table.c.name == values["name"])
    connection.execute(update(table).where(mine).values(updated_at=now, **values))


def remove(connection: Connection, table: Table, account: AccountId, name: str) -> None:
    connection.execute(delete(table).where(table.c.account == account, table.c.name == name))


def page(
    connection: Connection,
    table: Table,
    account: AccountId,
    *,
    category: str | None,
    by_date: bool,
    order: Order,
    after: tuple[datetime | None, str] | None,
    limit: int,
) -> Sequence[Row[Any]]:
    """Up to `limit` of the account by name, or by the time of their creation and then by name.

    `after` is that time (None when sorted by name alone) and the name of the last one of the page before.
    """
    columns = [table.c.created_at, table.c.name] if by_date else [table.c.name]
    is_up = order is Order.ASCENDING
    wanted = select(table).where(table.c.account == account)
    if category is not None:
        wanted = wanted.where(table.c.category == category)
    if after is not None:
        moment, name = after
        later = table.c.name > name if is_up else table.c.name < name
        if by_date:
            apart = table.c.created_at > moment if is_up else table.c.created_at < moment
            later = or_(apart, and_(table.c.created_at == moment, later))
        wanted = wanted.where(later)
    wanted = wanted.order_by(*(column if is_up else column.desc() for column in columns))
    return connection.execute(wanted.limit(limit)).all()
