"""Which combinations of profile, coding mode, sample rate and bitrate AAC may have.

Source: user guide, `aac-support` (constant bitrate), for LC. Its rows for HEV1, HEV2 and 5.1 are in no copy that
could be read. MediaLive's guide, `aac-four-characteristics`, has the same numbers for LC in 1.0, so that its row of
HEV1 in 1.0 is taken over; and it names no HEV2 for one channel, whose parametric stereo is of two. Other combinations
are held to the values of the setting alone.
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
"""The values of the setting, whatever the profile."""

_KNOWN = frozenset(_BITRATES)

_SAMPLE_RATES = (8000, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000)
_HIGH_EFFICIENCY_RATES = (22050, 24000, 32000, 44100, 48000)

_RANGES: Mapping[tuple[str, str, int], tuple[int, int]] = {
    ("LC", "CODING_MODE_1_0", 8000): (8000, 14000),
    ("LC", "CODING_MODE_1_0", 12000): (8000, 14000),
    ("LC", "CODING_MODE_1_0", 16000): (8000, 28000),
    ("LC", "CODING_MODE_1_0", 22050): (24000, 28000),
    ("LC", "CODING_MODE_1_0", 24000): (24000, 28000),
    ("LC", "CODING_MODE_1_0", 32000): (32000, 192000),
    ("LC", "CODING_MODE_1_0", 44100): (56000, 256000),
    ("LC", "CODING_MODE_1_0", 48000): (56000, 288000),
    ("LC", "CODING_MODE_1_0", 88200): (288000, 288000),
    ("LC", "CODING_MODE_1_0", 96000): (128000, 288000),
    ("LC", "CODING_MODE_2_0", 8000): (16000, 20000),
    ("LC", "CODING_MODE_2_0", 12000): (16000, 20000),
    ("LC", "CODING_MODE_2_0", 16000): (16000, 32000),
    ("LC", "CODING_MODE_2_0", 22050): (32000, 32000),
    ("LC", "CODING_MODE_2_0", 24000): (32000, 32000),
    ("LC", "CODING_MODE_2_0", 32000): (40000, 384000),
    ("LC", "CODING_MODE_2_0", 44100): (64000, 512000),
    ("LC", "CODING_MODE_2_0", 48000): (64000, 576000),
    ("HEV1", "CODING_MODE_1_0", 22050): (8000, 12000),
    ("HEV1", "CODING_MODE_1_0", 24000): (8000, 12000),
    ("HEV1", "CODING_MODE_1_0", 32000): (12000, 64000),
    ("HEV1", "CODING_MODE_1_0", 44100): (18000, 64000),
    ("HEV1", "CODING_MODE_1_0", 48000): (18000, 64000),
}
"""Lowest and highest bitrate by profile, coding mode and sample rate."""

_ANY = (_BITRATES[0], _BITRATES[-1])

_STEREO = ("CODING_MODE_2_0", "CODING_MODE_AUTO")


def problems(own: Structure) -> Sequence[Finding]:
    """What is wrong with `AacSettings`. The sentence about bitrates is the one that public code quotes."""
    rate, mode = own.get("SampleRate"), own.get("CodingMode")
    if rate is None or mode is None:
        return [required(member) for member in ("SampleRate", "CodingMode") if own.get(member) is None]
    profile, bitrate = str(own.get("CodecProfile") or "LC"), own.get("Bitrate")
    assert isinstance(rate, int)
    if profile == "HEV2" and mode not in _STEREO:
        return [one_of("CodingMode", _STEREO)]
    rates = _HIGH_EFFICIENCY_RATES if profile == "HEV1" and mode == "CODING_MODE_1_0" else _SAMPLE_RATES
    if rate not in rates:
        return [one_of("SampleRate", rates)]
    if bitrate is None:
        return ()
    assert isinstance(bitrate, int)
    low, high = _RANGES.get((profile, str(mode), rate), _ANY)
    if low <= bitrate <= high and bitrate in _KNOWN:
        return ()
    sentence = (
        f"You specified a value for Bitrate that is not valid with the combination of Profile {profile}, Coding mode "
        f"{mode}, and Sample rate {rate} you selected. Specify a bitrate in the range of {low}-{high}, and resubmit "
        "your job For a list of supported bitrates, see: "
        "https://docs.aws.amazon.com/mediaconvert/latest/ug/aac-support.html"
    )
    return [(at("Bitrate"), sentence)]
