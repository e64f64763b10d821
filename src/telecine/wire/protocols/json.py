"""The json protocol (KMS): a JSON object in, a JSON object out, the operation in `X-Amz-Target`."""

from collections.abc import Mapping
from typing import Any

from botocore.model import OperationModel

from telecine.wire import models, recurring
from telecine.wire.errors import Common, common, request_id_headers
from telecine.wire.http import HttpRequest, HttpResponse
from telecine.wire.models import Protocol
from telecine.wire.protocols import json_shapes
from telecine.wire.protocols.codec import Codec, Parse, Serialize, WrongType
from telecine.wire.protocols.json_shapes import JsonShapes
from telecine.wire.routing import Route


class JsonOperations:
    """Compiles the operations of one json service."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._content_type = f"application/x-amz-json-{models.service_model(service).metadata['jsonVersion']}"
        self._shapes = JsonShapes(recurring.of(service))

    def codec(self, operation: OperationModel) -> Codec:
        """The operation's parse and serialize."""
        return Codec(parse=self._parse(operation), serialize=self._serialize(operation))

    def _parse(self, operation: OperationModel) -> Parse:
        service = self._service
        code = common(Common.BAD_REQUEST, service, message="").code
        read = self._shapes.reader(operation.input_shape) if operation.input_shape is not None else None

        def parse(_request: HttpRequest, _route: Route, body: bytes) -> dict[str, Any]:
            value = decoded(service, body)
            try:
                params: dict[str, Any] = read(value) if read is not None else {}
            except WrongType as wrong:
                raise wrong.told(code) from wrong
            return params

        return parse

    def _serialize(self, operation: OperationModel) -> Serialize:
        content_type, output = self._content_type, operation.output_shape
        write = self._shapes.body_writer(output, output.members) if output is not None else None

        def serialize(result: Mapping[str, Any], *, request_id: str) -> HttpResponse:
            body = encoded(write(result)) if write is not None else b""
            headers = (
                *request_id_headers(Protocol.JSON, request_id),
                ("Content-Type", content_type),
                ("Content-Length", str(len(body))),
            )
            return HttpResponse(status=200, headers=headers, body=body)

        return serialize


def decoded(service: str, body: bytes) -> Any:
    """The JSON value of a body; an empty body is an empty object. Raises the service's own error."""
    if not body:
        return {}
    try:
        return json_shapes.decode(body)
    except json_shapes.TooDeep as error:
        raise common(Common.TOO_DEEP, service, limit=json_shapes.MAX_DEPTH) from error
    except json_shapes.MalformedJson as error:
        raise common(Common.BAD_REQUEST, service, message="The body is not valid JSON.") from error


def encoded(value: Any) -> bytes:
    """A JSON body."""
    return json_shapes.encode(value)
