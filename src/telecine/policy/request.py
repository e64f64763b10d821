"""Who asks to do what to which resource, and everything that conditions may look at."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

Context = Mapping[str, str | Sequence[str]]
"""Condition key to value. A string is a single-valued key, a sequence of strings a multivalued one (`aws:TagKeys`).

Names are compared without case. A key that is not there is absent, which is not the same as empty. Values are fetched
only when a statement asks for them, so a mapping may compute expensive ones on demand.
"""


class PrincipalKind(StrEnum):
    """What kind of caller it is: this decides how its policies combine."""

    ROOT = "Root"
    USER = "User"
    ASSUMED_ROLE = "AssumedRole"
    FEDERATED_USER = "FederatedUser"
    SERVICE = "Service"
    ANONYMOUS = "Anonymous"


@dataclass(frozen=True, kw_only=True, slots=True)
class Principal:
    """The caller, as resource policies name it."""

    kind: PrincipalKind
    arn: str | None
    """Of the user, the role *session* or the federated session; a service's name (`mediaconvert.amazonaws.com`);
    None for anonymous callers."""
    account: str | None
    """The account that the caller belongs to; None for services and anonymous callers."""
    unique_id: str | None = None
    """`AIDA…` of the user or `AROA…` of the role behind the session: what stored principals are compared with."""
    issuer_arn: str | None = None
    """For a federated session: the ARN of the IAM user that got it. The session's own name says nothing about that."""
    canonical_id: str | None = None
    """S3's canonical user id of the account, where S3 has one."""
    provider: str | None = None
    """Who vouches for the caller: the ARN of a SAML or OIDC provider, or the host of a known one. Whoever asks for a
    role with its token alone is anonymous but for this."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Request:
    """One question: may this principal do this action to this resource?"""

    principal: Principal
    action: str
    """`service:Operation`."""
    resource: str
    """The ARN that the action works on; `*` for an action without resource-level permissions."""
    resource_account: str | None
    """The account that owns the resource; another one than the principal's makes the request cross-account."""
    context: Context
    wildcard_only_action: bool = False
    """True for an action without resource-level permissions: then only `Resource: "*"` matches."""
