"""Verify what was encoded, by packet index, before anything of it is published."""

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from telecine.engine.errors import AttemptStopped, EngineFault
from telecine.engine.tools.process import Capture, Ending
from telecine.engine.tools.sandbox import Limits
from telecine.engine.tools.toolbox import Toolbox
from telecine.engine.transfers import run_all
from telecine.engine.watch import Watch
from telecine.media import verify as media_verify
from telecine.media.plan.model import Expectation

_LIMITS = Limits(cpu_seconds=600, wall_seconds=1200.0, file_bytes=0)


def verify(tools: Toolbox, expectations: Sequence[Expectation], folder: Path, watch: Watch) -> None:
    """Check every expectation of a plan. Raises `EngineFault` with all that is not as planned."""
    found: dict[str, list[str]] = {}

    def check(expectation: Expectation) -> int:
        found[f"{expectation.file} {expectation.track}"] = _check(tools, expectation, folder, watch)
        return 0

    # Counting packets is mostly waiting for a tool to start: several at a time.
    run_all([partial(check, expectation) for expectation in expectations], watch.silent(), size=0)
    wrong = [sentence for _, sentences in sorted(found.items()) for sentence in sentences]
    if wrong:
        raise EngineFault("the outputs are not as planned: " + "; ".join(wrong))


def _check(tools: Toolbox, expectation: Expectation, folder: Path, watch: Watch) -> list[str]:
    output = Capture()
    argv = media_verify.argv(expectation)
    finished = tools.run("ffprobe", argv, folder, limits=_LIMITS, output=output, should_stop=watch.should_stop)
    if finished.ending is Ending.STOPPED:
        raise AttemptStopped
    if finished.ending is not Ending.DONE or output.is_cut:
        return [f"{expectation.file} cannot be read back: {finished}"]
    return media_verify.check(expectation, output.text())
