"""Where outputs go: destinations, name modifiers and the variables in them.

Source: MediaConvert user guide, `list-of-settings-variables-with-examples`,
`specifying-a-minimum-number-of-digits`.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from fractions import Fraction

_VARIABLE = re.compile(r"\$(?:([A-Za-z]+)(?:%0(\d{1,2}))?\$|\$)")

DESTINATION_VARIABLES = frozenset({"dt", "d", "t", "fn"})
MODIFIER_VARIABLES = DESTINATION_VARIABLES | {"rv", "ra", "rc", "w", "h", "f", "ex"}
SEGMENT_VARIABLES = MODIFIER_VARIABLES - {"dt", "d", "t"}
"""In a segment modifier the times mean when each segment is complete, which a plan cannot know."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobFacts:
    """What is the same for all outputs of a job."""

    input_uri: str
    started: datetime


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputFacts:
    """What variables say of one output; zero for what it does not have."""

    video_bitrate: int
    audio_bitrate: int
    width: int
    height: int
    frame_rate: Fraction
    extension: str


def unknown_variables(text: str, allowed: frozenset[str]) -> list[str]:
    """The `$name$` in `text` that are not `allowed`, in order."""
    return [name for name, _digits in _VARIABLE.findall(text) if name and name not in allowed]


def base(destination: str, job: JobFacts) -> tuple[str, str]:
    """(`s3://bucket/prefix/`, base name) of an output group's destination.

    Without a base name (a trailing `/`, or a bucket alone) the first input's file name stands for it.
    """
    resolved = _resolve(destination, _job_values(job))
    folder, _, name = resolved.removeprefix("s3://").rpartition("/")
    if not folder:
        return f"s3://{name}/", input_name(job.input_uri)
    return f"s3://{folder}/", name or input_name(job.input_uri)


def modifier(text: str, job: JobFacts, output: OutputFacts) -> str:
    """A name or segment modifier with its variables filled in."""
    values = {
        **_job_values(job),
        "rv": str(output.video_bitrate // 1000),
        "ra": str(output.audio_bitrate // 1000),
        "rc": str((output.video_bitrate + output.audio_bitrate) // 1000),
        "w": str(output.width),
        "h": str(output.height),
        "f": str(int(output.frame_rate)),
        "ex": output.extension,
    }
    return _resolve(text, values)


def input_name(uri: str) -> str:
    """The input's file name without its extension: `film` for `s3://b/in/film.mp4`."""
    name = uri.rpartition("/")[2]
    stem, dot, _ = name.rpartition(".")
    return stem if dot and stem else name


def _job_values(job: JobFacts) -> Mapping[str, str]:
    moment = job.started.astimezone(UTC)
    return {
        "dt": moment.strftime("%Y%m%dT%H%M%S"),
        "d": moment.strftime("%Y%m%d"),
        "t": moment.strftime("%H%M%S"),
        "fn": input_name(job.input_uri),
    }


def _resolve(text: str, values: Mapping[str, str]) -> str:
    def value(match: re.Match[str]) -> str:
        name, digits = match.group(1), match.group(2)
        if name is None:
            return "$"
        return values.get(name, match.group(0)).zfill(int(digits or 0))

    return _VARIABLE.sub(value, text)
