"""Errors on the wire: how each protocol writes them, and the errors that no service owns.

`Common` names what can go wrong before a service is reached (authentication, routing, bodies); the table `words.WORDS`
says what AWS calls it.
"""

import base64
import json
from collections.abc import Callable, Mapping

from telecine.core.errors import ApiError, TelecineError
from telecine.wire import models
from telecine.wire.http import Headers, HttpResponse
from telecine.wire.markup import element, escape, legible
from telecine.wire.models import Protocol
from telecine.wire.words import FIELDS, WORDS, Common

__all__ = ["BODYLESS", "Common", "Refused", "common", "request_id_headers", "serialize"]


class Refused(TelecineError):
    """A request that cannot be attributed or accepted, with the service in whose protocol to say so."""

    def __init__(self, service: str, error: ApiError) -> None:
        super().__init__(f"{service}: {error}")
        self.service = service
        self.error = error


def common(kind: Common, service: str, **facts: object) -> ApiError:
    """The error `kind` as `service` words it; `facts` fill in what its message shows.

    Facts that the message does not need are welcome; one that it needs and does not get is a `KeyError`.
    """
    place = (kind, models.protocol(service))
    code, status, text = WORDS[place]
    fields = {name: str(facts[fact]) for name, fact in FIELDS.get(place, {}).items() if fact in facts}
    return ApiError(code, text.format_map(facts), status=status, fields=fields)


def serialize(
    service: str, error: ApiError, *, request_id: str, method: str = "GET", resource: str = ""
) -> HttpResponse:
    """The answer that tells a caller of `service` about `error`; without a body for HEAD and 304."""
    protocol = models.protocol(service)
    headers, body = _WRITERS[protocol](service, error, request_id, resource)
    if method == "HEAD" or error.status in BODYLESS:
        body = b""
        headers = tuple(pair for pair in headers if pair[0] != "Content-Type")
    length = () if error.status in BODYLESS else (("Content-Length", str(len(body))),)
    return HttpResponse(
        status=error.status,
        headers=(*request_id_headers(protocol, request_id), *headers, *error.headers.items(), *length),
        body=body,
    )


BODYLESS = frozenset({204, 304})
"""Statuses whose answers have neither body nor Content-Length."""


def request_id_headers(protocol: Protocol, request_id: str) -> Headers:
    """The headers in which clients look for the request id."""
    if protocol is Protocol.REST_XML:
        return (("x-amz-request-id", request_id), ("x-amz-id-2", _host_id(request_id)))
    return (("x-amzn-RequestId", request_id),)


def _host_id(request_id: str) -> str:
    # S3's second id names a host inside AWS; there is one host here, so it says the same in another form.
    return base64.b64encode(request_id.encode()).decode()


def _query(service: str, error: ApiError, request_id: str, _resource: str) -> tuple[Headers, bytes]:
    namespace = models.service_model(service).metadata["xmlNamespace"]
    kind = "Sender" if error.is_sender_fault else "Receiver"
    text = (
        f'<ErrorResponse xmlns="{namespace}"><Error><Type>{kind}</Type><Code>{escape(error.code)}</Code>'
        f"<Message>{escape(legible(error.message))}</Message>{_fields(error)}</Error>"
        f"<RequestId>{escape(request_id)}</RequestId></ErrorResponse>"
    )
    return (("Content-Type", "text/xml"),), text.encode()


def _rest_xml(_service: str, error: ApiError, request_id: str, resource: str) -> tuple[Headers, bytes]:
    text = (
        f'<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>{escape(error.code)}</Code>'
        f"<Message>{escape(legible(error.message))}</Message>{_fields(error)}<Resource>{escape(resource)}</Resource>"
        f"<RequestId>{escape(request_id)}</RequestId><HostId>{_host_id(request_id)}</HostId></Error>"
    )
    return (("Content-Type", "application/xml"),), text.encode()


def _json(_service: str, error: ApiError, _request_id: str, _resource: str) -> tuple[Headers, bytes]:
    body = {"__type": error.code, "message": error.message, **error.fields}
    return (("Content-Type", "application/x-amz-json-1.1"),), json.dumps(body).encode()


def _rest_json(_service: str, error: ApiError, _request_id: str, _resource: str) -> tuple[Headers, bytes]:
    body = {"message": error.message, **error.fields}
    headers = (("Content-Type", "application/json"), ("x-amzn-ErrorType", error.code))
    return headers, json.dumps(body).encode()


def _fields(error: ApiError) -> str:
    return "".join(element(name, legible(value)) for name, value in error.fields.items())


_WRITERS: Mapping[Protocol, Callable[[str, ApiError, str, str], tuple[Headers, bytes]]] = {
    Protocol.QUERY: _query,
    Protocol.JSON: _json,
    Protocol.REST_JSON: _rest_json,
    Protocol.REST_XML: _rest_xml,
}
