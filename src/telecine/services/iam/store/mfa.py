"""Virtual MFA devices. Seeds come and go sealed."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Connection, Row, Select, delete, func, insert, select, update

from telecine.core.names import AccountId
from telecine.core.tags import Tags
from telecine.services.iam.model import MfaDevice, StoredDevice, User
from telecine.services.iam.store.entities import read_user
from telecine.services.iam.tables import MFA_DEVICES, USERS


def create(connection: Connection, device: MfaDevice, name_key: str, sealed_seed: bytes) -> None:
    """Write a new device of nobody; `name_key` is its path and name in small letters."""
    connection.execute(
        insert(MFA_DEVICES).values(
            serial_number=device.serial_number,
            account=device.account,
            name_key=name_key,
            sealed_seed=sealed_seed,
            tags=device.tags,
        )
    )


def find(connection: Connection, account: AccountId, serial_number: str) -> StoredDevice | None:
    """The account's device of that serial number."""
    row = connection.execute(_devices(account, MFA_DEVICES.c.serial_number == serial_number)).one_or_none()
    return None if row is None else _read(row)


def is_taken(connection: Connection, account: AccountId, name_key: str) -> bool:
    """Whether the account has a device of that path and name."""
    mine = (MFA_DEVICES.c.account == account, MFA_DEVICES.c.name_key == name_key)
    return connection.execute(select(MFA_DEVICES.c.serial_number).where(*mine)).first() is not None


def of_owner(
    connection: Connection, account: AccountId, user: User | None, *, after: str = "", limit: int | None = None
) -> list[StoredDevice]:
    """The devices of `user` (None: root), by serial number, behind `after`."""
    query = _devices(account, _owned(user), MFA_DEVICES.c.serial_number > after)
    return [_read(row) for row in connection.execute(query.order_by(MFA_DEVICES.c.serial_number).limit(limit))]


def page(
    connection: Connection, account: AccountId, *, is_assigned: bool | None, after: str, limit: int
) -> list[MfaDevice]:
    """Up to `limit` devices of the account, by serial number, behind `after`; `is_assigned` None: of whatever state."""
    query = _devices(account, MFA_DEVICES.c.serial_number > after)
    if is_assigned is not None:
        enabled = MFA_DEVICES.c.enabled_at
        query = query.where(enabled.is_not(None) if is_assigned else enabled.is_(None))
    rows = connection.execute(query.order_by(MFA_DEVICES.c.serial_number).limit(limit))
    return [_read(row).device for row in rows]


def count(connection: Connection, user_id: str) -> int:
    """How many devices the user has."""
    query = select(func.count()).select_from(MFA_DEVICES).where(MFA_DEVICES.c.user_id == user_id)
    return int(connection.execute(query).scalar_one())


def count_in_account(connection: Connection, account: AccountId, *, in_use: bool) -> int:
    """How many devices the account has; `in_use`: only those that are somebody's."""
    query = select(func.count()).select_from(MFA_DEVICES).where(MFA_DEVICES.c.account == account)
    return int(connection.execute(query.where(MFA_DEVICES.c.enabled_at.is_not(None)) if in_use else query).scalar_one())


def assign(connection: Connection, serial_number: str, user: User | None, at: datetime) -> None:
    """Make the device that of `user` (None: root)."""
    _set(
        connection,
        serial_number,
        user_id=None if user is None else user.unique_id,
        is_root=user is None,
        enabled_at=at,
    )


def unassign(connection: Connection, serial_number: str) -> None:
    """Make the device that of nobody."""
    _set(connection, serial_number, user_id=None, is_root=False, enabled_at=None, drift_steps=0)


def spend(connection: Connection, serial_number: str, step: int) -> bool:
    """Let the code of `step` count, and none before it any more. False, and nothing done, when one as late did."""
    changed = connection.execute(
        update(MFA_DEVICES)
        .where(MFA_DEVICES.c.serial_number == serial_number, MFA_DEVICES.c.last_step < step)
        .values(last_step=step)
    )
    return changed.rowcount == 1


def set_drift(connection: Connection, serial_number: str, steps: int) -> None:
    """Note how far the device's clock is ahead of ours."""
    _set(connection, serial_number, drift_steps=steps)


def set_tags(connection: Connection, serial_number: str, tags: Tags) -> None:
    """Put other tags in place."""
    _set(connection, serial_number, tags=tags)


def remove(connection: Connection, serial_number: str) -> None:
    """Remove a device for good."""
    connection.execute(delete(MFA_DEVICES).where(MFA_DEVICES.c.serial_number == serial_number))


def _set(connection: Connection, serial_number: str, **values: object) -> None:
    connection.execute(update(MFA_DEVICES).where(MFA_DEVICES.c.serial_number == serial_number).values(**values))


def _owned(user: User | None) -> ColumnElement[bool]:
    return MFA_DEVICES.c.is_root if user is None else MFA_DEVICES.c.user_id == user.unique_id


def _devices(account: AccountId, *where: ColumnElement[bool]) -> Select[Any]:
    # Only the user's columns keep their names: both tables have `account` and `tags`.
    device: Sequence[ColumnElement[Any]] = [column.label(f"device_{column.name}") for column in MFA_DEVICES.c]
    return (
        select(USERS, *device)
        .select_from(MFA_DEVICES.outerjoin(USERS, USERS.c.user_id == MFA_DEVICES.c.user_id))
        .where(MFA_DEVICES.c.account == account, *where)
    )


def _read(row: Row[Any]) -> StoredDevice:
    return StoredDevice(
        device=MfaDevice(
            serial_number=row.device_serial_number,
            account=AccountId(row.device_account),
            tags=row.device_tags,
            user=None if row.user_id is None else read_user(row),
            is_root=row.device_is_root,
            enabled_at=row.device_enabled_at,
        ),
        sealed_seed=row.device_sealed_seed,
        last_step=row.device_last_step,
        drift_steps=row.device_drift_steps,
    )
