"""How an output's video is to be made. Every default of a video setting stands in this file and nowhere else.

Where a default is not in the service model, the comment says whose choice it is.
"""

from dataclasses import dataclass
from enum import StrEnum
from fractions import Fraction

from telecine.media.settings import fields
from telecine.media.settings.fields import Structure


class RateControl(StrEnum):
    QVBR = "QVBR"
    VBR = "VBR"
    CBR = "CBR"


class QualityTuning(StrEnum):
    SINGLE_PASS = "SINGLE_PASS"  # noqa: S105  (a number of encoder passes)
    SINGLE_PASS_HQ = "SINGLE_PASS_HQ"  # noqa: S105
    MULTI_PASS_HQ = "MULTI_PASS_HQ"  # noqa: S105


class GopUnits(StrEnum):
    FRAMES = "FRAMES"
    SECONDS = "SECONDS"
    AUTO = "AUTO"


class SceneChange(StrEnum):
    DISABLED = "DISABLED"
    ENABLED = "ENABLED"
    TRANSITION_DETECTION = "TRANSITION_DETECTION"


class Scaling(StrEnum):
    DEFAULT = "DEFAULT"
    STRETCH_TO_OUTPUT = "STRETCH_TO_OUTPUT"
    FIT = "FIT"
    FIT_NO_UPSCALE = "FIT_NO_UPSCALE"
    FILL = "FILL"


class Quantization(StrEnum):
    OFF = "OFF"
    AUTO = "AUTO"
    LOW = "LOW"
    MEDIUM = "MEDIUM"
    HIGH = "HIGH"
    HIGHER = "HIGHER"
    MAX = "MAX"


class Profile(StrEnum):
    BASELINE = "BASELINE"
    MAIN = "MAIN"
    HIGH = "HIGH"


@dataclass(frozen=True, kw_only=True, slots=True)
class H264:
    """`H264Settings`."""

    rate_control: RateControl
    bitrate: int | None
    """Bits a second; required for VBR and CBR."""
    max_bitrate: int | None
    """Bits a second; required for QVBR."""
    quality_level: float | None
    """QVBR's level from 1 to 10, in thirds; None: chosen from the picture's size."""
    buffer_bits: int | None
    """Size of the decoder's buffer model; None: chosen from the bitrate."""
    buffer_fill_percent: int | None
    tuning: QualityTuning
    profile: Profile
    level: str | None
    """As the bitstream says it (`4.1`); None: the lowest that fits."""
    gop_size: float | None
    gop_units: GopUnits
    scene_change: SceneChange
    min_i_interval: int | None
    """Fewest frames between two IDR frames; 0: none but the cadence's; None: the encoder's choice."""
    b_frames: int | None
    has_reference_b_frames: bool
    is_sub_gop_dynamic: bool
    reference_frames: int | None
    is_cabac: bool
    weighted_prediction: bool | None
    slices: int
    quantization: Quantization
    is_quantization_spatial: bool
    is_quantization_temporal: bool
    frame_rate: Fraction | None
    """None: the source's."""
    pixel_aspect: Fraction | None
    """None: the source's."""
    wants_saliency: bool

    @classmethod
    def read(cls, raw: Structure) -> "H264":
        qvbr = fields.child(raw, "QvbrSettings")
        level = fields.text(raw, "CodecLevel", "AUTO")
        weighted = fields.maybe_text(raw, "ExplicitWeightedPrediction")
        return cls(
            rate_control=fields.choice(raw, "RateControlMode", RateControl.VBR),  # ours: the model names none
            bitrate=fields.maybe_integer(raw, "Bitrate"),
            max_bitrate=fields.maybe_integer(raw, "MaxBitrate"),
            quality_level=_quality_level(qvbr),
            buffer_bits=fields.maybe_integer(raw, "HrdBufferSize") or None,
            buffer_fill_percent=fields.maybe_integer(raw, "HrdBufferInitialFillPercentage"),
            tuning=fields.choice(raw, "QualityTuningLevel", QualityTuning.SINGLE_PASS_HQ),
            profile=fields.choice(raw, "CodecProfile", Profile.MAIN),
            level=None if level == "AUTO" else level.removeprefix("LEVEL_").replace("_", "."),
            gop_size=fields.maybe_number(raw, "GopSize"),
            gop_units=_gop_units(raw),
            scene_change=fields.choice(raw, "SceneChangeDetect", SceneChange.ENABLED),
            min_i_interval=fields.maybe_integer(raw, "MinIInterval"),
            b_frames=fields.maybe_integer(raw, "NumberBFramesBetweenReferenceFrames"),
            has_reference_b_frames=fields.text(raw, "GopBReference", "ENABLED") == "ENABLED",
            is_sub_gop_dynamic=fields.text(raw, "DynamicSubGop", "ADAPTIVE") == "ADAPTIVE",
            reference_frames=fields.maybe_integer(raw, "NumberReferenceFrames"),
            is_cabac=fields.text(raw, "EntropyEncoding", "CABAC") == "CABAC",
            weighted_prediction=None if weighted is None else weighted == "ENABLED",
            slices=fields.integer(raw, "Slices", 1),
            quantization=fields.choice(raw, "AdaptiveQuantization", Quantization.AUTO),
            is_quantization_spatial=fields.text(raw, "SpatialAdaptiveQuantization", "ENABLED") == "ENABLED",
            is_quantization_temporal=fields.text(raw, "TemporalAdaptiveQuantization", "ENABLED") == "ENABLED",
            frame_rate=_specified(raw, "FramerateControl", "Framerate"),
            pixel_aspect=_specified(raw, "ParControl", "Par"),
            wants_saliency=fields.text(raw, "SaliencyAwareEncoding", "DISABLED") == "PREFERRED",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class VideoDescription:
    """`VideoDescription` with H.264 settings."""

    codec: str
    width: int | None
    height: int | None
    scaling: Scaling
    sharpness: int
    """0 (softest) to 100: how wide the scaler's kernel is."""
    is_deinterlacer_set: bool
    is_deinterlacing_forced: bool
    """Also frames that are tagged progressive."""
    keeps_color_metadata: bool
    h264: H264

    @classmethod
    def read(cls, raw: Structure) -> "VideoDescription":
        codec = fields.child(raw, "CodecSettings")
        deinterlacer = fields.maybe_child(fields.child(raw, "VideoPreprocessors"), "Deinterlacer")
        return cls(
            codec=fields.text(codec, "Codec", ""),
            width=fields.maybe_integer(raw, "Width"),
            height=fields.maybe_integer(raw, "Height"),
            scaling=fields.choice(raw, "ScalingBehavior", Scaling.DEFAULT),
            sharpness=fields.integer(raw, "Sharpness", 50),
            is_deinterlacer_set=deinterlacer is not None,
            is_deinterlacing_forced=fields.text(deinterlacer or {}, "Control", "NORMAL") == "FORCE_ALL_FRAMES",
            keeps_color_metadata=fields.text(raw, "ColorMetadata", "INSERT") == "INSERT",
            h264=H264.read(fields.child(codec, "H264Settings")),
        )


def _quality_level(qvbr: Structure) -> float | None:
    level = fields.maybe_integer(qvbr, "QvbrQualityLevel")
    if level is None:
        return None
    fine = fields.maybe_number(qvbr, "QvbrQualityLevelFineTune") or 0.0
    return round((level + fine) * 3) / 3  # "rounds your QVBR quality level to the nearest third of a whole number"


def _gop_units(raw: Structure) -> GopUnits:
    """Without units MediaConvert chooses by itself, unless a size is given, which then counts frames."""
    default = GopUnits.AUTO if raw.get("GopSize") is None else GopUnits.FRAMES
    return fields.choice(raw, "GopSizeUnits", default)


def _specified(raw: Structure, control: str, prefix: str) -> Fraction | None:
    if fields.text(raw, control, "INITIALIZE_FROM_SOURCE") != "SPECIFIED":
        return None
    numerator = fields.integer(raw, f"{prefix}Numerator", 1)
    return Fraction(numerator, fields.integer(raw, f"{prefix}Denominator", 1))
