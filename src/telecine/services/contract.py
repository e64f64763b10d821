"""What every service is made of: the call it gets, its operations, and who may call them.

A service is data: a table of operations (functions of its face, the call and the parsed parameters) and a table of
access rows that name, per operation, the actions, resources and condition keys which `policy.evaluate` decides on.
No operation looks at who calls: that has been decided before it runs.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any, Generic, TypeVar

import msgspec
from msgspec import Struct

from telecine.core.errors import ApiError
from telecine.core.names import AccessKeyId, AccountId, Region, RequestId
from telecine.policy import Context, Principal, ResourcePolicy
from telecine.wire.http import HttpRequest, Sink
from telecine.wire.validate import Violation

Params = dict[str, Any]
"""A parsed input, by the model's member names (`{"UserName": …}`): what boto3 shows."""

Result = Mapping[str, Any]
"""An output by the model's member names; a streaming member holds a `wire.http.Source`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Caller:
    """Who signed a request, as authentication found out."""

    principal: Principal
    user_id: str
    """`aws:userid`: `AIDA…`, `AROA…:session`, the account id for root; empty for anonymous callers."""
    access_key_id: AccessKeyId | None
    identity_id: str | None = None
    """The unique id of the user or role whose identity policies apply; the account's number for somebody whom the root
    user federated; None for root and anonymous callers."""
    context: Context = field(default_factory=dict)
    """Condition keys that come with the principal: `aws:username`, `aws:PrincipalArn`, `aws:TokenIssueTime`, …."""
    session_policies: tuple[str, ...] | None = None
    """Session policy documents as given to STS; None when there were none."""
    is_temporary: bool = False
    """It signs with temporary credentials: whatever kind of principal it is, STS gave them."""
    is_limited: bool = False
    """GetSessionToken or GetFederationToken gave them: of IAM and STS not every operation is open to the caller."""
    mfa_at: datetime | None = None
    """When the holder of temporary credentials showed to have an MFA device: `aws:MultiFactorAuthAge` counts from then.
    None: never."""


@dataclass(frozen=True, kw_only=True, slots=True)
class SigningKey:
    """An access key with what authentication needs to know of it."""

    access_key_id: AccessKeyId
    secret_access_key: str = field(repr=False)
    caller: Caller
    is_active: bool = True
    """False for a long-term key that was made inactive."""
    token_digest: bytes | None = field(default=None, repr=False)
    """SHA-256 of the session token that must come with a temporary key; None for long-term keys."""
    expires_at: datetime | None = None


class SignaturePlace(StrEnum):
    """Where a signature stands; the values of `s3:authType`."""

    HEADER = "REST-HEADER"
    QUERY = "REST-QUERY-STRING"
    """The URL is presigned."""
    FORM = "POST"


class Signature(Struct, frozen=True, kw_only=True):
    """How a request was signed, as far as services care."""

    place: SignaturePlace
    version: str = "AWS4-HMAC-SHA256"
    """`s3:signatureversion`: this, or `AWS` for Signature Version 2."""
    signed_at: datetime | None
    """When the request says it was signed; None where it does not (Version 2)."""
    content: str | None
    """What it says of the body, as given (`x-amz-content-sha256`): a hash, `UNSIGNED-PAYLOAD`, or nothing."""


class Call(Struct, frozen=True, kw_only=True):
    """One authenticated call, without its parameters."""

    caller: Caller
    account: AccountId
    """The account that the call acts in: the caller's own."""
    region: Region
    request_id: RequestId
    now: datetime
    base_url: str
    """Our own address as the caller sees it."""
    source_ip: str
    user_agent: str
    is_secure: bool
    signature: Signature | None = None
    """None: nobody signed, the caller is anonymous."""
    trailing: str | None = None
    """The header whose value comes behind the body, such as `x-amz-checksum-crc32`: the sink's `finish` gets it."""
    pins: frozenset[Hashable] = frozenset()
    """The pins of the needs that were allowed."""
    if_range: str | None = None
    """The header of that name, which no model has: the range that is asked for is one of this version alone."""
    has_open_length: bool = False
    """The body of an upload ends where it ends (a form's file): how long it is nobody knows before."""
    refused: Mapping[Hashable, ApiError] = msgspec.field(default_factory=dict)
    """Of a call for many things those that the caller may not, by `Need.part`: the operation leaves them alone, and
    gives these errors in their place."""


class Need(Struct, frozen=True, kw_only=True):
    """One thing that must be allowed before an operation runs."""

    action: str
    """`service:Operation` in the model's spelling."""
    resource: str = "*"
    """The ARN it acts on; `*` for actions without resource-level permissions."""
    resource_account: AccountId | None = None
    """The account that owns the resource; None means the caller's own."""
    context: Context = msgspec.field(default_factory=dict)
    """Condition keys of this request beside the global ones."""
    resource_policy: ResourcePolicy | None = None
    """The policy that stands on the resource (bucket policy, trust policy), with the rule how it counts."""
    pin: Hashable = None
    """What exactly this is about, for an operation that must do nothing else: when it is allowed, the call carries it
    on (`Call.pins`). None: nothing that could change in between."""
    part: Hashable = None
    """In a call for many things the one that this is about: it alone is refused when the need is denied. None: the
    whole call is."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Lasting:
    """Reads whose answer stays the same until something is stored: it depends on the request and on what is stored,
    and on nothing else."""

    operations: frozenset[str]
    unless: frozenset[str] = frozenset()
    """Headers, in lower case, of requests that are not of this kind: they ask about time, or hold a secret."""


F = TypeVar("F")

Needs = Callable[[F, Call, Params], Sequence[Need]]
Operation = Callable[[F, Call, Params], Result]
StreamOperation = Callable[[F, Call, Params], Sink]


@dataclass(frozen=True, kw_only=True, slots=True)
class CrossOrigin(Generic[F]):
    """How a service treats pages of other origins (CORS). Both return headers by name, given the request and its path
    with the bucket in front, wherever the request names it."""

    preflight: Callable[[F, HttpRequest, str], Mapping[str, str]]
    """The answer to a browser that asks whether it may send a request. Raises `ApiError` when it may not."""
    shared: Callable[[F, HttpRequest, str], Mapping[str, str]]
    """What goes with the answer to a request that has an `Origin`; nothing where the page may not see it."""


@dataclass(frozen=True, kw_only=True)
class Service(Generic[F]):
    """One AWS service, ready to be called by the edge."""

    name: str
    """The signing name: `iam`, `sts`, `s3`, `mediaconvert`."""
    face: F
    operations: Mapping[str, Operation[F]]
    """Operations by name, called with the whole body parsed."""
    streams: Mapping[str, StreamOperation[F]] = field(default_factory=dict)
    """Operations whose body comes in blocks (PutObject, UploadPart): they open a sink."""
    digested: frozenset[str] = frozenset()
    """Operations whose body must come with a Content-MD5 or a checksum (DeleteObjects)."""
    access: Mapping[str, Needs[F]]
    """For each operation what must be allowed. An operation without a row cannot be called (a ratchet test)."""
    invalid: Callable[[Sequence[Violation]], ApiError]
    """How this service words violations of its model's constraints."""
    regions: tuple[str, ...] = ()
    """Regions a signature may be scoped to beside the server's own (IAM and STS: `us-east-1`)."""
    cross_origin: CrossOrigin[F] | None = None
    """None: pages of other origins have no business with it."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Headers of every answer, errors included: what a browser must know of answers with other people's bytes."""
    says_when_it_waits: bool = False
    """Its reads wait for nothing but what asks `core.waiting` first, and compute nothing long: they may be tried where
    there is no waiting."""
    lasting: Lasting = Lasting(operations=frozenset())
    """Reads that need not be worked out each time."""
    takes_anonymous: bool = False
    """An unsigned request is one of the anonymous caller, on whom resource policies decide (S3). Elsewhere it lacks a
    signature."""


def always(action: str) -> Needs[Any]:
    """The access row of an action without resource-level permissions: `action` on `*`."""

    def needs(_face: object, _call: Call, _params: Params) -> Sequence[Need]:
        return (Need(action=action),)

    return needs


def request_tags(tags: object) -> Context:
    """`aws:RequestTag/…` and `aws:TagKeys` for the tags of a request: a mapping, or a list of `Key` and `Value`.

    Rows run before parameters are validated: what is odd is left out.
    """
    if isinstance(tags, Mapping):
        pairs = {str(key): str(value) for key, value in tags.items()}
    else:
        listed = [tag for tag in tags if isinstance(tag, Mapping)] if isinstance(tags, list) else []
        pairs = {str(tag.get("Key", "")): str(tag.get("Value", "")) for tag in listed}
    return {**{f"aws:RequestTag/{key}": value for key, value in pairs.items()}, **tag_keys(tuple(pairs))}


def tag_keys(keys: Sequence[str]) -> Context:
    """`aws:TagKeys` for the keys that a request names; nothing when it names none."""
    return {"aws:TagKeys": list(keys)} if keys else {}


def nothing_needed(_face: object, _call: Call, _params: Params) -> Sequence[Need]:
    """The access row of sts:GetCallerIdentity, which AWS allows to every authenticated caller."""
    return ()
