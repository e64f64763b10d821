"""Accounts and people: root users, passwords and their policy, MFA devices, and attempts to sign in."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum

from telecine.core.names import AccountId
from telecine.core.tags import Tags
from telecine.services.iam.model.identities import User


@dataclass(frozen=True, kw_only=True, slots=True)
class Account:
    """An account of this server."""

    account: AccountId
    name: str
    """For people; not unique."""
    root_email: str | None
    """What the root user signs in with; None: with the account's number."""
    alias: str | None
    """What users may name the account by when they sign in."""
    created_at: datetime
    root_password_last_used: datetime | None
    root_password_changed_at: datetime | None
    """When the password in force was set; None: there is none, or it is older than that is noted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PasswordPolicy:
    """What an account asks of its users' passwords, with AWS's defaults (IAM API reference,
    "UpdateAccountPasswordPolicy")."""

    minimum_length: int = 6
    """6 to 128 characters."""
    require_symbols: bool = False
    require_numbers: bool = False
    require_uppercase: bool = False
    require_lowercase: bool = False
    allow_users_to_change: bool = False
    """Every user may change their own password, whatever the policies grant; an explicit deny still counts."""
    max_age_days: int | None = None
    """1 to 1095; None: passwords do not expire."""
    reuse_prevention: int | None = None
    """How many of a user's latest passwords, the one in force among them, may not be chosen again: 1 to 24."""
    hard_expiry: bool = False
    """Whose password has run out cannot sign in to set a new one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class LoginProfile:
    """A user's password, as it is stored."""

    password_hash: str = field(repr=False)
    """argon2."""
    created_at: datetime
    must_change: bool
    """At the next sign-in."""
    changed_at: datetime | None
    """None: never since `created_at`."""

    def has_expired(self, policy: PasswordPolicy | None, now: datetime) -> bool:
        """Whether the password is older than the account's policy (None: AWS's default one) lets it be."""
        if policy is None or policy.max_age_days is None:
            return False
        return now >= (self.changed_at or self.created_at) + timedelta(days=policy.max_age_days)


@dataclass(frozen=True, kw_only=True, slots=True)
class MfaDevice:
    """A virtual MFA device."""

    serial_number: str
    """Its ARN, `arn:aws:iam::123456789012:mfa/Bob`."""
    account: AccountId
    tags: Tags
    user: User | None
    """Whose it is; None for a device of the root user, and for one of nobody yet."""
    is_root: bool
    enabled_at: datetime | None
    """None: it is of nobody yet."""

    @property
    def arn(self) -> str:
        return self.serial_number


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredDevice:
    """A device with what verifying a code needs."""

    device: MfaDevice
    sealed_seed: bytes = field(repr=False)
    last_step: int
    """The step of the last code that counted: no code counts twice."""
    drift_steps: int
    """How many steps the device's clock is ahead of ours; negative when it is behind."""


@dataclass(frozen=True, kw_only=True, slots=True)
class NewMfaDevice:
    """A device at the one moment when its seed is shown."""

    device: MfaDevice
    seed: str = field(repr=False)
    """In base32."""
    uri: str = field(repr=False)
    """`otpauth://totp/…`, what an authenticator app reads."""
    qr_png: bytes = field(repr=False)
    """The same as a picture."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInSource:
    """Where somebody signs in from."""

    address: str
    """IPv4 or IPv6."""
    user_agent: str = ""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignedIn:
    """Somebody who has proved who they are."""

    account: AccountId
    user: User | None
    """None: the root user."""
    at: datetime
    mfa_at: datetime | None
    """When they proved to hold an MFA device; None when they have none."""
    must_change_password: bool
    """An administrator asks for it, or the password has run out."""


class SignInStep(StrEnum):
    """What an attempt to sign in asked to be checked."""

    CONSOLE_LOGIN = "ConsoleLogin"
    CHECK_MFA = "CheckMfa"
    """The password was right; now a code is asked for."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SignInAttempt:
    """The record of somebody who tried to sign in, for the audit log."""

    time: datetime
    step: SignInStep
    account: AccountId | None
    """None: nobody on this server is called so."""
    user: User | None
    is_root: bool
    """They signed in as the root user, by e-mail or number."""
    source: SignInSource
    used_mfa: bool
    problem: str | None
    """Why they did not get in; None: they did."""
