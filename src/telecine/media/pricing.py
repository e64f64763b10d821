"""By what MediaConvert would charge for an output: tier, codec, picture size, frame rate, encoder passes.

Telecine charges nothing. These dimensions let whoever comes from MediaConvert, or thinks of going there, multiply
minutes by AWS's own prices.

Source: the columns of AWS's public price list for MediaConvert ("Tier", "Video Codec", "Video Resolution", "Video Frame
Rate", "Video Quality Setting") and the pricing page's words on tiers. Which features beside codec and passes make an
output Professional is not public in full: only those two count here.
"""

from dataclasses import dataclass
from fractions import Fraction

NO_VIDEO = "AUDIO_ONLY"
"""The codec and resolution of an output without video."""

_BASIC_CODECS = frozenset({"VP8", "VP9"})
_SIZES = ((720, "SD"), (1081, "HD"), (2161, "4K"))
"""Lines below which a picture is of that class: SD ends before 720, HD with 1080, 4K with 2160."""
_RATES = ((30, "30"), (60, "60"), (120, "120"))


@dataclass(frozen=True, kw_only=True, slots=True)
class Dimensions:
    """What the minutes of one output count as."""

    tier: str
    """`BASIC` or `PROFESSIONAL`."""
    codec: str
    """As CodecSettings names it (`H_264`), or `AUDIO_ONLY`."""
    resolution: str
    """`SD`, `HD`, `4K`, `8K` by the lines of the picture, or `AUDIO_ONLY`."""
    frame_rate: str
    """The class's upper end: `30`, `60`, `120` frames a second; `0` without video."""
    passes: str
    """As QualityTuningLevel names them (`SINGLE_PASS`, `MULTI_PASS_HQ`); empty without video."""


def of_video(*, codec: str, passes: str, width: int, height: int, rate: Fraction) -> Dimensions:
    """The dimensions of an output with video. A picture on end counts by its shorter side, as one lying would."""
    is_basic = codec in _BASIC_CODECS or (codec == "H_264" and passes != "MULTI_PASS_HQ")
    return Dimensions(
        tier="BASIC" if is_basic else "PROFESSIONAL",
        codec=codec,
        resolution=next((name for end, name in _SIZES if min(width, height) < end), "8K"),
        frame_rate=next((name for end, name in _RATES if rate <= end), "120"),
        passes=passes,
    )


def of_audio() -> Dimensions:
    """The dimensions of an output without video."""
    return Dimensions(tier="BASIC", codec=NO_VIDEO, resolution=NO_VIDEO, frame_rate="0", passes="")
