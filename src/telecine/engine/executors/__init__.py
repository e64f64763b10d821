"""Where the steps of a plan run."""

from pathlib import Path
from typing import Protocol

from telecine.engine.watch import Watch
from telecine.media.plan.model import Plan


class Executor(Protocol):
    """Runs plans. It knows neither jobs nor the database: retries and states are not its business."""

    def run(self, plan: Plan, folder: Path, watch: Watch) -> None:
        """Run every step of `plan` in `folder`, each after those it needs.

        Raises `JobFailed`, `EngineFault` or `AttemptStopped`; then no process of it is left.
        """
        ...
