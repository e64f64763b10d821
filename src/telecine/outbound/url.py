"""URLs as our own requests take them, and as they may be shown."""

import re
from dataclasses import dataclass
from typing import Self
from urllib.parse import quote, urlsplit

from telecine.outbound.errors import BadAddress, BadUrl

_PORTS = {"http": 80, "https": 443}
_UNFIT = re.compile(r"[\x00-\x20\x7f\\\ud800-\udfff]")
"""Blanks, control characters, the backslash that some readers of URLs take for a slash and others do not, and halves of
characters, which have no bytes."""
_LABEL = "[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?"
_HOST = re.compile(rf"(?=.{{1,253}}\.?$){_LABEL}(\.{_LABEL})*\.?")
_V6 = re.compile(r"[0-9a-f:.]+")
_KEPT = "!$%&'()*+,-./:;=?@_~[]"
"""What stays as it is in a path or query; the rest, letters beyond ASCII too, becomes percent-encoded UTF-8."""

REDACTED = "REMOVED=true"
"""What stands for a query in MediaConvert's error messages (user guide, "Error codes", 3401)."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Url:
    """An http or https URL that can be asked."""

    scheme: str
    host: str
    """A name or an address, in lower case; an IPv6 address without its brackets."""
    port: int
    target: str
    """Path and query, as a request line has them."""

    @classmethod
    def parse(cls, text: str) -> Self:
        """Raises `BadUrl`, `BadAddress`. A fragment is left out, and credentials are refused: they would be logged."""
        if _UNFIT.search(text):
            raise BadUrl("it holds blanks, control characters or backslashes")
        try:
            parts = urlsplit(text)
        except ValueError as problem:  # a bracket too many
            raise BadAddress("its host is malformed") from problem
        scheme = parts.scheme.lower()
        if scheme not in _PORTS:
            raise BadUrl("it begins neither with http:// nor with https://")
        if "@" in parts.netloc:
            raise BadUrl("it holds a user's name")
        try:
            port = _PORTS[scheme] if parts.port is None else parts.port
        except ValueError as problem:
            raise BadAddress("its port is no number up to 65535") from problem
        if port == 0:
            raise BadAddress("its port is 0")
        path = quote(parts.path or "/", safe=_KEPT)
        query = f"?{quote(parts.query, safe=_KEPT)}" if parts.query else ""
        return cls(scheme=scheme, host=_host(parts.hostname or ""), port=port, target=path + query)

    @property
    def authority(self) -> str:
        """Host and port as the Host header has them."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == _PORTS[self.scheme] else f"{host}:{self.port}"

    def __str__(self) -> str:
        return f"{self.scheme}://{self.authority}{self.target}"


def _host(text: str) -> str:
    if ":" in text:
        if not _V6.fullmatch(text):
            raise BadAddress("its host is no IPv6 address")
        return text
    try:
        host = text if text.isascii() else text.encode("idna").decode()
    except UnicodeError as problem:
        raise BadAddress("its host is no name") from problem
    if not _HOST.fullmatch(host):
        raise BadAddress("its host is no name")
    return host


def shown(text: str) -> str:
    """A URL as messages, events and logs may show it: without its query, which may be a signature, and without
    credentials or fragment. Anything else, `s3://` too, is shown as it is."""
    scheme, separator, rest = text.partition("://")
    if not separator or scheme.lower() not in _PORTS:
        return text
    rest, has_query, _query = rest.partition("#")[0].partition("?")
    authority, slash, path = rest.partition("/")
    return f"{scheme}://{authority.rpartition('@')[2]}{slash}{path}{'?' + REDACTED if has_query else ''}"
