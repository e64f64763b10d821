"""The rest-json protocol (MediaConvert, API Gateway): JSON objects as bodies."""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import OperationModel, Shape, StructureShape

from telecine.wire import recurring
from telecine.wire.errors import Common, common
from telecine.wire.protocols import rest
from telecine.wire.protocols.codec import Codec, WrongType
from telecine.wire.protocols.json import decoded, encoded
from telecine.wire.protocols.json_shapes import JsonShapes
from telecine.wire.validate import IllTyped


class RestJsonOperations:
    """Compiles the operations of one rest-json service."""

    content_type = "application/json"
    empty = b"{}"

    def __init__(self, service: str) -> None:
        self._service = service
        self._code = common(Common.BAD_REQUEST, service, message="").code
        self._shapes = JsonShapes(recurring.of(service))

    def codec(self, operation: OperationModel) -> Codec:
        """The operation's parse and serialize."""
        return rest.codec(self._service, operation, self)

    def whole_reader(self, shape: StructureShape, members: Mapping[str, Shape]) -> Callable[[bytes], Any]:
        read, service = self._shapes.body_reader(shape, members), self._service
        return lambda body: read(decoded(service, body))

    def payload_reader(self, shape: Shape) -> Callable[[bytes], Any]:
        read, service = self._shapes.reader(shape), self._service
        return lambda body: read(decoded(service, body))

    def whole_writer(self, shape: StructureShape, members: Mapping[str, Shape]) -> Callable[[Any], bytes]:
        write = self._shapes.body_writer(shape, members)
        return lambda value: encoded(write(value))

    def payload_writer(self, shape: Shape) -> Callable[[Any], bytes]:
        write = self._shapes.writer(shape)
        return encoded if write is None else lambda value: encoded(write(value))

    def wrong_type(self, wrong: WrongType, *, is_in_body: bool) -> IllTyped:
        return wrong.told(self._code)
