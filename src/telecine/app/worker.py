"""The worker process: the engine on this machine's tools, and nothing that listens."""

import os
import threading
from dataclasses import dataclass

from telecine.app.bell import Bell
from telecine.app.ground import Config, Ground, build_ground
from telecine.app.outbound import open_outbound
from telecine.app.tools import find_tools
from telecine.app.tracing import tracing
from telecine.core.clock import Clock, SystemClock
from telecine.core.ids import Ids
from telecine.core.spans import NoSpans
from telecine.engine.aws import Endpoint
from telecine.engine.executors.local import LocalExecutor
from telecine.engine.keys import Kms
from telecine.engine.owner import Owner, is_alive
from telecine.engine.remote import RemoteCredentials
from telecine.engine.run import Engine
from telecine.engine.storage import S3Stores
from telecine.engine.web import Web
from telecine.engine.worker import Worker
from telecine.engine.workspace import Workspaces
from telecine.media import plan as media_plan
from telecine.outbound.trust import trusting


@dataclass(frozen=True, kw_only=True, slots=True)
class WorkerProcess:
    """Runs jobs: `worker.run` returns after `worker.stop`."""

    worker: Worker
    ground: Ground
    bell: Bell
    """The api rings it when there may be a job."""
    sandbox: str
    """One line on the sandbox that is in force."""

    def close(self) -> None:
        """Write what waits."""
        self.bell.close()
        self.ground.close()


def build_worker(config: Config, *, clock: Clock | None = None, ids: Ids | None = None) -> WorkerProcess:
    """What runs jobs. The sandbox has been tried when this returns."""
    owner = str(Owner.of_this_process())
    workspaces = Workspaces(None, owner)
    workspaces.prepare(is_alive)
    with workspaces.borrow("canary") as scratch:
        tools = find_tools(config.sandbox, scratch)
    ground = build_ground(
        config,
        process="worker",
        clock=clock or SystemClock(),
        ids=ids or Ids(),
    )
    stores, keys = _media(config)
    engine = Engine(
        lifecycle=ground.lifecycle,
        sessions=ground.sessions,
        open_store=stores.open,
        open_keys=keys.open,
        web=Web(open_outbound(config)),
        executor=LocalExecutor(tools),
        tools=tools,
        capabilities=capabilities(config.slots),
        workspaces=workspaces,
        clock=ground.clock,
        spans=tracing("worker") or NoSpans(),
    )
    threading.Thread(target=stores.warm_up, name="warm-up", daemon=True).start()
    worker = Worker(engine, owner, slots=config.slots)
    return WorkerProcess(
        worker=worker,
        ground=ground,
        bell=Bell(config.data_dir, worker.wake),
        sandbox=tools.sandbox.describe(),
    )


def _media(config: Config) -> tuple[S3Stores, Kms]:
    """S3 and KMS as the operator wants them. Raises `UnusableCredentials`, `UnusableAuthority`."""
    trusted = trusting(config.trust_ca) if config.trust_ca else None
    own, remote = Endpoint(url=config.endpoint_url, region=config.region, trusted=trusted), config.remote
    if remote is None:
        return S3Stores(own), Kms(own)
    keys = RemoteCredentials(remote.credentials_file)
    s3, kms = (
        own if url is None else Endpoint(url=url, region=remote.region, remote=keys, trusted=trusted)
        for url in (remote.s3_url, remote.kms_url)
    )
    return S3Stores(s3, has_virtual_hosts=remote.has_virtual_hosts), Kms(kms)


def capabilities(slots: int = 1) -> media_plan.Capabilities:
    """What a job may count on when `slots` of them share this machine."""
    return media_plan.Capabilities(threads=max(1, len(os.sched_getaffinity(0)) // slots))
