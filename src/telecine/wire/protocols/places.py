"""Members outside the body: in labels, query strings and headers of requests, in headers of responses."""

import base64
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from botocore.model import ListShape, Shape, StructureShape

from telecine.wire.http import HttpRequest
from telecine.wire.protocols import scalars
from telecine.wire.protocols.codec import WrongType
from telecine.wire.routing import Route
from telecine.wire.validate import small

# One item of a header list: quoted, with escapes, or bare up to the next comma.
_ITEM = re.compile(r'\s*(?:"((?:[^"\\]|\\.)*)"|([^,]*?))\s*(?:,|\Z)', re.DOTALL)
_ESCAPED = re.compile(r"\\(.)", re.DOTALL)
# A line break in a header value would begin a header of the caller's own making.
_CONTROL = re.compile(r"[\x00-\x08\x0a-\x1f\x7f]")


@dataclass(frozen=True, kw_only=True, slots=True)
class _Bound:
    """One member, bound to a place outside the body."""

    name: str
    wire: str
    read: Callable[[str], Any]
    """Of a list: reads one item."""
    is_list: bool


class RequestPlaces:
    """The members of an input that travel in the path, the query string and the headers."""

    def __init__(self, shape: StructureShape, uri: str) -> None:
        literals = uri.partition("?")[2].split("&")
        self._literals = frozenset(literal.partition("=")[0] for literal in literals)
        self._labels: list[_Bound] = []
        self._query: list[_Bound] = []
        self._headers: list[_Bound] = []
        self._prefixes: list[tuple[str, str]] = []
        self._other_keys: str | None = None
        for name, member in shape.members.items():
            match member.serialization.get("location"):
                case "uri":
                    self._labels.append(_bound(name, member, "iso8601"))
                case "querystring" if member.type_name == "map":
                    self._other_keys = name
                case "querystring":
                    self._query.append(_bound(name, member, "iso8601"))
                case "header":
                    self._headers.append(_bound(name, member, "rfc822"))
                case "headers":
                    self._prefixes.append((name, member.serialization["name"].lower()))

    def read(self, params: dict[str, Any], request: HttpRequest, route: Route) -> None:
        """Put every member that the request has into `params`. Raises `WrongType`."""
        for bound in self._labels:
            if bound.wire in route.labels:
                params[bound.name] = _read(bound, route.labels[bound.wire])
        if route.query and (self._query or self._other_keys):
            self._read_query(params, route)
        if self._headers or self._prefixes:
            self._read_headers(params, request)

    def _read_query(self, params: dict[str, Any], route: Route) -> None:
        values: dict[str, list[str]] = {}
        for key, value in route.query:
            values.setdefault(key, []).append(value)
        for bound in self._query:
            given = values.pop(bound.wire, None)
            if given is not None:
                params[bound.name] = [_read(bound, one) for one in given] if bound.is_list else _read(bound, given[0])
        if self._other_keys is not None:
            others = {
                key: given[0] for key, given in values.items() if key not in self._literals and not _is_signing(key)
            }
            if others:
                params[self._other_keys] = others

    def _read_headers(self, params: dict[str, Any], request: HttpRequest) -> None:
        values: dict[str, str] = {}
        for key, given in request.headers:
            value = given if given.isascii() else _unicode(given)
            values[key] = f"{values[key]},{value}" if key in values else value
        for bound in self._headers:
            text = values.get(bound.wire.lower())
            if text is None:
                continue
            params[bound.name] = (
                [_read(bound, item) for item in split_list(text)] if bound.is_list else _read(bound, text)
            )
        for name, prefix in self._prefixes:
            found = {key[len(prefix) :]: value for key, value in values.items() if key.startswith(prefix)}
            if found:
                params[name] = found


class ResponsePlaces:
    """The members of an output that travel in headers."""

    def __init__(self, shape: StructureShape) -> None:
        self._headers: dict[str, tuple[str, Callable[[Any], str]]] = {}
        self._prefixes: dict[str, str] = {}
        for name, member in shape.members.items():
            match member.serialization.get("location"):
                case "header":
                    self._headers[name] = (member.serialization.get("name", name), _header_writer(member))
                case "headers":
                    self._prefixes[name] = member.serialization["name"]
        self.names = frozenset({*self._headers, *self._prefixes})
        """The members that live here."""

    def write(self, result: Mapping[str, Any]) -> list[tuple[str, str]]:
        """The headers for those members that `result` has."""
        headers: list[tuple[str, str]] = []
        for name, value in result.items():
            if value is None or name not in self.names:
                continue
            if name in self._headers:
                wire, write = self._headers[name]
                headers.append((wire, safe(write(value))))
            else:
                prefix = self._prefixes[name]
                headers += [(safe(f"{prefix}{key}"), safe(text)) for key, text in value.items()]
        return headers


def split_list(text: str) -> list[str]:
    """The items of a header that holds a list: `a, "b,c"` are two."""
    items: list[str] = []
    at = 0
    while at < len(text):
        match = _ITEM.match(text, at)
        if match is None:
            return [*items, text[at:]]
        quoted, bare = match.groups()
        items.append(_ESCAPED.sub(r"\1", quoted) if quoted is not None else bare)
        at = match.end()
    return items


def join_list(items: list[str]) -> str:
    """The opposite of `split_list`."""
    return ", ".join(_quoted(item) if '"' in item or "," in item else item for item in items)


def safe(text: str) -> str:
    """`text` as a header may carry it: no control characters; what is not Latin-1 as an encoded word (RFC 2047)."""
    text = _CONTROL.sub(" ", text)
    if text.isascii():
        return text
    return f"=?UTF-8?B?{base64.b64encode(text.encode()).decode()}?="


def _unicode(text: str) -> str:
    """A header's bytes, which came as Latin-1, as UTF-8 if they are."""
    try:
        return text.encode("latin-1").decode("utf-8")
    except UnicodeError:
        return text


def _quoted(item: str) -> str:
    escaped = item.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _is_signing(key: str) -> bool:
    return key.startswith("X-Amz-") or key == "x-id"


def _read(bound: _Bound, text: str) -> Any:
    try:
        return bound.read(text)
    except WrongType as wrong:
        raise wrong.under(small(bound.wire))  # noqa: B904 - the same error, one step further up


def _bound(name: str, member: Shape, moments: str) -> _Bound:
    scalar = member.member if isinstance(member, ListShape) else member
    return _Bound(
        name=name,
        wire=member.serialization.get("name", name),
        read=scalars.text_reader(scalar, moments=moments),
        is_list=isinstance(member, ListShape),
    )


def _header_writer(member: Shape) -> Callable[[Any], str]:
    if not isinstance(member, ListShape):
        return scalars.text_writer(member, moments="rfc822")
    write = scalars.text_writer(member.member, moments="rfc822")
    return lambda value: join_list([write(item) for item in value])
