"""Verification by packet index: what is wrong is found, and said."""

from fractions import Fraction

import pytest

from telecine.media import verify
from telecine.media.plan import Expectation
from telecine.media.tracks import KeyframeGrid


def video(**members: object) -> Expectation:
    """100 frames at 25 frames a second, a keyframe every second."""
    values = {
        "file": "video-0.mp4", "track": "video", "frames": 100, "frame_tolerance": 0, "duration_seconds": 4.0,
        "tolerance_seconds": 0.02, "start_seconds": 0.0, "grid": KeyframeGrid(gop=25, segment=Fraction(50)), "width": 320,
        "height": 180, **members,
    }  # fmt: skip
    return Expectation(**values)  # type: ignore[arg-type]


AUDIO = Expectation(
    file="audio-0.m4a", track="audio", frames=None, frame_tolerance=0, duration_seconds=4.0,
    tolerance_seconds=1024 / 48000, start_seconds=0.0, grid=None,
)  # fmt: skip


def packets(times: list[int], keys: set[int], duration: int = 512, base: str = "1/12800", size: str = "320x180") -> str:
    """ffprobe's output for packets in decoding order."""
    width, height = size.split("x")
    lines = [f"packet|pts={t}|duration={duration}|flags={'K' if n in keys else '_'}__" for n, t in enumerate(times)]
    return "\n".join([*lines, f"stream|width={width}|height={height}|time_base={base}"]) + "\n"


GRID = {0, 25, 50, 75}
TIMES = [n * 512 for n in range(100)]


def test_a_good_track_has_no_problems() -> None:
    """As planned, also with more keyframes than planned."""
    assert verify.check(video(), packets(TIMES, GRID)) == []
    assert verify.check(video(), packets(TIMES, GRID | {13})) == []


@pytest.mark.parametrize(
    ("output", "problem"),
    [
        (packets(TIMES[:99], GRID), "has 99 frames instead of 100"),
        (packets([*TIMES, 51200], GRID), "has 101 frames instead of 100"),
        (packets(TIMES, {0, 25, 75}), "has no keyframe at frame 50, and 1 in all are missing"),
        (packets([t + 5120 for t in TIMES], GRID), "starts at 0.400000 s instead of 0.000000 s"),
        (packets([*TIMES[:99], 99 * 512 + 256], GRID), "has uneven frames, 0.040000 to 0.060000 s apart"),
        (packets(TIMES, GRID, size="320x176"), "is 320x176 instead of 320x180"),
        ("", "has no video packets"),
        ("stream|width=320|height=180|time_base=1/12800\n", "has no video packets"),
    ],
)
def test_what_is_wrong_is_said(output: str, problem: str) -> None:
    """Each kind of damage in its sentence."""
    assert problem in verify.check(video(), output)


def test_inexact_sources_have_room() -> None:
    """Where timestamps do not tell the frames, the count may differ by the planned tolerance."""
    loose = video(frame_tolerance=2, tolerance_seconds=0.1)
    assert verify.check(loose, packets(TIMES[:98], GRID)) == []
    assert verify.check(loose, packets(TIMES[:97], GRID)) != []


def sound(first: int, count: int) -> str:
    """AAC packets."""
    lines = [f"packet|pts={first + 1024 * n}|duration=1024|flags=K__" for n in range(count)]
    return "\n".join([*lines, "stream|sample_rate=48000|time_base=1/48000"]) + "\n"


@pytest.mark.parametrize(("first", "count"), [(-1024, 189), (0, 188)])
def test_audio_may_be_primed_by_one_frame(first: int, count: int) -> None:
    """The encoder's first frame lies before zero; the end is within a frame."""
    assert verify.check(AUDIO, sound(first, count)) == []


@pytest.mark.parametrize(("first", "count"), [(-2048, 190), (2048, 186), (-1024, 186), (-1024, 195)])
def test_audio_out_of_place(first: int, count: int) -> None:
    """A start or an end elsewhere is found."""
    assert verify.check(AUDIO, sound(first, count)) != []
