"""Is an encoded file what the plan says? Found out from its packet index, without decoding."""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise

from telecine.media import limits
from telecine.media.plan.model import Expectation
from telecine.media.tracks import AAC_FRAME

_START_TOLERANCE = 0.001


@dataclass(frozen=True, kw_only=True, slots=True)
class _Index:
    """A track's packets, in presentation order."""

    times: list[Fraction]
    durations: list[Fraction]
    keyframes: list[bool]
    width: int | None
    height: int | None
    sample_rate: int | None


def argv(expectation: Expectation) -> tuple[str, ...]:
    """Arguments for ffprobe whose output `check` reads."""
    return (
        "-v", "error",
        *limits.own_file_flags(),
        "-select_streams", expectation.track[0],
        "-show_entries", "packet=pts,duration,flags:stream=time_base,width,height,sample_rate",
        "-of", "compact=nokey=0",
        "-i", expectation.file,
    )  # fmt: skip


def check(expectation: Expectation, output: str) -> list[str]:
    """What is wrong with the file, one sentence each without its subject (`has 131 frames instead of 132`)."""
    index = _read(output)
    if index is None or not index.times:
        return [f"has no {expectation.track} packets"]
    problems = _check_time(expectation, index)
    if expectation.track == "video":
        problems += _check_frames(expectation, index)
        problems += _check_size(expectation, index)
    return problems


def _check_time(expectation: Expectation, index: _Index) -> list[str]:
    problems = []
    start, end = index.times[0], index.times[-1] + index.durations[-1]
    priming = AAC_FRAME / index.sample_rate if index.sample_rate else 0.0
    early = expectation.start_seconds - priming - _START_TOLERANCE
    if not early <= start <= expectation.start_seconds + _START_TOLERANCE:
        problems.append(f"starts at {float(start):.6f} s instead of {expectation.start_seconds:.6f} s")
    length = end - Fraction(expectation.start_seconds)
    if abs(length - Fraction(expectation.duration_seconds)) > expectation.tolerance_seconds:
        problems.append(f"is {float(length):.6f} s long instead of {expectation.duration_seconds:.6f} s")
    return problems


def _check_frames(expectation: Expectation, index: _Index) -> list[str]:
    problems = []
    count, expected = len(index.times), expectation.frames or 0
    if abs(count - expected) > expectation.frame_tolerance:
        problems.append(f"has {count} frames instead of {expected}")
    steps = {later - earlier for earlier, later in pairwise(index.times)}
    if steps and max(steps) - min(steps) > Fraction(1, 1000):
        problems.append(f"has uneven frames, {float(min(steps)):.6f} to {float(max(steps)):.6f} s apart")
    missing = [n for n in expectation.grid.positions(count) if not index.keyframes[n]] if expectation.grid else []
    if missing:
        problems.append(f"has no keyframe at frame {missing[0]}, and {len(missing)} in all are missing")
    return problems


def _check_size(expectation: Expectation, index: _Index) -> list[str]:
    if (index.width, index.height) == (expectation.width, expectation.height):
        return []
    return [f"is {index.width}x{index.height} instead of {expectation.width}x{expectation.height}"]


def _read(output: str) -> _Index | None:
    packets: list[tuple[int, int, bool]] = []
    stream: dict[str, str] = {}
    for line in output.splitlines():
        kind, *pairs = line.split("|")
        values = dict(pair.split("=", 1) for pair in pairs if "=" in pair)
        if kind == "packet" and values.get("pts", "N/A") != "N/A":
            duration = values.get("duration", "N/A")
            is_key = values.get("flags", "").startswith("K")
            packets.append((int(values["pts"]), 0 if duration == "N/A" else int(duration), is_key))
        elif kind == "stream":
            stream = values
    if "time_base" not in stream:
        return None
    base = Fraction(stream["time_base"])
    packets.sort()
    return _Index(
        times=[pts * base for pts, _, _ in packets],
        durations=[duration * base for _, duration, _ in packets],
        keyframes=[is_key for _, _, is_key in packets],
        width=int(stream["width"]) if "width" in stream else None,
        height=int(stream["height"]) if "height" in stream else None,
        sample_rate=int(stream["sample_rate"]) if "sample_rate" in stream else None,
    )
