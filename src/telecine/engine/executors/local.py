"""Steps as processes of this machine: the encode, which fills the cores by itself, then the copies side by side."""

import threading
from collections.abc import Iterator, Sequence
from functools import partial
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

from telecine.engine.errors import EngineFault
from telecine.engine.steps.encode import encode, limits_for
from telecine.engine.tools.sandbox import Limits
from telecine.engine.tools.toolbox import Toolbox
from telecine.engine.transfers import run_all
from telecine.engine.watch import Watch
from telecine.media.plan.model import Plan, Step


class LocalExecutor:
    """`Executor` on this machine's tools."""

    def __init__(self, tools: Toolbox) -> None:
        self._tools = tools

    def run(self, plan: Plan, folder: Path, watch: Watch) -> None:
        limits = limits_for(plan.expectations)
        progress = _Progress(watch, plan.steps)
        for rank in ranks(plan.steps):
            # Steps of one rank are copies into containers, which wait for their own start and for the disk.
            steps = [partial(self._step, step, folder, limits, progress.watch_of(step)) for step in rank]
            run_all(steps, watch.silent(), size=0)

    def _step(self, step: Step, folder: Path, limits: Limits, watch: Watch) -> int:
        encode(self._tools, step, folder, limits, watch)
        watch.advance(1.0, step.frames)
        return 0


class _Progress:
    """How far a plan is, from how far its steps are. Told from several threads."""

    def __init__(self, watch: Watch, steps: Sequence[Step]) -> None:
        self._watch = watch
        self._work = sum(step.work for step in steps) or 1.0
        self._lock = threading.Lock()
        self._done = {step.id: 0.0 for step in steps}
        self._frames = {step.id: 0 for step in steps}

    def watch_of(self, step: Step) -> Watch:
        """The watch of one step, whose advance counts by the step's share of the work."""

        def advance(share: float, frames: int) -> None:
            with self._lock:
                self._done[step.id] = step.work * share
                self._frames[step.id] = max(frames, self._frames[step.id])
                done, encoded = sum(self._done.values()) / self._work, sum(self._frames.values())
            self._watch.advance(min(1.0, done), encoded)

        return Watch(should_stop=self._watch.should_stop, advance=advance)


def ranks(steps: Sequence[Step]) -> Iterator[list[Step]]:
    """The steps in groups, each of which needs only groups before it; in a group as the plan has them.

    Raises `EngineFault` for a plan whose steps wait for each other or for a step that is not there.
    """
    by_id = {step.id: step for step in steps}
    sorter = TopologicalSorter({step.id: step.needs for step in steps})
    try:
        sorter.prepare()
    except CycleError as problem:
        raise EngineFault(f"the plan's steps wait for each other: {problem}") from problem
    while sorter.is_active():
        ready = sorter.get_ready()
        unknown = set(ready) - by_id.keys()
        if unknown:
            raise EngineFault(f"the plan needs steps that it does not have: {', '.join(sorted(unknown))}")
        yield [step for step in steps if step.id in ready]
        sorter.done(*ready)
