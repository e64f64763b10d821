"""Operations, compiled from the models on first use and kept: parse, validate, serialize."""

import threading
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from telecine.wire import models, recurring
from telecine.wire.models import Protocol
from telecine.wire.protocols import rest
from telecine.wire.protocols.codec import Codec, Parse, Serialize
from telecine.wire.protocols.json import JsonOperations
from telecine.wire.protocols.query import QueryOperations
from telecine.wire.protocols.rest_json import RestJsonOperations
from telecine.wire.protocols.rest_xml import RestXmlOperations
from telecine.wire.validate import Check, ShapeChecks, Violation

MAX_TOLD = 50
"""So many broken constraints are told; nobody reads more at a time."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CompiledOperation:
    """One operation of one service."""

    service: str
    """The signing name."""
    name: str
    protocol: Protocol
    streams_in: bool
    """The body comes in blocks (PutObject, UploadPart): `parse` leaves that member out."""
    streams_out: bool
    """The body goes in blocks (GetObject): that member of the result may be a `Source`."""
    parse: Parse
    """`parse(request, route, body)`: the parameters by the model's member names; absent members are absent. Raises
    `ApiError`: a body that cannot be read, a parameter of the wrong type (`validate.IllTyped`)."""
    serialize: Serialize
    """`serialize(result, request_id=…)`: the answer. `None` members of the result are absent."""
    _check: Check | None

    def violations(self, params: Mapping[str, Any]) -> list[Violation]:
        """The constraints of the model that `params` breaks: missing members first, then in the caller's order.

        At most `MAX_TOLD`: a body may break some constraint a hundred thousand times.
        """
        return ((self._check(params) if self._check is not None else None) or [])[:MAX_TOLD]


_compiling = threading.Lock()
_operations: dict[tuple[str, str], CompiledOperation] = {}


class _Service:
    """What the operations of one service share: the shapes that are compiled already."""

    def __init__(self, service: str) -> None:
        self.codecs = _PROTOCOLS[models.protocol(service)](service)
        self.checks = ShapeChecks(recurring.of(service), whole_patterns=models.TRAITS[service].whole_patterns)


_services: dict[str, _Service] = {}
_PROTOCOLS: Mapping[Protocol, Callable[[str], Any]] = {
    Protocol.QUERY: QueryOperations,
    Protocol.JSON: JsonOperations,
    Protocol.REST_JSON: RestJsonOperations,
    Protocol.REST_XML: RestXmlOperations,
}


def operation(service: str, name: str) -> CompiledOperation:
    """The operation `name` of `service`, compiled on first use (up to 60 ms, for MediaConvert's settings).

    Raises `KeyError` for a service that is not ours, botocore's `OperationNotFoundError` for an unknown operation.
    """
    found = _operations.get((service, name))
    if found is None:
        with _compiling:
            found = _operations.get((service, name)) or _compile(service, name)
            _operations[service, name] = found
    return found


def _compile(service: str, name: str) -> CompiledOperation:
    model = models.operation_model(service, name)
    if service not in _services:
        _services[service] = _Service(service)
    shared = _services[service]
    codec: Codec = shared.codecs.codec(model)
    return CompiledOperation(
        service=service,
        name=name,
        protocol=models.protocol(service),
        streams_in=rest.streams(model.input_shape),
        streams_out=rest.streams(model.output_shape),
        parse=codec.parse,
        serialize=codec.serialize,
        _check=shared.checks.compile(model.input_shape) if model.input_shape is not None else None,
    )
