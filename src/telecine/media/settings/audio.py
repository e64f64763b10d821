"""How an output's audio is to be made. Every default of an audio setting stands in this file and nowhere else."""

from dataclasses import dataclass
from enum import StrEnum

from telecine.media.settings import fields
from telecine.media.settings.fields import Structure

DEFAULT_SELECTOR = "Audio Selector 1"
"""What an audio description without AudioSourceName uses."""


class CodingMode(StrEnum):
    MONO = "CODING_MODE_1_0"
    STEREO = "CODING_MODE_2_0"
    SURROUND = "CODING_MODE_5_1"
    AUTO = "CODING_MODE_AUTO"


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioDescription:
    """`AudioDescription` with AAC settings."""

    codec: str
    selector: str
    bitrate: int | None
    """Bits a second; None: chosen from the number of channels."""
    sample_rate: int
    coding_mode: CodingMode
    language: str | None
    """ISO 639 code in lower case, or the custom code as given; None when none is configured."""
    is_language_configured: bool
    """True when the configured language goes before the input's."""

    @classmethod
    def read(cls, raw: Structure) -> "AudioDescription":
        codec = fields.child(raw, "CodecSettings")
        aac = fields.child(codec, "AacSettings")
        code = fields.maybe_text(raw, "LanguageCode")
        return cls(
            codec=fields.text(codec, "Codec", ""),
            selector=fields.text(raw, "AudioSourceName", DEFAULT_SELECTOR),
            bitrate=fields.maybe_integer(aac, "Bitrate"),
            sample_rate=fields.integer(aac, "SampleRate", 48000),
            coding_mode=fields.choice(aac, "CodingMode", CodingMode.STEREO),
            language=fields.maybe_text(raw, "CustomLanguageCode") or (code.lower() if code else None),
            is_language_configured=fields.text(raw, "LanguageCodeControl", "FOLLOW_INPUT") == "USE_CONFIGURED",
        )
