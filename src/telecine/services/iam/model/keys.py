"""Access keys, and the first start, which makes one."""

from dataclasses import dataclass, field
from datetime import datetime

from telecine.core.names import AccessKeyId, AccountId
from telecine.services.iam.model.identities import User


@dataclass(frozen=True, kw_only=True, slots=True)
class AccessKey:
    """A long-term access key, without its secret."""

    access_key_id: AccessKeyId
    user_name: str | None
    """None for a key of the root user."""
    is_active: bool
    created_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class NewAccessKey:
    """A key at the one moment when its secret is shown."""

    key: AccessKey
    secret_access_key: str = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyUse:
    """When a key last signed a request, and for what."""

    at: datetime
    service: str
    region: str


@dataclass(frozen=True, kw_only=True, slots=True)
class OwnedUse:
    """Whose key it is, and its last use."""

    account: AccountId
    user: User | None
    """None for a key of the root user."""
    use: KeyUse | None
    """None: it was never used since its uses are noted."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredKey:
    """A key as authentication reads it, its secret still sealed."""

    access_key_id: AccessKeyId
    account: AccountId
    user: User | None
    """None for a key of the root user."""
    sealed_secret: bytes = field(repr=False)
    is_active: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class Bootstrap:
    """What the first start makes, at the one moment when its secrets are shown."""

    account: AccountId
    user_name: str
    key: NewAccessKey
    password: str = field(repr=False)
    """For the console."""
