"""Probe the inputs: what ffprobe finds in each, or that it is no media."""

import json
import logging
from collections.abc import Sequence
from pathlib import Path

from telecine.engine.errors import AttemptStopped, EngineFault, JobFailed
from telecine.engine.tools.process import Capture, Ending
from telecine.engine.tools.sandbox import Limits
from telecine.engine.tools.toolbox import Toolbox
from telecine.engine.watch import Watch
from telecine.media import errors as media_errors
from telecine.media import probe as media_probe
from telecine.media.probe import Probe

log = logging.getLogger(__name__)

_LIMITS = Limits(cpu_seconds=120, wall_seconds=300.0, stall_seconds=60.0, address_bytes=4 * 1024**3, file_bytes=0)
_OUTPUT_BYTES = 16 * 1024**2


def probe(tools: Toolbox, names: Sequence[str], uris: Sequence[str], folder: Path, watch: Watch) -> tuple[Probe, ...]:
    """What each input holds. Raises `MediaError` 1010 for a file that is no media or of a format we do not read."""
    return tuple(_probe(tools, name, uri, folder, watch) for name, uri in zip(names, uris, strict=True))


def _probe(tools: Toolbox, name: str, uri: str, folder: Path, watch: Watch) -> Probe:
    output = Capture(_OUTPUT_BYTES)
    argv = media_probe.argv(name)
    finished = tools.run("ffprobe", argv, folder, limits=_LIMITS, output=output, should_stop=watch.should_stop)
    match finished.ending:
        case Ending.DONE if not output.is_cut:
            return media_probe.parse(json.loads(output.text()))
        case Ending.STOPPED:
            raise AttemptStopped
        case Ending.NOT_STARTED | Ending.DISK_FULL:
            raise EngineFault(f"ffprobe of {name}: {finished}")
        case Ending.DONE | Ending.OUT_OF_RESOURCES | Ending.STALLED | Ending.TIMED_OUT:
            log.info("job %s: ffprobe of %s: %s", folder.name, name, finished)
            cause = "Failed probe/open: [The input needs more time or memory than any input may take]"
            raise JobFailed(1010, f"Unable to open input file [{uri}]: {cause}")
        case _:
            log.info("job %s: ffprobe of %s: %s", folder.name, name, finished)
            raise media_errors.not_media(uri)
