"""Rules of an audio description: the codec and its settings.

Sources: the members' documentation in the service model; for AAC the user guide, `aac-support`.
"""

from collections.abc import Iterator, Sequence

from telecine.media.settings import Structure
from telecine.media.validation.rules import aac
from telecine.media.validation.tree import Finding, Rule, Rules, inside, on
from telecine.media.validation.words import among, at, depends, multiple, must_be, needs, required, union

BLOCKS = {
    "AAC": "AacSettings",
    "AC3": "Ac3Settings",
    "AC4": "Ac4Settings",
    "AIFF": "AiffSettings",
    "EAC3": "Eac3Settings",
    "EAC3_ATMOS": "Eac3AtmosSettings",
    "FLAC": "FlacSettings",
    "MP2": "Mp2Settings",
    "MP3": "Mp3Settings",
    "OPUS": "OpusSettings",
    "VORBIS": "VorbisSettings",
    "WAV": "WavSettings",
}
"""The structure that goes with each codec; PASSTHROUGH has none."""


def codec(description: Structure) -> tuple[str, Structure]:
    """(the codec, its settings) of an audio description; an empty name when none is said."""
    own = inside(description, "CodecSettings")
    name = str(own.get("Codec") or "")
    return name, inside(own, BLOCKS.get(name, ""))


def _codec(description: Structure) -> Sequence[Finding]:
    """A job's description has a codec; a template's may only say what differs from a preset."""
    return [] if description.get("CodecSettings") is not None else [(at("CodecSettings"), required("Codec")[1])]


def _channels(most: int) -> Rule:
    """The model: "Valid values are 0, 1, and even numbers"."""

    def check(own: Structure) -> Sequence[Finding]:
        value = own.get("Channels")
        is_wrong = isinstance(value, int) and value > 1 and value % 2
        return [(at("Channels"), f"Should be 0, 1, or an even number up to {most}")] if is_wrong else ()

    return check


_CENTER = (3.0, 1.5, 0.0, -1.5, -3.0, -4.5, -6.0)
_SURROUND = (-1.5, -3.0, -4.5, -6.0, -60.0)


def _variable(own: Structure) -> Iterator[Finding]:
    """VBR and CBR are "mutually exclusive groups of settings": VbrQuality is of the one, Bitrate of the other."""
    if own.get("Bitrate") is not None:
        yield depends("Bitrate")
        yield must_be("RateControlMode", "CBR")


RULES: Rules = {
    "AudioCodecSettings": (union("Codec", BLOCKS, compulsory=BLOCKS),),
    "AacSettings": (
        aac.problems,
        on("RateControlMode", _variable, "VBR"),
        needs("VbrQuality", RateControlMode="VBR"),
    ),
    "Ac3Settings": (multiple("Bitrate", 8000),),
    "Eac3Settings": (
        multiple("Bitrate", 8000),
        among("LoRoCenterMixLevel", (*_CENTER, -60.0)),
        among("LoRoSurroundMixLevel", _SURROUND),
        among("LtRtCenterMixLevel", (*_CENTER, -60.0)),
        among("LtRtSurroundMixLevel", _SURROUND),
    ),
    "Eac3AtmosSettings": (
        among("Bitrate", (384_000, 448_000, 576_000, 640_000, 768_000, 1_024_000)),
        among("LoRoCenterMixLevel", _CENTER),
        among("LoRoSurroundMixLevel", _SURROUND),
        among("LtRtCenterMixLevel", _CENTER),
        among("LtRtSurroundMixLevel", _SURROUND),
    ),
    "AiffSettings": (_channels(64),),
    "FlacSettings": (_channels(8),),
    "WavSettings": (_channels(64),),
    "Mp3Settings": (needs("RateControlMode", "VBR", VbrQuality=...),),
    "OpusSettings": (multiple("Bitrate", 8000), among("SampleRate", (16000, 24000, 48000))),
    "VorbisSettings": (among("SampleRate", (22050, 32000, 44100, 48000)),),
}

JOB_RULES: Rules = {"AudioDescription": (_codec,)}
