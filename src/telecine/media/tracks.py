"""The tracks that a plan encodes: settings and probe resolved into values that ffmpeg's command line is written from.

Equal values are one encode, however many outputs use it.
"""

from dataclasses import dataclass
from fractions import Fraction
from itertools import pairwise
from math import ceil, floor

from telecine.media.settings import H264

AAC_FRAME = 1024
"""Samples in one AAC-LC frame; the encoder's priming is one frame too."""


@dataclass(frozen=True, kw_only=True, slots=True)
class KeyframeGrid:
    """On which frames IDR pictures must stand: where a segment starts, and every `gop` frames after that."""

    gop: int
    segment: Fraction | None = None
    """Length of a segment in frames; segment k starts at frame ceil(k * segment). None: not segmented."""

    def positions(self, frames: int) -> list[int]:
        """All grid positions below `frames`."""
        if self.segment is None:
            return list(range(0, frames, self.gop))
        count = ceil(frames / self.segment)
        starts = [ceil(k * self.segment) for k in range(count)] + [frames]
        return [n for start, end in pairwise(starts) for n in range(start, end, self.gop)]

    def segments(self, frames: int) -> int:
        """How many segments `frames` frames make."""
        return 1 if self.segment is None else sum(ceil(k * self.segment) < frames for k in range(self._bound(frames)))

    def _bound(self, frames: int) -> int:
        assert self.segment is not None
        return floor(frames / self.segment) + 1


@dataclass(frozen=True, kw_only=True, slots=True)
class Picture:
    """How the source's picture comes to the output's size: scaled, then cropped or padded."""

    width: int
    height: int
    scaled_width: int
    scaled_height: int
    pixel_aspect: Fraction
    """Of the output."""

    @property
    def offset(self) -> tuple[int, int]:
        """(x, y) of the scaled picture in the output, negative where it is cropped; even, for 4:2:0 chroma."""
        return (
            (self.width - self.scaled_width) // 4 * 2,
            (self.height - self.scaled_height) // 4 * 2,
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class SourcePicture:
    """The decoded picture after rotation, and what must be done to every frame before outputs differ."""

    stream: int
    width: int
    height: int
    pixel_aspect: Fraction
    quarter_turns: int
    """Clockwise."""
    delay: Fraction
    """Seconds between the earliest packet of the file, which ffmpeg takes for zero, and the first picture."""
    is_interlaced: bool


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoEncode:
    """One H.264 encode."""

    source: SourcePicture
    picture: Picture
    frame_rate: Fraction
    frames: int
    """How many will come out."""
    frame_tolerance: int
    """By how many the count may be wrong; 0 when the source's timestamps tell its frames exactly."""
    grid: KeyframeGrid
    level: str
    """As the bitstream says it: `3.1`."""
    reference_frames: int
    deinterlaces: bool
    is_deinterlacing_forced: bool
    sharpness: int
    keeps_color_metadata: bool
    has_room_for_pyramid: bool
    """The level's picture buffer holds the frames that referenced B-frames need."""
    fills_bitrate: bool
    """CBR in a transport stream: padded to its rate. MP4 does not allow padding."""
    h264: H264

    @property
    def duration(self) -> Fraction:
        """In seconds."""
        return self.frames / self.frame_rate


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioEncode:
    """One AAC encode, from the first sample to the last."""

    stream: int | None
    """ffmpeg's stream index; None for silence."""
    source_channels: int
    has_known_layout: bool
    delay: Fraction
    """Seconds by which the track's times must be moved so that the picture starts at zero."""
    channels: int
    sample_rate: int
    bitrate: int
    samples: int
    """Exactly how many go into the encoder: silence is added or the end is cut."""

    @property
    def packets(self) -> int:
        """AAC frames that come out, priming included."""
        return ceil(Fraction(self.samples, AAC_FRAME)) + 1
