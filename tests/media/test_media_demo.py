"""The demo's job on a real clip: what comes out, to the frame and to the byte."""

import hashlib
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.media

Tools = Any
"""The fixtures of conftest.py."""

RUNGS = ("720p", "480p", "360p")


@pytest.fixture(scope="module")
def made(tools: Tools, corpus: Any, clip: Path, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The demo's job, run once."""
    return tools.make(corpus("demo"), clip, tmp_path_factory.mktemp("demo"))


def test_nothing_is_wrong_with_what_was_encoded(made: Any) -> None:
    """Verification by packet index finds every track as planned."""
    assert made.problems == []
    assert made.plan.warnings == ()


def test_each_output_has_its_documented_name(made: Any) -> None:
    """Files are base, modifier, extension; segments are numbered with five digits from 00001."""
    assert sorted(made.published()) == sorted(
        [
            "s3://media-out/files/film_540p.mp4",
            "s3://media-out/hls/main.m3u8",
            *(f"s3://media-out/hls/main_{rung}.m3u8" for rung in RUNGS),
            *(f"s3://media-out/hls/main_{rung}_0000{n}.ts" for rung in RUNGS for n in (1, 2, 3)),
        ]
    )


def test_every_rendition_has_every_frame(made: Any, tools: Tools) -> None:
    """132 frames in the MP4 and, over all segments, in each rendition."""
    published = made.published()
    streams = tools.streams(published["s3://media-out/files/film_540p.mp4"])
    assert [(s["codec_name"], s["nb_read_packets"]) for s in streams] == [("h264", "132"), ("aac", "249")]
    assert [s["duration"] for s in streams] == ["5.280000", "5.280000"]
    for rung in RUNGS:
        counted = [
            int(next(s for s in tools.streams(path) if s["codec_type"] == "video")["nb_read_packets"])
            for uri, path in sorted(published.items())
            if f"_{rung}_" in uri
        ]
        assert counted == [50, 50, 32]


def test_segments_of_all_renditions_begin_together_on_a_keyframe(made: Any, tools: Tools) -> None:
    """Segment n begins at 2 s + 2 s * (n - 1) in each rendition, with an IDR picture."""
    published = made.published()
    for number in (1, 2, 3):
        starts = set()
        for rung in RUNGS:
            path = published[f"s3://media-out/hls/main_{rung}_0000{number}.ts"]
            entries = (
                "-v",
                "error",
                "-select_streams",
                "v",
                "-show_entries",
                "packet=pts_time,flags",
                "-of",
                "csv=p=0",
            )
            first = tools.ffprobe(*entries, str(path)).splitlines()[0]
            starts.add(first.rstrip(","))
        assert starts == {f"{2 * number}.000000,K__"}


def test_the_main_playlist_tells_the_truth(made: Any, tools: Tools) -> None:
    """CODECS, RESOLUTION and FRAME-RATE are what ffprobe finds; no segment is above BANDWIDTH."""
    published = made.published()
    text = published["s3://media-out/hls/main.m3u8"].read_text()
    rows = re.findall(r"BANDWIDTH=(\d+),AVERAGE-BANDWIDTH=(\d+),CODECS=\"([^\"]+)\",RESOLUTION=(\S+),FRAME", text)
    assert len(rows) == 3
    assert text.count("FRAME-RATE=25.000") == 3
    for rung, (peak, average, codecs, resolution) in zip(RUNGS, rows, strict=True):
        first = published[f"s3://media-out/hls/main_{rung}_00001.ts"]
        video, audio = sorted(tools.streams(first), key=lambda s: str(s["codec_type"]), reverse=True)[:2]
        assert codecs == f"{video['mime_codec_string']},{audio['mime_codec_string']}"
        assert resolution == f"{video['width']}x{video['height']}"
        assert first.stat().st_size * 8 / 2 <= int(peak)
        assert int(average) <= int(peak)


def test_the_playlist_plays_to_the_end(made: Any, tools: Tools, tmp_path: Path) -> None:
    """A player that follows the main playlist decodes 132 frames of each rendition without an error."""
    for uri, path in made.published().items():
        (tmp_path / uri.rpartition("/")[2]).write_bytes(path.read_bytes())
    for n in range(3):
        hashes = tools.ffmpeg(
            "-v", "error", "-xerror", "-i", "main.m3u8", "-map", f"0:p:{n}:v", "-f", "framemd5", "-", cwd=tmp_path
        )  # fmt: skip
        assert len([line for line in hashes.splitlines() if not line.startswith("#")]) == 132


def test_every_run_gives_the_same_bytes(tools: Tools, corpus: Any, short_clip: Path, tmp_path: Path) -> None:
    """Everything that is published is the same, byte for byte, also where the machine has more or fewer threads."""

    def digests(run: int, threads: int) -> dict[str, str]:
        made = tools.make(corpus("demo"), short_clip, tmp_path / str(run), threads=threads)
        return {uri: hashlib.sha256(path.read_bytes()).hexdigest() for uri, path in made.published().items()}

    first = digests(0, 2)
    assert len(first) > 5
    for run, threads in enumerate((2, 1, 4), 1):
        assert digests(run, threads) == first
