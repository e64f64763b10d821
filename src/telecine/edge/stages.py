"""What each stage of the request path hands to the next: frozen values, each holding what later stages need.

They are msgspec's structs and not dataclasses because a request makes two dozen of them: one costs 0.1 µs, a frozen
dataclass 1.4, and to copy it with a change 2.7.
"""

from collections.abc import Callable, Hashable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from msgspec import Struct, field

from telecine.core.names import AccessKeyId, RequestId
from telecine.edge.posting import Posted
from telecine.services.contract import Call, Caller, Params, Result, Service
from telecine.wire.compiled import CompiledOperation
from telecine.wire.framing import Framing
from telecine.wire.http import Again, HttpRequest, HttpResponse, Sink
from telecine.wire.identify import Claim
from telecine.wire.routing import Route


class Untold(Struct, frozen=True):
    """A value that may hold bodies, parameters and secrets: no text, no log and no trace tells more than its name."""

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"


class Question(NamedTuple):
    """What an answer depends on, if it depends on nothing else."""

    state: int
    """Of the database."""
    asked: Hashable
    """What the request says and who sent it."""


class Facts(Untold, frozen=True, kw_only=True):
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
    params: Params = field(default_factory=dict)
    request_parameters: Mapping[str, Any] | None = None
    """What the audit log tells of `params`, where that has been found out before."""
    result: Result = field(default_factory=dict)
    """What the operation returned; empty until then, and of uploads."""
    question: Question | None = None
    """What other requests must share with this one to get the same answer; None: none does."""
    denial: "Denial | None" = None
    """Of a call that went on without some of its parts: why the first of these was not allowed."""


class Arrived(Untold, frozen=True, kw_only=True):
    """A request's head, whole."""

    facts: Facts


class Identified(Untold, frozen=True, kw_only=True):
    """It is known which service the request is for and who claims to have signed it."""

    facts: Facts
    service: Service[Any]
    claim: Claim | None
    """None for an unsigned request."""
    form: Posted | None = None
    """The form that the request, a PutObject by now, came as."""
    body: bytes | None = None
    """None while not a byte of it has been received."""


class Authenticated(Untold, frozen=True, kw_only=True):
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
    body: bytes | None


class Routed(Untold, frozen=True, kw_only=True):
    """It is known which operation is called."""

    facts: Facts
    signed: Authenticated
    route: Route
    body: bytes | None

    @property
    def is_stream(self) -> bool:
        """The body is an object: it comes in blocks, and goes to a sink."""
        return self.route.operation in self.signed.service.streams


class Parsed(Untold, frozen=True, kw_only=True):
    """The parameters are known by the model's member names; nobody has allowed or checked them yet."""

    facts: Facts
    signed: Authenticated
    operation: CompiledOperation
    params: Params
    body: bytes | None


class Authorized(Untold, frozen=True, kw_only=True):
    """Every policy that has a say agrees."""

    facts: Facts
    parsed: Parsed


class Validated(Untold, frozen=True, kw_only=True):
    """The parameters keep every constraint of the model: the operation may run."""

    facts: Facts
    parsed: Parsed


class Opened(Untold, frozen=True, kw_only=True):
    """A sink waits for the body."""

    facts: Facts
    operation: CompiledOperation
    payload_hash: str | None
    framing: Framing | None
    sink: Sink


class Operated(Untold, frozen=True, kw_only=True):
    """The operation has run."""

    facts: Facts
    operation: CompiledOperation
    result: Result


class Answered(Untold, frozen=True, kw_only=True):
    """The answer is ready to be sent."""

    facts: Facts
    response: HttpResponse
    again: Again | None = None
    """How to read the response's body once more."""


class Denial(Untold, frozen=True, kw_only=True):
    """Why a request was not allowed; for the audit log alone, a caller sees none of it but the sentence."""

    action: str
    resource: str
    trace: Mapping[str, Any]
    """`policy.trace`: the deciding family, statement ids, near misses."""


class Paused(Untold, frozen=True, kw_only=True):
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
