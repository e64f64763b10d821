"""The worker process: the engine on this machine's tools, and nothing that listens."""

import os

from telecine.app.ground import Config, build_ground, root_key_path
from telecine.core.clock import Clock, SystemClock
from telecine.core.ids import Ids
from telecine.engine.executors.local import LocalExecutor
from telecine.engine.owner import Owner
from telecine.engine.run import Engine
from telecine.engine.storage import S3Stores
from telecine.engine.tools import binaries, sandbox
from telecine.engine.tools.toolbox import Toolbox
from telecine.engine.worker import Worker
from telecine.engine.workspace import Workspaces
from telecine.media import plan as media_plan
from telecine.seal import RootKey


def build_worker(config: Config, *, clock: Clock | None = None, ids: Ids | None = None) -> tuple[Worker, str]:
    """What runs jobs until its `stop` is called, and one line on the sandbox it found."""
    tools = find_tools(config.sandbox)
    ground = build_ground(config, RootKey.load(root_key_path(config)), clock=clock or SystemClock(), ids=ids or Ids())
    owner = str(Owner.of_this_process())
    engine = Engine(
        lifecycle=ground.lifecycle,
        sessions=ground.sessions,
        open_store=S3Stores(config.endpoint_url, config.region).open,
        executor=LocalExecutor(tools),
        tools=tools,
        capabilities=media_plan.Capabilities(threads=max(1, len(os.sched_getaffinity(0)) // config.slots)),
        workspaces=Workspaces(None, owner),
        clock=ground.clock,
    )
    return Worker(engine, owner, slots=config.slots), tools.sandbox.describe()


def find_tools(mode: str) -> Toolbox:
    """ffmpeg and ffprobe in the sandbox that `mode` asks for, which has been tried with a canary."""
    found = binaries.locate()
    return Toolbox(binaries=found, sandbox=sandbox.establish(sandbox.Mode(mode), found))
