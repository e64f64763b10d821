"""Which combinations of profile, coding mode, sample rate and bitrate AAC may have.

Source: user guide, `aac-support` (constant bitrate). Coding modes and profiles that its table does not have (AUTO, 1+1,
the receiver mix, XHE) are held to the values of the settings alone.
"""

from collections.abc import Mapping, Sequence

from telecine.media.settings import Structure
from telecine.media.validation.tree import Finding
from telecine.media.validation.words import at, one_of, required

_BITRATES = (
    6000, 8000, 10000, 12000, 14000, 16000, 20000, 24000, 28000, 32000, 40000, 48000, 56000, 64000, 80000, 96000,
    112000, 128000, 160000, 192000, 224000, 256000, 288000, 320000, 384000, 448000, 512000, 576000, 640000, 768000,
    896000, 1024000,
)  # fmt: skip
"""The values of the setting, whatever the profile (the model)."""

_KNOWN = frozenset(_BITRATES)
_WHOLE_RANGE = (_BITRATES[0], _BITRATES[-1])
_SAMPLE_RATES = (8000, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000)

Ranges = Mapping[int, tuple[int, int]]
"""(lowest, highest bitrate) by sample rate."""

_HALF = (8000, 10000)
_LOW = (12000, 64000)
_ONE_CHANNEL = (20000, 64000)

_TABLE: Mapping[tuple[str, str], Ranges] = {
    ("LC", "CODING_MODE_1_0"): {
        8000: (8000, 14000), 12000: (8000, 14000), 16000: (8000, 28000), 22050: (24000, 28000), 24000: (24000, 28000),
        32000: (32000, 192000), 44100: (56000, 256000), 48000: (56000, 288000), 88200: (288000, 288000),
        96000: (128000, 288000),
    },
    ("LC", "CODING_MODE_2_0"): {
        8000: (16000, 20000), 12000: (16000, 20000), 16000: (16000, 32000), 22050: (32000, 32000),
        24000: (32000, 32000), 32000: (40000, 384000), 44100: (64000, 512000), 48000: (64000, 576000),
        88200: (576000, 576000), 96000: (256000, 576000),
    },
    ("LC", "CODING_MODE_5_1"): {
        32000: (160000, 768000), 44100: (256000, 640000), 48000: (256000, 768000), 96000: (640000, 768000),
    },
    ("HEV1", "CODING_MODE_1_0"): {22050: _HALF, 24000: _HALF, 32000: _LOW, 44100: _ONE_CHANNEL, 48000: _ONE_CHANNEL},
    ("HEV1", "CODING_MODE_2_0"): {
        32000: (16000, 128000), 44100: (16000, 96000), 48000: (16000, 128000), 96000: (96000, 128000),
    },
    ("HEV1", "CODING_MODE_5_1"): {
        32000: (64000, 320000), 44100: (64000, 224000), 48000: (64000, 320000), 96000: (256000, 320000),
    },
    ("HEV2", "CODING_MODE_2_0"): {22050: _HALF, 24000: _HALF, 32000: _LOW, 44100: _ONE_CHANNEL, 48000: _ONE_CHANNEL},
}  # fmt: skip
"""By profile and coding mode."""

_STEREO = ("CODING_MODE_2_0", "CODING_MODE_AUTO")


def problems(own: Structure) -> Sequence[Finding]:
    """What is wrong with `AacSettings`. The sentence about bitrates is the one that public code quotes."""
    rate, mode = own.get("SampleRate"), own.get("CodingMode")
    if rate is None or mode is None:
        return [required(member) for member in ("SampleRate", "CodingMode") if own.get(member) is None]
    profile, bitrate = str(own.get("CodecProfile") or "LC"), own.get("Bitrate")
    if profile == "HEV2" and mode not in _STEREO:
        return [one_of("CodingMode", _STEREO)]  # its parametric stereo is of two channels
    ranges = _TABLE.get((profile, str(mode)))
    if rate not in (ranges or _SAMPLE_RATES):
        return [one_of("SampleRate", ranges or _SAMPLE_RATES)]
    if bitrate is None or own.get("RateControlMode") == "VBR":
        return ()
    assert isinstance(rate, int)
    assert isinstance(bitrate, int)
    low, high = ranges[rate] if ranges else _WHOLE_RANGE
    if low <= bitrate <= high and bitrate in _KNOWN:
        return ()
    sentence = (
        f"You specified a value for Bitrate that is not valid with the combination of Profile {profile}, Coding mode "
        f"{mode}, and Sample rate {rate} you selected. Specify a bitrate in the range of {low}-{high}, and resubmit "
        "your job For a list of supported bitrates, see: "
        "https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html"
    )
    return [(at("Bitrate"), sentence)]
