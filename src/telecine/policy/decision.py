"""What comes out: one of three answers, the family that limited it and the statements that decided."""

from dataclasses import dataclass, field
from enum import StrEnum


class Answer(StrEnum):
    """Three different facts; a yes or no is derived from them."""

    ALLOW = "Allow"
    EXPLICIT_DENY = "ExplicitDeny"
    """A Deny statement applies."""
    IMPLICIT_DENY = "ImplicitDeny"
    """Nothing allows, or a family that must allow does not."""


class Family(StrEnum):
    """The kinds of policies that take part in a decision."""

    IDENTITY = "identity"
    """Attached to the user, its groups or the role."""
    RESOURCE = "resource"
    """On the resource: bucket policy, key policy."""
    TRUST = "trust"
    """On a role: who may assume it."""
    BOUNDARY = "boundary"
    """The permissions boundary of the user or role."""
    SESSION = "session"
    """Given to STS when the session was made."""
    SCP = "scp"
    """Service control policies of an organization, by level."""
    RCP = "rcp"
    """Resource control policies of an organization, by level."""
    ENDPOINT = "endpoint"
    """Of the VPC endpoint that the request came through."""


@dataclass(frozen=True, kw_only=True, slots=True)
class StatementRef:
    """One statement of one policy, as logs and explanations name it."""

    family: Family
    policy: str
    """The policy's ARN or name; empty when it has none."""
    sid: str | None
    index: int
    """Its place among the statements, from 0."""
    text: str = field(default="", compare=False, repr=False)
    """The document it stands in, where line and column are looked up when somebody asks."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Decision:
    """The answer to one request."""

    decision: Answer
    blocked_by: Family | None
    """The family that denied or did not allow; None when the request is allowed."""
    statements: tuple[StatementRef, ...]
    """The Deny that applied, or the first Allow of each family that had to allow."""

    @property
    def is_allowed(self) -> bool:
        return self.decision is Answer.ALLOW
