"""The identities that policies hang on, and what holds a role for EC2."""

import hashlib
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from telecine.core.arn import Arn
from telecine.core.names import AccountId, UniqueId
from telecine.core.tags import Tags

SERVICE_LINKED_PATH = "/aws-service-role/"
"""Where roles live that a service made for itself: their path says which, and nobody else changes them."""


class Kind(StrEnum):
    """The identities that policies hang on, as messages and ARNs name them."""

    USER = "user"
    GROUP = "group"
    ROLE = "role"


@dataclass(frozen=True, kw_only=True, slots=True)
class Identity:
    """What users, groups and roles have in common: something that policies hang on."""

    unique_id: UniqueId
    """`AIDA…`, `AGPA…` or `AROA…`; never used again."""
    kind: Kind
    account: AccountId
    name: str
    """As written; unique in the account among its kind without regard to case."""
    path: str
    """`/` or `/division/team/`; part of the ARN, not of the name."""
    created_at: datetime
    tags: Tags
    """Empty for groups, which have none."""

    @property
    def arn(self) -> str:
        return entity_arn(self.account, self.kind, self.path, self.name)


@dataclass(frozen=True, kw_only=True, slots=True)
class User(Identity):
    """An IAM user."""

    password_last_used: datetime | None = None
    boundary_arn: str | None = None
    """The managed policy that limits what the user's other policies grant."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Group(Identity):
    """Users that share policies. A group is nobody: no policy can name it as a principal."""


@dataclass(frozen=True, kw_only=True, slots=True)
class RoleUse:
    """When a session of the role was last used, and where."""

    at: datetime
    region: str


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
    boundary_arn: str | None = None
    """The managed policy that limits what the role's other policies grant."""
    last_used: RoleUse | None = None

    @property
    def is_service_linked(self) -> bool:
        """A service made it for itself, and only that service changes it."""
        return self.path.startswith(SERVICE_LINKED_PATH)


@dataclass(frozen=True, kw_only=True, slots=True)
class InstanceProfile:
    """What EC2 would take a role from. Nothing here runs on EC2: it is kept for those who manage it with the rest."""

    unique_id: UniqueId
    """`AIPA…`."""
    account: AccountId
    name: str
    path: str
    created_at: datetime
    tags: Tags
    role: Role | None

    @property
    def arn(self) -> str:
        return entity_arn(self.account, "instance-profile", self.path, self.name)


def resource_tags(tags: Tags) -> dict[str, str]:
    """Condition keys of the tags on what a request is about."""
    return {f"aws:ResourceTag/{key}": value for key, value in tags.items()}


def identity_tags(tags: Tags) -> dict[str, str]:
    """The same of a user or role: for these two IAM has a key of its own beside the global one (Service Authorization
    Reference, "IAM")."""
    return {**resource_tags(tags), **{f"iam:ResourceTag/{key}": value for key, value in tags.items()}}


def entity_arn(account: str, kind: str, path: str, name: str) -> str:
    """`arn:aws:iam::123456789012:user/division/Bob`."""
    return str(Arn.of("iam", account, f"{kind}{path}{name}"))


def canonical_id(account: str) -> str:
    """S3's canonical user id of an account: 64 hexadecimal digits, always the same ones."""
    return hashlib.sha256(f"telecine canonical user {account}".encode()).hexdigest()


def root_arn(account: str) -> str:
    """The account's root user, which as a principal stands for the account."""
    return str(Arn.of("iam", account, "root"))
