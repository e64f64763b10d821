"""Accounts, their root users, and the generation that tells caches of a change."""

from datetime import datetime
from typing import Any

from sqlalchemy import Connection, Row, func, insert, select, update

from telecine.core.names import AccountId
from telecine.services.iam.model import Account, PasswordPolicy
from telecine.services.iam.tables import ACCOUNTS, GENERATION

_THE_ONE = 1
READ_GENERATION = select(GENERATION.c.value).where(GENERATION.c.id == _THE_ONE)
"""How many times IAM was written: every request asks (`Database.rows`)."""

_POLICY_MEMBERS = {
    "MinimumPasswordLength": "minimum_length",
    "RequireSymbols": "require_symbols",
    "RequireNumbers": "require_numbers",
    "RequireUppercaseCharacters": "require_uppercase",
    "RequireLowercaseCharacters": "require_lowercase",
    "AllowUsersToChangePassword": "allow_users_to_change",
    "MaxPasswordAge": "max_age_days",
    "PasswordReusePrevention": "reuse_prevention",
    "HardExpiry": "hard_expiry",
}
"""A password policy is stored by the model's names."""


def raise_generation(connection: Connection) -> None:
    """Count one more write. It locks the row: writers of IAM follow one after the other."""
    changed = connection.execute(
        update(GENERATION).where(GENERATION.c.id == _THE_ONE).values(value=GENERATION.c.value + 1)
    )
    if changed.rowcount == 0:
        connection.execute(insert(GENERATION).values(id=_THE_ONE, value=1))


def create(
    connection: Connection, account: AccountId, created_at: datetime, *, name: str = "", email: str | None = None
) -> None:
    """Write a new account, whose root user cannot sign in yet."""
    connection.execute(
        insert(ACCOUNTS).values(account=account, created_at=created_at, name=name, **_email(email)),
    )


def every(connection: Connection) -> list[Account]:
    """The accounts of this server, oldest first."""
    rows = connection.execute(select(ACCOUNTS).order_by(ACCOUNTS.c.created_at, ACCOUNTS.c.account))
    return [_read(row) for row in rows]


def find(connection: Connection, account: str) -> Account | None:
    """The account of that number."""
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.account == account)).one_or_none()
    return None if row is None else _read(row)


def by_alias(connection: Connection, alias: str) -> Account | None:
    """The account of that alias."""
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.alias == alias)).one_or_none()
    return None if row is None else _read(row)


def by_root_email(connection: Connection, email: str) -> Account | None:
    """The account whose root user has that e-mail address, in whatever case."""
    row = connection.execute(select(ACCOUNTS).where(ACCOUNTS.c.root_email_key == email.lower())).one_or_none()
    return None if row is None else _read(row)


def newest(connection: Connection) -> datetime | None:
    """When the last account was made; None before the first."""
    moment: datetime | None = connection.execute(select(func.max(ACCOUNTS.c.created_at))).scalar()
    return moment


def created_at(connection: Connection, account: AccountId) -> datetime | None:
    """When the account was made; None when there is no such account."""
    moment: datetime | None = connection.execute(
        select(ACCOUNTS.c.created_at).where(ACCOUNTS.c.account == account)
    ).scalar()
    return moment


def set_root_email(connection: Connection, account: AccountId, email: str) -> None:
    """Let the root user sign in by that e-mail address."""
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.account == account).values(**_email(email)))


def set_root_password(connection: Connection, account: AccountId, password_hash: str, at: datetime) -> None:
    """Let the root user sign in with that password."""
    connection.execute(
        update(ACCOUNTS)
        .where(ACCOUNTS.c.account == account)
        .values(root_password_hash=password_hash, root_password_changed_at=at)
    )


def rehash_root(connection: Connection, account: AccountId, old_hash: str, new_hash: str) -> None:
    """The same password under another hash."""
    connection.execute(
        update(ACCOUNTS)
        .where(ACCOUNTS.c.account == account, ACCOUNTS.c.root_password_hash == old_hash)
        .values(root_password_hash=new_hash)
    )


def root_password_hash(connection: Connection, account: AccountId) -> str | None:
    """The argon2 hash of the root user's password; None: it has none."""
    text: str | None = connection.execute(
        select(ACCOUNTS.c.root_password_hash).where(ACCOUNTS.c.account == account)
    ).scalar()
    return text


def note_root_use(connection: Connection, account: AccountId, at: datetime) -> None:
    """The root user has signed in with the password."""
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.account == account).values(root_password_last_used=at))


def password_policy(connection: Connection, account: AccountId) -> PasswordPolicy | None:
    """The account's own password policy; None: it has none."""
    stored = connection.execute(select(ACCOUNTS.c.password_policy).where(ACCOUNTS.c.account == account)).scalar()
    if stored is None:
        return None
    return PasswordPolicy(**{_POLICY_MEMBERS[member]: value for member, value in stored.items()})


def set_password_policy(connection: Connection, account: AccountId, policy: PasswordPolicy | None) -> None:
    """Put a password policy in place, or (None) take it away."""
    stored = None
    if policy is not None:
        stored = {member: getattr(policy, attribute) for member, attribute in _POLICY_MEMBERS.items()}
    connection.execute(update(ACCOUNTS).where(ACCOUNTS.c.account == account).values(password_policy=stored))


def _email(email: str | None) -> dict[str, str | None]:
    return {"root_email": email, "root_email_key": None if email is None else email.lower()}


def _read(row: Row[Any]) -> Account:
    return Account(
        account=AccountId(row.account),
        name=row.name,
        root_email=row.root_email,
        alias=row.alias,
        created_at=row.created_at,
        root_password_last_used=row.root_password_last_used,
        root_password_changed_at=row.root_password_changed_at,
    )
