"""What STS makes: sessions of roles, users and those whom users federate, and of people at the console."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum

from telecine.core.arn import Arn
from telecine.core.names import AccessKeyId, AccountId, JobId, UniqueId
from telecine.core.tags import Tags


class SessionKind(StrEnum):
    """Where a session comes from: that decides who its holder is."""

    ASSUMED_ROLE = "AssumedRole"
    """AssumeRole, or the engine for a job."""
    USER = "User"
    """GetSessionToken, called by a user."""
    ROOT = "Root"
    """GetSessionToken, called by the root user."""
    FEDERATED_USER = "FederatedUser"
    """GetFederationToken, called by a user or the root user."""
    CONSOLE = "Console"
    """Somebody who signed in to the console: a user, or the root user."""


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
    """What limits a session beside the policies of the role or user behind it."""

    document: str | None
    """The inline session policy."""
    arns: tuple[str, ...]
    """Managed session policies, by ARN: their text is read when it counts."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SessionTags:
    """Tags of a session: among those of its principal they come before the role's or user's own."""

    values: Tags = field(default_factory=dict)
    transitive: tuple[str, ...] = ()
    """Keys, spelled as in `values`, of those that go on to the next session of a chain."""

    @property
    def handed_on(self) -> Tags:
        """The transitive ones."""
        return {key: self.values[key] for key in self.transitive}


@dataclass(frozen=True, kw_only=True, slots=True)
class Inheritance:
    """What a session gets from the role session that it is opened with; empty when that is none."""

    tags: Tags = field(default_factory=dict)
    """They stay transitive, and keep their values."""
    source_identity: str | None = None
    """It stays what it is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Session:
    """A session as it is stored. It never changes."""

    access_key_id: AccessKeyId
    token_digest: bytes = field(repr=False)
    """SHA-256 of the session token."""
    sealed_secret: bytes = field(repr=False)
    kind: SessionKind
    account: AccountId
    subject_id: UniqueId | None
    """The role; the user who got the session; None for the root user. The session lives as long as this entity,
    whatever becomes of its name."""
    name: str = ""
    """Of a role session or a federated user."""
    issued_at: datetime
    """`aws:TokenIssueTime`; of console credentials the time of the sign-in, however often they were renewed."""
    expires_at: datetime
    policies: SessionPolicies | None = None
    tags: SessionTags = field(default_factory=SessionTags)
    source_identity: str | None = None
    mfa_at: datetime | None = None
    """When whoever got the session showed to have an MFA device; None: it did not."""
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
    source_identity: str | None


@dataclass(frozen=True, kw_only=True, slots=True)
class FederatedUser:
    """What a caller gets who federated somebody."""

    credentials: SessionCredentials
    user_id: str
    """`aws:userid`: `123456789012:Carol`."""
    arn: str


@dataclass(frozen=True, kw_only=True, slots=True)
class StoredConsoleSession:
    """Somebody who is signed in, as it is stored."""

    token_digest: bytes = field(repr=False)
    """SHA-256 of what the browser holds."""
    account: AccountId
    user_id: UniqueId | None
    """None for the root user."""
    signed_in_at: datetime
    expires_at: datetime
    mfa_at: datetime | None


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


def federated_user_arn(account: str, name: str) -> str:
    """`arn:aws:sts::123456789012:federated-user/Carol`."""
    return str(Arn.of("sts", account, f"federated-user/{name}"))
