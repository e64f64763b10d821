"""Managed policies, who uses them, and what policies count for an identity."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from telecine.core.names import AccountId, UniqueId
from telecine.core.tags import Tags
from telecine.services.iam.model.identities import Kind, entity_arn

AWS_ACCOUNT = AccountId("aws")
"""Stands where an ARN of a policy that AWS manages has the account."""


class PolicyUse(StrEnum):
    """What a managed policy can be to an identity, as `PolicyUsageFilter` names it."""

    PERMISSIONS = "PermissionsPolicy"
    """Attached: it grants and denies."""
    BOUNDARY = "PermissionsBoundary"
    """It limits what the others grant."""


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
    """When its newest version was made."""
    default_version: int
    tags: Tags
    is_attachable: bool = True
    """False for a policy that AWS keeps for service-linked roles."""

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
    """A managed policy and how much the account uses it."""

    policy: ManagedPolicy
    attachments: int
    boundaries: int = 0
    """How many users and roles it limits as their permissions boundary."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyEntity:
    """A user, group or role that a managed policy is attached to, or limits."""

    kind: Kind
    name: str
    unique_id: UniqueId


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
class EffectivePolicies:
    """Every policy that counts for a user or role."""

    identity: tuple[NamedPolicy, ...]
    """Its own, and of a user those of its groups."""
    boundary: NamedPolicy | None
    """None: it is not limited."""
