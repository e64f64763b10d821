"""Rules inside the settings of one video encoder: rate control, GOPs, profiles, interlacing, tiles.

Sources: the members' documentation in the service model (what is "required", "must", "only", per codec); user guide,
`cbr-vbr-qvbr` (bitrates by mode) and `valid-settings-combinations` (telecine and interlacing). The sentences about
rate control and BASELINE are those that public code quotes of CreateJob.

Not refused: quantization set by hand beside AdaptiveQuantization AUTO. The model says that one "must" choose another
value to set it by hand, and consoles have written both.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from telecine.media.settings import Structure
from telecine.media.validation.tree import Finding, On, Rule, Rules, inside, on
from telecine.media.validation.words import (
    DEPENDENCIES,
    among,
    at,
    at_least,
    at_most,
    depends,
    must_be,
    needs,
    one_of,
    positive,
    required,
    specified,
)

_INCOMPATIBLE = (
    "Your job contains values for the following settings that are incompatible: Rate control mode, Bitrate, and Max "
    "bitrate. Adjust your settings and resubmit your job. Some valid combinations of settings are these: Set Rate "
    "control mode to QVBR, specify a value for Max bitrate, and don't specify a value for Bitrate. Or, set Rate "
    "control mode to CBR, specify a value for Bitrate, and don't specify a value for Max bitrate."
)


@dataclass(frozen=True, slots=True)
class _Mode:
    """What one rate control mode asks of the two bitrates: True must be there, False must not, None is free."""

    bitrate: bool | None
    peak: bool | None


_THREE_MODES = {
    "VBR": _Mode(bitrate=True, peak=None),
    "CBR": _Mode(bitrate=True, peak=False),
    "QVBR": _Mode(bitrate=False, peak=True),
}

_MODES: dict[str, tuple[str, dict[str, _Mode]]] = {
    # (the mode when none is said, the modes)
    "H264Settings": ("VBR", _THREE_MODES),
    "H265Settings": ("VBR", _THREE_MODES),
    # "Required when Rate control mode is CBR", "… is QVBR"; VBR does not exist
    "Av1Settings": ("QVBR", {"CBR": _Mode(bitrate=True, peak=None), "QVBR": _Mode(bitrate=None, peak=True)}),
    # "Required for VBR and CBR"; nothing is said against a peak beside CBR
    "Mpeg2Settings": ("VBR", {"VBR": _Mode(bitrate=True, peak=None), "CBR": _Mode(bitrate=True, peak=None)}),
}


def _rate_control(shape: str) -> Rule:
    usual, modes = _MODES[shape]

    def check(own: Structure) -> Sequence[Finding]:
        mode = own.get("RateControlMode") or usual
        bitrate, peak, wanted = own.get("Bitrate"), own.get("MaxBitrate"), modes.get(str(mode))
        if wanted is None:
            return ()  # the wire has refused it
        if wanted.bitrate is (bitrate is None) or wanted.peak is (peak is None):
            return [("", _INCOMPATIBLE)]
        if peak is not None and bitrate is not None and mode == "VBR" and _number(peak) < _number(bitrate):
            return [at_least("MaxBitrate", bitrate)]
        return ()

    return check


def _quality(own: Structure) -> Iterator[Finding]:
    """They are "only" for QVBR, the average also only for several passes. An empty structure asks for nothing."""
    quality = inside(own, "QvbrSettings")
    if any(value is not None for value in quality.values()) and own.get("RateControlMode") != "QVBR":
        yield must_be("RateControlMode", "QVBR")
    if quality.get("MaxAverageBitrate") is not None and own.get("QualityTuningLevel") != "MULTI_PASS_HQ":
        yield at("QvbrSettings", "MaxAverageBitrate"), DEPENDENCIES
        yield must_be("QualityTuningLevel", "MULTI_PASS_HQ")


def _quality_of_av1(own: Structure) -> Sequence[Finding]:
    """For AV1 QVBR is what happens when no mode is said."""
    asked = any(value is not None for value in inside(own, "QvbrSettings").values())
    return [must_be("RateControlMode", "QVBR")] if asked and own.get("RateControlMode") == "CBR" else ()


def _baseline(own: Structure) -> Iterator[Finding]:
    """BASELINE knows neither CABAC ("must be in Main or High profile") nor B-frames."""
    entropy = own.get("EntropyEncoding")
    if entropy != "CAVLC":
        yield depends("CodecProfile")
        yield "", 'Should match exactly one schema defined in "oneOf"'
        yield must_be("EntropyEncoding", "CAVLC") if entropy else required("EntropyEncoding")
        yield one_of("CodecProfile", ("HIGH", "HIGH_10BIT", "HIGH_422", "HIGH_422_10BIT", "MAIN"))
    if own.get("NumberBFramesBetweenReferenceFrames"):
        yield at_most("NumberBFramesBetweenReferenceFrames", 0)


def _gop(own: Structure) -> Sequence[Finding]:
    """GopSize is for "Specified, frames" and "Specified, seconds" alone, and those cannot do without it."""
    units, size = own.get("GopSizeUnits"), own.get("GopSize")
    if size is None:
        return [required("GopSize")] if units in ("FRAMES", "SECONDS") else ()
    length = _number(size)
    if units == "FRAMES" and not length.is_integer():
        return [(at("GopSize"), "Should be a whole number of frames")]
    return [(at("GopSize"), "Should be greater than 0")] if units != "AUTO" and length == 0 else ()


def _hard_telecine(own: Structure) -> Iterator[Finding]:
    """Hard telecine makes 29.97 interlaced frames a second."""
    numerator, denominator = own.get("FramerateNumerator"), own.get("FramerateDenominator")
    if own.get("FramerateControl") == "SPECIFIED" and numerator and denominator:
        rate = _number(numerator) / _number(denominator)
        if not 29.969 < rate < 29.971:
            yield depends("Telecine")
            yield must_be("FramerateNumerator", 30000)
            yield must_be("FramerateDenominator", 1001)


_FIELDS = ("TOP_FIELD", "BOTTOM_FIELD", "FOLLOW_TOP_FIELD", "FOLLOW_BOTTOM_FIELD")

_SLOW_PAL = needs("SlowPal", "ENABLED", FramerateControl="SPECIFIED", FramerateNumerator=25, FramerateDenominator=1)
"""The frame rate is to be said, and to be 25."""

_RATE = specified("FramerateControl", "FramerateNumerator", "FramerateDenominator")
_SHAPE_OF_PIXELS = specified("ParControl", "ParNumerator", "ParDenominator")


_TELECINE_RATE = on("Telecine", _hard_telecine, "HARD")


def _interlacing(*fields: str) -> tuple[On, ...]:
    """Telecine and optimized interlacing are of interlaced outputs; the latter not of hard telecine."""
    return (
        needs("Telecine", "HARD", "SOFT", InterlaceMode=fields),
        _TELECINE_RATE,
        needs("ScanTypeConversionMode", "INTERLACED_OPTIMIZE", InterlaceMode=fields, Telecine=("NONE", "SOFT", None)),
    )


def _tiles(own: Structure) -> Iterator[Finding]:
    """Of tiles both sides are said, and four other settings "must" then be as the model says."""
    for member, wanted in (
        ("TileHeight", ...),
        ("TileWidth", ...),
        ("TilePadding", "PADDED"),
        ("TreeBlockSize", "TREE_SIZE_32X32"),
        ("MvOverPictureBoundaries", "DISABLED"),
        ("MvTemporalPredictor", "DISABLED"),
    ):
        value = own.get(member)
        if value is None:
            yield required(member)
        elif wanted is not ... and value != wanted:
            yield must_be(member, wanted)


def _tile_height(own: Structure) -> Sequence[Finding]:
    return () if own.get("TileWidth") is not None else list(_tiles(own))  # else told by TileWidth


_XAVC_BLOCKS = {
    "XAVC_HD_INTRA_CBG": "XavcHdIntraCbgProfileSettings",
    "XAVC_4K_INTRA_CBG": "Xavc4kIntraCbgProfileSettings",
    "XAVC_4K_INTRA_VBR": "Xavc4kIntraVbrProfileSettings",
    "XAVC_HD": "XavcHdProfileSettings",
    "XAVC_4K": "Xavc4kProfileSettings",
}


def _xavc(own: Structure) -> Iterator[Finding]:
    """A profile's own settings are "required when you set Profile" to it, and no other profile's stand there."""
    profile = own.get("Profile")
    if profile is None:
        yield required("Profile")
        return
    for value, block in _XAVC_BLOCKS.items():
        if value == profile and own.get(block) is None:
            yield required(block)
        elif value != profile and own.get(block) is not None:
            yield depends(block)
            yield must_be("Profile", value)


def _flicker_of_xavc(own: Structure) -> Iterator[Finding]:
    """To enable it "you must also set Adaptive quantization to a value other than Off or Auto"."""
    for block in ("XavcHdProfileSettings", "Xavc4kProfileSettings"):
        flicker = inside(own, block).get("FlickerAdaptiveQuantization")
        if flicker == "ENABLED" and own.get("AdaptiveQuantization") in ("OFF", "AUTO", None):
            yield at(block, "FlickerAdaptiveQuantization"), depends(block)[1]
            yield one_of("AdaptiveQuantization", ("LOW", "MEDIUM", "HIGH", "HIGHER", "MAX"))


def _number(value: object) -> float:
    assert isinstance(value, int | float)
    return float(value)


_H26X = (
    _gop,
    _RATE,
    _SHAPE_OF_PIXELS,
    _SLOW_PAL,
    on("QvbrSettings", _quality),
)

RULES: Rules = {
    "H264Settings": (
        _rate_control("H264Settings"),
        *_H26X,
        on("CodecProfile", _baseline, "BASELINE"),
        *_interlacing(*_FIELDS),
    ),
    "H265Settings": (
        _rate_control("H265Settings"),
        *_H26X,
        *_interlacing(*_FIELDS),
        needs(
            "FlickerAdaptiveQuantization",
            "ENABLED",
            AdaptiveQuantization=("LOW", "MEDIUM", "HIGH", "HIGHER", "MAX", "AUTO", None),
        ),
        on("TileWidth", _tiles),
        on("TileHeight", _tile_height),
    ),
    "Av1Settings": (
        _rate_control("Av1Settings"),
        on("QvbrSettings", _quality_of_av1),
        positive("GopSize"),
        among("Slices", (1, 2, 4, 8, 16, 32)),
        _RATE,
    ),
    "Mpeg2Settings": (
        _rate_control("Mpeg2Settings"),
        _RATE,
        _SHAPE_OF_PIXELS,
        _SLOW_PAL,
        *_interlacing(*_FIELDS),
    ),
    "Vp8Settings": (positive("GopSize"), _RATE, _SHAPE_OF_PIXELS),
    "Vp9Settings": (positive("GopSize"), _RATE, _SHAPE_OF_PIXELS),
    "ProresSettings": (
        _RATE,
        _SHAPE_OF_PIXELS,
        _SLOW_PAL,
        *_interlacing(*_FIELDS),
        needs("CodecProfile", "APPLE_PRORES_4444", "APPLE_PRORES_4444_XQ", ChromaSampling=...),
    ),
    "AvcIntraSettings": (
        _RATE,
        _SLOW_PAL,
        *_interlacing(*_FIELDS),
        needs("AvcIntraUhdSettings", AvcIntraClass="CLASS_4K_2K"),
    ),
    "UncompressedSettings": (_RATE, _SLOW_PAL, *_interlacing("INTERLACED")),
    "Vc3Settings": (_RATE, _SLOW_PAL, *_interlacing("INTERLACED")),
    "XavcSettings": (
        _xavc,
        _RATE,
        _SLOW_PAL,
        _flicker_of_xavc,
    ),
    "GifSettings": (_RATE,),
}
