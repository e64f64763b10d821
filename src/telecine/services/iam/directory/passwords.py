"""Users' passwords for the console, and what the account asks of them."""

import string
from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.names import AccountId
from telecine.services.iam import errors, store
from telecine.services.iam.directory import throttle
from telecine.services.iam.directory.hashing import Hashing
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.throttle import Throttle
from telecine.services.iam.model import Account, LoginProfile, PasswordPolicy, User

_SYMBOLS = "!@#$%^&*()_+-=[]{}|'"
"""What counts as a symbol (IAM API reference, "UpdateAccountPasswordPolicy")."""
_DEFAULT_LENGTH = 8
_DEFAULT_KINDS = 3


class Passwords:
    """The login profiles of users, and the password policies of accounts."""

    def __init__(self, ledger: Ledger, hashing: Hashing, attempts: Throttle, clock: Clock) -> None:
        self._ledger = ledger
        self._hashing = hashing
        self._attempts = attempts
        self._clock = clock

    def profile(self, user: User) -> LoginProfile:
        """The user's password. Raises `NoSuchEntity`."""
        with self._ledger.read() as connection:
            return _required(connection, user)

    def in_force_since(self, account: AccountId, user: User | None) -> datetime | None:
        """When the password of a user, or of the root user (None), was set; None: there is none."""
        with self._ledger.read() as connection:
            if user is not None:
                profile = store.passwords.find(connection, user.unique_id)
                return None if profile is None else profile.changed_at or profile.created_at
            if store.accounts.root_password_hash(connection, account) is None:
                return None
            found = store.accounts.find(connection, account)
            return None if found is None else found.root_password_changed_at or found.created_at

    def create(self, user: User, password: str, *, must_change: bool) -> LoginProfile:
        """Let a user sign in. Raises `EntityAlreadyExists`, `PasswordPolicyViolation`, `NoSuchEntity`."""
        self._check(user.account, password)
        profile = LoginProfile(
            password_hash=self._hashing.hash(password),
            created_at=self._clock.now().replace(microsecond=0),
            must_change=must_change,
            changed_at=None,
        )

        def work(connection: Connection) -> None:
            if store.USERS.by_id(connection, user.unique_id) is None:
                raise errors.no_such(user.kind, user.name)
            if store.passwords.exists(connection, user.unique_id):
                raise errors.login_profile_exists(user.name)
            store.passwords.create(connection, user.unique_id, profile)

        self._ledger.write(work)
        return profile

    def update(self, user: User, password: str | None, *, must_change: bool | None) -> None:
        """Set another password for a user, or whether it has to be changed; None leaves things as they are.

        Raises `NoSuchEntity`, `PasswordPolicyViolation`, `EntityTemporarilyUnmodifiable`.
        """
        old = self.profile(user)
        new_hash = None if password is None else self._accepted(user, old, password)

        def work(connection: Connection) -> None:
            _required(connection, user)
            if new_hash is not None:
                self._replace(connection, user, old, new_hash)
            if must_change is not None:
                store.passwords.set_must_change(connection, user.unique_id, must_change=must_change)

        self._ledger.write(work)

    def change(self, user: User, old_password: str, new_password: str) -> None:
        """Change one's own password. Raises `NoSuchEntity`, `AccessDenied` for a wrong old one, `Throttling` after
        several, `PasswordPolicyViolation`, `EntityTemporarilyUnmodifiable`."""
        old = self.profile(user)
        # Who has found somebody's access key may not go on to guess the password with it.
        with self._attempts.attempt(throttle.own_password(user.unique_id)):
            if not self._hashing.matches(old.password_hash, old_password):
                raise errors.wrong_old_password()
        new_hash = self._accepted(user, old, new_password)

        def work(connection: Connection) -> None:
            self._replace(connection, user, old, new_hash)
            store.passwords.set_must_change(connection, user.unique_id, must_change=False)

        self._ledger.write(work)

    def delete(self, user: User) -> None:
        """Take the password away. Raises `NoSuchEntity`."""

        def work(connection: Connection) -> None:
            if not store.passwords.remove(connection, user.unique_id):
                raise errors.no_login_profile(user.name)

        self._ledger.write(work)

    def policy(self, account: AccountId) -> PasswordPolicy | None:
        """The account's own password policy; None: AWS's default one counts."""
        with self._ledger.read() as connection:
            return store.accounts.password_policy(connection, account)

    def required_policy(self, account: AccountId) -> PasswordPolicy:
        """The account's own password policy. Raises `NoSuchEntity`."""
        policy = self.policy(account)
        if policy is None:
            raise errors.no_password_policy(account)
        return policy

    def set_policy(self, account: AccountId, policy: PasswordPolicy) -> None:
        """Put a password policy in place of the one there is: what it asks of passwords counts from their next
        change on, how old they may get from now on (IAM user guide, "Setting an account password policy")."""
        self._ledger.write(lambda connection: store.accounts.set_password_policy(connection, account, policy))

    def delete_policy(self, account: AccountId) -> None:
        """Go back to AWS's default policy. Raises `NoSuchEntity`."""

        def work(connection: Connection) -> None:
            if store.accounts.password_policy(connection, account) is None:
                raise errors.no_password_policy(account)
            store.accounts.set_password_policy(connection, account, None)

        self._ledger.write(work)

    def _check(self, account_id: AccountId, password: str) -> None:
        with self._ledger.read() as connection:
            policy = store.accounts.password_policy(connection, account_id)
            account = store.accounts.find(connection, account_id)
        problem = default_problem(account, password) if policy is None else problem_with(policy, password)
        if problem is not None:
            raise errors.password_policy_violation(problem)

    def _accepted(self, user: User, old: LoginProfile, password: str) -> str:
        """The hash of a new password that the policy takes. Raises `PasswordPolicyViolation`."""
        self._check(user.account, password)
        with self._ledger.read() as connection:
            policy = store.accounts.password_policy(connection, user.account)
            count = 0 if policy is None else policy.reuse_prevention or 0
            earlier = store.passwords.history(connection, user.unique_id, count - 1) if count > 1 else []
        barred = [old.password_hash, *earlier] if count else []
        if any(self._hashing.matches(hashed, password) for hashed in barred):
            raise errors.password_policy_violation(
                "Policy constraint violation with password reuse prevention during password change."
            )
        return self._hashing.hash(password)

    def _replace(self, connection: Connection, user: User, old: LoginProfile, new_hash: str) -> None:
        if not store.passwords.replace(connection, user.unique_id, old, new_hash, self._clock.now()):
            raise errors.login_profile_changing(user.name)


def problem_with(policy: PasswordPolicy, password: str) -> str | None:
    """What an account's own policy finds wrong with a password; None: nothing."""
    if len(password) < policy.minimum_length:
        return _too_short(policy.minimum_length)
    asked = {
        "uppercase letter": policy.require_uppercase,
        "lowercase letter": policy.require_lowercase,
        "number": policy.require_numbers,
        "symbol": policy.require_symbols,
    }
    lacking = [kind for kind in _lacking(password) if asked[kind]]
    return ", ".join(map(_lacks, lacking)) or None


def default_problem(account: Account | None, password: str) -> str | None:
    """What AWS's default policy finds wrong with a password; None: nothing.

    IAM user guide, "Default password policy": 8 to 128 characters, three kinds of characters out of four, and neither
    the account's name nor its e-mail address.
    """
    if len(password) < _DEFAULT_LENGTH:
        return _too_short(_DEFAULT_LENGTH)
    lacking = _lacking(password)
    missing = _DEFAULT_KINDS - (4 - len(lacking))
    if missing > 0:
        wanted = ", ".join(map(_lacks, lacking))
        return f"Password should meet {missing} more of the following requirements: {wanted}"
    if account is not None and password.lower() in {account.name.lower(), (account.root_email or "").lower()}:
        return "Password should not be identical to your AWS account name or email address"
    return None


def _lacking(password: str) -> Sequence[str]:
    """The kinds of characters that do not occur in a password."""
    kinds = {
        "uppercase letter": string.ascii_uppercase,
        "lowercase letter": string.ascii_lowercase,
        "number": string.digits,
        "symbol": _SYMBOLS,
    }
    return [kind for kind, letters in kinds.items() if not set(letters) & set(password)]


def _lacks(kind: str) -> str:
    return f"Password should have at least one {kind}"


def _too_short(length: int) -> str:
    return f"Password should have a minimum length of {length}"


def _required(connection: Connection, user: User) -> LoginProfile:
    profile = store.passwords.find(connection, user.unique_id)
    if profile is None:
        raise errors.no_login_profile(user.name)
    return profile
