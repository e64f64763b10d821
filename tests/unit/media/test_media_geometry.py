"""Sizes: from the source's picture to the output's."""

from fractions import Fraction
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.media.errors import MediaError
from telecine.media.plan.geometry import picture
from telecine.media.plan.levels import choose
from telecine.media.settings import H264, VideoDescription
from telecine.media.tracks import Picture, SourcePicture


def source(width: int = 1280, height: int = 720, aspect: Fraction = Fraction(1)) -> SourcePicture:
    """A decoded picture."""
    return SourcePicture(
        stream=0,
        width=width,
        height=height,
        pixel_aspect=aspect,
        quarter_turns=0,
        delay=Fraction(0),
        is_interlaced=False,
    )


def described(codec: dict[str, object] | None = None, **members: object) -> VideoDescription:
    """A video description."""
    return VideoDescription.read({**members, "CodecSettings": {"Codec": "H_264", "H264Settings": codec or {}}})


CASES: list[tuple[Any, ...]] = [
    # the user guide's examples for the scaling behaviours
    ((1280, 720), {"Width": 640, "Height": 480}, (640, 480), (640, 360), (0, 60)),
    ((200, 200), {"Width": 300, "Height": 400, "ScalingBehavior": "STRETCH_TO_OUTPUT"}, (300, 400), (300, 400), (0, 0)),
    ((200, 200), {"Width": 300, "Height": 400, "ScalingBehavior": "FIT"}, (300, 300), (300, 300), (0, 0)),
    ((200, 200), {"Width": 300, "Height": 400, "ScalingBehavior": "FILL"}, (300, 400), (400, 400), (-50, 0)),
    ((200, 200), {"Width": 300, "Height": 400, "ScalingBehavior": "FIT_NO_UPSCALE"}, (200, 200), (200, 200), (0, 0)),
    # and the model's for a missing width or height
    ((1920, 1080), {"Width": 1280}, (1280, 720), (1280, 720), (0, 0)),
    ((1920, 1080), {"Height": 720}, (1280, 720), (1280, 720), (0, 0)),
    ((1920, 1080), {}, (1920, 1080), (1920, 1080), (0, 0)),
    ((641, 361), {}, (640, 360), (640, 360), (0, 0)),
    ((1920, 1080), {"Width": 854, "Height": 480}, (854, 480), (854, 480), (0, 0)),
    ((720, 1280), {"Width": 1280, "Height": 720}, (1280, 720), (404, 720), (438, 0)),
]


@pytest.mark.parametrize(("given_size", "members", "size", "scaled", "offset"), CASES)
def test_the_picture_is_scaled_padded_and_cropped(
    given_size: tuple[int, int], members: dict[str, object], size: Any, scaled: Any, offset: Any
) -> None:
    """Output size, size of the scaled content, and where it lies."""
    made = picture(source(*given_size), described(**members), 1)
    assert (made.width, made.height) == size
    assert (made.scaled_width, made.scaled_height) == scaled
    assert made.offset == offset


def test_wide_pixels_are_followed_or_made_square() -> None:
    """PAL 16:9: 720x576 stays as it is with its pixels, and becomes 1024x576 of content with square ones."""
    pal = source(720, 576, Fraction(64, 45))
    followed = picture(pal, described(), 1)
    assert (followed.width, followed.height, followed.pixel_aspect) == (720, 576, Fraction(64, 45))
    square = {"ParControl": "SPECIFIED", "ParNumerator": 1, "ParDenominator": 1}
    made = picture(pal, described(square, Height=576), 1)
    assert (made.width, made.height, made.pixel_aspect) == (1024, 576, 1)


@pytest.mark.parametrize(
    ("members", "message"),
    [
        (
            {"Width": 640, "Height": 1159},
            "Invalid resolution [640 x 1159], only even values are supported. video_description [3].",
        ),
        (
            {"Width": 8000, "Height": 2000},
            "Invalid resolution [8000 x 2000], the maximum is exceeded. video_description [3].",
        ),
    ],
)
def test_impossible_sizes_are_refused(members: dict[str, object], message: str) -> None:
    """1040 with the number of the video description."""
    with pytest.raises(MediaError) as caught:
        picture(source(), described(**members), 3)
    assert (caught.value.code, caught.value.message) == (1040, message)


@given(
    width=st.integers(16, 4096), height=st.integers(16, 2160), out_width=st.integers(16, 1000), out_height=st.integers(16, 1000),
    scaling=st.sampled_from(["DEFAULT", "STRETCH_TO_OUTPUT", "FIT", "FIT_NO_UPSCALE", "FILL"]),
)  # fmt: skip
def test_every_size_is_even_and_holds_its_content(
    width: int, height: int, out_width: int, out_height: int, scaling: str
) -> None:
    """Even everywhere; padding never lies outside, cropping never shows outside."""
    made = picture(
        source(width, height), described(Width=out_width * 2, Height=out_height * 2, ScalingBehavior=scaling), 1
    )
    x, y = made.offset
    assert all(n % 2 == 0 for n in (made.width, made.height, made.scaled_width, made.scaled_height, x, y))
    if scaling == "FILL":
        assert made.scaled_width >= made.width
        assert made.scaled_height >= made.height
    else:
        assert made.scaled_width <= made.width
        assert made.scaled_height <= made.height


def frame(width: int, height: int) -> Picture:
    """An unscaled picture."""
    return Picture(width=width, height=height, scaled_width=width, scaled_height=height, pixel_aspect=Fraction(1))


@pytest.mark.parametrize(
    ("size", "rate", "codec", "expected"),
    [
        ((1920, 1080), 25, {}, ("4", 3)),
        ((1920, 1080), 60, {}, ("4.2", 3)),
        ((1280, 720), 25, {"QualityTuningLevel": "MULTI_PASS_HQ"}, ("3.1", 5)),
        ((1920, 1080), 25, {"QualityTuningLevel": "MULTI_PASS_HQ"}, ("4", 4)),
        ((1280, 720), 25, {"MaxBitrate": 18_000_000}, ("3.2", 3)),
        ((1280, 720), 25, {"MaxBitrate": 17_000_000, "CodecProfile": "HIGH"}, ("3.1", 3)),
        ((640, 360), 25, {"NumberReferenceFrames": 6}, ("3", 6)),
        ((3840, 2160), 30, {}, ("5.1", 3)),
        ((320, 180), 25, {"CodecLevel": "LEVEL_4_1"}, ("4.1", 3)),
    ],
)
def test_the_level_is_the_lowest_that_holds_the_picture(
    size: tuple[int, int], rate: int, codec: dict[str, object], expected: tuple[str, int]
) -> None:
    """Level and reference frames, from size, rate and bitrate."""
    assert choose(H264.read(codec), frame(*size), Fraction(rate), 1) == expected


@pytest.mark.parametrize(
    ("size", "rate", "codec"),
    [
        ((1920, 1080), 25, {"CodecLevel": "LEVEL_3"}),
        ((1280, 720), 60, {"CodecLevel": "LEVEL_3_1"}),
        ((3840, 2160), 120, {}),
    ],
)
def test_a_level_that_is_too_low_is_refused(size: tuple[int, int], rate: int, codec: dict[str, object]) -> None:
    """1040 with MediaConvert's words."""
    with pytest.raises(MediaError) as caught:
        choose(H264.read(codec), frame(*size), Fraction(rate), 2)
    assert caught.value.code == 1040
    assert caught.value.message == (
        "Error initializing encoder for video target [2] "
        "[initialization failed: Invalid level specified for the selected framerate or resolution.]"
    )
