"""System presets and templates: what their names say is what they hold."""

import re
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.media import merge, validation
from telecine.media.system import PRESETS, TEMPLATES, grammar
from telecine.media.validation import Kind
from telecine.wire import compiled

ENGINE = (
    "System-Avc_16x9_1080p_29_97fps_8500kbps",
    "System-Generic_Hd_Mp4_Avc_",
    "System-Generic_Sd_Mp4_Avc_",
    "System-Ott_Hls_Ts_Avc_Aac_",
)
"""What the names of those begin with that the engine can make: the list may only grow."""


def _violations(operation: str, settings: Any) -> list[Any]:
    params = {"Name": "x", "Settings": settings}
    return compiled.operation("mediaconvert", operation).violations(params)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_keeps_mediaconverts_own_rules(name: str) -> None:
    """The model's constraints, and the rules between settings: anybody could create a copy of it."""
    settings = PRESETS[name].settings
    assert _violations("CreatePreset", settings) == []
    assert validation.check(settings, kind=Kind.PRESET) == []


@pytest.mark.parametrize("name", TEMPLATES)
def test_a_template_keeps_mediaconverts_own_rules(name: str) -> None:
    """The same; and every preset that it names is there."""
    settings = TEMPLATES[name].settings
    assert _violations("CreateJobTemplate", settings) == []
    assert validation.check(settings, kind=Kind.TEMPLATE) == []
    assert {preset for _path, preset in merge.presets(settings)} <= set(PRESETS)


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_holds_what_its_name_says(name: str) -> None:
    """Size, rate and bitrate, as anybody reads them in the name."""
    settings = PRESETS[name].settings
    video = settings.get("VideoDescription", {})
    own = next((value for value in video.get("CodecSettings", {}).values() if isinstance(value, dict)), {})
    if size := re.search(r"_(\d+)x(\d+)p_(\d+)Hz_", name):
        assert (video["Width"], video["Height"]) == (int(size[1]), int(size[2]))
        assert round(own["FramerateNumerator"] / own["FramerateDenominator"]) == int(size[3])
    megabits = re.search(r"_([0-9.]+)Mbps", name)
    if megabits:
        assert own.get("MaxBitrate", own.get("Bitrate")) == round(float(megabits[1]) * 1e6)
    if quality := re.search(r"_Qvbr_Vq(\d+)$", name):
        assert own["RateControlMode"] == "QVBR"
        assert own["QvbrSettings"] == {"QvbrQualityLevel": int(quality[1])}
    if name.endswith("_Cbr"):
        assert own["RateControlMode"] == "CBR"
    if "_Aac" in name:
        assert settings["AudioDescriptions"][0]["CodecSettings"]["Codec"] == "AAC"
    assert ("_Aac_He" in name) is (_profile(settings) == "HEV1")
    assert ("Hev1" in name) is (video.get("CodecSettings", {}).get("Codec") == "H_265")


def _profile(settings: Any) -> str | None:
    for audio in settings.get("AudioDescriptions", []):
        return audio["CodecSettings"].get("AacSettings", {}).get("CodecProfile")  # type: ignore[no-any-return]
    return None


def test_names_of_the_older_generation() -> None:
    """The two that AWS's own examples show, with the descriptions that they show."""
    assert PRESETS["System-Avc_16x9_1080p_29_97fps_8500kbps"].description == "Wifi, 1920x1080, 16:9, 29.97fps, 8500kbps"
    assert grammar.read("System-Avc_16x9_1080p_29_97fps_8500kbps").width == 1920
    assert grammar.read("System-Xdcam_HD_1080i_29_97fps_35mpbs").is_interlaced
    assert {recipe.category for recipe in PRESETS.values()} == {
        "BROADCAST-XDCAM",
        "GENERIC",
        "HLS",
        "MXF",
        "OTT-CMAF",
        "OTT-DASH",
        "OTT-HLS",
    }


@given(st.text(max_size=30))
def test_other_names_mean_nothing(text: str) -> None:
    """Nothing is guessed from half a name."""
    with pytest.raises(grammar.UnknownName):
        grammar.read(f"System-Generic_{text}")


def test_the_generic_template_is_the_published_one() -> None:
    """Six outputs as in the AWS CLI's example, down to their modifiers."""
    group = TEMPLATES["System-Generic_Mp4_Hev1_Avc_Aac_Sdr_Qvbr"].settings["OutputGroups"][0]
    assert group["OutputGroupSettings"] == {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": {}}
    assert len(group["Outputs"]) == 6
    assert group["Outputs"][2] == {
        "Extension": "mp4",
        "Preset": "System-Generic_Sd_Mp4_Avc_Aac_16x9_Sdr_640x360p_30Hz_0.8Mbps_Qvbr_Vq7",
        "NameModifier": "_Generic_Sd_Mp4_Avc_Aac_16x9_Sdr_640x360p_30Hz_800Kbps_Qvbr_Vq7",
    }


def job(preset: str) -> dict[str, Any]:
    """The least that makes a job of a preset."""
    container = PRESETS[preset].settings["ContainerSettings"]["Container"]
    kind, block = {
        "M3U8": ("HLS_GROUP_SETTINGS", "HlsGroupSettings"),
        "MPD": ("DASH_ISO_GROUP_SETTINGS", "DashIsoGroupSettings"),
        "CMFC": ("CMAF_GROUP_SETTINGS", "CmafGroupSettings"),
    }.get(container, ("FILE_GROUP_SETTINGS", "FileGroupSettings"))
    settings = {
        "Inputs": [{"FileInput": "s3://in/film.mp4", "AudioSelectors": {"Audio Selector 1": {}}}],
        "OutputGroups": [
            {
                "OutputGroupSettings": {"Type": kind, block: {"Destination": "s3://out/"}},
                "Outputs": [{"Preset": preset, "NameModifier": "_x"}],
            }
        ],
    }
    return merge.apply_presets(settings, lambda name: PRESETS[name].settings)


@pytest.mark.parametrize("name", PRESETS)
def test_what_the_engine_lacks_is_told_by_its_path(name: str) -> None:
    """A preset either runs, or the job hears which codec, container or group is missing, and of nothing else."""
    issues = validation.check(job(name))
    if name.startswith(ENGINE):
        assert issues == []
    else:
        assert issues
        assert all("is not supported by this server" in issue.message for issue in issues)
        assert all(issue.path.startswith("/outputGroups/0/") for issue in issues)
