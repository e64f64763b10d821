"""Inputs with blemishes that a transcoder is expected to live with, and damage that it must not hide."""

from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.media

Tools = Build = Lavfi = Any
"""The fixtures of conftest.py."""

SOURCE = (
    "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=6", "-f", "lavfi", "-i", "sine=f=440:r=48000:d=6",
    "-c:v", "libx264", "-preset", "veryfast", "-g", "50", "-sc_threshold", "0", "-pix_fmt", "yuv420p", "-c:a", "aac",
)  # fmt: skip


def whole(build: Build) -> Any:
    """One MP4 with sound."""
    return build.job(build.file_group(build.output(video={}, audio=[build.aac()])))


@pytest.mark.parametrize("share", [0.1, 0.37, 0.62])
def test_a_recording_that_begins_anywhere(
    share: float, tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path
) -> None:
    """A transport stream cut in the middle of a GOP, as broadcasts are recorded, is transcoded."""
    stream = lavfi("recorded.ts", *SOURCE).read_bytes()
    cut = tmp_path / "cut.ts"
    cut.write_bytes(stream[188 * int(len(stream) * share / 188) :])
    made = tools.make(whole(build), cut, tmp_path / "work")
    assert made.problems == []


def test_a_recording_that_ends_anywhere(tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path) -> None:
    """A transport stream cut in the middle of a picture is transcoded up to there."""
    stream = lavfi("recorded.ts", *SOURCE).read_bytes()
    cut = tmp_path / "cut.ts"
    cut.write_bytes(stream[: 188 * (len(stream) // 188 * 2 // 3) - 1000])
    made = tools.make(whole(build), cut, tmp_path / "work")
    assert made.problems == []
