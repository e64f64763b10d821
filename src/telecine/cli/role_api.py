"""The api process: answers requests until it is told to stop."""

import asyncio
import gc
import logging
import resource
import signal
import socket
import ssl
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial

import uvicorn

from telecine.app.api import Api, build_api
from telecine.cli import first_start
from telecine.cli import folder as data_folder
from telecine.cli.announcement import announce
from telecine.cli.authority import open_authority
from telecine.cli.kernel import leave_no_core
from telecine.cli.listeners import Listeners
from telecine.cli.log import configure
from telecine.cli.role_config import config_of, patient_start
from telecine.cli.serve_options import ServeOptions
from telecine.core.clock import SystemClock
from telecine.edge.certificates import Names, names_cover
from telecine.edge.connection import UNREAD_SECONDS, Connection, break_off
from telecine.edge.tls import Certificates, LocalCertificates, OperatorCertificates, listening_context

_KEEP_ALIVE_SECONDS = 75
"""Longer than botocore's pool keeps a connection: a shorter one gives clients stale connections to stumble over."""

_DRAIN_SECONDS = 10.0
"""How long answers under way may take once we are told to stop."""

_FAREWELL_SECONDS = 5
"""How long it may take to give up on the others: then uvicorn cancels what is left, whatever it does."""

_MOST_CONNECTIONS = 2000
_TAKEOVER_SECONDS = 5.0
"""How long a process that was killed may take to let go of the folder."""


_HANDSHAKE_SECONDS = 30.0

_log = logging.getLogger(__name__)


class _Server(uvicorn.Server):
    """uvicorn, listening on https too, telling when it answers, and leaving signals to us."""

    def __init__(
        self, config: uvicorn.Config, options: ServeOptions, listeners: Listeners, tls: ssl.SSLContext
    ) -> None:
        super().__init__(config)
        self._options = options
        self._listeners = listeners
        self._tls = tls

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        # uvicorn would speak the same on all sockets; http goes through it, https beside it into the same books.
        await super().startup([self._listeners.http])
        connect = partial(Connection, config=self.config, server_state=self.server_state, app_state=self.lifespan.state)
        https = await asyncio.get_running_loop().create_server(
            connect,
            sock=self._listeners.https,
            ssl=self._tls,
            backlog=self.config.backlog,
            ssl_handshake_timeout=_HANDSHAKE_SECONDS,
            ssl_shutdown_timeout=UNREAD_SECONDS,
        )
        self.servers.append(https)
        if not self._options.is_supervised:
            announce(self._options, self._listeners.ports)

    async def shutdown(self, sockets: list[socket.socket] | None = None) -> None:
        # For the application it is as if the clients had left: it ends in order, and keeps nothing of half uploads.
        drain = asyncio.get_running_loop().call_later(_DRAIN_SECONDS, break_off, self.server_state.connections)
        try:
            await super().shutdown(sockets)
        finally:
            drain.cancel()

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn would raise the signal again after a clean stop, and we would end as if killed by it.
        # A supervised process is born with SIGINT blocked: it waits for its supervisor's word.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: setattr(self, "should_exit", True))
        yield


def run(options: ServeOptions, listeners: Listeners) -> None:
    """Answer requests on `listeners`."""
    configure("api", options.observation.log_format)
    leave_no_core()
    lock = data_folder.FolderLock(options.data_dir, "api", patience_seconds=_TAKEOVER_SECONDS)
    _allow_many_files()
    certificates = _certificates(options)
    with patient_start():
        config = config_of(options, listeners.ports.http)
        api = build_api(config, hand_over=lambda made: first_start.draft(options.data_dir, made))
    first_start.settle(options.data_dir, api.ground.directory.signing_key)
    threading.Thread(target=api.sweep, name="sweep", daemon=True).start()
    # What is there by now stays: the collector need not go through models and modules again and again.
    gc.collect()
    gc.freeze()
    try:
        _server(options, api, listeners, listening_context(certificates)).run()
    finally:
        api.close()
        lock.release()


def _certificates(options: ServeOptions) -> Certificates:
    """What the https listener shows: the operator's certificate, or those of our own authority."""
    clock, certificate, key = SystemClock(), options.tls.certificate, options.tls.key
    if certificate is None or key is None:
        names = Names.of(options.own_names)
        return LocalCertificates(lambda: open_authority(options.data_dir, names, clock.now()), names, clock)
    certificates = OperatorCertificates(certificate, key)
    if not names_cover(certificate.read_bytes(), options.https_host):
        _log.warning(
            "The certificate %s is not for %s: clients will refuse it there. Say with --tls-name what they call this "
            "server.",
            certificate,
            options.https_host,
        )
    return certificates


def _allow_many_files() -> None:
    """A connection is a file: take as many as the system lets us have."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _server(options: ServeOptions, api: Api, listeners: Listeners, tls: ssl.SSLContext) -> _Server:
    return _Server(
        uvicorn.Config(
            api.application,
            loop="uvloop",
            http=Connection,
            ws="none",
            lifespan="off",
            log_config=None,
            access_log=False,
            server_header=False,
            proxy_headers=False,  # a client could choose its aws:SourceIp with X-Forwarded-For
            timeout_keep_alive=_KEEP_ALIVE_SECONDS,
            timeout_graceful_shutdown=round(_DRAIN_SECONDS) + _FAREWELL_SECONDS,
            limit_concurrency=_MOST_CONNECTIONS,
        ),
        options,
        listeners,
        tls,
    )
