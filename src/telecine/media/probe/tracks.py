"""What an input holds, as values. Times are exact fractions of a second, as far as the container knows them."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoTrack:
    """A moving picture; cover pictures are not among them."""

    index: int
    """ffmpeg's stream index."""
    stream_id: int
    """The container's own number: track id or PID."""
    codec: str
    """ffprobe's name: `h264`."""
    profile: str
    four_cc: str
    width: int
    height: int
    pixel_aspect: Fraction
    frame_rate: Fraction
    """Frames a second; of a variable rate the nearest constant one."""
    is_variable: bool
    frames: int
    """Packets counted in the file."""
    start: Fraction
    duration: Fraction | None
    rotation: int
    """Degrees clockwise (0, 90, 180, 270) by which a player would turn the picture."""
    pixel_format: str
    bit_depth: int
    is_interlaced: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioTrack:
    """One audio track, of any number of channels."""

    index: int
    stream_id: int
    codec: str
    channels: int
    layout: str
    """ffmpeg's name (`5.1`), empty when the container does not say."""
    sample_rate: int
    start: Fraction
    duration: Fraction | None
    language: str | None
    """ISO 639 code in lower case; None when undetermined."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Program:
    """One program of a transport stream."""

    number: int
    streams: tuple[int, ...]


@dataclass(frozen=True, kw_only=True, slots=True)
class Probe:
    """One input."""

    format: str
    """ffprobe's name of the container; empty when there is none that we read."""
    size: int
    start: Fraction
    """The earliest time in the file, which ffmpeg takes for zero."""
    duration: Fraction | None
    video: tuple[VideoTrack, ...]
    audio: tuple[AudioTrack, ...]
    programs: tuple[Program, ...] = ()
    is_truncated: bool = False
    """True when the container's own index names packets that are not in the file."""
