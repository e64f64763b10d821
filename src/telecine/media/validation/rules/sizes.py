"""How large a picture may be: by codec, and by the level that is asked for.

Sources: user guide, `supported-output-resolution-maximums-by-codec` (the edition that has GIF and XAVC); for levels
ITU-T H.264 table A-1 (frame size in macroblocks), H.265 table A.8 (in luma samples) and H.262 table 8-11 (width and
height).
"""

from collections.abc import Iterator, Mapping
from math import ceil

from telecine.media.settings import Structure
from telecine.media.validation.tree import Finding
from telecine.media.validation.words import at_most

_EITHER_WAY: Mapping[str, tuple[int, int]] = {
    "AVC_INTRA": (1920, 1080),
    "H_264": (4096, 2160),
    "H_265": (8192, 4320),
    "VC3": (1920, 1080),
    "VP8": (4096, 2160),
    "VP9": (4096, 2160),
}
"""(long side, short side): upright pictures too."""

_AS_IT_STANDS: Mapping[str, tuple[int, int]] = {
    "AV1": (4096, 2160),
    "GIF": (3840, 3840),
    "MPEG2": (1920, 1152),
    "PRORES": (4096, 4096),
    "XAVC": (4096, 2160),
}
"""(width, height)."""

_BLOCKS: Mapping[str, int] = {
    "LEVEL_1": 99, "LEVEL_1_1": 396, "LEVEL_1_2": 396, "LEVEL_1_3": 396, "LEVEL_2": 396, "LEVEL_2_1": 792,
    "LEVEL_2_2": 1_620, "LEVEL_3": 1_620, "LEVEL_3_1": 3_600, "LEVEL_3_2": 5_120, "LEVEL_4": 8_192,
    "LEVEL_4_1": 8_192, "LEVEL_4_2": 8_704, "LEVEL_5": 22_080, "LEVEL_5_1": 36_864, "LEVEL_5_2": 36_864,
}  # fmt: skip
"""H.264: macroblocks of 16x16 in a frame."""

_WIDTHS: Mapping[str, int] = {"LEVEL_3": 720}
"""H.264: the one limit that a public answer of CreateJob names. It is narrower than the level's own."""

_SAMPLES: Mapping[str, int] = {
    "LEVEL_1": 36_864, "LEVEL_2": 122_880, "LEVEL_2_1": 245_760, "LEVEL_3": 552_960, "LEVEL_3_1": 983_040,
    "LEVEL_4": 2_228_224, "LEVEL_4_1": 2_228_224, "LEVEL_5": 8_912_896, "LEVEL_5_1": 8_912_896,
    "LEVEL_5_2": 8_912_896, "LEVEL_6": 35_651_584, "LEVEL_6_1": 35_651_584, "LEVEL_6_2": 35_651_584,
}  # fmt: skip
"""H.265: luma samples in a picture."""

_OLD_LEVELS: Mapping[str, tuple[int, int]] = {
    "LOW": (352, 288),
    "MAIN": (720, 576),
    "HIGH1440": (1440, 1152),
    "HIGH": (1920, 1152),
}
"""H.262 (MPEG-2): (width, height)."""


def problems(codec: str, own: Structure, width: int | None, height: int | None) -> list[Finding]:
    """What is wrong with the size, in pixels, of an output whose encoder settings are `own`. None is a side that
    follows from the input."""
    return list(_too_large(codec, width, height)) or list(_too_large_for_level(codec, own, width, height))


def _too_large(codec: str, width: int | None, height: int | None) -> Iterator[Finding]:
    if codec in _EITHER_WAY:
        long_side, short_side = _EITHER_WAY[codec]
        if (height or 0) > (width or 0):
            width_limit, height_limit = (short_side if width is not None else long_side), long_side
        else:
            width_limit, height_limit = long_side, (short_side if height is not None else long_side)
    elif codec in _AS_IT_STANDS:
        width_limit, height_limit = _AS_IT_STANDS[codec]
    else:
        return
    yield from _within(width, height, width_limit, height_limit)


def _too_large_for_level(codec: str, own: Structure, width: int | None, height: int | None) -> Iterator[Finding]:
    level = str(own.get("CodecLevel") or "")
    if codec == "MPEG2" and level in _OLD_LEVELS:
        yield from _within(width, height, *_OLD_LEVELS[level])
    elif codec == "H_264" and width is not None and width > _WIDTHS.get(level, width):
        yield at_most("Width", _WIDTHS[level])
    elif width is None or height is None:
        return  # the other side follows from the input
    elif codec == "H_264" and level in _BLOCKS:
        rows = ceil(height / 16)
        if ceil(width / 16) * rows > _BLOCKS[level]:
            fitting = _BLOCKS[level] // rows * 16
            yield at_most("Width", fitting) if fitting else at_most("Height", _BLOCKS[level] * 16)
    elif codec == "H_265" and level in _SAMPLES and width * height > _SAMPLES[level]:
        fitting = _SAMPLES[level] // height
        yield at_most("Width", fitting) if fitting else at_most("Height", _SAMPLES[level])


def _within(width: int | None, height: int | None, most_wide: int, most_high: int) -> Iterator[Finding]:
    if width is not None and width > most_wide:
        yield at_most("Width", most_wide)
    if height is not None and height > most_high:
        yield at_most("Height", most_high)
