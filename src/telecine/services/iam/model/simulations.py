"""A simulation: requests that nobody makes, and what would be answered (IAM API reference, "SimulateCustomPolicy")."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from telecine.core.names import AccountId
from telecine.policy import Answer, Context, Principal, Span

IAM_POLICY = "IAM Policy"
RESOURCE_POLICY = "Resource Policy"
BOUNDARY_POLICY = "Permissions Boundary Policy"
"""Kinds of policies in results, as IAM really sends them. (The model's list of types, `user`, `group`, …, is not what
recorded answers hold.)"""


@dataclass(frozen=True, kw_only=True, slots=True)
class SourcePolicy:
    """A policy that takes part in a simulation."""

    key: str
    """Its name among the simulation's policies, where it stands once."""
    source_id: str
    """How results call it: `PolicyInputList.1`, a managed policy's name, `user_Bob_Films` for an inline one."""
    text: str
    kind: str = IAM_POLICY


@dataclass(frozen=True, kw_only=True, slots=True)
class Exclusion:
    """Policies of an identity to leave out of a simulation; one of the three says which."""

    policy_type: str | None = None
    """`inline`, `aws-managed`, `user-managed` or `permission-boundary`. (`scp` and `rcp` leave nothing out here.)"""
    policy_arn: str | None = None
    """Of managed policies; `*` and `?` may stand in their names."""
    inline: tuple[str, str, str] | None = None
    """The name of an inline policy, the kind of its owner (`user`, `group`, `role`) and the owner's name."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedCaller:
    """Who is taken to make the requests."""

    account: AccountId
    principal: Principal
    context: Context
    """What is known of the caller itself: `aws:username`, `aws:PrincipalArn`, its tags. Everything that belongs to a
    request (time, address, MFA) has to be given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Simulation:
    """The questions and the policies to answer them with."""

    account: AccountId
    """The account that asks."""
    actions: Sequence[str]
    resources: Sequence[str]
    """ARNs; empty means `*`, all resources."""
    caller: SimulatedCaller | None
    policies: tuple[SourcePolicy, ...]
    """The identity's."""
    boundary: SourcePolicy | None = None
    levels: Sequence[Sequence[str]] = ()
    """Service control policies by level of an organization, from its root to the account."""
    resource_policy: str | None = None
    """Stands on every resource."""
    asks_trust_policies: bool = False
    """Whether `sts:AssumeRole` asks the trust policies of this server's roles: only for an identity of the account that
    the asking caller may look at, never for policies and callers that were made up."""
    resource_owner: AccountId | None = None
    """Of resources whose ARN names no account; None: the caller's."""
    context: Context = field(default_factory=dict)
    """The condition keys of every request, as given."""


@dataclass(frozen=True, kw_only=True, slots=True)
class MatchedStatement:
    """A statement that contributed to a decision."""

    source_id: str
    kind: str
    span: Span


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """The answer to one request, or to one action on several resources together."""

    answer: Answer
    statements: tuple[MatchedStatement, ...]
    missing_keys: tuple[str, ...]
    """Condition keys that policies ask for and nobody gave."""
    allowed_by_boundary: bool | None
    """None: there is no boundary."""
    allowed_by_organization: bool | None
    """None: there are no service control policies."""
    by_kind: Mapping[str, Answer] | None
    """What each kind of policy says by itself; empty within one account, None where resources were not named."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SimulatedAction:
    """The result for one action."""

    action: str
    resource: str
    """`*` when no resource was named, the resource when one was, the form of the service's ARNs for several."""
    outcome: Outcome
    """Over all resources: the most restrictive decision."""
    by_resource: tuple[tuple[str, Outcome], ...]
    """For each resource that was named."""
