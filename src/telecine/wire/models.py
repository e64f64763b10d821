"""AWS's own service models, read from botocore: the only place that loads them.

A model is data: operations, shapes, constraints, error shapes. What the models do not say of a service (how its
signatures treat paths and bodies, how its patterns are meant) stands here as `Traits`, so that no other module asks
which service it has before it.
"""

import re
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import lru_cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from botocore.loaders import Loader
from botocore.model import OperationModel, ServiceModel, Shape

SERVICES: tuple[str, ...] = ("apigateway", "iam", "kms", "mediaconvert", "s3", "sts")
"""AWS's services that are spoken here, by signing name; in botocore their models have the same names."""

OWN = "telecine"
"""The signing name of our own operations, whose model stands beside this file in botocore's form."""

OWN_PATHS = "/_/"
"""Where they live: no bucket can be called `_`."""

_OWN_MODELS = Path(__file__).parent / "own"


class Protocol(StrEnum):
    """The four protocols, named as the models name them."""

    QUERY = "query"
    JSON = "json"
    REST_JSON = "rest-json"
    REST_XML = "rest-xml"


@dataclass(frozen=True, kw_only=True, slots=True)
class Traits:
    """What the model of a service does not say."""

    protocol: Protocol
    version: str
    """The API version: a date, and the folder of the model."""
    signs_declared_hash: bool = False
    """S3: the path is signed as sent, and the signature covers the hash that `x-amz-content-sha256` declares.
    Everywhere else the path is normalised and encoded again, and the body itself is hashed."""
    whole_patterns: bool = True
    """A pattern must match the whole value, as AWS's own Java services have it (IAM refuses a role name with one bad
    character by `[\\w+=,.@-]+`). MediaConvert validates by JSON Schema instead, where a pattern is searched for."""
    has_host_buckets: bool = False
    """S3: the first label of the path may come as the first part of the Host header, and the rest is taken as it is."""
    recurring: frozenset[str] = frozenset()
    """Shapes of structures that clients send over and over, unchanged: what was made of one is remembered."""
    private: tuple[bytes, ...] = ()
    """What the JSON of such a structure has in it when it may hold a secret: then it is forgotten with its request."""


TRAITS: Mapping[str, Traits] = MappingProxyType(
    {
        "apigateway": Traits(protocol=Protocol.REST_JSON, version="2015-07-09"),
        "iam": Traits(protocol=Protocol.QUERY, version="2010-05-08"),
        "kms": Traits(protocol=Protocol.JSON, version="2014-11-01"),
        "mediaconvert": Traits(
            protocol=Protocol.REST_JSON,
            version="2017-08-29",
            whole_patterns=False,
            recurring=frozenset({"Output"}),
            # Of all that an output can have: a licence of Nexguard's, and addresses, which may carry a signature.
            private=(b'"partnerWatermarking"', b"://"),
        ),
        "s3": Traits(protocol=Protocol.REST_XML, version="2006-03-01", signs_declared_hash=True, has_host_buckets=True),
        "sts": Traits(protocol=Protocol.QUERY, version="2011-06-15"),
        OWN: Traits(protocol=Protocol.REST_JSON, version="2026-11-01"),
    }
)

_loading = threading.RLock()
_models: dict[str, ServiceModel] = {}


def protocol(service: str) -> Protocol:
    """The protocol that `service` speaks. Raises `KeyError` for a service that is not ours."""
    return TRAITS[service].protocol


def operations(service: str) -> tuple[str, ...]:
    """Every operation of the service's model, in the model's order."""
    return tuple(service_model(service).operation_names)


@lru_cache(maxsize=1024)
def documented_errors(service: str, operation: str) -> Mapping[str, int]:
    """The error codes that the model names for `operation`, as on the wire, each with its HTTP status.

    Query services name the code and the status in the shape; elsewhere the code is the shape's name. Where the model
    gives no status, a fault is 500 and everything else 400.
    """
    found: dict[str, int] = {}
    for shape in operation_model(service, operation).error_shapes:
        declared = shape.metadata.get("error", {})
        default = 500 if shape.metadata.get("fault") else 400
        found[declared.get("code", shape.name)] = declared.get("httpStatusCode", default)
    return MappingProxyType(found)


@lru_cache(maxsize=1024)
def checksums_body(service: str, operation: str) -> bool:
    """Whether `x-amz-checksum-…` headers of a request are about its body; else they are parameters like others."""
    return "requestAlgorithmMember" in operation_model(service, operation).http_checksum


def service_model(service: str) -> ServiceModel:
    """The model, loaded on first use (1 to 80 ms) and kept."""
    model = _models.get(service)
    if model is None:
        with _loading:
            model = _models.get(service) or _load(service)
            _models[service] = model
    return model


def operation_model(service: str, operation: str) -> OperationModel:
    """One operation of the model. botocore resolves shapes lazily into plain dicts, hence the lock."""
    with _loading:
        return service_model(service).operation_model(operation)


def members(shape: Shape | None) -> Mapping[str, Shape]:
    """The members of a structure by name; nothing for an operation without input or output."""
    return shape.members if shape is not None else {}


def _load(service: str) -> ServiceModel:
    # Models come from the packages alone: botocore would look into ~/.aws/models first.
    folder = str(_OWN_MODELS) if service == OWN else Loader.BUILTIN_DATA_PATH
    loader = Loader(extra_search_paths=[folder], include_default_search_paths=False)
    description = loader.load_service_model(service, "service-2", TRAITS[service].version)
    for name, shape in description["shapes"].items():
        if shape["type"] in _NUMBERS:
            shape.update(_named_range(name) | shape)
    return ServiceModel(description, service)


_NUMBERS = frozenset({"integer", "long", "float", "double"})
_RANGE = re.compile(r"__[a-z]+(?:Min(Negative)?([0-9]+))?(?:Max(Negative)?([0-9]+))?")


def _named_range(name: str) -> dict[str, Any]:
    """`min` and `max` of a number as its shape's name states them: -59 and 0 for `__doubleMinNegative59Max0`.

    MediaConvert's shapes are named after their ranges. Its integers carry them as traits as well, its doubles in the
    name alone, and yet the service keeps them (`targetLkfs: Should be less than or equal to 0`).
    """
    found = _RANGE.fullmatch(name)
    if found is None:
        return {}
    below, least, negative, most = found.groups()
    low = {} if least is None else {"min": -int(least) if below else int(least)}
    high = {} if most is None else {"max": -int(most) if negative else int(most)}
    return low | high
