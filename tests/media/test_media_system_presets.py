"""System presets that the engine has, run with the real tools: what their names promise is what comes out."""

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import pytest

from telecine.media import merge, validation
from telecine.media.system import PRESETS, TEMPLATES

pytestmark = [pytest.mark.media, pytest.mark.slow]

Tools = Any
"""The fixtures of conftest.py."""

SECONDS = 1
FILES = [name for name in PRESETS if re.match(r"System-Generic_[HS]d_Mp4_Avc_", name)]
OLDER = "System-Avc_16x9_1080p_29_97fps_8500kbps"
INPUTS = [{"FileInput": "s3://media-in/film.mp4"}]


def _settings(preset: str) -> Mapping[str, Any]:
    return PRESETS[preset].settings


@pytest.fixture(scope="module")
def source(lavfi: Callable[..., Path]) -> Path:
    """A second of a moving picture with a tone."""
    picture = f"testsrc2=size=640x360:rate=30:duration={SECONDS}"
    tone = f"sine=frequency=440:sample_rate=48000:duration={SECONDS}"
    streams = ("-f", "lavfi", "-i", picture, "-f", "lavfi", "-i", tone)
    return lavfi("system.mp4", *streams, "-pix_fmt", "yuv420p", "-c:v", "libx264", "-preset", "ultrafast")


def test_presets_for_files(tools: Tools, source: Path, tmp_path: Path) -> None:
    """Each generic preset with H.264, in one job: size and rate of the video, and AAC beside it."""
    outputs = [{"Preset": name, "NameModifier": f"_{number}"} for number, name in enumerate(FILES)]
    group = {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": {"Destination": "s3://media-out/"}}
    asked = {"Inputs": INPUTS, "OutputGroups": [{"OutputGroupSettings": group, "Outputs": outputs}]}
    settings = merge.apply_presets(asked, _settings)
    assert validation.check(settings) == []

    made = tools.make(settings, source, tmp_path / "files")

    assert made.problems == []
    published = made.published()
    assert len(published) == len(FILES) == 6
    for number, name in enumerate(FILES):
        streams = tools.streams(published[f"s3://media-out/film_{number}.mp4"])
        assert _shape(streams) == _promised(name)
        assert [stream["codec_name"] for stream in streams] == ["h264", "aac"]


def test_the_hls_template(tools: Tools, source: Path, tmp_path: Path) -> None:
    """System-Ott_Hls_Ts_Avc_Aac whole, and the preset of the older generation beside it."""
    destination = {"Type": "HLS_GROUP_SETTINGS", "HlsGroupSettings": {"Destination": "s3://media-out/main"}}
    older = {"Preset": OLDER, "NameModifier": "_older"}
    more = [{} for _preset in range(8)]
    asked = {"Inputs": INPUTS, "OutputGroups": [{"OutputGroupSettings": destination, "Outputs": [*more, older]}]}
    filled = merge.merge_job(asked, TEMPLATES["System-Ott_Hls_Ts_Avc_Aac"].settings)
    settings = merge.apply_presets(filled, _settings)
    assert validation.check(settings) == []

    made = tools.make(settings, source, tmp_path / "hls")

    assert made.problems == []
    published = made.published()
    for output in filled["OutputGroups"][0]["Outputs"]:
        streams = tools.streams(published[f"s3://media-out/main{output['NameModifier']}_00001.ts"])
        assert _shape(streams) == ((1920, 1080, "30000/1001") if output == older else _promised(output["Preset"]))
    variants = (published["s3://media-out/main.m3u8"]).read_text().count("#EXT-X-STREAM-INF")
    assert variants == 9


def _promised(name: str) -> tuple[int, int, str]:
    """Width, height and rate as the name says them."""
    found = re.search(r"_(\d+)x(\d+)p_(\d+)Hz_", name)
    assert found is not None
    return int(found[1]), int(found[2]), f"{found[3]}/1"


def _shape(streams: list[dict[str, Any]]) -> tuple[int, int, str]:
    video = next(stream for stream in streams if stream["codec_type"] == "video")
    return video["width"], video["height"], video["r_frame_rate"]
