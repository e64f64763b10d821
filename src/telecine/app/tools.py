"""The media tools of this machine, for the worker, for probes and for `telecine plan`. Loads no more of the engine."""

from pathlib import Path

from telecine.engine.tools import binaries, sandbox
from telecine.engine.tools.toolbox import Toolbox


def find_tools(mode: str, scratch: Path) -> Toolbox:
    """ffmpeg and ffprobe in the sandbox that `mode` asks for, which has been tried with a canary in `scratch`."""
    found = binaries.locate()
    return Toolbox(binaries=found, sandbox=sandbox.establish(sandbox.Mode(mode), found, scratch))
