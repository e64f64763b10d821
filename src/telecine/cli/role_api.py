"""The api process: answers requests until it is told to stop."""

import logging
import resource
import signal
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import uvicorn

from telecine.app.api import Api, build_api
from telecine.cli import first_start
from telecine.cli import folder as data_folder
from telecine.cli.kernel import leave_no_core
from telecine.cli.log import configure
from telecine.cli.role_config import config_of, patient_start
from telecine.cli.serve import ServeOptions, announce
from telecine.edge.connection import Connection

_log = logging.getLogger(__name__)

_KEEP_ALIVE_SECONDS = 75
"""Longer than botocore's pool keeps a connection: a shorter one gives clients stale connections to stumble over."""

_DRAIN_SECONDS = 10
"""How long answers under way may take once we are told to stop."""

_MOST_CONNECTIONS = 2000
_TAKEOVER_SECONDS = 5.0
"""How long a process that was killed may take to let go of the folder."""


class _Server(uvicorn.Server):
    """uvicorn, telling when it answers, and leaving signals to us."""

    def __init__(self, config: uvicorn.Config, options: ServeOptions) -> None:
        super().__init__(config)
        self._options = options

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        await super().startup(sockets)
        if not self._options.is_supervised and sockets:
            announce(self._options, sockets[0].getsockname()[1])

    @contextmanager
    def capture_signals(self) -> Iterator[None]:
        # uvicorn would raise the signal again after a clean stop, and we would end as if killed by it.
        # A supervised process is born with SIGINT blocked: it waits for its supervisor's word.
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda _number, _frame: setattr(self, "should_exit", True))
        yield


def run(options: ServeOptions, listener: socket.socket) -> None:
    """Answer requests on `listener`."""
    configure("api")
    leave_no_core()
    lock = data_folder.FolderLock(options.data_dir, "api", patience_seconds=_TAKEOVER_SECONDS)
    _allow_many_files()
    with patient_start():
        config = config_of(options, listener.getsockname()[1])
        api = build_api(config, hand_over=lambda made: first_start.draft(options.data_dir, made))
    first_start.settle(options.data_dir, api.ground.directory.signing_key)
    threading.Thread(target=api.sweep, name="sweep", daemon=True).start()
    try:
        _server(options, api).run(sockets=[listener])
    finally:
        api.close()
        lock.release()


def _allow_many_files() -> None:
    """A connection is a file: take as many as the system lets us have."""
    _soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (hard, hard))


def _server(options: ServeOptions, api: Api) -> _Server:
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
            timeout_graceful_shutdown=_DRAIN_SECONDS,
            limit_concurrency=_MOST_CONNECTIONS,
        ),
        options,
    )
