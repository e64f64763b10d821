"""Run one step of a plan: one tool, confined, with progress and limits."""

import logging
from pathlib import Path

from telecine.engine.errors import AttemptStopped, EngineFault, JobFailed
from telecine.engine.tools.process import Ending, Finished, ProgressReader, ToolProgress
from telecine.engine.tools.sandbox import Limits
from telecine.engine.tools.toolbox import Toolbox
from telecine.engine.watch import Watch
from telecine.engine.workspace import disk_full
from telecine.media import errors as media_errors
from telecine.media.plan.model import Expectation, Step

log = logging.getLogger(__name__)

_BASE_SECONDS = 600
_SECONDS_PER_SECOND = 100
_DATA_SECONDS = 3600


def limits_for(expectations: tuple[Expectation, ...]) -> Limits:
    """Limits that no honest job of this length meets: a second of each track may cost 100 seconds of CPU."""
    seconds = sum(expectation.duration_seconds for expectation in expectations)
    allowed = _BASE_SECONDS + int(seconds * _SECONDS_PER_SECOND)
    return Limits(cpu_seconds=allowed, wall_seconds=float(max(allowed, _DATA_SECONDS)))


def encode(tools: Toolbox, step: Step, folder: Path, limits: Limits, watch: Watch) -> None:
    """Run `step` in `folder`; afterwards its outputs are there.

    Raises `JobFailed` or `MediaError` when the input is to blame, `EngineFault` when we are, `AttemptStopped`.
    """

    def on_progress(progress: ToolProgress) -> None:
        share = min(1.0, progress.frame / step.frames) if step.frames else 0.0
        watch.advance(share, progress.frame)

    for name in step.outputs:
        if name.endswith("/"):
            (folder / name).mkdir(parents=True, exist_ok=True)
        else:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
    reader = ProgressReader(on_progress)
    finished = tools.run(step.tool, step.argv, folder, limits=limits, output=reader, should_stop=watch.should_stop)
    if finished.ending is not Ending.DONE:
        log.warning("job %s: step %s: %s\n%s", folder.name, step.id, finished, "\n".join(finished.errors))
        raise _error(step, finished, folder)
    missing = [name for name in step.outputs if not (folder / name).exists()]
    if missing:
        raise EngineFault(f"step {step.id} did not write {', '.join(missing)}")


def _error(step: Step, finished: Finished, folder: Path) -> Exception:
    """Whose fault it is, by the exit code. The probe has passed, so that what is left is damage inside the file."""
    match finished.ending:
        case Ending.STOPPED:
            return AttemptStopped()
        case Ending.INVALID_DATA:
            length = max(
                ((folder / name).stat().st_size for name in step.inputs if (folder / name).is_file()), default=0
            )
            return media_errors.truncated(length)
        case Ending.TOO_MANY_ERRORS:
            return JobFailed(1020, "Video sync did not read enough good frames to process successfully")
        case Ending.DISK_FULL:
            return disk_full()
        case Ending.STALLED | Ending.TIMED_OUT:
            return JobFailed(1522, "An internal error has occurred and your job timed out. Contact Support.")
        case _:
            return EngineFault(f"step {step.id}: {finished}")
