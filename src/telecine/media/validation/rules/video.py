"""Rules of a video description: the codec and its settings, sizes, preprocessors.

Sources: the members' documentation in the service model; user guide, `supported-output-resolution-maximums-by-codec`.

Three faults of sizes are left to the job, because MediaConvert's error table has them there (1040), with words of their
own: odd widths and heights, a level that the frame rate exceeds, and sizes that follow from the input. What the
settings say outright is answered at once, in the form that public code quotes of CreateJob for a level's width
(`…/videoDescription/width: Should be less than or equal to 720`).
"""

from collections.abc import Iterator, Sequence

from telecine.media.settings import Structure
from telecine.media.validation.rules import sizes
from telecine.media.validation.tree import Finding, Rules, each, inside, on
from telecine.media.validation.words import (
    DEPENDENCIES,
    among,
    at,
    depends,
    must_be,
    needs,
    required,
    union,
)

BLOCKS = {
    "AV1": "Av1Settings",
    "AVC_INTRA": "AvcIntraSettings",
    "FRAME_CAPTURE": "FrameCaptureSettings",
    "GIF": "GifSettings",
    "H_264": "H264Settings",
    "H_265": "H265Settings",
    "MPEG2": "Mpeg2Settings",
    "PASSTHROUGH": "PassthroughSettings",
    "PRORES": "ProresSettings",
    "UNCOMPRESSED": "UncompressedSettings",
    "VC3": "Vc3Settings",
    "VP8": "Vp8Settings",
    "VP9": "Vp9Settings",
    "XAVC": "XavcSettings",
}
"""The structure that goes with each codec."""

_COMPULSORY = frozenset(BLOCKS) - {"H_265", "PASSTHROUGH"}
"""Codecs whose structure is "required when you set Codec" to them."""


def codec(description: Structure) -> tuple[str, Structure]:
    """(the codec, its settings) of a video description; an empty name when none is said."""
    own = inside(description, "CodecSettings")
    name = str(own.get("Codec") or "")
    return name, inside(own, BLOCKS.get(name, ""))


def _codec(description: Structure) -> Sequence[Finding]:
    """A job's description has a codec; a template's may only say what differs from a preset."""
    return [] if description.get("CodecSettings") is not None else [(at("CodecSettings"), required("Codec")[1])]


def _size(description: Structure) -> Sequence[Finding]:
    width, height = description.get("Width"), description.get("Height")
    if width is None and height is None:
        return ()
    assert width is None or isinstance(width, int)
    assert height is None or isinstance(height, int)
    name, own = codec(description)
    return sizes.problems(name, own, width, height)


def _noise(description: Structure) -> Iterator[Finding]:
    """What cannot be had beside a noise reducer."""
    name, own = codec(description)
    reducer = inside(description, "VideoPreprocessors").get("NoiseReducer")
    if reducer is not None and own.get("BandwidthReductionFilter") is not None:
        yield at("VideoPreprocessors", "NoiseReducer"), DEPENDENCIES
        yield (
            at("CodecSettings", BLOCKS[name], "BandwidthReductionFilter"),
            "Must not be specified together with noiseReducer",
        )
    if reducer is not None and own.get("FilmGrainSynthesis") == "ENABLED":
        yield at("VideoPreprocessors", "NoiseReducer"), DEPENDENCIES
        yield at("CodecSettings", BLOCKS[name], "FilmGrainSynthesis"), "Must be DISABLED"
    if own.get("ChromaSampling") == "PRESERVE_444_SAMPLING":
        for member in ("DolbyVision", "Hdr10Plus", "NoiseReducer"):
            if inside(description, "VideoPreprocessors").get(member) is not None:
                yield at("VideoPreprocessors", member), DEPENDENCIES
                yield at("CodecSettings", BLOCKS[name], "ChromaSampling"), "Must be SUBSAMPLE_TO_422"


_SIMPLE_FILTERS = ("BILATERAL", "MEAN", "GAUSSIAN", "LANCZOS", "SHARPEN", "CONSERVE")


def _noise_filter(reducer: Structure) -> Sequence[Finding]:
    """The model: "you must also select a value for Noise reducer filter"."""
    return [required("Filter")] if reducer.get("Filter") is None else ()


def _to_hdr10(corrector: Structure) -> Iterator[Finding]:
    """A conversion to HDR 10 needs its metadata, and two of them have no default value."""
    metadata = corrector.get("Hdr10Metadata")
    if metadata is None:
        yield depends("ColorSpaceConversion")
        yield required("Hdr10Metadata")
        return
    for member in ("MaxContentLightLevel", "MaxFrameAverageLightLevel"):
        if inside(corrector, "Hdr10Metadata").get(member) is None:
            yield at("Hdr10Metadata"), required(member)[1]


def _clip_limits(corrector: Structure) -> Iterator[Finding]:
    """Each limit needs "Limited range clip"."""
    limits = inside(corrector, "ClipLimits")
    asked = [member for member, value in limits.items() if value is not None]
    if asked and corrector.get("SampleRangeConversion") != "LIMITED_RANGE_CLIP":
        yield at("ClipLimits", asked[0]), DEPENDENCIES
        yield must_be("SampleRangeConversion", "LIMITED_RANGE_CLIP")


def _even(rectangle: Structure) -> Iterator[Finding]:
    """The model: "Specify only even numbers"."""
    for member in ("Height", "Width", "X", "Y"):
        value = rectangle.get(member)
        if isinstance(value, int) and value % 2:
            yield at(member), "Should be a multiple of 2"


def _watermark(mark: Structure) -> Sequence[Finding]:
    return [required(member) for member in ("License", "Payload", "Preset") if mark.get(member) is None]


def _duration(control: Structure) -> Sequence[Finding]:
    members = ("IntegerDurationMaximumCompressionDenominator", "IntegerDurationMaximumCompressionNumerator")
    return [required(member) for member in members if control.get(member) is None]


def _image(image: Structure) -> Sequence[Finding]:
    """The model: "Required for any image overlay that you specify"."""
    return [required(member) for member in ("ImageX", "ImageY") if image.get(member) is None]


def _layers(inserter: Structure) -> Iterator[Finding]:
    """User guide, on layers of overlays: "You can use each number only once"."""
    seen: set[object] = set()
    for number, image in enumerate(each(inserter, "InsertableImages")):
        layer = image.get("Layer")
        if layer is not None and layer in seen:
            yield at("InsertableImages", number, "Layer"), "Should be unique: each image overlay has its own layer"
        seen.add(layer)


def _dolby_vision(vision: Structure) -> Sequence[Finding]:
    return [required("Profile")] if vision.get("Profile") is None else ()


RULES: Rules = {
    "VideoDescription": (_size, on("VideoPreprocessors", _noise)),
    "VideoCodecSettings": (union("Codec", BLOCKS, compulsory=_COMPULSORY),),
    "NoiseReducer": (
        _noise_filter,
        needs("FilterSettings", Filter=_SIMPLE_FILTERS),
        needs("SpatialFilterSettings", Filter="SPATIAL"),
        needs("TemporalFilterSettings", Filter="TEMPORAL"),
    ),
    "ColorCorrector": (on("ColorSpaceConversion", _to_hdr10, "FORCE_HDR10"), on("ClipLimits", _clip_limits)),
    "DolbyVision": (_dolby_vision, needs("Profile", "PROFILE_8_1", Mapping=...)),
    "NexGuardFileMarkerSettings": (_watermark,),
    "DurationControl": (_duration,),
    "TimecodeBurnin": (among("FontSize", (10, 16, 32, 48)),),
    "ImageInserter": (on("InsertableImages", _layers),),
    "InsertableImage": (_image,),
    "Rectangle": (_even,),
}

JOB_RULES: Rules = {"VideoDescription": (_codec,)}
