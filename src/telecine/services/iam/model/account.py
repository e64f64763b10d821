"""What an account holds as a whole, with all that hangs together."""

from dataclasses import dataclass

from telecine.services.iam.model.identities import Identity, InstanceProfile, Kind
from telecine.services.iam.model.policies import AttachedPolicy, CountedPolicy, NamedPolicy, PolicyVersion


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentityDetails:
    """A user, group or role with everything that says what it may do."""

    identity: Identity
    """Of a role, its trust policy as it reads now."""
    inline: list[NamedPolicy]
    attached: list[AttachedPolicy]
    groups: list[str]
    """The names of the groups that a user is in."""
    instance_profiles: list[InstanceProfile]
    """Those that hold a role."""


@dataclass(frozen=True, kw_only=True, slots=True)
class PolicyDetails:
    """A managed policy with every version that is there."""

    counted: CountedPolicy
    versions: list[PolicyVersion]


@dataclass(frozen=True, kw_only=True, slots=True)
class GrantingPolicy:
    """A policy of an identity that grants something in a service."""

    name: str
    arn: str | None
    """None for an inline policy."""
    owner_kind: Kind
    """Of an inline policy: what it stands in. Of a managed one: the identity that was asked about."""
    owner_name: str
