"""What STS makes: sessions of roles, for callers and for services."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from telecine.core.arn import Arn
from telecine.core.names import AccessKeyId, AccountId, JobId, UniqueId


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionCredentials:
    """Temporary credentials, at the one moment when secret and token are shown."""

    access_key_id: AccessKeyId
    """`ASIA…`."""
    secret_access_key: str = field(repr=False)
    session_token: str = field(repr=False)
    expires_at: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceClaim:
    """On whose behalf a service asks for a session: one attempt of one job."""

    service: str
    """The principal, `mediaconvert.amazonaws.com`."""
    account: AccountId
    """The account of the job."""
    role_arn: str
    source_arn: str
    """`aws:SourceArn`: the ARN of the queue that the job runs in."""
    source_account: AccountId
    """`aws:SourceAccount`."""
    session_name: str
    job_id: JobId
    attempt: int
    owner: str
    """The worker that holds the lease."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionPolicies:
    """What limits a session beside the role's own policies."""

    document: str | None
    """The inline session policy."""
    arns: tuple[str, ...]
    """Managed session policies, by ARN: their text is read when it counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A session as it is stored."""

    access_key_id: AccessKeyId
    token_digest: bytes = field(repr=False)
    """SHA-256 of the session token."""
    sealed_secret: bytes = field(repr=False)
    role_id: UniqueId
    """The session lives as long as the role with this unique id, whatever becomes of its name."""
    name: str
    issued_at: datetime
    expires_at: datetime
    policies: SessionPolicies | None = None
    job: tuple[JobId, int, str] | None = None
    """Job, attempt and owner when a service asked for the session."""


@dataclass(frozen=True, kw_only=True, slots=True)
class AssumedRole:
    """What a caller gets who assumed a role."""

    credentials: SessionCredentials
    role_id: UniqueId
    arn: str
    """Of the session."""
    session_name: str
    packed_percent: int | None
    """How much of the room for session policies is in use; None without any."""


@dataclass(frozen=True, kw_only=True, slots=True)
class ServiceAssumption:
    """The record of a service that asked for a role, for the audit log."""

    time: datetime
    claim: ServiceClaim
    access_key_id: AccessKeyId | None
    """Of the new session; None when there is none."""
    problem: str | None
    """Why there is none: `malformed`, `missing`, `not trusted`; None when the service got its session."""
    trace: Mapping[str, object]
    """What the trust policy said (`policy.trace`); empty when there was none to ask."""


def session_arn(account: str, role_name: str, session_name: str) -> str:
    """`arn:aws:sts::123456789012:assumed-role/Encoder/job-1`: the role's name without its path."""
    return str(Arn.of("sts", account, f"assumed-role/{role_name}/{session_name}"))
