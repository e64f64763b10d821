"""A client's connection, with limits on what comes before a request and on what stays after its answer.

uvicorn takes heads of any length and waits for ever, for heads to come and for answers to be read. Whoever reaches the
port could fill the memory, or hold every connection that the server takes.
"""

import asyncio
import logging
import socket
from collections.abc import Collection
from typing import Any, cast

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol, RequestResponseCycle

from telecine.edge.outgoing import Outgoing

HEAD_BYTES = 64 << 10
"""How long request line and headers may be together, or the trailers behind a chunked body. S3 takes 8 KB of headers;
session tokens and presigned URLs are a few more."""

HEAD_SECONDS = 60.0
"""How long a client may take for a head; also for the rest of a body after its answer."""


UNREAD_SECONDS = 300.0
"""How long a client may leave an answer unread. The application gives up on it earlier, but closing a connection waits
for what has been written to it."""

GOODBYE_SECONDS = 1.0
"""How long an idle client may take to answer TLS's goodbye."""


_log = logging.getLogger(__name__)


class HeadTooLong(Exception):
    """The parser stops here, and uvicorn answers 400."""


class Connection(HttpToolsProtocol):
    """uvicorn's connection, which hangs up on heads that are too long or take too long."""

    head_seconds = HEAD_SECONDS
    unread_seconds = UNREAD_SECONDS
    _unread = 0
    """How many bytes of a head, or of trailers, wait in the parser for their end."""
    _has_moved_on = False
    """Since this was last looked at, the parser has been through a head or some body."""
    _timer: asyncio.TimerHandle | None = None
    _outgoing: Outgoing | None = None
    """What answers are written to; None over TLS, whose own transport takes them."""

    def connection_made(self, transport: Any) -> None:
        super().connection_made(transport)
        if transport.get_extra_info("ssl_object") is None:
            self._outgoing = Outgoing(transport)
            self.transport = cast("asyncio.Transport", self._outgoing)
        client: socket.socket = transport.get_extra_info("socket")
        client.setsockopt(socket.IPPROTO_TCP, socket.TCP_USER_TIMEOUT, round(self.unread_seconds * 1000))
        self._expect_head()

    def shutdown(self) -> None:
        super().shutdown()
        self._insist_on_closing()

    def timeout_keep_alive_handler(self) -> None:
        super().timeout_keep_alive_handler()
        self._insist_on_closing()

    def _insist_on_closing(self) -> None:
        """Close an idle TLS connection though the client does not say that it has heard of it.

        TLS says goodbye and waits for an answer, for as long as an answer of ours may stay unread; but a client that
        keeps the connection for later does not look at it.
        """
        if self.transport.is_closing() and self.transport.get_extra_info("ssl_object") is not None:
            self.loop.call_later(GOODBYE_SECONDS, self.transport.abort)

    def connection_lost(self, exc: Exception | None) -> None:
        self._expect_nothing()
        super().connection_lost(exc)

    def data_received(self, data: bytes) -> None:
        self._has_moved_on = False
        super().data_received(data)
        self._unread = 0 if self._has_moved_on else self._unread + len(data)
        if self.transport.is_closing():
            return
        if self._unread > HEAD_BYTES:
            self.send_400_response("The head of the request is too long.")
        elif self._is_answering:
            self._expect_nothing()  # from here on the application's own patience counts
        else:
            self._expect_head()

    def on_headers_complete(self) -> None:
        self._has_moved_on = True
        if len(self.url) + sum(len(name) + len(value) for name, value in self.headers) > HEAD_BYTES:
            raise HeadTooLong
        super().on_headers_complete()

    def on_body(self, body: bytes) -> None:
        self._has_moved_on = True
        super().on_body(body)

    def _start_asgi_task(self, cycle: RequestResponseCycle, app: Any) -> None:
        if self._outgoing is not None:
            self._outgoing.expect_head()
        super()._start_asgi_task(cycle, app)

    def on_response_complete(self) -> None:
        if self._outgoing is not None:
            self._outgoing.flush()  # of an answer without a body
        super().on_response_complete()

    @property
    def _is_answering(self) -> bool:
        cycle: RequestResponseCycle | None = self.cycle  # None before the first request, whatever uvicorn's types say
        return cycle is not None and not cycle.response_complete

    def _expect_head(self) -> None:
        if self._timer is None:
            self._timer = self.loop.call_later(self.head_seconds, self.transport.abort)

    def _expect_nothing(self) -> None:
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None


def break_off(connections: Collection[Any]) -> None:
    """Hang up on every client, whatever is under way; the application learns that they have gone."""
    if connections:
        _log.warning("Broke off %d connections that were in use for too long to wait for.", len(connections))
    for connection in list(connections):
        connection.transport.abort()
