"""A web server on loopback that does as it is told, badly if need be."""

import contextlib
import socket
import ssl
import tempfile
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from ipaddress import IPv4Address

from telecine.edge.certificates import Authority, Names


@dataclass(frozen=True)
class Request:
    """What came: one request, one connection."""

    method: str
    target: str
    headers: Mapping[str, str]
    body: bytes = b""

    @property
    def range(self) -> tuple[int, int] | None:
        """First and last byte of the Range header."""
        first, _, last = self.headers.get("range", "").removeprefix("bytes=").partition("-")
        return (int(first), int(last)) if first else None


Answer = bytes | Callable[[socket.socket], None]
"""The whole answer, after which the connection is closed, or what to do with the connection."""
Handler = Callable[[Request], Answer]


def answer(status: int, body: bytes = b"", **headers: str | None) -> bytes:
    """An answer as bytes; `content_length="7"` is a header, None leaves out the one that there would be."""
    given: dict[str, str | None] = {"content-length": str(len(body))}
    given |= {name.replace("_", "-"): value for name, value in headers.items()}
    lines = "".join(f"{name}: {value}\r\n" for name, value in given.items() if value is not None)
    return f"HTTP/1.1 {status} Whatever\r\n{lines}\r\n".encode() + body


def reset(connection: socket.socket) -> None:
    """End a connection with RST."""
    connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, b"\1\0\0\0\0\0\0\0")
    connection.close()


@dataclass
class Film:
    """One file, served as it should be; the misbehaviour of a test goes around it."""

    data: bytes
    etag: str | None = '"v1"'
    modified: str | None = "Mon, 01 Jan 2024 00:00:00 GMT"

    def __call__(self, request: Request) -> bytes:
        marks = {"etag": self.etag, "last_modified": self.modified, "accept_ranges": "bytes"}
        if request.method == "HEAD":
            return answer(200, content_length=str(len(self.data)), **marks)
        if request.headers.get("if-match", self.etag) != self.etag:
            return answer(412)
        if request.range is None:
            return answer(200, self.data, **marks)
        first, last = request.range
        if first >= len(self.data):
            return answer(416, content_range=f"bytes */{len(self.data)}")
        part = self.data[first : last + 1]
        where = f"bytes {first}-{first + len(part) - 1}/{len(self.data)}"
        return answer(206, part, content_range=where, **marks)


@dataclass
class WebServer:
    """Where it is, and what it was asked."""

    handler: Handler
    port: int = 0
    scheme: str = "http"
    requests: list[Request] = field(default_factory=list)
    released: threading.Event = field(default_factory=threading.Event)
    """Set at the end: what a handler waits for, so that no thread is left."""

    def url(self, target: str = "/film.mp4", host: str = "127.0.0.1") -> str:
        return f"{self.scheme}://{host}:{self.port}{target}"

    def count(self, method: str) -> int:
        return sum(request.method == method for request in self.requests)

    def stay_silent(self, _connection: socket.socket) -> None:
        """Never answer."""
        self.released.wait(60)


@contextmanager
def serving(handler: Handler, tls: ssl.SSLContext | None = None) -> Iterator[WebServer]:
    """A server for the time of a test, on 127.0.0.1; with `tls` on https."""
    server = WebServer(handler, scheme="https" if tls else "http")
    listener = socket.create_server(("127.0.0.1", 0))
    server.port = listener.getsockname()[1]
    threads: list[threading.Thread] = []

    def accept() -> None:
        while not server.released.is_set():
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            thread = threading.Thread(target=_serve, args=(server, connection, tls))
            threads.append(thread)
            thread.start()

    acceptor = threading.Thread(target=accept)
    acceptor.start()
    try:
        yield server
    finally:
        server.released.set()
        with contextlib.suppress(OSError):
            listener.shutdown(socket.SHUT_RDWR)
        listener.close()
        for thread in (acceptor, *threads):
            thread.join(10)


def _serve(server: WebServer, connection: socket.socket, tls: ssl.SSLContext | None) -> None:
    connection.settimeout(10)
    with contextlib.suppress(OSError), contextlib.ExitStack() as ended:
        ended.enter_context(contextlib.closing(connection))
        if tls is not None:
            connection = ended.enter_context(contextlib.closing(tls.wrap_socket(connection, server_side=True)))
        request = _read(connection)
        server.requests.append(request)
        reply = server.handler(request)
        if callable(reply):
            reply(connection)
        else:
            connection.sendall(reply)


def _read(connection: socket.socket) -> Request:
    received = b""
    while b"\r\n\r\n" not in received:
        block = connection.recv(65536)
        if not block:
            raise ConnectionError
        received += block
    head, _, body = received.partition(b"\r\n\r\n")
    first, *lines = head.decode("latin-1").split("\r\n")
    method, target, _version = first.split(" ")
    headers = {name.lower(): value.strip() for name, _, value in (line.partition(":") for line in lines)}
    while len(body) < int(headers.get("content-length", 0)):
        body += connection.recv(65536)
    return Request(method, target, headers, body)


@dataclass(frozen=True)
class Certified:
    """A certificate authority of the test's own, as both sides want it."""

    authority: Authority

    @classmethod
    def make(cls, *names: str) -> "Certified":
        return cls(Authority.make(Names.of(names), datetime.now(UTC)))

    @property
    def pem(self) -> bytes:
        return self.authority.certificate_pem

    def listening(self, *domains: str, addresses: tuple[str, ...] = ("127.0.0.1",)) -> ssl.SSLContext:
        """A server's context, with a certificate for these names and addresses."""
        pem = self.authority.issue(domains, tuple(IPv4Address(text) for text in addresses), datetime.now(UTC))
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        with tempfile.NamedTemporaryFile() as file:  # OpenSSL takes keys by path alone
            file.write(pem)
            file.flush()
            context.load_cert_chain(file.name)
        return context

    def trusted(self) -> ssl.SSLContext:
        """A client's context that trusts this authority alone."""
        return ssl.create_default_context(cadata=self.pem.decode())
