"""What each stage of the request path hands to the next: frozen values, each holding what later stages need."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from telecine.core.names import AccessKeyId, RequestId
from telecine.edge.posting import Posted
from telecine.services.contract import Call, Caller, Params, Result, Service
from telecine.wire.compiled import CompiledOperation
from telecine.wire.framing import Framing
from telecine.wire.http import HttpRequest, HttpResponse, Sink
from telecine.wire.identify import Claim
from telecine.wire.routing import Route


@dataclass(frozen=True, kw_only=True, slots=True)
class Facts:
    """What is known of a request so far: all that an error's answer and the audit log may tell of it."""

    request: HttpRequest
    request_id: RequestId
    now: datetime
    """When the request's head had arrived."""
    sent_as: str = ""
    """The method on the wire, where `request` is what it stands for: a form's."""
    service: str = ""
    """The signing name; empty until the request is identified."""
    region: str = ""
    """The region that the signature is scoped to."""
    access_key_id: AccessKeyId | None = None
    """As the client claims it; whether that is true is known once there is a caller."""
    caller: Caller | None = None
    operation: str = ""
    params: Params = field(default_factory=dict, repr=False)
    result: Result = field(default_factory=dict, repr=False)
    """What the operation returned; empty until then, and of uploads."""
    denial: "Denial | None" = None
    """Of a call that went on without some of its parts: why the first of these was not allowed."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Arrived:
    """A request's head, whole."""

    facts: Facts


@dataclass(frozen=True, kw_only=True, slots=True)
class Identified:
    """It is known which service the request is for and who claims to have signed it."""

    facts: Facts
    service: Service[Any]
    claim: Claim | None
    """None for an unsigned request."""
    form: Posted | None = None
    """The form that the request, a PutObject by now, came as."""
    body: bytes | None = field(default=None, repr=False)
    """None while not a byte of it has been received."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Authenticated:
    """The signature is good, and its key is in force; or there is none, and the service takes that."""

    facts: Facts
    service: Service[Any]
    call: Call
    form: Posted | None
    """The form that the request came as."""
    generation: int
    """IAM's generation at that moment: decisions are made on policies at least as new."""
    payload_hash: str | None
    """The SHA-256 of the body in hexadecimal as the client declares and signs it (S3), still to be compared with the
    body; None when the signature was verified over the body itself, or leaves it open."""
    framing: Framing | None
    """How the body comes in chunks of its own (S3); None when it comes as it is."""
    file_size: tuple[int, int | None]
    """The least and the most bytes that the policy of a form allows its file."""
    body: bytes | None = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Routed:
    """It is known which operation is called."""

    facts: Facts
    signed: Authenticated
    route: Route
    body: bytes | None = field(repr=False)

    @property
    def is_stream(self) -> bool:
        """The body is an object: it comes in blocks, and goes to a sink."""
        return self.route.operation in self.signed.service.streams


@dataclass(frozen=True, kw_only=True, slots=True)
class Parsed:
    """The parameters are known by the model's member names; nobody has allowed or checked them yet."""

    facts: Facts
    signed: Authenticated
    operation: CompiledOperation
    params: Params = field(repr=False)
    body: bytes | None = field(repr=False)


@dataclass(frozen=True, kw_only=True, slots=True)
class Authorized:
    """Every policy that has a say agrees."""

    facts: Facts
    parsed: Parsed


@dataclass(frozen=True, kw_only=True, slots=True)
class Validated:
    """The parameters keep every constraint of the model: the operation may run."""

    facts: Facts
    parsed: Parsed


@dataclass(frozen=True, kw_only=True, slots=True)
class Opened:
    """A sink waits for the body."""

    facts: Facts
    operation: CompiledOperation
    payload_hash: str | None
    framing: Framing | None
    sink: Sink


@dataclass(frozen=True, kw_only=True, slots=True)
class Operated:
    """The operation has run."""

    facts: Facts
    operation: CompiledOperation
    result: Result


@dataclass(frozen=True, kw_only=True, slots=True)
class Answered:
    """The answer is ready to be sent."""

    facts: Facts
    response: HttpResponse


@dataclass(frozen=True, kw_only=True, slots=True)
class Denial:
    """Why a request was not allowed; for the audit log alone, a caller sees none of it but the sentence."""

    action: str
    resource: str
    trace: Mapping[str, Any]
    """`policy.trace`: the deciding family, statement ids, near misses."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Paused:
    """How far a request went where it must not wait: from there it goes on where it may."""

    facts: Facts
    at: "Stage"
    rest: "Sequence[Callable[[Any], Stage]]"
    """The stages that are left, from the one on that would have had to wait."""


Stage = (
    Arrived
    | Identified
    | Authenticated
    | Routed
    | Parsed
    | Authorized
    | Validated
    | Opened
    | Operated
    | Answered
    | Paused
)
