"""The tools and their confinement in one hand: what steps run things with."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from telecine.engine.tools import process
from telecine.engine.tools.binaries import Binaries
from telecine.engine.tools.process import Command, Finished, Output
from telecine.engine.tools.sandbox import Limits, Sandbox


@dataclass(frozen=True, kw_only=True, slots=True)
class Toolbox:
    """Every tool, always in this sandbox."""

    binaries: Binaries
    sandbox: Sandbox

    def run(
        self,
        tool: str,
        argv: tuple[str, ...],
        folder: Path,
        *,
        limits: Limits,
        output: Output,
        should_stop: Callable[[], bool],
    ) -> Finished:
        """Run `ffmpeg` or `ffprobe` in `folder` and tell how it ended. Raises `SandboxUnavailable`."""
        command = Command(tool=self.binaries.named(tool), argv=argv, folder=folder, limits=limits)
        return process.run(command, self.sandbox, output, should_stop=should_stop)
