"""Steps as processes of this machine, one at a time: one ffmpeg of a ladder fills the cores by itself."""

from collections.abc import Sequence
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from telecine.engine.errors import EngineFault
from telecine.engine.steps.encode import encode, limits_for
from telecine.engine.tools.toolbox import Toolbox
from telecine.engine.watch import Watch
from telecine.media.plan.model import Plan, Step


class LocalExecutor:
    """`Executor` on this machine's tools."""

    def __init__(self, tools: Toolbox) -> None:
        self._tools = tools

    def run(self, plan: Plan, folder: Path, watch: Watch) -> None:
        limits = limits_for(plan.expectations)
        work = sum(step.work for step in plan.steps) or 1.0
        done, frames = 0.0, 0
        for step in in_order(plan.steps):
            watch.check()
            part = _Part(watch, done / work, step.work / work, frames)
            encode(self._tools, step, folder, limits, part.watch())
            done, frames = done + step.work, part.frames
            watch.advance(min(1.0, done / work), frames)


class _Part:
    """One step's share of its plan's progress."""

    def __init__(self, watch: Watch, start: float, share: float, frames: int) -> None:
        self._watch = watch
        self._start = start
        self._share = share
        self._frames_before = frames
        self.frames = frames
        """Frames of the steps before and of this one so far."""

    def watch(self) -> Watch:
        return Watch(should_stop=self._watch.should_stop, advance=self._advance)

    def _advance(self, done: float, frames: int) -> None:
        self.frames = self._frames_before + frames
        self._watch.advance(min(1.0, self._start + self._share * done), self.frames)


def in_order(steps: Sequence[Step]) -> list[Step]:
    """The steps, each after those it needs and otherwise as the plan has them.

    Raises `EngineFault` for a plan whose steps wait for each other or for a step that is not there.
    """
    by_id = {step.id: step for step in steps}
    sorter = TopologicalSorter({step.id: step.needs for step in steps})
    try:
        return [by_id[step_id] for step_id in sorter.static_order()]
    except (CycleError, KeyError) as problem:
        raise EngineFault(f"the plan's steps cannot be put in order: {problem}") from problem
