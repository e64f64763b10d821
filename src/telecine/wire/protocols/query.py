"""The query protocol (IAM, STS): forms in, XML out.

A form's flat names (`Tags.member.1.Key`) are unflattened once into a tree, which the shapes then read.
"""

from collections.abc import Callable, Mapping
from typing import Any

from botocore.model import ListShape, MapShape, OperationModel, Shape, StructureShape

from telecine.wire import models
from telecine.wire.errors import Common, common, request_id_headers
from telecine.wire.http import HttpRequest, HttpResponse
from telecine.wire.markup import element
from telecine.wire.models import Protocol
from telecine.wire.protocols import scalars
from telecine.wire.protocols.codec import Codec, Parse, Serialize, WrongType
from telecine.wire.protocols.xml_shapes import XmlShapes
from telecine.wire.routing import Route
from telecine.wire.validate import small

MAX_STEPS = 32
"""How many steps a field's name may have. No model goes deeper than 12."""

Read = Callable[[Any], Any]


class QueryOperations:
    """Compiles the operations of one query service."""

    def __init__(self, service: str) -> None:
        self._service = service
        self._namespace = models.service_model(service).metadata["xmlNamespace"]
        self._xml = XmlShapes(moments="iso8601")

    def codec(self, operation: OperationModel) -> Codec:
        """The operation's parse and serialize."""
        return Codec(parse=self._parse(operation), serialize=self._serialize(operation))

    def _parse(self, operation: OperationModel) -> Parse:
        service = self._service
        code = common(Common.BAD_REQUEST, service, message="").code
        read = _structure_reader(operation.input_shape) if operation.input_shape is not None else None

        def parse(_request: HttpRequest, route: Route, _body: bytes) -> dict[str, Any]:
            if read is None:
                return {}
            try:
                params: dict[str, Any] = read(_unflatten(service, route.fields))
            except WrongType as wrong:
                raise wrong.told(code) from wrong
            return params

        return parse

    def _serialize(self, operation: OperationModel) -> Serialize:
        name, output = operation.name, operation.output_shape
        head = f'<{name}Response xmlns="{self._namespace}">'
        tail = f"</{name}Response>"
        content = self._xml.content_writer(output, output.members) if output is not None else None
        wrapper = output.serialization.get("resultWrapper", f"{name}Result") if output is not None else None

        def serialize(result: Mapping[str, Any], *, request_id: str) -> HttpResponse:
            inner = f"<{wrapper}>{content(result)}</{wrapper}>" if content is not None else ""
            metadata = f"<ResponseMetadata>{element('RequestId', request_id)}</ResponseMetadata>"
            body = f"{head}{inner}{metadata}{tail}".encode()
            headers = (
                *request_id_headers(Protocol.QUERY, request_id),
                ("Content-Type", "text/xml"),
                ("Content-Length", str(len(body))),
            )
            return HttpResponse(status=200, headers=headers, body=body)

        return serialize


def _unflatten(service: str, fields: Mapping[str, str]) -> dict[str, Any]:
    """`{"Tags.member.1.Key": "a"}` as `{"Tags": {"member": {"1": {"Key": "a"}}}}`."""
    root: dict[str, Any] = {}
    for name, value in fields.items():
        if "." not in name:
            # A list given both as empty (`Tags=`) and with items has the items.
            root.setdefault(name, value)
            continue
        *steps, last = name.split(".")
        if len(steps) >= MAX_STEPS:
            raise common(Common.TOO_DEEP, service, limit=MAX_STEPS)
        node = root
        for step in steps:
            below = node.get(step)
            if type(below) is not dict:
                below = node[step] = {}
            node = below
        node.setdefault(last, value)
    return root


def _reader(shape: Shape) -> Read:
    if isinstance(shape, StructureShape):
        return _structure_reader(shape)
    if isinstance(shape, ListShape):
        return _list_reader(shape)
    if isinstance(shape, MapShape):
        return _map_reader(shape)
    read_text = scalars.text_reader(shape, moments="iso8601")

    def read_scalar(node: Any) -> Any:
        if type(node) is not str:
            raise WrongType(shape, "")
        return read_text(node)

    return read_scalar


def _structure_reader(shape: StructureShape) -> Read:
    table = {member.serialization.get("name", name): (name, _reader(member)) for name, member in shape.members.items()}

    def read_structure(node: Any) -> dict[str, Any]:
        if type(node) is not dict:
            raise WrongType(shape, node)
        out: dict[str, Any] = {}
        for key, below in node.items():
            entry = table.get(key)
            if entry is not None:
                try:
                    out[entry[0]] = entry[1](below)
                except WrongType as wrong:
                    raise wrong.under(small(key))  # noqa: B904 - the same error, one step further up
        return out

    return read_structure


def _list_reader(shape: ListShape) -> Read:
    read = _reader(shape.member)
    item_name = shape.member.serialization.get("name", "member")

    def read_list(node: Any) -> list[Any]:
        out: list[Any] = []
        for below in _numbered(shape, node, item_name):
            try:
                out.append(read(below))
            except WrongType as wrong:
                raise wrong.under(len(out))  # noqa: B904
        return out

    return read_list


def _map_reader(shape: MapShape) -> Read:
    key_name = shape.key.serialization.get("name", "key")
    value_name = shape.value.serialization.get("name", "value")
    read_key, read_value = _reader(shape.key), _reader(shape.value)

    def read_map(node: Any) -> dict[str, Any]:
        out: dict[str, Any] = {}
        for entry in _numbered(shape, node, "entry"):
            if type(entry) is not dict or key_name not in entry or value_name not in entry:
                raise WrongType(shape, "")
            out[read_key(entry[key_name])] = read_value(entry[value_name])
        return out

    return read_map


def _numbered(shape: Shape, node: Any, item_name: str) -> list[Any]:
    """The items below `node` in the order of their numbers (10 after 9); `Tags=` is an empty list."""
    if node == "":
        return []
    items = node.get(item_name) if type(node) is dict else None
    if type(items) is not dict or not all(key.isascii() and key.isdigit() and len(key) < 10 for key in items):
        raise WrongType(shape, node if type(node) is str else "")
    return [items[key] for key in sorted(items, key=int)]
