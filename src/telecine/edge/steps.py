"""The stages of the request path that need nothing but what they are given."""

import contextlib
import hashlib
from collections.abc import Sequence

from msgspec.structs import replace

from telecine.core.errors import ApiError, TelecineError
from telecine.edge import limits
from telecine.edge.incoming import check_checksums, check_md5, hash_mismatch
from telecine.edge.stages import (
    Answered,
    Authenticated,
    Authorized,
    Identified,
    Opened,
    Operated,
    Parsed,
    Routed,
    Validated,
)
from telecine.services.contract import Result
from telecine.wire import compiled, models, routing
from telecine.wire.errors import Common, common, request_id_headers
from telecine.wire.http import HttpResponse
from telecine.wire.validate import IllTyped


class ShortSource(TelecineError):
    """A body ended before its length: nobody is told that this was all of it."""


def preflight(identified: Identified, *, base_domains: Sequence[str]) -> Answered:
    """The answer to a browser that asks whether a page of another origin may send a request: it brings no signature."""
    service, facts = identified.service, identified.facts
    assert service.cross_origin is not None
    facts = replace(facts, operation="Preflight")
    path = routing.path_style(facts.request, base_domains)
    headers = service.cross_origin.preflight(service.face, facts.request, path)
    ids = request_id_headers(models.protocol(service.name), facts.request_id)
    return Answered(facts=facts, response=HttpResponse(status=200, headers=(*ids, *headers.items())))


def route(signed: Authenticated, *, base_domains: Sequence[str]) -> Routed:
    """Which operation of the service is called."""
    found = routing.route(signed.service.name, signed.facts.request, signed.body, base_domains=base_domains)
    facts = replace(signed.facts, operation=found.operation)
    return Routed(facts=facts, signed=signed, route=found, body=signed.body)


def admit(routed: Routed) -> Routed:
    """The same, when this release has the operation; else an error that names it."""
    service, operation = routed.signed.service, routed.route.operation
    if operation not in service.operations and operation not in service.streams:
        raise common(Common.NOT_IMPLEMENTED, service.name, operation=operation)
    return routed


def check_body(routed: Routed) -> Routed:
    """The same, when the body is not longer than it may be and is the one that was signed."""
    body = routed.body or b""
    if routed.signed.framing is not None:
        if routed.is_stream:  # it has no body at all, not so much as the end of its chunks
            raise ApiError("IncompleteBody", "The request body terminated unexpectedly")
        raise common(
            Common.NOT_IMPLEMENTED, routed.facts.service, operation=f"{routed.route.operation} with a body in chunks"
        )
    if len(body) > limits.of(routed.facts.service, routed.facts.operation):
        raise common(Common.BODY_TOO_LARGE, routed.facts.service)
    signed_hash = routed.signed.payload_hash
    if signed_hash is not None:
        computed = hashlib.sha256(body).hexdigest()
        if computed != signed_hash:
            raise hash_mismatch(signed_hash, computed)
    if not routed.is_stream:
        request, operation = routed.facts.request, routed.route.operation
        check_md5(request.header("content-md5"), body)
        if models.checksums_body(routed.facts.service, operation):
            check_checksums(request, body, is_required=operation in routed.signed.service.digested)
    return routed


def parse(routed: Routed) -> Parsed:
    """The parameters, by the model's member names. For an upload all but its body."""
    operation = compiled.operation(routed.signed.service.name, routed.route.operation)
    try:
        params = operation.parse(routed.facts.request, routed.route, routed.body or b"")
    except IllTyped as error:
        raise routed.signed.service.invalid(error.violations) from error
    if routed.is_stream and routed.signed.framing is not None:
        params["ContentLength"] = routed.signed.framing.length  # of the object; the header's is of the framed body
    return Parsed(
        facts=replace(routed.facts, params=params),
        signed=routed.signed,
        operation=operation,
        params=params,
        body=routed.body,
    )


def validate(authorized: Authorized) -> Validated:
    """The same, when the parameters keep every constraint of the model; else the service's own words for it."""
    parsed = authorized.parsed
    violations = parsed.operation.violations(parsed.params)
    if violations:
        raise parsed.signed.service.invalid(violations)
    return Validated(facts=authorized.facts, parsed=parsed)


def operate(validated: Validated) -> Operated:
    """What the operation returns. An upload whose body is there already goes through its sink in one piece."""
    parsed = validated.parsed
    service = parsed.signed.service
    if parsed.operation.name in service.streams:
        opened = open_sink(validated)
        try:
            opened.sink.write(parsed.body or b"")
        except BaseException:
            opened.sink.abort()
            raise
        result: Result = opened.sink.finish({})
    else:
        result = service.operations[parsed.operation.name](service.face, parsed.signed.call, parsed.params)
    return Operated(facts=replace(validated.facts, result=result), operation=parsed.operation, result=result)


def open_sink(validated: Validated) -> Opened:
    """The sink that takes an upload's body."""
    parsed = validated.parsed
    service = parsed.signed.service
    return Opened(
        facts=validated.facts,
        operation=parsed.operation,
        payload_hash=parsed.signed.payload_hash,
        framing=parsed.signed.framing,
        sink=service.streams[parsed.operation.name](service.face, parsed.signed.call, parsed.params),
    )


def serialize_result(operated: Operated) -> Answered:
    """The answer, in the service's protocol. A short body is read here, and is no stream any more."""
    response, again = operated.operation.serialize(operated.result, request_id=operated.facts.request_id), None
    if response.source is not None and response.source.length <= limits.SHORT_BYTES:
        with contextlib.closing(response.source) as source:
            body = b"".join(iter(source.read, b""))
            if len(body) != source.length:
                raise ShortSource(f"A body of {source.length} bytes ended after {len(body)}.")
            response, again = replace(response, body=body, source=None), source.again()
    return Answered(facts=operated.facts, response=response, again=again)
