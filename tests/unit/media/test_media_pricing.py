"""What minutes of outputs count as."""

from fractions import Fraction

import pytest

from telecine.media import pricing


@pytest.mark.parametrize(
    ("width", "height", "resolution"),
    [
        (1278, 718, "SD"),
        (1280, 720, "HD"),
        (1920, 1080, "HD"),
        (2048, 1082, "4K"),
        (3840, 2160, "4K"),
        (7680, 4320, "8K"),
        (720, 1280, "HD"),
        (406, 720, "SD"),
    ],
)
def test_the_lines_of_a_picture_make_its_class(width: int, height: int, resolution: str) -> None:
    """SD ends below 720 lines, HD with 1080, 4K with 2160; a picture on end counts as if it lay."""
    found = pricing.of_video(codec="H_264", passes="SINGLE_PASS", width=width, height=height, rate=Fraction(25))

    assert found.resolution == resolution


@pytest.mark.parametrize(
    ("rate", "class_"),
    [(Fraction(24000, 1001), "30"), (Fraction(30), "30"), (Fraction(50), "60"), (Fraction(60), "60"), (120, "120")],
)
def test_frame_rates_count_by_their_class(rate: Fraction, class_: str) -> None:
    """Up to and with 30, 60 and 120 frames a second."""
    found = pricing.of_video(codec="H_264", passes="SINGLE_PASS", width=640, height=360, rate=Fraction(rate))

    assert found.frame_rate == class_


@pytest.mark.parametrize(
    ("codec", "passes", "tier"),
    [
        ("H_264", "SINGLE_PASS", "BASIC"),
        ("H_264", "SINGLE_PASS_HQ", "BASIC"),
        ("H_264", "MULTI_PASS_HQ", "PROFESSIONAL"),
        ("VP9", "MULTI_PASS", "BASIC"),
        ("H_265", "SINGLE_PASS", "PROFESSIONAL"),
    ],
)
def test_the_basic_tier_is_single_pass_avc_and_vp(codec: str, passes: str, tier: str) -> None:
    """Every other codec, and AVC in several passes, is Professional."""
    found = pricing.of_video(codec=codec, passes=passes, width=640, height=360, rate=Fraction(25))

    assert found.tier == tier


def test_an_output_without_video_counts_as_sound() -> None:
    """Nothing of a picture is said of it."""
    assert pricing.of_audio() == pricing.Dimensions(
        tier="BASIC", codec="AUDIO_ONLY", resolution="AUDIO_ONLY", frame_rate="0", passes=""
    )
