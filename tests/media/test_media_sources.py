"""Inputs as they come: other containers, odd sizes, turned pictures, variable rates, missing tracks."""

from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

from telecine.media.errors import MediaError

pytestmark = pytest.mark.media

Tools = Build = Lavfi = Any
"""The fixtures of conftest.py."""

TONE = ("-f", "lavfi", "-i", "sine=f=440:r=48000:d=3")
AAC = ("-c:a", "aac", "-b:a", "96k")


def picture(size: str = "320x180", rate: str = "25", seconds: str = "3") -> tuple[str, ...]:
    """A test picture with moving parts."""
    return ("-f", "lavfi", "-i", f"testsrc2=s={size}:r={rate}:d={seconds}")


H264 = ("-c:v", "libx264", "-preset", "ultrafast", "-g", "25", "-pix_fmt", "yuv420p")


def made_from(source: Path, tools: Tools, build: Build, folder: Path, video: Any = None, **given: object) -> Any:
    """One MP4 with stereo audio from `source`."""
    return tools.make(
        build.job(build.file_group(build.output(video=video or {}, audio=[build.aac()])), **given), source, folder
    )


def streams_of(made: Any, tools: Tools) -> dict[str, dict[str, str]]:
    """The published MP4's streams by type."""
    return {s["codec_type"]: s for s in tools.streams(next(iter(made.published().values())))}


CONTAINERS = {
    "mp4": ("a.mp4", (*H264, *AAC)),
    "open-gop-ts": ("a.ts", (*H264, "-bf", "2", "-x264-params", "open-gop=1", *AAC)),
    "ts-late": ("late.ts", (*H264, *AAC, "-output_ts_offset", "36000")),
    "mkv": ("a.mkv", (*H264, *AAC)),
    "mpeg-ps": ("a.mpg", ("-c:v", "mpeg2video", "-b:v", "1M", "-c:a", "mp2")),
    "mov-prores": ("a.mov", ("-c:v", "prores_ks", "-c:a", "pcm_s16le")),
    "mxf": ("a.mxf", ("-c:v", "mpeg2video", "-b:v", "2M", "-c:a", "pcm_s16le")),
    "avi": ("a.avi", ("-c:v", "mjpeg", "-q:v", "5", "-c:a", "pcm_s16le")),
    "webm": ("a.webm", ("-c:v", "libvpx", "-deadline", "realtime", "-c:a", "libopus")),
}


@pytest.mark.parametrize("kind", CONTAINERS)
def test_every_container_keeps_every_frame(kind: str, tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path) -> None:
    """75 frames in, 75 frames out, with audio of the same length."""
    name, codecs = CONTAINERS[kind]
    made = made_from(lavfi(name, *picture(), *TONE, *codecs), tools, build, tmp_path)
    assert made.problems == []
    streams = streams_of(made, tools)
    assert streams["video"]["nb_read_packets"] == "75"
    assert streams["video"]["duration"] == "3.000000"
    assert streams["audio"]["duration"] == "3.000000"


@pytest.mark.parametrize("kind", ["mp4", "open-gop-ts", "mkv", "mpeg-ps"])
def test_sound_and_picture_stay_together(kind: str, tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path) -> None:
    """A flash and a beep at one second are still at one second, within a frame and an audio frame."""
    name, codecs = CONTAINERS[kind]
    flash = ("-f", "lavfi", "-i", "color=black:s=320x180:r=25:d=3,drawbox=t=fill:c=white:enable='between(t,1,1.19)'")
    beep = ("-f", "lavfi", "-i", "aevalsrc='sin(2*PI*1000*t)*between(t,1,1.2)':s=48000:d=3")
    made = made_from(lavfi(f"flash-{name}", *flash, *beep, *codecs), tools, build, tmp_path)
    file = str(next(iter(made.published().values())))
    seen = tools.ffmpeg("-v", "error", "-i", file, "-vf", "signalstats,metadata=print:key=lavfi.signalstats.YAVG:file=-", "-f", "null", "-")  # fmt: skip
    frames = seen.split("frame:")[1:]
    lit = next(n for n, frame in enumerate(frames) if float(frame.rsplit("=", 1)[1]) > 100)
    heard = tools.ffmpeg("-v", "error", "-i", file, "-af", "silencedetect=n=-30dB:d=0.3,ametadata=print:file=-", "-f", "null", "-")  # fmt: skip
    end = float(next(line for line in heard.splitlines() if "silence_end" in line).split("=")[1])
    assert lit == 25
    assert abs(end - 1.0) < 0.025


@pytest.mark.parametrize(
    ("rotate", "size"), [(None, "320x180"), ("DEGREE_0", "320x180"), ("AUTO", "180x320"), ("DEGREES_270", "180x320")]
)
def test_a_picture_is_turned_only_when_asked(
    rotate: str | None, size: str, tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path
) -> None:
    """Rotation metadata is followed with AUTO alone, and never passed through."""
    plain = lavfi("plain.mp4", *picture(), *TONE, *H264, *AAC)
    turned = lavfi("turned.mp4", "-display_rotation", "90", "-i", str(plain), "-c", "copy")
    selector = {"Rotate": rotate} if rotate else {}
    made = made_from(turned, tools, build, tmp_path, VideoSelector=selector)
    assert made.problems == []
    video = streams_of(made, tools)["video"]
    assert f"{video['width']}x{video['height']}" == size
    assert "side_data_list" not in video


def test_auto_rotation_turns_the_right_way(tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path) -> None:
    """What a player shows for the turned input is what the output holds."""
    plain = lavfi("plain.mp4", *picture(), *TONE, *H264, *AAC)
    turned = lavfi("turned.mp4", "-display_rotation", "90", "-i", str(plain), "-c", "copy")
    made = made_from(turned, tools, build, tmp_path, VideoSelector={"Rotate": "AUTO"})
    output = str(next(iter(made.published().values())))
    graph = "[0:v][1:v]psnr=stats_file=-"
    text = tools.ffmpeg("-v", "error", "-i", output, "-i", str(turned), "-lavfi", graph, "-f", "null", "-")
    assert all(float(line.split("psnr_avg:")[1].split()[0]) > 20 for line in text.splitlines() if "psnr_avg" in line)


@pytest.mark.parametrize(
    ("source", "asked", "size"),
    [
        ("321x181", {}, "320x180"),
        ("321x181", {"Width": 200}, "200x112"),
        ("320x180", {"Height": 90}, "160x90"),
        ("320x180", {"Width": 320, "Height": 240}, "320x240"),
        ("320x180", {"Width": 320, "Height": 240, "ScalingBehavior": "STRETCH_TO_OUTPUT"}, "320x240"),
        ("320x180", {"Width": 320, "Height": 240, "ScalingBehavior": "FILL"}, "320x240"),
        ("320x180", {"Width": 160, "Height": 160, "ScalingBehavior": "FIT"}, "160x90"),
        ("320x180", {"Width": 640, "Height": 640, "ScalingBehavior": "FIT_NO_UPSCALE"}, "320x180"),
    ],
)
def test_the_output_has_the_size_asked_for(
    source: str, asked: dict[str, object], size: str, tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path
) -> None:
    """Every scaling behaviour gives an even picture of the right size."""
    codecs = ("-c:v", "ffv1") if "1x" in source else H264
    made = made_from(
        lavfi(f"size-{source}.mkv", *picture(source, seconds="1"), *TONE, *codecs, *AAC), tools, build, tmp_path, asked
    )
    assert made.problems == []
    video = streams_of(made, tools)["video"]
    assert f"{video['width']}x{video['height']}" == size


@pytest.mark.parametrize(("par", "expected"), [(None, "64:45"), ((1, 1), "1:1")])
def test_pixels_that_are_not_square(
    par: tuple[int, int] | None, expected: str, tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path
) -> None:
    """The source's pixel aspect is followed, or what is specified takes its place and the picture is fitted."""
    pal = lavfi("pal.mp4", *picture("720x576", seconds="1"), *TONE, "-vf", "setsar=64/45", *H264, *AAC)
    codec = build.h264()
    if par:
        codec |= {"ParControl": "SPECIFIED", "ParNumerator": par[0], "ParDenominator": par[1]}
    settings = build.job(build.file_group(build.output(video={}, codec=codec, audio=[build.aac()])))
    made = tools.make(settings, pal, tmp_path)
    assert made.problems == []
    assert streams_of(made, tools)["video"]["sample_aspect_ratio"] == expected


RATES = [
    ("25", 30, 1), ("25", 24000, 1001), ("25", 50, 1), ("25", 25, 2), ("30000/1001", 25, 1), ("30000/1001", 30000, 1001),
    ("24000/1001", 30000, 1001), ("60", 30, 1), ("50", 24, 1),
]  # fmt: skip


@pytest.mark.parametrize(("source", "numerator", "denominator"), RATES)
def test_frame_rate_conversion_gives_the_planned_frames(
    source: str, numerator: int, denominator: int, tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path
) -> None:
    """DUPLICATE_DROP: an even rate, the planned number of frames, and the same length."""
    codec = build.h264(
        FramerateControl="SPECIFIED", FramerateNumerator=numerator, FramerateDenominator=denominator,
        FramerateConversionAlgorithm="DUPLICATE_DROP",
    )  # fmt: skip
    name = f"rate-{source.replace('/', '-')}.mp4"
    given = lavfi(name, *picture(rate=source), *TONE, *H264, *AAC)
    made = tools.make(
        build.job(build.file_group(build.output(video={}, codec=codec, audio=[build.aac()]))), given, tmp_path
    )
    assert made.problems == []
    video = streams_of(made, tools)["video"]
    assert Fraction(video["avg_frame_rate"]) == Fraction(numerator, denominator)
    assert int(video["nb_read_packets"]) == made.plan.expectations[0].frames


def test_a_variable_rate_becomes_a_constant_one(tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path) -> None:
    """Frames are repeated where the input has none, and sound stays as long as the picture."""
    varying = ("-vf", "select='if(lt(t,1.5),1,not(mod(n,3)))'", "-fps_mode", "vfr")
    given = lavfi("vfr.mkv", *picture(), *TONE, *varying, *H264, *AAC)
    assert tools.probe(given).video[0].is_variable
    made = made_from(given, tools, build, tmp_path)
    assert made.problems == []
    streams = streams_of(made, tools)
    assert abs(float(streams["video"]["duration"]) - 3) < 0.2
    assert abs(float(streams["audio"]["duration"]) - float(streams["video"]["duration"])) < 0.2


def test_interlaced_input_is_deinterlaced(tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path) -> None:
    """A progressive output of an interlaced input has one frame for each frame."""
    fields = ("-vf", "tinterlace=interleave_top,setfield=tff", "-flags", "+ilme+ildct")
    given = lavfi("fields.mpg", *picture(rate="50"), *TONE, *fields, "-c:v", "mpeg2video", "-b:v", "2M", "-c:a", "mp2")
    assert tools.probe(given).video[0].is_interlaced
    made = made_from(given, tools, build, tmp_path)
    assert made.problems == []
    assert "bwdif" in made.plan.steps[0].argv[made.plan.steps[0].argv.index("-filter_complex") + 1]
    video = streams_of(made, tools)["video"]
    assert video["field_order"] == "progressive"
    assert video["nb_read_packets"] == "75"


@pytest.mark.parametrize(
    ("layout", "mode", "channels"),
    [
        ("mono", "CODING_MODE_2_0", 2),
        ("stereo", "CODING_MODE_1_0", 1),
        ("5.1", "CODING_MODE_2_0", 2),
        ("5.1(side)", "CODING_MODE_5_1", 6),
        ("7.1", "CODING_MODE_5_1", 6),
        ("7.1", "CODING_MODE_AUTO", 6),
        ("stereo", "CODING_MODE_5_1", 6),
        ("mono", "CODING_MODE_AUTO", 1),
        ("16 channels", "CODING_MODE_2_0", 2),
        ("16 channels", "CODING_MODE_5_1", 6),
    ],
)
def test_channels_are_mixed_to_the_coding_mode(
    layout: str, mode: str, channels: int, tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path
) -> None:
    """Any number of channels becomes what the output's coding mode says."""
    count = {"mono": 1, "stereo": 2, "5.1": 6, "5.1(side)": 6, "7.1": 8, "16 channels": 16}[layout]
    tones = "|".join(f"0.1*sin({300 + 50 * n}*2*PI*t)" for n in range(count))
    sound = ("-f", "lavfi", "-i", f"aevalsrc='{tones}':s=48000:d=1" + ("" if count > 8 else f":c={layout}"))
    given = lavfi(f"channels-{layout.replace(' ', '-')}.mov", *picture(seconds="1"), *sound, *H264, "-c:a", "pcm_s16le")
    settings = build.job(build.file_group(build.output(video={}, audio=[build.aac(CodingMode=mode, Bitrate=128000)])))
    made = tools.make(settings, given, tmp_path)
    assert made.problems == []
    assert streams_of(made, tools)["audio"]["channels"] == channels


def test_audio_alone(tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path) -> None:
    """An output without video, from an input without video."""
    given = lavfi("sound.wav", *TONE)
    made = tools.make(build.job(build.file_group(build.output(audio=[build.aac()]))), given, tmp_path)
    assert made.problems == []
    streams = streams_of(made, tools)
    assert list(streams) == ["audio"]
    assert streams["audio"]["duration"] == "3.000000"


def test_video_alone(tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path) -> None:
    """An output without audio descriptions has no audio, whatever the input holds."""
    given = lavfi("a.mp4", *picture(), *TONE, *H264, *AAC)
    made = tools.make(build.job(build.file_group(build.output(video={}))), given, tmp_path)
    assert made.problems == []
    assert list(streams_of(made, tools)) == ["video"]


def test_silence_where_an_input_has_no_selector(tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path) -> None:
    """Without the named selector and without a default one, silence is inserted for the whole duration."""
    given = lavfi("mute.mp4", *picture(), *H264)
    made = made_from(given, tools, build, tmp_path, AudioSelectors={})
    assert made.problems == []
    assert streams_of(made, tools)["audio"]["duration"] == "3.000000"


@pytest.mark.parametrize(("seconds", "code"), [("1", 240000), ("5", 240001)])
def test_audio_is_made_as_long_as_the_video(
    seconds: str, code: int, tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path
) -> None:
    """Shorter audio is filled with silence, longer audio is cut, each with MediaConvert's warning."""
    sound = ("-f", "lavfi", "-i", f"sine=d={seconds}")
    made = made_from(lavfi(f"sound-{seconds}.mp4", *picture(), *sound, *H264, *AAC), tools, build, tmp_path)
    assert made.problems == []
    assert [number for number, _ in made.plan.warnings] == [code]
    assert streams_of(made, tools)["audio"]["duration"] == "3.000000"


def test_late_audio_stays_late(tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path) -> None:
    """Audio that begins half a second after the picture is heard half a second later."""
    late = ("-itsoffset", "0.5", *TONE)
    made = made_from(lavfi("late.mp4", *picture(), *late, *H264, *AAC), tools, build, tmp_path)
    assert made.problems == []
    file = str(next(iter(made.published().values())))
    text = tools.ffmpeg("-v", "error", "-i", file, "-af", "silencedetect=n=-40dB:d=0.1,ametadata=print:file=-", "-f", "null", "-")  # fmt: skip
    end = float(next(line for line in text.splitlines() if "silence_end" in line).split("=")[1])
    assert abs(end - 0.5) < 0.03


def test_the_second_audio_track(tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path) -> None:
    """A selector by track number takes that track, and its language is followed."""
    two = ("-map", "0", "-map", "1", "-map", "2", "-metadata:s:a:1", "language=fra")
    quiet = ("-f", "lavfi", "-i", "anullsrc=r=48000:d=3")
    given = lavfi("two.mp4", *picture(), *quiet, *TONE, *two, *H264, *AAC)
    selectors = {"Audio Selector 1": {"Tracks": [2], "SelectorType": "TRACK", "DefaultSelection": "DEFAULT"}}
    made = made_from(given, tools, build, tmp_path, AudioSelectors=selectors)
    audio: Any = streams_of(made, tools)["audio"]
    assert audio["tags"]["language"] == "fra"
    text = tools.ffmpeg("-v", "info", "-i", str(next(iter(made.published().values()))), "-af", "astats=metadata=1,ametadata=print:key=lavfi.astats.Overall.RMS_level:file=-", "-f", "null", "-")  # fmt: skip
    assert float(text.strip().splitlines()[-1].split("=")[1]) > -40


def test_a_cover_picture_is_no_video(tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path) -> None:
    """1020 for a job that wants video from a sound file with a cover."""
    cover = ("-f", "lavfi", "-i", "color=red:s=64x64:d=0.04")
    attached = ("-map", "0", "-map", "1", "-c:a", "libmp3lame", "-c:v", "mjpeg", "-disposition:v", "attached_pic")
    given = lavfi("cover.mp3", *TONE, *cover, *attached)
    with pytest.raises(MediaError) as caught:
        made_from(given, tools, build, tmp_path)
    assert caught.value.code == 1020


@pytest.mark.parametrize(
    ("codecs", "code", "message"),
    [
        (
            ("-c:v", "svq1", "-pix_fmt", "yuv410p", "-an"),
            1030,
            "Video codec [svq1] is not a supported input video codec",
        ),
        (
            (*H264, "-c:a", "adpcm_ms"),
            1030,
            "Audio codec [adpcm_ms] for track [1] is not a supported input audio codec",
        ),
        ((*H264, "-an"), 1021, "No audio frames decoded on [selector-(Audio Selector 1)-track-1-drc]"),
    ],
)
def test_tracks_that_cannot_be_used(
    codecs: tuple[str, ...], code: int, message: str, tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path
) -> None:
    """Unknown codecs and missing audio end a job with MediaConvert's code and words."""
    given = lavfi(f"unusable-{code}-{codecs[1]}-{codecs[-1]}.mov", *picture(), *TONE, *codecs)
    with pytest.raises(MediaError) as caught:
        made_from(given, tools, build, tmp_path)
    assert (caught.value.code, caught.value.message) == (code, message)


def test_a_truncated_file_is_found_before_it_is_encoded(
    tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path
) -> None:
    """1076 with the size at which the file ends."""
    whole = lavfi("whole.mp4", *picture(), *TONE, *H264, *AAC, "-movflags", "+faststart").read_bytes()
    cut = tmp_path / "cut.mp4"
    cut.write_bytes(whole[: len(whole) * 2 // 3])
    with pytest.raises(MediaError) as caught:
        made_from(cut, tools, build, tmp_path / "work")
    assert caught.value.code == 1076
    assert f"end of file hit at length [{cut.stat().st_size}]" in caught.value.message
