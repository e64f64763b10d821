"""What IAM keeps: users, roles, access keys, managed policies."""

from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Generic, TypeVar

from telecine.core.arn import Arn
from telecine.core.names import AccessKeyId, AccountId, UniqueId
from telecine.core.tags import Tags

AWS_ACCOUNT = AccountId("aws")
"""Stands where an ARN of a policy that AWS manages has the account."""

DEFAULT_PAGE = 100
"""Entries on a page when MaxItems is absent (IAM API reference, "ListUsers")."""


class Kind(StrEnum):
    """The identities that policies hang on, as messages and ARNs name them."""

    USER = "user"
    ROLE = "role"


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What a user and a role have in common: something that policies hang on."""

    unique_id: UniqueId
    """`AIDA…` or `AROA…`; never used again."""
    kind: Kind
    account: AccountId
    name: str
    """As written at creation; unique in the account without regard to case."""
    path: str
    """`/` or `/division/team/`; part of the ARN, not of the name."""
    created_at: datetime
    tags: Tags

    @property
    def arn(self) -> str:
        return entity_arn(self.account, self.kind, self.path, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class User(Identity):
    """An IAM user."""

    password_last_used: datetime | None = None


@dataclass(frozen=True, kw_only=True, slots=True)
class Role(Identity):
    """A role with its trust policy."""

    trust_policy: str
    """Who may assume it. The principals of entities that are gone stand there by unique id."""
    trust_principals: dict[str, UniqueId]
    """ARN as written in the trust policy -> the unique id of the entity that was meant."""
    description: str | None
    max_session_seconds: int
    """The longest session, 3600 to 43200."""


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
class StoredKey:
    """A key as authentication reads it, its secret still sealed."""

    access_key_id: AccessKeyId
    account: AccountId
    user: User | None
    """None for a key of the root user."""
    sealed_secret: bytes = field(repr=False)
    is_active: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class ManagedPolicy:
    """A managed policy, AWS's own or a customer's."""

    unique_id: UniqueId
    """`ANPA…`."""
    account: AccountId
    """`aws` for AWS's own."""
    name: str
    path: str
    description: str | None
    created_at: datetime
    updated_at: datetime
    default_version: int
    tags: Tags

    @property
    def arn(self) -> str:
        return entity_arn(self.account, "policy", self.path, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyVersion:
    """One immutable text of a managed policy."""

    number: int
    """3 of `v3`."""
    document: str
    is_default: bool
    created_at: datetime

    @property
    def version_id(self) -> str:
        return f"v{self.number}"


@dataclass(frozen=True, kw_only=True, slots=True)
class CountedPolicy:
    """A managed policy and how many identities of the account have it attached."""

    policy: ManagedPolicy
    attachments: int


@dataclass(frozen=True, kw_only=True, slots=True)
class AttachedPolicy:
    """A managed policy on an identity."""

    name: str
    arn: str


@dataclass(frozen=True, kw_only=True, slots=True)
class NamedPolicy:
    """A policy that counts for an identity."""

    name: str
    """The ARN of a managed policy, the bare name of an inline one."""
    text: str


@dataclass(frozen=True, kw_only=True, slots=True)
class Bootstrap:
    """What the first start makes, at the one moment when its secrets are shown."""

    account: AccountId
    user_name: str
    key: NewAccessKey
    password: str = field(repr=False)
    """For the console."""


T = TypeVar("T")


@dataclass(frozen=True, kw_only=True, slots=True)
class PageRequest:
    """Which part of a listing is wanted."""

    marker: str | None = None
    """From the page before; None for the first page."""
    size: int = DEFAULT_PAGE


@dataclass(frozen=True, kw_only=True, slots=True)
class Page(Generic[T]):
    """One part of a listing."""

    items: list[T]
    marker: str | None
    """Leads to the next page; None on the last one."""


def entity_arn(account: str, kind: str, path: str, name: str) -> str:
    """`arn:aws:iam::123456789012:user/division/Bob`."""
    return str(Arn.of("iam", account, f"{kind}{path}{name}"))


def root_arn(account: str) -> str:
    """The account's root user, which as a principal stands for the account."""
    return str(Arn.of("iam", account, "root"))
