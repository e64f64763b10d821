"""From a request to the operation it calls.

query by `Action` and `Version` (form body or query string), json by `X-Amz-Target`, REST by method, path and query
literals. Labels are cut from the path as it was on the wire and decoded once, after cutting.
"""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType

from msgspec import Struct, field

from telecine.core.errors import ApiError
from telecine.wire import forms, models
from telecine.wire.errors import Common, common
from telecine.wire.http import HttpRequest
from telecine.wire.models import Protocol
from telecine.wire.paths import resolved
from telecine.wire.uris import Candidate, Template, tree

_NOTHING: Mapping[str, str] = MappingProxyType({})
_LONGEST_HOST = 255

BASE_DOMAINS: tuple[str, ...] = ("localhost",)
"""Host names below which the first labels are a bucket's name: `films.localhost:7700`."""

_IGNORED_KEYS = frozenset({"x-id"})
"""The JavaScript SDK names the operation in `x-id`; the rest of the request does so already."""


class Route(Struct, frozen=True, kw_only=True):
    """Which operation a request calls."""

    operation: str
    """The operation's name in the model."""
    labels: Mapping[str, str] = field(default_factory=dict)
    """The labels of the path by their names in the model's URI, decoded."""
    fields: Mapping[str, str] = field(default_factory=dict)
    """The form of a query call, decoded: routing had to read it."""
    query: forms.Pairs = field(default_factory=list)
    """The query string of a REST call, decoded."""


def route(
    service: str, request: HttpRequest, body: bytes | None, *, base_domains: Sequence[str] = BASE_DOMAINS
) -> Route:
    """The operation of `service` that `request` calls.

    `body` may be None where the protocol does not route by it (REST, json). Raises `ApiError`: an operation that AWS
    does not have, a query string, form or path that cannot be decoded.
    """
    protocol = models.protocol(service)
    form = body if protocol is Protocol.QUERY and body else b""
    if protocol is not Protocol.REST_XML and _holds_nul(request, form):
        # PostgreSQL cannot store it, nor XML carry it, and no model allows it. S3 has an error of its own for keys.
        raise common(Common.BAD_REQUEST, service, message="The request cannot be read: a text holds NUL.")
    try:
        if protocol is Protocol.QUERY:
            return _by_action(service, request, body or b"")
        if protocol is Protocol.JSON:
            return _by_target(service, request)
        return _by_path(service, request, base_domains)
    except forms.MalformedForm as error:
        raise common(Common.BAD_REQUEST, service, message=f"The request cannot be read: {error}.") from error


def _holds_nul(request: HttpRequest, form: bytes) -> bool:
    return "%00" in request.raw_path or "%00" in request.raw_query or b"%00" in form or b"\0" in form


def host_bucket(request: HttpRequest, base_domains: Sequence[str] = BASE_DOMAINS) -> str | None:
    """The bucket in the Host header, `films` in `films.localhost:7700`; None for the path style.

    Bucket names hold dots, so the known suffix is taken off the end: the longest one, for domains may nest.
    """
    host = request.header("host") or ""
    # What is longer than a name can be is nobody's host, and not worth its room: whoever sends it has not signed yet.
    find = _known_host_bucket if len(host) <= _LONGEST_HOST else _host_bucket
    return find(host, tuple(base_domains))


def _host_bucket(host: str, base_domains: tuple[str, ...]) -> str | None:
    name = host.rpartition("@")[2].partition(":")[0].lower()
    for domain in sorted(base_domains, key=len, reverse=True):
        if name == domain:
            return None
        if name.endswith(f".{domain}") and len(name) > len(domain) + 1:
            return name.removesuffix(f".{domain}")
    return None


_known_host_bucket = lru_cache(maxsize=1024)(_host_bucket)


def path_style(request: HttpRequest, base_domains: Sequence[str] = BASE_DOMAINS) -> str:
    """The path as it is with the bucket in front, wherever the request names it; still encoded."""
    bucket = host_bucket(request, base_domains)
    return request.raw_path if bucket is None else f"/{bucket}{request.raw_path}"


def _by_action(service: str, request: HttpRequest, body: bytes) -> Route:
    fields = dict(forms.pairs(request.raw_query))
    if request.method == "POST":
        fields |= dict(forms.body_pairs(body))
    action, version = fields.get("Action", ""), fields.get("Version", "")
    if action in _names(service) and version == models.TRAITS[service].version:
        return Route(operation=action, fields=fields)
    raise common(Common.UNKNOWN_OPERATION, service, operation=action or "(no Action)", version=version or "(none)")


def _by_target(service: str, request: HttpRequest) -> Route:
    target = request.header("x-amz-target") or ""
    prefix, _, operation = target.partition(".")
    if prefix == models.service_model(service).metadata["targetPrefix"] and operation in _names(service):
        return Route(operation=operation)
    raise common(Common.UNKNOWN_OPERATION, service, operation=target or "(no X-Amz-Target)", version="")


def _by_path(service: str, request: HttpRequest, base_domains: Sequence[str]) -> Route:
    has_buckets = models.TRAITS[service].has_host_buckets
    path = path_style(request, base_domains) if has_buckets else resolved(request.raw_path)
    query = forms.pairs(request.raw_query)
    match = next(tree(service).matches(request.method, path), None)
    if match is None:
        raise _no_operation(service, request)
    template, labels = match
    return Route(
        operation=_by_query(service, request, template, dict(query)),
        labels={name: forms.decode(value) for name, value in labels.items()},
        query=query,
    )


def _by_query(service: str, request: HttpRequest, template: Template, query: Mapping[str, str]) -> str:
    """Among the operations on one path and method the one that the query string (and a header or two) picks.

    The most literals win (`?list-type=2` over none); among equals, the most required parameters that are there
    (`?partNumber=…&uploadId=…` over none).
    """
    if not query:  # most requests
        plain = [one for one in template.plain if all(map(request.header, one.headers))]
        if not plain:
            raise _no_operation(service, request)
        return max(plain, key=_header_count).operation
    fitting = [
        candidate
        for candidate in template.candidates
        if all(key in query and value in ("", query[key]) for key, value in candidate.literals)
    ]
    most = max((len(candidate.literals) for candidate in fitting), default=0)
    closest = [candidate for candidate in fitting if len(candidate.literals) == most]
    complete = [
        candidate
        for candidate in closest
        if all(key in query for key in candidate.keys) and all(map(request.header, candidate.headers))
    ]
    if complete:
        best = max(complete, key=lambda one: len(one.keys) + len(one.headers))
        _refuse_unknown(service, request, template, query, best.operation)
        return best.operation
    if most:
        # Named by its literals but lacking a parameter: validation says which.
        return closest[0].operation
    raise _no_operation(service, request)


def _header_count(one: Candidate) -> int:
    return len(one.headers)


def _refuse_unknown(
    service: str, request: HttpRequest, template: Template, query: Mapping[str, str], operation: str
) -> None:
    """Refuse a sub-resource that `operation` does not know, `DELETE /films?newThing` is no DeleteBucket, and what names
    another operation by half: a part that has lost its upload's id is not the whole object."""
    known = known_keys(service, operation)
    for key, value in query.items():
        if key in known or key in _IGNORED_KEYS:
            continue
        if key in literal_keys(service):
            raise _no_operation(service, request)
        if any(key in one.keys for one in template.candidates):
            raise _half_named(service, request, key)
        if not value and _is_rest_xml(service) and not key.lower().startswith("x-amz-"):
            raise common(Common.NOT_IMPLEMENTED, service, operation=f"the sub-resource {key[:64]!r}")


def _is_rest_xml(service: str) -> bool:
    return models.protocol(service) is Protocol.REST_XML


@lru_cache(maxsize=512)
def known_keys(service: str, operation: str) -> frozenset[str]:
    """The query parameters that `operation` reads or that its URI names."""
    model = models.operation_model(service, operation)
    literals = model.http["requestUri"].partition("?")[2]
    named = {
        shape.serialization.get("name", name)
        for name, shape in models.members(model.input_shape).items()
        if shape.serialization.get("location") == "querystring"
    }
    return frozenset(named | {part.partition("=")[0] for part in literals.split("&") if part})


@lru_cache(maxsize=16)
def literal_keys(service: str) -> frozenset[str]:
    """Every query key that some operation's URI names: sub-resources such as `acl`."""
    return frozenset(
        key for template in tree(service).templates for one in template.candidates for key, _ in one.literals
    )


@lru_cache(maxsize=16)
def _names(service: str) -> frozenset[str]:
    return frozenset(models.operations(service))


def _half_named(service: str, request: HttpRequest, key: str) -> ApiError:
    if key != "partNumber":
        return _no_operation(service, request)
    # S3 has words of its own for that, in which the argument's name is its value as well.
    message = "This operation does not accept partNumber without uploadId"
    return ApiError("InvalidArgument", message, fields={"ArgumentName": key, "ArgumentValue": key})


def _no_operation(service: str, request: HttpRequest) -> ApiError:
    return common(Common.UNKNOWN_OPERATION, service, operation=f"{request.method} {request.raw_path[:256]}", version="")
