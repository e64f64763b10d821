"""Keyframe grids: the positions that verification wants are those that ffmpeg's expression gives."""

from fractions import Fraction
from math import ceil, floor

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.media.ffmpeg.h264 import force_key_frames, seconds
from telecine.media.plan import timeline
from telecine.media.settings import H264, Hls
from telecine.media.tracks import KeyframeGrid

RATES = st.sampled_from([Fraction(25), Fraction(30000, 1001), Fraction(24000, 1001), Fraction(60), Fraction(25, 2)])


def evaluated(expression: str, frame: int) -> bool:
    """ffmpeg's expression for one frame, with ffmpeg's own arithmetic: doubles."""
    text = expression.removeprefix("expr:").replace("not(", "_not(")
    return bool(eval(text, {"_not": lambda x: x == 0, "mod": lambda a, b: a % b, "ceil": ceil, "floor": floor, "n": float(frame)}))  # fmt: skip


@given(rate=RATES, gop=st.integers(1, 300), length=st.integers(1, 12), frames=st.integers(1, 3000))
def test_the_expression_and_the_positions_agree(rate: Fraction, gop: int, length: int, frames: int) -> None:
    """For any rate, GOP and segment length."""
    for grid in (KeyframeGrid(gop=gop), KeyframeGrid(gop=gop, segment=length * rate)):
        expression = force_key_frames(grid)
        assert [n for n in range(frames) if evaluated(expression, n)] == grid.positions(frames)


@given(rate=RATES, length=st.integers(1, 12), frames=st.integers(1, 3000))
def test_segments_are_counted_by_their_first_frames(rate: Fraction, length: int, frames: int) -> None:
    """As many segments as there are segment starts before the end."""
    segment = length * rate
    starts = [k for k in range(frames + 1) if ceil(k * segment) < frames]
    assert KeyframeGrid(gop=50, segment=segment).segments(frames) == len(starts)


@given(value=st.fractions(0, 100_000))
def test_seconds_are_never_rounded_up(value: Fraction) -> None:
    """A segment time a little too long would move a cut to the next keyframe."""
    assert 0 <= value - Fraction(seconds(value)) < Fraction(1, 1_000_000)


@pytest.mark.parametrize(
    ("codec", "group", "gop", "segment"),
    [
        ({}, {"SegmentLength": 10}, 60, Fraction(300000, 1001)),
        ({}, {"SegmentLength": 3}, 45, Fraction(90000, 1001)),
        ({"GopSize": 90}, {"SegmentLength": 10}, 90, Fraction(300000, 1001)),
        ({"GopSize": 90}, {"SegmentLength": 10, "SegmentLengthControl": "GOP_MULTIPLE"}, 90, Fraction(360)),
        ({"GopSize": 2, "GopSizeUnits": "SECONDS"}, {"SegmentLength": 6}, 60, Fraction(180000, 1001)),
        ({"GopSizeUnits": "AUTO", "GopSize": 7}, {"SegmentLength": 6}, 60, Fraction(180000, 1001)),
        ({}, None, 60, None),
        ({"GopSize": 0.5, "GopSizeUnits": "SECONDS"}, None, 15, None),
    ],
)
def test_the_grid_follows_the_settings(
    codec: dict[str, object], group: dict[str, object] | None, gop: int, segment: Fraction | None
) -> None:
    """GOPs in frames, seconds or chosen by us; segments exact or rounded up to GOPs."""
    hls = None if group is None else Hls.read(group)
    assert timeline.grid(H264.read(codec), Fraction(30000, 1001), hls) == KeyframeGrid(gop=gop, segment=segment)
