"""Signing in with a password: what the console asks before it opens a session."""

import re
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime

from telecine.core.clock import Clock
from telecine.core.errors import ApiError
from telecine.core.names import AccountId
from telecine.services.iam import errors, store
from telecine.services.iam.directory import throttle
from telecine.services.iam.directory.hashing import Hashing
from telecine.services.iam.directory.ledger import Ledger
from telecine.services.iam.directory.mfa import MfaDevices
from telecine.services.iam.directory.throttle import Subject, Throttle
from telecine.services.iam.model import (
    Account,
    LoginProfile,
    PasswordPolicy,
    SignedIn,
    SignInAttempt,
    SignInSource,
    SignInStep,
    User,
)

Record = Callable[[SignInAttempt], None]


@dataclass(frozen=True, kw_only=True, slots=True)
class _Person:
    """Whom somebody claims to be."""

    subjects: tuple[Subject, ...]
    """What a wrong password counts against, whether there is such a person or not."""
    is_root: bool
    account: Account | None
    user: User | None = None
    password_hash: str | None = field(default=None, repr=False)
    """None: there is no such person, or it has no password."""
    profile: LoginProfile | None = None
    policy: PasswordPolicy | None = None


class SignIn:
    """Checks who somebody is. Every answer is told to `record` before it is given."""

    def __init__(
        self,
        ledger: Ledger,
        hashing: Hashing,
        attempts: Throttle,
        mfa: MfaDevices,
        clock: Clock,
        *,
        record: Record,
    ) -> None:
        self._ledger = ledger
        self._hashing = hashing
        self._attempts = attempts
        self._mfa = mfa
        self._clock = clock
        self._record = record

    def check(
        self, account: str, user_name: str, password: str, *, source: SignInSource, mfa_code: str | None = None
    ) -> SignedIn:
        """The user of that name in the account of that number or alias, if password and code are right.

        Raises `AuthenticationFailed` whatever is wrong, after the same time; `Throttling` after several failures;
        and, once the password is right, `MfaCodeRequired` for a user with a device who gives no code, and
        `PasswordExpired` where only an administrator can renew it.
        """
        started = self._clock.now()
        person = self._user(_askable(account), _askable(user_name), source)
        return self._recorded(person, password, source, _code(mfa_code), started)

    def check_root(self, email: str, password: str, *, source: SignInSource, mfa_code: str | None = None) -> SignedIn:
        """The root user with that e-mail address, or of the account of that number when it has none. As `check`."""
        started = self._clock.now()
        return self._recorded(self._root(_askable(email), source), password, source, _code(mfa_code), started)

    def _user(self, account_name: str, user_name: str, source: SignInSource) -> _Person:
        with self._ledger.read() as connection:
            account = store.accounts.find(connection, account_name) or store.accounts.by_alias(connection, account_name)
            number = account_name if account is None else account.account
            subjects = throttle.sign_in(number, user_name, source.address)
            user = None if account is None else store.USERS.find(connection, account.account, user_name)
            person = _Person(subjects=subjects, is_root=False, account=account, user=user)
            if account is None or user is None:
                return person
            profile = store.passwords.find(connection, user.unique_id)
            policy = store.accounts.password_policy(connection, account.account)
        hashed = None if profile is None else profile.password_hash
        return replace(person, password_hash=hashed, profile=profile, policy=policy)

    def _root(self, email: str, source: SignInSource) -> _Person:
        with self._ledger.read() as connection:
            account = store.accounts.by_root_email(connection, email)
            if account is None:
                named = store.accounts.find(connection, email)
                account = named if named is not None and named.root_email is None else None
            hashed = None if account is None else store.accounts.root_password_hash(connection, account.account)
        subjects = throttle.sign_in("root", email if account is None else account.account, source.address)
        return _Person(subjects=subjects, is_root=True, account=account, password_hash=hashed)

    def _recorded(
        self, person: _Person, password: str, source: SignInSource, code: str | None, started: datetime
    ) -> SignedIn:
        attempt = SignInAttempt(
            time=started,
            step=SignInStep.CONSOLE_LOGIN,
            account=None if person.account is None else person.account.account,
            user=person.user,
            is_root=person.is_root,
            source=source,
            used_mfa=code is not None,
            problem=None,
        )
        try:
            with self._attempts.attempt(*person.subjects):
                signed_in = self._verified(person, password, code, started)
        except errors.MfaCodeRequired:
            self._record(replace(attempt, step=SignInStep.CHECK_MFA))
            raise
        except ApiError as error:
            self._record(replace(attempt, problem=error.message))
            raise
        self._note(person, password)
        self._record(attempt)
        return signed_in

    def _verified(self, person: _Person, password: str, code: str | None, started: datetime) -> SignedIn:
        is_right = self._hashing.matches(person.password_hash, password)
        if not is_right or person.account is None:
            raise errors.sign_in_failed()
        account = person.account.account
        profile = person.profile
        has_expired = profile is not None and profile.has_expired(person.policy, started)
        devices = self._mfa.devices(account, person.user)
        if devices and code is None:
            raise errors.mfa_code_required()
        mfa_at = None
        if code is not None:
            try:
                # A code for somebody without a device is a wrong code, as it is with one.
                mfa_at = self._mfa.verify_any(account, person.user, code)
            except errors.WrongGuess as error:
                raise errors.sign_in_failed() from error
        if has_expired and person.policy is not None and person.policy.hard_expiry:
            raise errors.password_expired()
        return SignedIn(
            account=account,
            user=person.user,
            # Before the password was looked up: one that is changed while this goes on is of a later time.
            at=started,
            mfa_at=mfa_at,
            must_change_password=has_expired or (profile is not None and profile.must_change),
        )

    def _note(self, person: _Person, password: str) -> None:
        """When the password was used; and a new hash of it where the old one was made with other parameters."""
        account, user, old_hash = person.account, person.user, person.password_hash
        if account is None or old_hash is None:
            return
        now = self._clock.now().replace(microsecond=0)
        number: AccountId = account.account
        new_hash = self._hashing.hash(password) if self._hashing.is_outdated(old_hash) else None
        if user is None:
            self._ledger.note(lambda connection: store.accounts.note_root_use(connection, number, now))
            if new_hash is not None:
                self._ledger.note(lambda connection: store.accounts.rehash_root(connection, number, old_hash, new_hash))
            return
        user_id = user.unique_id
        self._ledger.note(lambda connection: store.passwords.note_use(connection, user_id, now))
        if new_hash is not None:
            self._ledger.note(lambda connection: store.passwords.rehash(connection, user_id, old_hash, new_hash))


def _code(given: str | None) -> str | None:
    """The code; what cannot be one is a wrong one."""
    return given if given is None or re.fullmatch(r"[0-9]{6}", given) else ""


def _askable(name: str) -> str:
    """`name`, or what nobody is called where no database takes it: with a NUL, or half of a surrogate pair."""
    return "" if any(letter == "\0" or "\ud800" <= letter <= "\udfff" for letter in name) else name
