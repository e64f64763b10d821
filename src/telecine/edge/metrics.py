"""`GET /_/metrics`: for a scraper on this machine, or one that knows the token.

No AWS client signs it, so it stands beside the request path. What it shows (names of accounts and queues, counts) is
the operator's, and nobody else's.
"""

import hashlib
import hmac
import ipaddress
import re
from collections.abc import Callable

from telecine.wire.http import HttpRequest, HttpResponse

PATH = "/_/metrics"
CONTENT_TYPE = "text/plain; version=0.0.4; charset=utf-8"
"""Prometheus' text format (its documentation, "Exposition formats")."""

_HOST = re.compile(r"(\[[0-9A-Fa-f:.]+\]|[^:\[\]]+)(?::[0-9]*)?")
"""A name or an address, and a port."""

_FORWARDED = ("forwarded", "x-forwarded-for", "x-real-ip", "via")
"""A proxy on this machine speaks for somebody who may be anywhere: then it takes the token."""


class MetricsDoor:
    """Shows the metrics to whom they are for."""

    def __init__(self, expose: Callable[[], bytes], token: str | None) -> None:
        """`expose` writes them in Prometheus' text format; without a token nobody but this machine gets them."""
        self._expose = expose
        self._digest = None if token is None else _digest(token)

    def is_for(self, request: HttpRequest) -> bool:
        return request.raw_path == PATH

    def answer(self, request: HttpRequest) -> HttpResponse:
        """The metrics; 401 for who may not see them, 405 for another method than GET and HEAD."""
        if request.method not in {"GET", "HEAD"}:
            return _refusal(405, "Only GET and HEAD make sense here.", ("allow", "GET, HEAD"))
        if not (_is_local(request) or self._has_token(request)):
            message = "The metrics are for this machine, and for who has the bearer token of --metrics-token-file."
            return _refusal(401, message, ("www-authenticate", "Bearer"))
        return HttpResponse(
            status=200, headers=(("content-type", CONTENT_TYPE), ("cache-control", "no-store")), body=self._expose()
        )

    def _has_token(self, request: HttpRequest) -> bool:
        scheme, _, given = (request.header("authorization") or "").partition(" ")
        if self._digest is None or scheme.lower() != "bearer":
            return False
        return hmac.compare_digest(_digest(given.strip()), self._digest)


def _digest(token: str) -> bytes:
    """Of equal length whatever the token, so that a comparison tells nothing."""
    return hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()


def _is_local(request: HttpRequest) -> bool:
    if any(request.header(name) is not None for name in _FORWARDED):
        return False
    # A browser on this machine asks for any page whose name leads here; the page's name is not ours (DNS rebinding).
    host = _HOST.fullmatch(request.header("host") or "")
    if host is None or not (host[1].lower() == "localhost" or _is_loopback(host[1].strip("[]"))):
        return False
    return _is_loopback(request.client_address)


def _is_loopback(text: str) -> bool:
    try:
        address = ipaddress.ip_address(text)
    except ValueError:
        return False
    if isinstance(address, ipaddress.IPv6Address) and address.ipv4_mapped is not None:
        address = address.ipv4_mapped
    return address.is_loopback


def _refusal(status: int, message: str, header: tuple[str, str]) -> HttpResponse:
    body = f'{{"message":"{message}"}}\n'.encode()
    return HttpResponse(status=status, headers=(("content-type", "application/json"), header), body=body)
