"""Rules of an output's container: which group it is for, what it may carry, and its own settings.

Sources: user guide, `supported-containers-codecs-details` (`reference-codecs-containers` in older editions); the
members' documentation in the service model. What its tables of containers do not know (raw video, AC-4, Atmos,
passthrough, frame capture) is let pass.
"""

from collections.abc import Iterator, Mapping, Sequence

from telecine.media.settings import Structure
from telecine.media.validation.rules import audio, video
from telecine.media.validation.tree import Finding, Rules, each, inside, on
from telecine.media.validation.words import DEPENDENCIES, at, depends, must_be, needs, one_of, required, union

_BLOCKS = {
    "CMFC": "CmfcSettings",
    "F4V": "F4vSettings",
    "M2TS": "M2tsSettings",
    "M3U8": "M3u8Settings",
    "MOV": "MovSettings",
    "MP4": "Mp4Settings",
    "MPD": "MpdSettings",
    "MXF": "MxfSettings",
}

_VIDEO = frozenset({"AV1", "AVC_INTRA", "GIF", "H_264", "H_265", "MPEG2", "PRORES", "VC3", "VP8", "VP9", "XAVC"})
_AUDIO = frozenset({"AAC", "AC3", "AIFF", "EAC3", "FLAC", "MP2", "MP3", "OPUS", "VORBIS", "WAV"})
"""The codecs that the guide's tables know."""

_STREAMED = ("AAC", "AC3", "EAC3")

_CODECS: Mapping[str, tuple[tuple[str, ...], tuple[str, ...]]] = {
    "CMFC": (("AV1", "H_264", "H_265", "VP9"), _STREAMED),
    "MPD": (("AV1", "H_264", "H_265", "VP8", "VP9"), _STREAMED),
    "M3U8": (("H_264", "H_265"), _STREAMED),
    "ISMV": (("H_264",), _STREAMED),
    "M2TS": (("H_264", "H_265", "MPEG2"), (*_STREAMED, "MP2", "WAV")),
    "MP4": (("AV1", "H_264", "H_265"), _STREAMED),
    "F4V": (("H_264", "MPEG2"), ("AAC",)),
    "MXF": (("H_264", "AVC_INTRA", "MPEG2", "VC3", "XAVC"), ("WAV",)),
    "MOV": (("H_264", "MPEG2", "PRORES"), (*_STREAMED, "AIFF", "WAV")),
    "WEBM": (("VP8", "VP9"), ("OPUS", "VORBIS")),
    "RAW": (
        ("AVC_INTRA", "GIF", "H_264", "H_265", "MPEG2", "VC3", "XAVC"),
        ("AAC", "AIFF", "AC3", "EAC3", "FLAC", "MP2", "MP3", "WAV"),
    ),
    "GIF": (("GIF",), ()),
    "OGG": ((), ("FLAC", "OPUS", "VORBIS")),
    "Y4M": (("UNCOMPRESSED",), ()),
}
"""By container: (video codecs, audio codecs). The page has Opus in OGG for inputs alone; the model has no container for
audio of Opus without a picture but OGG, so that it is let pass."""

_PROFILES: Mapping[str, tuple[str, ...]] = {
    "D_10": ("MPEG2",),
    "OP1A": ("VC3", "AVC_INTRA", "H_264", "MPEG2"),
    "XAVC": ("XAVC",),
    "XDCAM": ("MPEG2",),
    "XDCAM_RDD9": ("MPEG2",),
}
"""Video codecs by MXF profile."""

BY_GROUP: Mapping[str, tuple[str, ...]] = {
    "CMAF_GROUP_SETTINGS": ("CMFC",),
    "DASH_ISO_GROUP_SETTINGS": ("MPD",),
    "FILE_GROUP_SETTINGS": ("F4V", "GIF", "M2TS", "MOV", "MP4", "MXF", "OGG", "RAW", "WEBM", "Y4M"),
    "HLS_GROUP_SETTINGS": ("M3U8",),
    "MS_SMOOTH_GROUP_SETTINGS": ("ISMV",),
}
"""The containers of each kind of output group."""


def _codecs(output: Structure) -> Sequence[Finding]:
    """Codecs that the container does not take. Without a container (a preset brings it) there is nothing to say."""
    settings = inside(output, "ContainerSettings")
    known = _CODECS.get(str(settings.get("Container")))
    if known is None:
        return ()
    found: list[Finding] = []
    picture, encoder = video.codec(inside(output, "VideoDescription"))
    if picture in _VIDEO and picture not in known[0]:
        found.append((at("VideoDescription", "CodecSettings", "Codec"), _allowed(known[0])))
    for number, description in enumerate(each(output, "AudioDescriptions")):
        sound, own = audio.codec(description)
        if sound in _AUDIO and sound not in known[1]:
            found.append((at("AudioDescriptions", number, "CodecSettings", "Codec"), _allowed(known[1])))
        elif own.get("RawFormat") == "LATM_LOAS" and settings["Container"] != "RAW":
            found.append((at("AudioDescriptions", number, "CodecSettings", "AacSettings", "RawFormat"), DEPENDENCIES))
            found.append((at("ContainerSettings", "Container"), "Must be RAW"))
        if picture == "PRORES" and settings["Container"] == "MOV" and sound in _AUDIO - {"AIFF"}:
            found.append((at("AudioDescriptions", number, "CodecSettings", "Codec"), "Must be AIFF"))
        if description.get("AudioChannelTaggingSettings") is not None:
            found.extend(_tagging(number, sound, str(settings["Container"])))
    if settings["Container"] == "MXF":
        found.extend(_mxf(inside(settings, "MxfSettings"), picture, encoder))
    return found


def _allowed(values: Sequence[str]) -> str:
    return one_of("Codec", values)[1]


def _tagging(number: int, sound: str, container: str) -> Iterator[Finding]:
    """Layouts are tagged "in a QuickTime (MOV) container", of AAC, WAV and AIFF."""
    if container != "MOV" or sound not in ("AAC", "WAV", "AIFF"):
        yield at("AudioDescriptions", number, "AudioChannelTaggingSettings"), DEPENDENCIES
    if container != "MOV":
        yield at("ContainerSettings", "Container"), "Must be MOV"
    if sound not in ("AAC", "WAV", "AIFF"):
        yield at("AudioDescriptions", number, "CodecSettings", "Codec"), _allowed(("AAC", "WAV", "AIFF"))


def _mxf(own: Structure, picture: str, encoder: Structure) -> Iterator[Finding]:
    profile = str(own.get("Profile") or "")
    allowed = _PROFILES.get(profile)
    if allowed is not None and picture in _VIDEO and picture not in allowed:
        yield at("VideoDescription", "CodecSettings", "Codec"), _allowed(allowed)
    elif profile == "D_10" and picture == "MPEG2" and encoder.get("Syntax") != "D_10":
        yield at("VideoDescription", "CodecSettings", "Mpeg2Settings", "Syntax"), "Must be D_10"


def _brand(own: Structure) -> Sequence[Finding]:
    brand = str(own["Mp4MajorBrand"])
    is_right = not brand or (len(brand) == 4 and brand.isascii() and brand.isprintable())
    return () if is_right else [(at("Mp4MajorBrand"), "Should be four characters")]


def _segmentation(own: Structure) -> Sequence[Finding]:
    """SegmentationTime is "required unless markers is set to _none_"."""
    if own["SegmentationMarkers"] == "NONE" or own.get("SegmentationTime") is not None:
        return ()
    return [required("SegmentationTime")]


def _signaling(own: Structure) -> Iterator[Finding]:
    """The manifest signals metadata only if an output carries some."""
    is_there = (
        own.get("Scte35Source") == "PASSTHROUGH"
        or own.get("Scte35Esam") == "INSERT"
        or own.get("TimedMetadata") == "PASSTHROUGH"
    )
    if not is_there:
        yield depends("ManifestMetadataSignaling")
        yield must_be("TimedMetadata", "PASSTHROUGH")


_FRAGMENTED = (
    needs("TimedMetadataBoxVersion", "VERSION_1", TimedMetadata="PASSTHROUGH"),
    needs("TimedMetadataSchemeIdUri", TimedMetadata="PASSTHROUGH"),
    needs("TimedMetadataValue", TimedMetadata="PASSTHROUGH"),
    on("ManifestMetadataSignaling", _signaling, "ENABLED"),
)

RULES: Rules = {
    "Output": (_codecs,),
    "PresetSettings": (_codecs,),
    "ContainerSettings": (union("Container", _BLOCKS),),
    "Mp4Settings": (on("Mp4MajorBrand", _brand), needs("CttsVersion", 1, CslgAtom="INCLUDE")),
    "MxfSettings": (needs("XavcProfileSettings", Profile="XAVC"),),
    "M2tsSettings": (on("SegmentationMarkers", _segmentation),),
    "CmfcSettings": _FRAGMENTED,
    "MpdSettings": _FRAGMENTED,
}
