"""Long-term access keys. Secrets come and go sealed."""

from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, bindparam, delete, func, insert, select, update

from telecine.core.names import AccessKeyId, AccountId
from telecine.services.iam.model import AccessKey, StoredKey, User
from telecine.services.iam.store.entities import Rows, read_user
from telecine.services.iam.tables import ACCESS_KEYS, USERS

_SIGNING = (
    # Only the user's columns keep their names: both tables have `account` and `created_at`.
    select(
        USERS,
        ACCESS_KEYS.c.account.label("key_account"),
        ACCESS_KEYS.c.sealed_secret,
        ACCESS_KEYS.c.is_active,
    )
    .select_from(ACCESS_KEYS.outerjoin(USERS, USERS.c.user_id == ACCESS_KEYS.c.user_id))
    .where(ACCESS_KEYS.c.access_key_id == bindparam("wanted"))
)


def create(
    connection: Connection,
    key: AccessKey,
    *,
    account: AccountId,
    user: User | None,
    sealed_secret: bytes,
) -> None:
    """Write a new key of `user`, or of the account's root user."""
    connection.execute(
        insert(ACCESS_KEYS).values(
            access_key_id=key.access_key_id,
            account=account,
            user_id=None if user is None else user.unique_id,
            sealed_secret=sealed_secret,
            is_active=key.is_active,
            created_at=key.created_at,
        )
    )


def signing(rows: Rows, access_key_id: str) -> StoredKey | None:
    """The key with its owner, as authentication needs it."""
    for row in rows(_SIGNING, wanted=access_key_id):
        return StoredKey(
            access_key_id=AccessKeyId(access_key_id),
            account=AccountId(row.key_account),
            user=None if row.user_id is None else read_user(row),
            sealed_secret=row.sealed_secret,
            is_active=row.is_active,
        )
    return None


def page(connection: Connection, account: AccountId, user: User | None, *, after: str, limit: int) -> list[AccessKey]:
    """Up to `limit` keys of `user` (None: root), by id, behind the id `after`."""
    rows = connection.execute(
        select(ACCESS_KEYS)
        .where(*_owned(account, user), ACCESS_KEYS.c.access_key_id > after)
        .order_by(ACCESS_KEYS.c.access_key_id)
        .limit(limit)
    )
    return [_read(row, user) for row in rows]


def count(connection: Connection, account: AccountId, user: User | None) -> int:
    """How many keys `user` (None: root) has, active or not."""
    query = select(func.count()).select_from(ACCESS_KEYS).where(*_owned(account, user))
    return int(connection.execute(query).scalar_one())


def set_active(
    connection: Connection, account: AccountId, user: User | None, access_key_id: str, *, is_active: bool
) -> bool:
    """Whether `user` (None: root) had that key to change."""
    changed = connection.execute(
        update(ACCESS_KEYS)
        .where(*_owned(account, user), ACCESS_KEYS.c.access_key_id == access_key_id)
        .values(is_active=is_active)
    )
    return changed.rowcount == 1


def remove(connection: Connection, account: AccountId, user: User | None, access_key_id: str) -> bool:
    """Whether `user` (None: root) had that key to delete."""
    changed = connection.execute(
        delete(ACCESS_KEYS).where(*_owned(account, user), ACCESS_KEYS.c.access_key_id == access_key_id)
    )
    return changed.rowcount == 1


def _owned(account: AccountId, user: User | None) -> tuple[ColumnElement[bool], ColumnElement[bool]]:
    owner = ACCESS_KEYS.c.user_id.is_(None) if user is None else ACCESS_KEYS.c.user_id == user.unique_id
    return ACCESS_KEYS.c.account == account, owner


def _read(row: Row[Any], user: User | None) -> AccessKey:
    created: datetime = row.created_at
    return AccessKey(
        access_key_id=AccessKeyId(row.access_key_id),
        user_name=None if user is None else user.name,
        is_active=row.is_active,
        created_at=created,
    )
