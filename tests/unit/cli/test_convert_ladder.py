"""The settings that `telecine convert` makes of what a file is."""

from dataclasses import replace
from fractions import Fraction
from typing import Any

import pytest

from telecine.cli.convert import ladder
from telecine.media import validation
from telecine.media.probe import Probe
from telecine.media.probe.tracks import AudioTrack, VideoTrack

PICTURE = VideoTrack(
    index=0,
    stream_id=1,
    codec="h264",
    profile="High",
    four_cc="avc1",
    width=1920,
    height=1080,
    pixel_aspect=Fraction(1),
    frame_rate=Fraction(25),
    is_variable=False,
    frames=250,
    start=Fraction(0),
    duration=Fraction(10),
    rotation=0,
    pixel_format="yuv420p",
    bit_depth=8,
    is_interlaced=False,
)
SOUND = AudioTrack(
    index=1,
    stream_id=2,
    codec="aac",
    channels=2,
    layout="stereo",
    sample_rate=48000,
    start=Fraction(0),
    duration=Fraction(10),
    language=None,
)
FILM = Probe(format="mov,mp4", size=1, start=Fraction(0), duration=Fraction(10), video=(PICTURE,), audio=(SOUND,))


def made(probe: Probe) -> dict[str, Any]:
    """The settings, which validation must like."""
    settings = ladder.settings(probe, source="s3://in/film.mp4", folder="s3://out/film/", name="film")
    assert validation.check(settings) == []
    return settings


@pytest.mark.parametrize(
    ("width", "height", "rotation", "rungs"),
    [
        (1920, 1080, 0, [{"Height": 1080}, {"Height": 720}, {"Height": 540}, {"Height": 360}]),
        (1280, 720, 0, [{"Height": 720}, {"Height": 540}, {"Height": 360}]),
        (1280, 718, 0, [{"Height": 540}, {"Height": 360}]),
        (1280, 720, 90, [{"Width": 720}, {"Width": 540}, {"Width": 360}]),
        (720, 1280, 0, [{"Width": 720}, {"Width": 540}, {"Width": 360}]),
        (321, 241, 0, [{"Height": 240}]),
    ],
)
def test_no_rendition_is_larger_than_the_file(
    width: int, height: int, rotation: int, rungs: list[dict[str, int]]
) -> None:
    """Rungs count the shorter side, however the picture stands; a small picture keeps its size."""
    probe = replace(FILM, video=(replace(PICTURE, width=width, height=height, rotation=rotation),))
    file, stream = made(probe)["OutputGroups"]

    sizes = [
        {side: output["VideoDescription"][side] for side in ("Width", "Height") if side in output["VideoDescription"]}
        for output in stream["Outputs"]
    ]
    assert sizes == rungs
    assert sizes[0].items() <= file["Outputs"][0]["VideoDescription"].items()


def test_silent_films_and_sound_alone() -> None:
    """What the file has not is not asked for; sound alone is an MP4."""
    silent = made(replace(FILM, audio=()))
    assert "AudioSelectors" not in silent["Inputs"][0]
    assert all("AudioDescriptions" not in output for group in silent["OutputGroups"] for output in group["Outputs"])
    assert [group["Name"] for group in made(replace(FILM, video=()))["OutputGroups"]] == ["File Group"]
    with pytest.raises(ladder.NothingToShow):
        ladder.settings(replace(FILM, video=(), audio=()), source="s3://a/b", folder="s3://c/", name="d")


def test_what_to_open() -> None:
    """The MP4 and the main playlist."""
    assert ladder.results(made(FILM)) == ["s3://out/film/film.mp4", "s3://out/film/hls/film.m3u8"]
