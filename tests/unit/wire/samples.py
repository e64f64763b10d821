"""Values made from a model's shapes, requests made by botocore from them."""

import itertools
from datetime import UTC, datetime
from typing import Any
from urllib.parse import urlsplit

from botocore import awsrequest, serialize
from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from telecine.wire.http import HttpRequest, HttpResponse

MOMENT = datetime(2026, 1, 31, 10, 20, 30, tzinfo=UTC)
ENDPOINT = "http://127.0.0.1:7700"

_words = itertools.cycle(["plain", "a <b> & \"c\" 'd'", "é ü 漢", "line\nbreak\ttab", "x=1;y+2%41"])


def sample(shape: Shape, *, is_full: bool) -> Any:
    """A value of `shape`: with every member (`is_full`), or with the required ones alone."""
    if isinstance(shape, StructureShape):
        return {
            name: sample(member, is_full=is_full)
            for name, member in shape.members.items()
            if _belongs(shape, name, member, is_full=is_full)
        }
    if isinstance(shape, ListShape):
        return [sample(shape.member, is_full=is_full) for _ in range(2 if is_full else 1)]
    if isinstance(shape, MapShape):
        # Header names among them: small letters, no spaces.
        return {f"key-{number}": sample(_plain(shape, shape.value), is_full=is_full) for number in range(2)}
    match shape.type_name:
        case "string":
            return shape.enum[0] if shape.enum else _text(shape)
        case "boolean":
            return True
        case "integer" | "long":
            return 7
        case "float" | "double":
            return 1.5
        case "timestamp":
            return MOMENT
        case "blob":
            return b"bytes \x00 and more"
    raise AssertionError(shape.type_name)


def botocore_request(operation: OperationModel, params: dict[str, Any]) -> tuple[HttpRequest, bytes]:
    """What boto3 would send for `params`, unsigned."""
    serializer = serialize.create_serializer(operation.service_model.metadata["protocol"], include_validation=False)
    wanted = serializer.serialize_to_request(params, operation)
    wanted.pop("host_prefix", None)
    awsrequest.prepare_request_dict(wanted, endpoint_url=ENDPOINT)
    return http_request(awsrequest.create_request_object(wanted))


def http_request(request: awsrequest.AWSRequest) -> tuple[HttpRequest, bytes]:
    """botocore's request as ours."""
    prepared = request.prepare()
    url = urlsplit(prepared.url)
    body = prepared.body if prepared.body is not None else b""
    headers = [(name.lower(), _wire(value)) for name, value in prepared.headers.items()]
    if "host" not in dict(headers):
        headers.append(("host", url.netloc))
    request_ = HttpRequest(
        method=prepared.method, raw_path=url.path, raw_query=url.query, headers=tuple(headers), scheme=url.scheme
    )
    return request_, body.encode() if isinstance(body, str) else bytes(body)


def botocore_response(response: HttpResponse) -> dict[str, Any]:
    """Our response as botocore's parsers take it."""
    headers = awsrequest.HeadersDict(response.headers)
    return {"status_code": response.status, "headers": headers, "body": response.body}


def is_event_stream(shape: Shape | None) -> bool:
    """Whether the body of an output is an event stream, which this wire does not write."""
    payload = shape.serialization.get("payload") if shape is not None else None
    return payload is not None and bool(shape.members[payload].serialization.get("eventstream"))


def _wire(value: Any) -> str:
    return value.decode("latin-1") if isinstance(value, bytes) else str(value)


def _belongs(shape: StructureShape, name: str, member: Shape, *, is_full: bool) -> bool:
    if member.serialization.get("streaming") or member.serialization.get("eventstream"):
        return False
    return is_full or name in shape.required_members


def _plain(container: Shape, shape: Shape) -> Shape:
    shape.serialization.setdefault("location", container.serialization.get("location"))
    return shape


def _text(shape: Shape) -> str:
    place = shape.serialization.get("location")
    if shape.serialization.get("hostLabel"):
        return "label"
    if place in {"header", "headers"}:
        return 'tidy, "quoted" text'
    if place == "uri":
        return "a b%41+é~"
    return next(_words)
