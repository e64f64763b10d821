"""The account, its root user, console passwords, and the generation that tells caches of a change."""

from datetime import datetime

from sqlalchemy import Connection, insert, select, update

from telecine.core.names import AccountId
from telecine.services.iam.tables import ACCOUNTS, GENERATION, LOGIN_PROFILES

_THE_ONE = 1
READ_GENERATION = select(GENERATION.c.value).where(GENERATION.c.id == _THE_ONE)
"""How many times IAM was written: every request asks (`Database.rows`)."""


def raise_generation(connection: Connection) -> None:
    """Count one more write. It locks the row: writers of IAM follow one after the other."""
    changed = connection.execute(
        update(GENERATION).where(GENERATION.c.id == _THE_ONE).values(value=GENERATION.c.value + 1)
    )
    if changed.rowcount == 0:
        connection.execute(insert(GENERATION).values(id=_THE_ONE, value=1))


def create(connection: Connection, account: AccountId, created_at: datetime) -> None:
    """Write a new account, whose root user cannot sign in yet."""
    connection.execute(insert(ACCOUNTS).values(account=account, created_at=created_at))


def only(connection: Connection) -> AccountId | None:
    """The account of this server; None before the first start."""
    account: str | None = connection.execute(select(ACCOUNTS.c.account).order_by(ACCOUNTS.c.created_at)).scalar()
    return None if account is None else AccountId(account)


def created_at(connection: Connection, account: AccountId) -> datetime | None:
    """When the account was made; None when there is no such account."""
    moment: datetime | None = connection.execute(
        select(ACCOUNTS.c.created_at).where(ACCOUNTS.c.account == account)
    ).scalar()
    return moment


def set_root_password(connection: Connection, account: AccountId, password_hash: str) -> None:
    """Let the root user sign in with that password."""
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.account == account).values(root_password_hash=password_hash))


def root_password_hash(connection: Connection, account: AccountId) -> str | None:
    """The argon2 hash of the root user's password; None: it has none."""
    text: str | None = connection.execute(
        select(ACCOUNTS.c.root_password_hash).where(ACCOUNTS.c.account == account)
    ).scalar()
    return text


def create_login_profile(connection: Connection, user_id: str, password_hash: str, created: datetime) -> None:
    """Let a user sign in with that password."""
    connection.execute(insert(LOGIN_PROFILES).values(user_id=user_id, password_hash=password_hash, created_at=created))


def password_hash(connection: Connection, user_id: str) -> str | None:
    """The argon2 hash of a user's password; None: it has no login profile."""
    text: str | None = connection.execute(
        select(LOGIN_PROFILES.c.password_hash).where(LOGIN_PROFILES.c.user_id == user_id)
    ).scalar()
    return text
