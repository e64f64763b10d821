"""Accounts: the first start, and what only the owner of the machine does."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.errors import TelecineError
from telecine.core.ids import Ids
from telecine.core.names import AccountId
from telecine.services.iam import store
from telecine.services.iam.directory.hashing import Hashing
from telecine.services.iam.directory.keys import Keys
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.managed import ADMINISTRATOR_ACCESS, AWS_POLICIES
from telecine.services.iam.model import Account, Bootstrap, Kind, LoginProfile, NewAccessKey, User

ADMIN = "admin"
FIRST_NAME = "Telecine"
"""What the account of the first start is called."""

_DIGITS = 12


class NoSuchAccount(TelecineError):
    """The server has no account of that number."""


class AccountExists(TelecineError):
    """The server has an account of that number, or one whose root user has that e-mail address."""


class Accounts:
    """The accounts of this server and their root users."""

    def __init__(self, ledger: Ledger, keys: Keys, clock: Clock, ids: Ids, hashing: Hashing) -> None:
        self._ledger = ledger
        self._keys = keys
        self._clock = clock
        self._ids = ids
        self._hashing = hashing

    def all(self) -> list[Account]:
        """Every account, oldest first."""
        with self._ledger.read() as connection:
            return store.accounts.every(connection)

    def first(self) -> AccountId | None:
        """The account that the first start made; None before it."""
        found = self.all()
        return found[0].account if found else None

    def find(self, account: AccountId) -> Account | None:
        """The account of that number."""
        with self._ledger.read() as connection:
            return store.accounts.find(connection, account)

    def exists(self, account: AccountId) -> bool:
        """Whether the server has an account of that number."""
        return self.find(account) is not None

    def get(self, account: AccountId) -> Account:
        """The account of that number. Raises `NoSuchAccount`."""
        with self._ledger.read() as connection:
            return _require(connection, account)

    def bootstrap(self, account: AccountId, hand_over: Callable[[Bootstrap], None] | None = None) -> Bootstrap | None:
        """Make the first account and its user `admin`, who may do everything; None when there is an account already.

        `hand_over` is given the credentials before they are in force, so that they are never in force and lost.
        """
        if self.first() is not None:
            return None
        made = self._draw(account)
        if hand_over is not None:
            hand_over(made.bootstrap)

        def work(connection: Connection) -> Bootstrap | None:
            if store.accounts.newest(connection) is not None:
                return None
            store.accounts.create(connection, account, made.admin.created_at, name=FIRST_NAME)
            self._insert(connection, made)
            return made.bootstrap

        return self._ledger.write(work)

    def create(
        self,
        name: str,
        email: str,
        account: AccountId | None = None,
        *,
        hand_over: Callable[[Bootstrap], None] | None = None,
    ) -> Account:
        """One more account, with a random number unless it is given; its root user has no credentials yet.

        With `hand_over` it gets a user `admin` who may do everything in it; `hand_over` is given the credentials before
        they are in force. Raises `AccountExists`.
        """
        now = self._clock.now()
        with self._ledger.read() as connection:
            number = account or self._free_number(connection)
            _require_free(connection, number, email)
        made = None if hand_over is None else self._draw(number)
        if hand_over is not None and made is not None:
            hand_over(made.bootstrap)

        def work(connection: Connection) -> Account:
            _require_free(connection, number, email)
            newest = store.accounts.newest(connection)
            # The order in which accounts were made is that of their times, whatever the clock does.
            created_at = now if newest is None else max(now, newest + timedelta(milliseconds=1))
            store.accounts.create(connection, number, created_at, name=name, email=email)
            if made is not None:
                self._insert(connection, made)
            return _require(connection, number)

        return self._ledger.write(work)

    def set_root_email(self, account: AccountId, email: str) -> None:
        """Let the root user sign in by that e-mail address. Raises `NoSuchAccount`, `AccountExists`."""

        def work(connection: Connection) -> None:
            _require(connection, account)
            other = store.accounts.by_root_email(connection, email)
            if other is not None and other.account != account:
                raise AccountExists(f"The root user of {other.account} has the e-mail address {email} already.")
            store.accounts.set_root_email(connection, account, email)

        self._ledger.write(work)

    def set_root_password(self, account: AccountId, password: str) -> None:
        """Let the root user sign in to the console. Raises `NoSuchAccount`."""
        password_hash = self._hashing.hash(password)

        def work(connection: Connection) -> None:
            _require(connection, account)
            store.accounts.set_root_password(connection, account, password_hash, self._clock.now())

        self._ledger.write(work)

    def create_root_key(self, account: AccountId) -> NewAccessKey:
        """A new access key of the root user. Raises `NoSuchAccount`, `LimitExceeded`."""
        with self._ledger.read() as connection:
            _require(connection, account)
        return self._keys.create(account, None)

    def _draw(self, account: AccountId) -> "_FirstUser":
        """The user `admin` with fresh credentials, not stored yet."""
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
        password = self._ids.password()
        bootstrap = Bootstrap(account=account, user_name=ADMIN, key=self._keys.draw(admin), password=password)
        profile = LoginProfile(
            # Slow on purpose, hence not in a transaction.
            password_hash=self._hashing.hash(password),
            created_at=now,
            must_change=False,
            changed_at=None,
        )
        return _FirstUser(admin=admin, profile=profile, bootstrap=bootstrap)

    def _insert(self, connection: Connection, made: "_FirstUser") -> None:
        admin = made.admin
        store.insert_user(connection, admin)
        store.permissions.attach(connection, admin, AWS_POLICIES[ADMINISTRATOR_ACCESS].policy)
        store.passwords.create(connection, admin.unique_id, made.profile)
        self._keys.insert(connection, admin.account, admin, made.bootstrap.key)

    def _free_number(self, connection: Connection) -> AccountId:
        while True:
            number = AccountId(f"{int.from_bytes(self._ids.random(8)) % 10**_DIGITS:0{_DIGITS}d}")
            if store.accounts.find(connection, number) is None:
                return number


@dataclass(frozen=True, kw_only=True, slots=True)
class _FirstUser:
    """An administrator who is not stored yet."""

    admin: User
    profile: LoginProfile
    bootstrap: Bootstrap


def _require(connection: Connection, account: AccountId) -> Account:
    found = store.accounts.find(connection, account)
    if found is None:
        raise NoSuchAccount(f"There is no account {account} on this server.")
    return found


def _require_free(connection: Connection, account: AccountId, email: str) -> None:
    if store.accounts.find(connection, account) is not None:
        raise AccountExists(f"There is an account {account} on this server already.")
    other = store.accounts.by_root_email(connection, email)
    if other is not None:
        raise AccountExists(f"The root user of {other.account} has the e-mail address {email} already.")
