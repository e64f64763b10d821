"""Users' passwords: the one in force, and those before it. Only hashes come and go."""

from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import Connection, Row, delete, insert, select, update

from telecine.services.iam.model import LoginProfile
from telecine.services.iam.tables import LOGIN_PROFILES, PASSWORD_HISTORY, USERS

_REMEMBERED = 23
"""With the one in force 24: the most that a password policy can forbid to reuse."""


def create(connection: Connection, user_id: str, profile: LoginProfile) -> None:
    """Let a user sign in with that password."""
    connection.execute(
        insert(LOGIN_PROFILES).values(
            user_id=user_id,
            password_hash=profile.password_hash,
            created_at=profile.created_at,
            must_change=profile.must_change,
            changed_at=profile.changed_at,
        )
    )


def find(connection: Connection, user_id: str) -> LoginProfile | None:
    """The user's password; None: it has no login profile."""
    row = connection.execute(select(LOGIN_PROFILES).where(LOGIN_PROFILES.c.user_id == user_id)).one_or_none()
    return None if row is None else _read(row)


def exists(connection: Connection, user_id: str) -> bool:
    """Whether the user has a login profile."""
    return (
        connection.execute(select(LOGIN_PROFILES.c.user_id).where(LOGIN_PROFILES.c.user_id == user_id)).first()
        is not None
    )


def set_must_change(connection: Connection, user_id: str, *, must_change: bool) -> None:
    """Whether the user has to change the password at the next sign-in."""
    connection.execute(
        update(LOGIN_PROFILES).where(LOGIN_PROFILES.c.user_id == user_id).values(must_change=must_change)
    )


def replace(connection: Connection, user_id: str, old: LoginProfile, new_hash: str, now: datetime) -> bool:
    """Put another password in force, and remember the old one. False, and nothing done, when `old` is not in force."""
    changed = connection.execute(
        update(LOGIN_PROFILES)
        .where(LOGIN_PROFILES.c.user_id == user_id, LOGIN_PROFILES.c.password_hash == old.password_hash)
        .values(password_hash=new_hash, changed_at=now)
    )
    if changed.rowcount == 0:
        return False
    _remember(connection, user_id, old.password_hash, now)
    return True


def rehash(connection: Connection, user_id: str, old_hash: str, new_hash: str) -> None:
    """The same password under another hash: it grows no younger, and is not remembered twice."""
    connection.execute(
        update(LOGIN_PROFILES)
        .where(LOGIN_PROFILES.c.user_id == user_id, LOGIN_PROFILES.c.password_hash == old_hash)
        .values(password_hash=new_hash)
    )


def history(connection: Connection, user_id: str, count: int) -> list[str]:
    """The hashes of the last `count` passwords before the one in force, latest first."""
    rows = connection.execute(
        select(PASSWORD_HISTORY.c.password_hash)
        .where(PASSWORD_HISTORY.c.user_id == user_id)
        .order_by(PASSWORD_HISTORY.c.changed_at.desc())
        .limit(count)
    )
    return [row.password_hash for row in rows]


def remove(connection: Connection, user_id: str) -> bool:
    """Whether the user had a login profile to delete. What was remembered goes with it."""
    connection.execute(delete(PASSWORD_HISTORY).where(PASSWORD_HISTORY.c.user_id == user_id))
    return connection.execute(delete(LOGIN_PROFILES).where(LOGIN_PROFILES.c.user_id == user_id)).rowcount == 1


def note_use(connection: Connection, user_id: str, at: datetime) -> None:
    """The user has signed in with the password."""
    connection.execute(update(USERS).where(USERS.c.user_id == user_id).values(password_last_used=at))


def _remember(connection: Connection, user_id: str, old_hash: str, now: datetime) -> None:
    mine = PASSWORD_HISTORY.c.user_id == user_id
    moments = list(
        connection.execute(
            select(PASSWORD_HISTORY.c.changed_at).where(mine).order_by(PASSWORD_HISTORY.c.changed_at.desc())
        ).scalars()
    )
    # Two changes within a millisecond keep their order.
    moment = now if not moments else max(now, moments[0] + timedelta(milliseconds=1))
    connection.execute(insert(PASSWORD_HISTORY).values(user_id=user_id, changed_at=moment, password_hash=old_hash))
    if len(moments) >= _REMEMBERED:
        connection.execute(
            delete(PASSWORD_HISTORY).where(mine, PASSWORD_HISTORY.c.changed_at <= moments[_REMEMBERED - 1])
        )


def _read(row: Row[Any]) -> LoginProfile:
    return LoginProfile(
        password_hash=row.password_hash,
        created_at=row.created_at,
        must_change=row.must_change,
        changed_at=row.changed_at,
    )
