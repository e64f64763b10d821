"""H.264 levels: which one an output needs, and how many reference frames it leaves room for.

Source: ITU-T H.264, table A-1. The level is always written into the command line, so that the plan knows the CODECS
string of a playlist before anything is encoded.
"""

from dataclasses import dataclass
from fractions import Fraction
from math import ceil

from telecine.media import errors
from telecine.media.settings import H264, Profile, QualityTuning
from telecine.media.tracks import Picture

_REFERENCES = {QualityTuning.SINGLE_PASS: 1, QualityTuning.SINGLE_PASS_HQ: 3, QualityTuning.MULTI_PASS_HQ: 5}
"""What the x264 presets of these tunings (`veryfast`, `medium`, `slow`) use."""


@dataclass(frozen=True, slots=True)
class Level:
    """One row: limits in macroblocks and in units of 1000 bits a second for the Main profile."""

    name: str
    blocks_per_second: int
    blocks_per_frame: int
    buffered_blocks: int
    kilobits: int


LEVELS = (
    Level("1", 1_485, 99, 396, 64),
    Level("1.1", 3_000, 396, 900, 192),
    Level("1.2", 6_000, 396, 2_376, 384),
    Level("1.3", 11_880, 396, 2_376, 768),
    Level("2", 11_880, 396, 2_376, 2_000),
    Level("2.1", 19_800, 792, 4_752, 4_000),
    Level("2.2", 20_250, 1_620, 8_100, 4_000),
    Level("3", 40_500, 1_620, 8_100, 10_000),
    Level("3.1", 108_000, 3_600, 18_000, 14_000),
    Level("3.2", 216_000, 5_120, 20_480, 20_000),
    Level("4", 245_760, 8_192, 32_768, 20_000),
    Level("4.1", 245_760, 8_192, 32_768, 50_000),
    Level("4.2", 522_240, 8_704, 34_816, 50_000),
    Level("5", 589_824, 22_080, 110_400, 135_000),
    Level("5.1", 983_040, 36_864, 184_320, 240_000),
    Level("5.2", 2_073_600, 36_864, 184_320, 240_000),
)


def choose(h264: H264, picture: Picture, rate: Fraction, number: int) -> tuple[str, int]:
    """(level, reference frames) of an output. `number` counts the job's video descriptions from 1.

    Raises 1040 when the level that the settings ask for cannot hold the picture or its rate. A bitrate above the
    level's does not fail: decoders accept it, and MediaConvert says nothing of it.
    """
    blocks = ceil(picture.width / 16) * ceil(picture.height / 16)
    fitting = [level for level in LEVELS if _fits(level, blocks, rate)]
    if h264.level is not None:
        fitting = [level for level in fitting if level.name == h264.level]
        if not fitting:
            raise errors.invalid_level(number)
    elif not fitting:
        raise errors.invalid_level(number)
    roomy = [level for level in fitting if level.kilobits * 1000 >= _peak(h264)] or fitting[-1:]
    wanted = h264.reference_frames or _REFERENCES[h264.tuning]
    return roomy[0].name, max(1, min(wanted, roomy[0].buffered_blocks // blocks, 16))


def is_pyramid_possible(level: str, picture: Picture) -> bool:
    """True when the level's picture buffer holds the four frames that B-frame references need."""
    blocks = ceil(picture.width / 16) * ceil(picture.height / 16)
    return next(row for row in LEVELS if row.name == level).buffered_blocks // blocks >= 4


def _fits(level: Level, blocks: int, rate: Fraction) -> bool:
    return blocks <= level.blocks_per_frame and blocks * rate <= level.blocks_per_second


def _peak(h264: H264) -> Fraction:
    """Bits a second that the level must carry; High may have a quarter more."""
    peak = h264.max_bitrate or h264.bitrate or 0
    return Fraction(peak) * (Fraction(4, 5) if h264.profile is Profile.HIGH else 1)
