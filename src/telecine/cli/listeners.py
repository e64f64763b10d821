"""The sockets of a server: http, and https beside it. Whoever supervises holds them, and its child inherits them."""

import errno
import socket
import time
from dataclasses import dataclass
from types import TracebackType
from typing import Self

from telecine.core.errors import TelecineError

_BACKLOG = 2048
_TAKEOVER_SECONDS = 1.0
"""How long the children of a server that was killed may take to let go of its port."""
_LAST_PORT = 65535


class CannotListen(TelecineError):
    """The address cannot be listened on."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Ports:
    """Where a server listens."""

    http: int
    https: int


@dataclass(frozen=True, kw_only=True, slots=True)
class Listeners:
    """Two sockets that listen at one address."""

    http: socket.socket
    https: socket.socket

    @classmethod
    def open(cls, host: str, port: int, https_port: int | None) -> Self:
        """Listen at `host`; port 0 takes a free one. Raises `CannotListen`.

        `https_port` None: the port after that of http, or a free one when it is taken or http has taken a free one.
        """
        http = _listen(host, port, "--port")
        try:
            return cls(http=http, https=_listen_https(host, port, https_port))
        except CannotListen:
            http.close()
            raise

    @classmethod
    def adopt(cls, descriptors: tuple[int, int]) -> Self:
        """The sockets that a supervisor holds: http, https."""
        http, https = descriptors
        return cls(http=socket.socket(fileno=http), https=socket.socket(fileno=https))

    @property
    def descriptors(self) -> tuple[int, int]:
        """What `adopt` takes."""
        return (self.http.fileno(), self.https.fileno())

    @property
    def ports(self) -> Ports:
        return Ports(http=self.http.getsockname()[1], https=self.https.getsockname()[1])

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.http.close()
        self.https.close()


def _listen_https(host: str, http_port: int, wanted: int | None) -> socket.socket:
    if wanted is not None:
        return _listen(host, wanted, "--https-port")
    if http_port not in {0, _LAST_PORT}:
        try:
            return _socket(host, http_port + 1)
        except OSError as error:
            if error.errno not in {errno.EADDRINUSE, errno.EACCES}:
                raise _refusal(host, http_port + 1, "--https-port", error) from error
    return _listen(host, 0, "--https-port")


def _listen(host: str, port: int, option: str) -> socket.socket:
    deadline = time.monotonic() + _TAKEOVER_SECONDS
    while True:
        try:
            return _socket(host, port)
        except OSError as error:
            if error.errno != errno.EADDRINUSE:
                raise _refusal(host, port, option, error) from error
            if time.monotonic() >= deadline:
                raise CannotListen(f"Port {port} is taken. Choose another one with {option}.") from error
        time.sleep(0.05)


def _socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    return socket.create_server((host, port), family=family, backlog=_BACKLOG)


def _refusal(host: str, port: int, option: str, error: OSError) -> CannotListen:
    reason, _while, _address = str(error.strerror or error).partition(" (while")
    return CannotListen(
        f"{host}:{port} cannot be listened on: {reason}. Choose another address with --host or another port with "
        f"{option}."
    )
