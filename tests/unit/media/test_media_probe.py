"""ffprobe's JSON as values, as an event, and as what a job can use of it."""

import json
from datetime import UTC, datetime
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.media.errors import MediaError
from telecine.media.ffmpeg.graph import Filter
from telecine.media.plan import Capabilities, names, plan
from telecine.media.probe import argv, input_details, parse

CORPUS = Path(__file__).parents[2] / "corpus"


def film(name: str = "demo") -> Any:
    """The ffprobe JSON of a plan's scenario."""
    return json.loads((CORPUS / "plans" / f"{name}.json").read_text())["input"]


def demo() -> Any:
    """The settings of the demo's job."""
    return json.loads((CORPUS / "settings" / "demo.json").read_text())["settings"]


def planned(settings: Any, given_probe: Any, uri: str = "s3://media-in/film.mp4") -> Any:
    """The plan for settings and ffprobe's JSON."""
    now = datetime(2026, 1, 1, tzinfo=UTC)
    return plan(settings, [parse(given_probe)], Capabilities(), inputs=[uri], now=now)


def test_a_film_is_told_in_the_event() -> None:
    """The input's entry in INPUT_INFORMATION, as the user guide shows it."""
    assert input_details(parse(film()), 1, "s3://media-in/film.mp4") == {
        "id": 1,
        "uri": "s3://media-in/film.mp4",
        "audio": [{"channels": 6, "codec": "AAC", "language": "UND", "sampleRate": 48000, "streamId": 2}],
        "video": [
            {
                "bitDepth": 8, "codec": "H_264", "colorFormat": "YUV_420", "fourCC": "avc1", "frameRate": 25, "height": 720,
                "interlaceMode": "PROGRESSIVE", "sar": "1:1", "standard": "UNSPECIFIED", "streamId": 1, "width": 1280,
            }
        ],
    }  # fmt: skip


def test_fractional_rates_and_languages_in_the_event() -> None:
    """29.97 has three decimals; a language is in capitals; interlaced pictures are called so."""
    ntsc = input_details(parse(film("guide-hls")), 2, "s3://b/a.mov")
    assert (ntsc["video"][0]["frameRate"], ntsc["audio"][0]["language"]) == (29.97, "ENG")
    assert input_details(parse(film("broadcast")), 1, "s3://b/a.ts")["video"][0]["interlaceMode"] == "INTERLACED"


@pytest.mark.parametrize(
    ("changed", "attribute", "value"),
    [
        ({"side_data_list": [{"rotation": -90}]}, "rotation", 90),
        ({"side_data_list": [{"rotation": 89.5}]}, "rotation", 270),
        ({"side_data_list": [{"rotation": 180}]}, "rotation", 180),
        ({"side_data_list": [{"rotation": 45}]}, "rotation", 0),
        ({"sample_aspect_ratio": "64:45"}, "pixel_aspect", Fraction(64, 45)),
        ({"sample_aspect_ratio": "0:1"}, "pixel_aspect", Fraction(1)),
        ({"sample_aspect_ratio": "N/A"}, "pixel_aspect", Fraction(1)),
        ({"r_frame_rate": "90000/1", "avg_frame_rate": "2997/100"}, "frame_rate", Fraction(30000, 1001)),
        ({"r_frame_rate": "50/1", "avg_frame_rate": "25/1"}, "is_variable", True),
        ({"r_frame_rate": "0/0", "avg_frame_rate": "0/0"}, "frame_rate", Fraction(25)),
        ({"pix_fmt": "yuv422p10le", "bits_per_raw_sample": "N/A"}, "bit_depth", 10),
        ({"field_order": "bt"}, "is_interlaced", True),
        ({"duration_ts": None, "tags": {"DURATION": "00:01:02.500000000"}}, "duration", Fraction(125, 2)),
        ({"id": None}, "stream_id", 1),
        ({"codec_tag_string": "[0][0][0][0]"}, "four_cc", ""),
    ],
)
def test_a_video_track_is_read(changed: dict[str, Any], attribute: str, value: object) -> None:
    """What containers say in their several ways."""
    raw = film()
    raw["streams"][0] = {k: v for k, v in {**raw["streams"][0], **changed}.items() if v is not None}
    assert getattr(parse(raw).video[0], attribute) == value


@given(junk=st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x) | st.dictionaries(st.sampled_from(["streams", "format", "codec_type", "width", "id", "tags", "duration"]), x)))  # fmt: skip
def test_no_answer_of_ffprobe_breaks_the_reader(junk: Any) -> None:
    """Whatever is missing or of another kind is read as absent."""
    probe = parse(junk if isinstance(junk, dict) else {"streams": junk, "format": junk})
    assert probe.size >= 0 or probe.format == ""


def test_a_picture_of_a_cover_is_no_video() -> None:
    """Attached pictures are not among the tracks."""
    raw = film()
    raw["streams"][0]["disposition"] = {"attached_pic": 1}
    assert parse(raw).video == ()


def without_audio(raw: Any) -> Any:
    """The probe of a mute file."""
    return {**raw, "streams": raw["streams"][:1]}


def selecting(selector: dict[str, object]) -> Any:
    """The demo's job with another first audio selector."""
    settings = demo()
    settings["Inputs"][0]["AudioSelectors"] = {"Audio Selector 1": selector}
    return settings


ERRORS: list[tuple[Any, Any, int, str]] = [
    (
        demo(),
        {"format": {}, "streams": []},
        1010,
        "Unable to open input file [s3://media-in/film.mp4]: Failed probe/open: [No parser found for container]]",
    ),
    (
        demo(),
        {**film(), "streams": film()["streams"][1:]},
        1020,
        "Your input file [s3://media-in/film.mp4] doesn't have video that the transcoder can consume. Check your input "
        "video codec against this list: "
        "https://docs.aws.amazon.com/mediaconvert/latest/ug/reference-codecs-containers-input.html",
    ),
    (demo(), without_audio(film()), 1021, "No audio frames decoded on [selector-(Audio Selector 1)-track-1-drc]"),
    (
        selecting({"Tracks": [2]}),
        film(),
        1040,
        "Invalid audio track specified for audio_selector [1]. Audio track [2] not found in input container.",
    ),
    (
        selecting({"Tracks": [1], "DefaultSelection": "DEFAULT"}),
        without_audio(film()),
        1040,
        "Invalid audio track specified for audio_selector [1]. Audio track [1] not found in input container.",
    ),
]


@pytest.mark.parametrize(("settings", "raw", "code", "message"), ERRORS)
def test_what_an_input_cannot_do_ends_the_job(settings: Any, raw: Any, code: int, message: str) -> None:
    """Code and words as the job record shows them."""
    with pytest.raises(MediaError) as caught:
        planned(settings, raw)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_an_output_never_replaces_its_input() -> None:
    """1040, when a destination is the input's own address."""
    settings = demo()
    settings["OutputGroups"][0]["OutputGroupSettings"]["FileGroupSettings"]["Destination"] = "s3://media-in/film"
    settings["OutputGroups"][0]["Outputs"][0]["NameModifier"] = ""
    with pytest.raises(MediaError) as caught:
        planned(settings, film())
    assert caught.value.message == "Duplicate input and output path [s3://media-in/film.mp4] found in job."


def test_two_outputs_never_share_a_place() -> None:
    """1040, when two groups would write one object."""
    settings = demo()
    settings["OutputGroups"].append(settings["OutputGroups"][0])
    with pytest.raises(MediaError) as caught:
        planned(settings, film())
    assert caught.value.message == "Duplicate output path [s3://media-out/files/film_540p.mp4] found in job."


def test_a_selector_that_is_missing_falls_back_to_the_default() -> None:
    """The input's default selector is used for a name that it does not have."""
    settings = demo()
    settings["Inputs"][0]["AudioSelectors"] = {"Audio Selector 4": {"DefaultSelection": "DEFAULT"}}
    assert "[0:1]aresample" in " ".join(planned(settings, film()).steps[0].argv)


JOB = names.JobFacts(input_uri="s3://in/a.b/My film.final.mov", started=datetime(2020, 6, 4, 15, 5, 28, tzinfo=UTC))


@pytest.mark.parametrize(
    ("destination", "expected"),
    [
        ("s3://out", ("s3://out/", "My film.final")),
        ("s3://out/", ("s3://out/", "My film.final")),
        ("s3://out/x", ("s3://out/", "x")),
        ("s3://out/x/y/", ("s3://out/x/y/", "My film.final")),
        ("s3://out/$d$/$fn$-$t$", ("s3://out/20200604/", "My film.final-150528")),
        ("s3://out/$dt$/", ("s3://out/20200604T150528/", "My film.final")),
    ],
)
def test_destinations(destination: str, expected: tuple[str, str]) -> None:
    """A trailing slash takes the input's name; anything else ends in a base name."""
    assert names.base(destination, JOB) == expected


@given(value=st.text(alphabet="abc$ %0[]\\':,;=|\n"))
def test_a_filter_value_never_escapes(value: str) -> None:
    """After ffmpeg's two rounds of unescaping the value is what it was, whatever signs it holds."""
    text = str(Filter("drawtext", (("text", value),))).removeprefix("drawtext=text=")
    for _round in range(2):
        signs, text = iter(text), ""
        for sign in signs:
            text += next(signs) if sign == "\\" else sign
    assert text == value


def test_probing_opens_nothing_but_files() -> None:
    """ffprobe's command line holds the allow-lists before the file."""
    words = argv("input-0")
    assert words[words.index("-protocol_whitelist") + 1] == "file"
    assert "hls" not in words[words.index("-format_whitelist") + 1].split(",")
    assert words[-2:] == ("-i", "input-0")
