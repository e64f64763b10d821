"""The account itself: its first start, and what only its owner does, on the machine."""

from datetime import datetime

from argon2 import PasswordHasher
from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.errors import TelecineError
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.services.iam import store
from telecine.services.iam.directory.keys import Keys
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.managed import ADMINISTRATOR_ACCESS, AWS_POLICIES
from telecine.services.iam.model import Bootstrap, Kind, NewAccessKey, User

ADMIN = "admin"


class NoSuchAccount(TelecineError):
    """The server has no account of that number."""


class Accounts:
    """The account of this server and its root user."""

    def __init__(self, ledger: Ledger, keys: Keys, clock: Clock, ids: Ids, passwords: PasswordHasher) -> None:
        self._ledger = ledger
        self._keys = keys
        self._clock = clock
        self._ids = ids
        self._passwords = passwords

    def only(self) -> AccountId | None:
        """The account of this server; None before the first start."""
        with self._ledger.read() as connection:
            return store.accounts.only(connection)

    def created_at(self, account: AccountId) -> datetime:
        """When the account was made. Raises `NoSuchAccount`."""
        with self._ledger.read() as connection:
            return _require(connection, account)

    def bootstrap(self, account: AccountId) -> Bootstrap | None:
        """Make the account and its user `admin`, who may do everything; None when there is an account already."""
        if self.only() is not None:
            return None
        now = self._clock.now().replace(microsecond=0)
        admin = User(
            unique_id=self._ids.unique_id("AIDA"),
            kind=Kind.USER,
            account=account,
            name=ADMIN,
            path="/",
            created_at=now,
            tags={},
        )
        key, password = self._keys.draw(admin), self._ids.password()
        # Slow on purpose, hence not in the transaction.
        password_hash = self._passwords.hash(password)

        def work(connection: Connection) -> Bootstrap | None:
            if store.accounts.only(connection) is not None:
                return None
            store.accounts.create(connection, account, now)
            store.insert_user(connection, admin)
            store.permissions.attach(connection, admin, AWS_POLICIES[ADMINISTRATOR_ACCESS].policy)
            store.accounts.create_login_profile(connection, admin.unique_id, password_hash, now)
            self._keys.insert(connection, account, admin, key)
            return Bootstrap(account=account, user_name=admin.name, key=key, password=password)

        return self._ledger.write(work)

    def set_root_password(self, account: AccountId, password: str) -> None:
        """Let the root user sign in to the console. Raises `NoSuchAccount`."""
        password_hash = self._passwords.hash(password)

        def work(connection: Connection) -> None:
            _require(connection, account)
            store.accounts.set_root_password(connection, account, password_hash)

        self._ledger.write(work)

    def create_root_key(self, account: AccountId) -> NewAccessKey:
        """A new access key of the root user. Raises `NoSuchAccount`, `LimitExceeded`."""
        with self._ledger.read() as connection:
            _require(connection, account)
        return self._keys.create(account, None)


def _require(connection: Connection, account: AccountId) -> datetime:
    created_at = store.accounts.created_at(connection, account)
    if created_at is None:
        raise NoSuchAccount(f"There is no account {account} on this server.")
    return created_at
