"""HTTP/1.1 requests to addresses that users name.

A name is resolved once a request; each of its addresses is decided on, and the connection goes to the very address that
was allowed, whatever the name leads to a moment later. TLS is verified against the name. The environment's proxies are
not asked, redirects are not followed (whoever wants to asks anew, and is decided on anew), bodies come as they are.

The standard library speaks the protocol. The socket is ours, since no library bounds all that a hostile server can do:
`wire` limits how long one waits, how slowly bytes may come, and how many.
"""

import http.client
import socket
import ssl
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from types import MappingProxyType

from telecine.outbound.errors import (
    BadAddress,
    BadAnswer,
    BrokenOff,
    ForbiddenAddress,
    NameUnknown,
    TlsProblem,
    TooSlow,
    Unreachable,
)
from telecine.outbound.guard import Address, AllowedAddresses, parse_address
from telecine.outbound.url import Url
from telecine.outbound.wire import STEP_SECONDS, Limits, Wire

Resolve = Callable[[str, int], Sequence[str]]
"""From a host's name and a port to its addresses, best first. Raises `NameUnknown`."""

_NO_HEADERS: Mapping[str, str] = MappingProxyType({})
_AGENT = "Telecine"
_VIA = "1.1 telecine"
"""We ask on behalf of a user, wherever that user is: our own metrics, which this machine may read, are not for them."""
_TRIED_ADDRESSES = 4
"""Of a name that has many: who answers on none of these is not there."""


def resolve(host: str, port: int) -> tuple[str, ...]:
    """What the system's resolver says."""
    try:
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
    except (OSError, UnicodeError) as problem:
        raise NameUnknown(f"the name {host} leads to no address") from problem
    return tuple(dict.fromkeys(str(entry[4][0]) for entry in found))


@dataclass(frozen=True, kw_only=True, slots=True)
class Response:
    """An answer, and the way to its body while its connection is open."""

    status: int
    headers: Mapping[str, str]
    """By names in lower case; a header that came several times is joined by `, `."""
    body: http.client.HTTPResponse = field(repr=False)

    def read(self, size: int) -> bytes:
        """The next bytes of the body, `size` at most; none at its end.

        A body that ends before the length it was announced with raises `BrokenOff`. Raises `TooSlow`, `BadAnswer`.
        """
        with _protocol():
            data = self.body.read(size)
            left = self.body.length  # None for a body in chunks, whose end is checked where it is read
        if not data and size and left:
            raise BrokenOff(f"the body ended {left} bytes early")
        return data


@dataclass(frozen=True, kw_only=True, slots=True)
class Outbound:
    """Asks what may be asked. Holds no connections: each request has one of its own."""

    allowed: AllowedAddresses
    trusted: ssl.SSLContext
    """A client's context that verifies certificates and names (`trust.context`)."""
    resolve: Resolve = resolve

    @contextmanager
    def open(
        self,
        url: Url | str,
        *,
        method: str = "GET",
        headers: Mapping[str, str] = _NO_HEADERS,
        body: bytes | None = None,
        limits: Limits,
    ) -> Iterator[Response]:
        """Ask `url`; the answer, whatever its status. The connection is closed on leaving.

        Raises every `OutboundError` there is, and what `limits.check` raises.
        """
        url = Url.parse(url) if isinstance(url, str) else url
        with ExitStack() as ended:
            line = ended.enter_context(closing(self._connect(url, limits)))
            if url.scheme == "https":
                with _handshake(url):
                    line = ended.enter_context(closing(self._wrap(line, url)))
                    _shake_hands(line, limits)
            wire = Wire(line, limits)
            connection = http.client.HTTPConnection(url.host, url.port)
            # What `http.client` asks of a socket; it connects by itself only when there is none.
            connection.sock = wire
            with _protocol():
                connection.putrequest(method, url.target, skip_host=True, skip_accept_encoding=True)
                for name, value in _headers(url, headers, body).items():
                    connection.putheader(name, value)
                connection.endheaders(body)
                answer = ended.enter_context(closing(connection.getresponse()))
            wire.begin_body()
            found: dict[str, str] = {}
            for name, value in answer.getheaders():
                key = name.lower()
                found[key] = f"{found[key]}, {value}" if key in found else value
            yield Response(status=answer.status, headers=found, body=answer)

    def _connect(self, url: Url, limits: Limits) -> socket.socket:
        problem: OSError | None = None
        for address in self._allowed(url):
            limits.check()
            try:
                return socket.create_connection((str(address), url.port), timeout=limits.connect_seconds)
            except OSError as failure:
                problem = failure
        reason = "no answer in time" if isinstance(problem, TimeoutError) else getattr(problem, "strerror", None)
        raise Unreachable(f"{url.authority}: {reason or 'no connection'}") from problem

    def _allowed(self, url: Url) -> tuple[Address, ...]:
        try:
            # A host that is an address needs no resolver; forms like 127.1 or 0x7f000001 are for the resolver to read.
            addresses: tuple[Address, ...] = (parse_address(url.host),)
        except ValueError:
            if ":" in url.host:
                raise BadAddress("its host is no IPv6 address") from None
            addresses = tuple(parse_address(found) for found in self.resolve(url.host, url.port))
            if not addresses:
                raise NameUnknown(f"the name {url.host} leads to no address") from None
        refusals = [self.allowed.refusal(address, url.port) for address in addresses]
        fit = tuple(address for address, refusal in zip(addresses, refusals, strict=True) if refusal is None)
        if not fit:
            raise ForbiddenAddress(
                f"{url.authority} leads to {addresses[0]} port {url.port}, {refusals[0]}, which --allow-address "
                "does not allow"
            )
        return fit[:_TRIED_ADDRESSES]

    def _wrap(self, line: socket.socket, url: Url) -> ssl.SSLSocket:
        return self.trusted.wrap_socket(line, server_hostname=url.host.rstrip("."), do_handshake_on_connect=False)


def _shake_hands(line: ssl.SSLSocket, limits: Limits) -> None:
    deadline = time.monotonic() + limits.connect_seconds
    while True:
        limits.check()
        line.settimeout(STEP_SECONDS)  # for the handshake as a whole, not for each of its messages
        try:
            return line.do_handshake()
        except TimeoutError:
            if time.monotonic() > deadline:
                raise


@contextmanager
def _handshake(url: Url) -> Iterator[None]:
    """Turns what can go wrong with TLS into this package's errors."""
    try:
        yield
    except ssl.SSLCertVerificationError as problem:
        raise TlsProblem(f"the certificate of {url.authority}: {problem.verify_message}") from problem
    except TimeoutError as problem:
        raise TooSlow(f"{url.authority} did not finish the TLS handshake in time") from problem
    except (ConnectionError, ssl.SSLEOFError) as problem:
        raise BrokenOff(f"{url.authority} broke off the TLS handshake") from problem
    except ssl.SSLError as problem:
        raise TlsProblem(f"TLS with {url.authority}: {problem.reason or 'no handshake'}") from problem
    except OSError as problem:
        raise BrokenOff(f"{url.authority} broke off the TLS handshake: {problem.strerror}") from problem


def _headers(url: Url, given: Mapping[str, str], body: bytes | None) -> dict[str, str]:
    own = {
        "Host": url.authority,
        "User-Agent": _AGENT,
        "Via": _VIA,
        "Accept-Encoding": "identity",
        "Connection": "close",
    }
    if body is not None:
        own["Content-Length"] = str(len(body))
    mine = {name.lower() for name in own}
    return {**own, **{name: value for name, value in given.items() if name.lower() not in mine}}


@contextmanager
def _protocol() -> Iterator[None]:
    """Turns what `http.client` and the socket raise into this package's errors, without what they quote."""
    try:
        yield
    except (http.client.RemoteDisconnected, http.client.IncompleteRead, ConnectionError) as problem:
        raise BrokenOff("the connection ended before the answer did") from problem
    except (http.client.HTTPException, ValueError) as problem:  # chunks of a length that is no number
        raise BadAnswer("what came is no answer of HTTP/1.1") from problem
    except ssl.SSLError as problem:
        raise BrokenOff("the connection ended within TLS") from problem
    except TimeoutError as problem:
        raise TooSlow("nothing was taken for too long") from problem
    except OSError as problem:
        raise BrokenOff(f"the connection failed: {problem.strerror}") from problem
