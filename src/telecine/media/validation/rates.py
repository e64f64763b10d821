"""Which bitrates AAC-LC may have: MediaConvert user guide, `aac-support` (constant bitrate)."""

from collections.abc import Mapping

BITRATES = (
    6000, 8000, 10000, 12000, 14000, 16000, 20000, 24000, 28000, 32000, 40000, 48000, 56000, 64000, 80000, 96000,
    112000, 128000, 160000, 192000, 224000, 256000, 288000, 320000, 384000, 448000, 512000, 576000, 640000, 768000,
    896000, 1024000,
)  # fmt: skip
"""The values of the setting, whatever the profile."""

SAMPLE_RATES = (8000, 12000, 16000, 22050, 24000, 32000, 44100, 48000, 88200, 96000)

RANGES: Mapping[tuple[str, int], tuple[int, int]] = {
    ("CODING_MODE_1_0", 8000): (8000, 14000),
    ("CODING_MODE_1_0", 12000): (8000, 14000),
    ("CODING_MODE_1_0", 16000): (8000, 28000),
    ("CODING_MODE_1_0", 22050): (24000, 28000),
    ("CODING_MODE_1_0", 24000): (24000, 28000),
    ("CODING_MODE_1_0", 32000): (32000, 192000),
    ("CODING_MODE_1_0", 44100): (56000, 256000),
    ("CODING_MODE_1_0", 48000): (56000, 288000),
    ("CODING_MODE_1_0", 88200): (288000, 288000),
    ("CODING_MODE_1_0", 96000): (128000, 288000),
    ("CODING_MODE_2_0", 8000): (16000, 20000),
    ("CODING_MODE_2_0", 12000): (16000, 20000),
    ("CODING_MODE_2_0", 16000): (16000, 32000),
    ("CODING_MODE_2_0", 22050): (32000, 32000),
    ("CODING_MODE_2_0", 24000): (32000, 32000),
    ("CODING_MODE_2_0", 32000): (40000, 384000),
    ("CODING_MODE_2_0", 44100): (64000, 512000),
    ("CODING_MODE_2_0", 48000): (64000, 576000),
}
"""Lowest and highest bitrate by coding mode and sample rate; other combinations are held to BITRATES alone."""
