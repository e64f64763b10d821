"""What KMS keeps: keys with their policies and aliases, their material, grants."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, NewType, TypeVar

from telecine.core.arn import Arn
from telecine.core.names import AccountId, Region, UniqueId
from telecine.core.tags import Tags
from telecine.services.kms.states import KeyState

KeyId = NewType("KeyId", str)
"""A UUID."""

ALIAS_PREFIX = "alias/"
RESERVED_PREFIX = "alias/aws/"
"""Aliases of AWS managed keys; nobody else makes such."""
ALGORITHM = "SYMMETRIC_DEFAULT"
"""The one algorithm of a symmetric key, and its `KeySpec`."""
USAGE = "ENCRYPT_DECRYPT"
ORIGIN = "AWS_KMS"
POLICY_NAME = "default"
"""The only name that a key policy can have."""

MAX_KEYS = 100_000
"""Customer managed keys of an account (KMS developer guide, "Resource quotas"; likewise the next ones)."""
MAX_ALIASES = 50
"""Of one key."""
MAX_GRANTS = 50_000
"""Of one key."""
MAX_GRANTS_OF_PRINCIPAL = 500
"""Of one key for one principal: KMS's own quota of earlier years, which keeps a decision short."""
MAX_POLICY_BYTES = 32 << 10
MAX_ROTATIONS_ON_DEMAND = 25
"""KMS API reference, "RotateKeyOnDemand"."""
MAX_CONTEXT_BYTES = 8 << 10
"""All keys and values of an encryption context (KMS developer guide, "Encryption context")."""
MANAGED_ROTATION_DAYS = 365
DEFAULT_ROTATION_DAYS = 365
DEFAULT_WAITING_DAYS = 30
MIN_WAITING_DAYS = 7
MAX_WAITING_DAYS = 30

T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyPolicy:
    """A key policy as it was written."""

    text: str
    principals: Mapping[str, UniqueId] = field(default_factory=dict)
    """ARN as written there -> the unique id of the user or role that was meant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Rotation:
    """When a key gets new material by itself."""

    days: int
    """From one time to the next."""
    next_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Deletion:
    """When a key goes."""

    days: int
    """How long the waiting period is."""
    at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class Key:
    """A symmetric key without its material."""

    id: KeyId
    account: AccountId
    """The owner."""
    region: Region
    created_at: datetime
    policy: KeyPolicy
    description: str = ""
    state: KeyState = KeyState.ENABLED
    is_managed: bool = False
    """An AWS managed key: made for a service, and changed by nobody."""
    tags: Tags = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    """`alias/films`, by name."""
    version: int = 1
    """Of the material that encrypts now."""
    rotation: Rotation | None = None
    """None: only on demand."""
    deletion: Deletion | None = None
    """Of a key that is pending deletion."""
    has_grants: bool = False

    @property
    def arn(self) -> str:
        return key_arn(self.account, self.region, self.id)


class RotationType(StrEnum):
    """Why there is new material."""

    AUTOMATIC = "AUTOMATIC"
    ON_DEMAND = "ON_DEMAND"


@dataclass(frozen=True, kw_only=True, slots=True)
class Material:
    """One material of a key: sealed, 32 bytes."""

    key_id: KeyId
    version: int
    """From 1; the highest encrypts, all decrypt."""
    material_id: str
    """64 hexadecimal digits by which KMS names it; random."""
    sealed: bytes = field(repr=False)
    created_at: datetime
    rotation: RotationType | None = None
    """None for the first."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Alias:
    """A name for a key in its account."""

    account: AccountId
    region: Region
    name: str
    """`alias/films`."""
    key_id: KeyId
    created_at: datetime
    updated_at: datetime

    @property
    def arn(self) -> str:
        return alias_arn(self.account, self.region, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class Constraints:
    """What the encryption context of a request must be like for a grant to count."""

    equals: Mapping[str, str] | None = None
    """Exactly this."""
    subset: Mapping[str, str] | None = None
    """At least this."""

    def admit(self, context: Mapping[str, str]) -> bool:
        """Whether a request with this encryption context is meant. Keys and values count letter for letter."""
        return (self.equals is None or dict(context) == dict(self.equals)) and _holds(context, self.subset)

    def are_within(self, outer: "Constraints") -> bool:
        """Whether these are at least as strict as `outer`."""
        if outer.equals is not None and (self.equals is None or dict(self.equals) != dict(outer.equals)):
            return False
        mine = {**(self.subset or {}), **(self.equals or {})}
        return _holds(mine, outer.subset)


def _holds(context: Mapping[str, str], wanted: Mapping[str, str] | None) -> bool:
    return all(context.get(key) == value for key, value in (wanted or {}).items())


UNCONSTRAINED = Constraints()


@dataclass(frozen=True, kw_only=True, slots=True)
class Named:
    """A principal in a grant."""

    arn: str
    """As it was written."""
    unique_id: UniqueId | None = None
    """Of the user or role that was meant; None for what is never deleted (accounts, federated users)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Grant:
    """Leave for one principal to use a key in some ways."""

    id: str
    """64 hexadecimal digits."""
    key_id: KeyId
    grantee: Named
    operations: tuple[str, ...]
    """`Decrypt`, `ReEncryptFrom`, …, in the order in which they were given."""
    issued_by: AccountId
    created_at: datetime
    name: str | None = None
    retiree: Named | None = None
    """Who may give it back, beside the account that issued it."""
    constraints: Constraints = UNCONSTRAINED


@dataclass(frozen=True, kw_only=True, slots=True)
class DataKey:
    """A new data key, plain and encrypted."""

    plaintext: bytes = field(repr=False)
    blob: bytes = field(repr=False)
    """What `decrypt` turns into the plaintext again."""
    key: Key
    material_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Encrypted:
    """What was encrypted, and with which material."""

    blob: bytes = field(repr=False)
    key: Key
    material_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Decrypted:
    """What was in a ciphertext, and with what it had been encrypted."""

    plaintext: bytes = field(repr=False)
    key: Key
    material_id: str


@dataclass(frozen=True, kw_only=True, slots=True)
class PageRequest:
    """Which part of a listing is wanted."""

    size: int
    marker: str | None = None
    """From the page before; None for the first page."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[T]):
    """One part of a listing."""

    items: Sequence[T]
    marker: str | None
    """Leads to the next page; None on the last one."""


def key_arn(account: str, region: str, key_id: str) -> str:
    return str(Arn.of("kms", account, f"key/{key_id}", region=region))


def alias_arn(account: str, region: str, name: str) -> str:
    """`name` begins with `alias/`."""
    return str(Arn.of("kms", account, name, region=region))
