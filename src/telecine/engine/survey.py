"""Look into a media file without fetching all of it: both its ends, and where the index stands in between.

Beside a job, for Probe: bounded in bytes and in time, in the sandbox as every look at untrusted media is.
"""

import json
import logging
import struct
from collections.abc import Callable
from pathlib import Path
from typing import Any

from telecine.engine.errors import EngineFault
from telecine.engine.tools.process import Capture, Ending
from telecine.engine.tools.sandbox import Limits
from telecine.engine.tools.toolbox import Toolbox
from telecine.media import probe as media_probe

log = logging.getLogger(__name__)

_WHOLE_BYTES = 16 * 1024**2
"""A file up to this size is read whole."""
_END_BYTES = 4 * 1024**2
"""How much is read at either end: headers, the first packets, and the last ones, which tell when it ends."""
_INDEX_BYTES = 64 * 1024**2
"""The largest index (`moov`): enough for a day of film."""
_MAX_BOXES = 64
_BOX_TYPES = {b"ftyp", b"moov", b"mdat", b"free", b"skip", b"wide", b"pnot", b"styp", b"uuid"}

_LIMITS = Limits(cpu_seconds=10, wall_seconds=15.0, stall_seconds=10.0, address_bytes=2 * 1024**3, file_bytes=0)
_OUTPUT_BYTES = 4 * 1024**2
_FILE = "input"

Read = Callable[[int, int], bytes]
"""`read(start, size)`: as many bytes from there, all of them."""


def survey(tools: Toolbox, read: Read, size: int, folder: Path) -> dict[str, Any]:
    """`Container` and `TrackMappings` of the file of `size` bytes that `read` reads, with `folder` to work in.

    A file that is no media has neither format nor tracks. Raises `EngineFault` when it cannot be looked into, and what
    `read` raises.
    """
    head = read(0, min(size, _END_BYTES)) if size else b""
    with (folder / _FILE).open("wb") as stream:
        stream.write(head)
        for start, length in _rest(read, head, size):
            stream.seek(start)
            stream.write(read(start, length))
        stream.truncate(size)  # what was not read is a hole
    return media_probe.report(_ffprobe(tools, folder), size, head)


def _rest(read: Read, head: bytes, size: int) -> list[tuple[int, int]]:
    """What else is worth reading, as pairs of start and length."""
    begun = len(head)
    if size <= _WHOLE_BYTES:
        return [(begun, size - begun)] if size > begun else []
    parts = [(size - _END_BYTES, _END_BYTES)]
    index = _index(read, head, size)
    if index is not None and index[0] + index[1] > begun:
        parts.append(index)
    return parts


def _index(read: Read, head: bytes, size: int) -> tuple[int, int] | None:
    """Where an MP4 or QuickTime file has its `moov` (ISO/IEC 14496-12, 4.2: size, type, large size); None without."""
    at = 0
    for _ in range(_MAX_BOXES):
        if at + 8 > size:
            return None
        header = head[at : at + 16] if at + 16 <= len(head) else read(at, min(16, size - at))
        length, kind = struct.unpack_from(">I4s", header)
        if kind not in _BOX_TYPES:
            return None
        if length == 1 and len(header) == 16:
            (length,) = struct.unpack_from(">Q", header, 8)
        elif length == 0:
            length = size - at  # to the end of the file
        if length < 8:
            return None
        if kind == b"moov":
            return (at, min(length, size - at)) if length <= _INDEX_BYTES else None
        at += length
    return None


def _ffprobe(tools: Toolbox, folder: Path) -> dict[str, Any]:
    output = Capture(_OUTPUT_BYTES)
    argv = media_probe.report_argv(_FILE)
    finished = tools.run("ffprobe", argv, folder, limits=_LIMITS, output=output, should_stop=lambda: False)
    if finished.ending is Ending.DONE and not output.is_cut:
        found: dict[str, Any] = json.loads(output.text())
        return found
    if finished.ending in {Ending.NOT_STARTED, Ending.DISK_FULL}:
        raise EngineFault(f"ffprobe of a probed file: {finished}")
    log.info("ffprobe of a probed file: %s", finished)
    return {}
