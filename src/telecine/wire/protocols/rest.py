"""What both REST protocols share: where members travel, statuses, streams. Bodies are theirs (`Bodies`)."""

from collections.abc import Callable, Mapping
from typing import Any, Protocol

from botocore.model import OperationModel, Shape, StructureShape

from telecine.wire import models
from telecine.wire.errors import BODYLESS, request_id_headers
from telecine.wire.http import HttpRequest, HttpResponse
from telecine.wire.protocols.codec import Codec, Parse, Serialize, UnknownMember, WrongType
from telecine.wire.protocols.places import RequestPlaces, ResponsePlaces
from telecine.wire.routing import Route
from telecine.wire.validate import IllTyped

ReadBody = Callable[[bytes], dict[str, Any]]
WriteBody = Callable[[Mapping[str, Any]], tuple[bytes, str]]
"""From a result to the body and its content type; no type where there is no body."""


class Bodies(Protocol):
    """How a REST protocol reads and writes bodies. Readers raise `WrongType` or the service's `ApiError`."""

    content_type: str
    empty: bytes
    """The body of an output that has no members in the body."""

    def whole_reader(self, shape: StructureShape, members: Mapping[str, Shape]) -> Callable[[bytes], Any]:
        """A function from the body to those `members` of the input that travel in it."""
        ...

    def payload_reader(self, shape: Shape) -> Callable[[bytes], Any]:
        """A function from the body to the one member that it is."""
        ...

    def whole_writer(self, shape: StructureShape, members: Mapping[str, Shape]) -> Callable[[Any], bytes]:
        """The opposite of `whole_reader`."""
        ...

    def payload_writer(self, shape: Shape) -> Callable[[Any], bytes]:
        """The opposite of `payload_reader`."""
        ...

    def wrong_type(self, wrong: WrongType, *, is_in_body: bool) -> IllTyped:
        """The service's own error."""
        ...


BINARY = "binary/octet-stream"
"""The type of a body of which nothing else is known."""


def codec(service: str, operation: OperationModel, bodies: Bodies) -> Codec:
    """An operation of a REST service."""
    return Codec(parse=_parse(operation, bodies), serialize=_serialize(service, operation, bodies))


def streams(shape: Shape | None) -> bool:
    """Whether an input or output has a body that comes or goes in blocks."""
    if shape is None or "payload" not in shape.serialization:
        return False
    return bool(shape.members[shape.serialization["payload"]].serialization.get("streaming"))


def _parse(operation: OperationModel, bodies: Bodies) -> Parse:
    shape = operation.input_shape
    if shape is None:
        return lambda _request, _route, _body: {}
    places = RequestPlaces(shape, operation.http["requestUri"])
    read_body = _body_reader(shape, bodies)

    def parse(request: HttpRequest, route: Route, body: bytes) -> dict[str, Any]:
        params: dict[str, Any] = {}
        try:
            places.read(params, request, route)
        except WrongType as wrong:
            raise bodies.wrong_type(wrong, is_in_body=False) from wrong
        if body and read_body is not None:
            try:
                params |= read_body(body)
            except WrongType as wrong:
                raise bodies.wrong_type(wrong, is_in_body=True) from wrong
        return params

    return parse


def _body_reader(shape: StructureShape, bodies: Bodies) -> ReadBody | None:
    payload = shape.serialization.get("payload")
    if payload is None:
        inside = _inside(shape)
        return bodies.whole_reader(shape, inside) if inside else None
    member = shape.members[payload]
    if member.serialization.get("streaming"):
        return None  # its blocks go to a sink
    if member.type_name == "blob":
        return lambda body: {payload: body}
    read = _text_reader(member) if member.type_name == "string" else bodies.payload_reader(member)
    return lambda body: {payload: read(body)}


def _text_reader(shape: Shape) -> Callable[[bytes], str]:
    def read(body: bytes) -> str:
        try:
            return body.decode("utf-8")
        except UnicodeDecodeError as error:
            raise WrongType(shape, "") from error

    return read


_PARTIAL_CONTENT = 206


def _inside(shape: StructureShape) -> dict[str, Shape]:
    return {name: member for name, member in shape.members.items() if "location" not in member.serialization}


def _serialize(service: str, operation: OperationModel, bodies: Bodies) -> Serialize:
    protocol, status = models.protocol(service), operation.http.get("responseCode", 200)
    is_bodyless = operation.http["method"] == "HEAD" or status in BODYLESS
    shape = operation.output_shape
    if shape is None:
        length = () if status in BODYLESS else (("Content-Length", "0"),)

        def serialize_nothing(result: Mapping[str, Any], *, request_id: str) -> HttpResponse:
            if result:
                raise UnknownMember(operation, next(iter(result)))
            return HttpResponse(status=status, headers=(*request_id_headers(protocol, request_id), *length))

        return serialize_nothing
    places = ResponsePlaces(shape)
    status_member = next((n for n, m in shape.members.items() if m.serialization.get("location") == "statusCode"), None)
    stream = shape.serialization["payload"] if streams(shape) else None
    write_body = _no_body if is_bodyless else _body_writer(shape, bodies, places.names)

    def serialize(result: Mapping[str, Any], *, request_id: str) -> HttpResponse:
        headers = [*request_id_headers(protocol, request_id), *places.write(result)]
        source = result.get(stream) if stream is not None else None
        if source is not None and not isinstance(source, bytes):
            body, content_type, length = b"", BINARY, source.length
        else:
            body, content_type = write_body(result)
            source, length = None, len(body)
        given = {name.lower() for name, _ in headers}
        if content_type and "content-type" not in given:
            headers.append(("Content-Type", content_type))
        # HEAD tells the length of what GET would send; everywhere else the body's own length counts.
        if not is_bodyless:
            headers = [pair for pair in headers if pair[0].lower() != "content-length"]
            headers.append(("Content-Length", str(length)))
        code = result.get(status_member) if status_member is not None else None
        # A part of a representation is 206, and has to say which part (RFC 9110, 15.3.7); models only know 200.
        if code is None and "content-range" in given:
            code = _PARTIAL_CONTENT
        return HttpResponse(status=code or status, headers=tuple(headers), body=body, source=source)

    return serialize


def _no_body(_result: Mapping[str, Any]) -> tuple[bytes, str]:
    return b"", ""


def _body_writer(shape: StructureShape, bodies: Bodies, outside: frozenset[str]) -> WriteBody:
    payload = shape.serialization.get("payload")
    if payload is not None:
        return _payload_writer(shape, payload, bodies)
    inside = _inside(shape)
    if not inside:
        return lambda _result: (bodies.empty, bodies.content_type if bodies.empty else "")
    write = bodies.whole_writer(shape, inside)

    def write_whole(result: Mapping[str, Any]) -> tuple[bytes, str]:
        return write({name: value for name, value in result.items() if name not in outside}), bodies.content_type

    return write_whole


def _payload_writer(shape: StructureShape, payload: str, bodies: Bodies) -> WriteBody:
    member = shape.members[payload]
    if member.type_name in {"blob", "string"}:

        def write_raw(result: Mapping[str, Any]) -> tuple[bytes, str]:
            value = result.get(payload) or b""
            # The one payload of text that the models have is a bucket policy.
            return (value.encode(), "application/json") if isinstance(value, str) else (value, BINARY)

        return write_raw
    write = bodies.payload_writer(member)

    def write_payload(result: Mapping[str, Any]) -> tuple[bytes, str]:
        value = result.get(payload)
        return (write(value), bodies.content_type) if value is not None else (b"", "")

    return write_payload
