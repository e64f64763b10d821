"""Settings that change the encode or the packaging, each seen in what comes out."""

import itertools
import re
from pathlib import Path
from typing import Any

import pytest

pytestmark = pytest.mark.media

Tools = Build = Lavfi = Any
"""The fixtures of conftest.py."""

SCENES = "testsrc2=s=320x180:r={rate}:d=1.3[a];mandelbrot=s=320x180:r={rate}[m];[m]trim=duration=1.1[b];color=red:s=320x180:r={rate}:d=1.9[c];testsrc=s=320x180:r={rate}:d=2.7[d];[a][b][c][d]concat=n=4"


@pytest.fixture
def scenes(lavfi: Lavfi) -> Any:
    """A maker of seven seconds with cuts off any grid, at a given rate."""

    def make(rate: str = "25") -> Path:
        graph = SCENES.format(rate=rate)
        name = f"scenes-{rate.replace('/', '-')}.mp4"
        path: Path = lavfi(
            name, "-f", "lavfi", "-i", graph, "-f", "lavfi", "-i", "sine=f=440:r=48000:d=7", "-shortest",
            "-c:v", "libx264", "-preset", "ultrafast", "-pix_fmt", "yuv420p", "-c:a", "aac",
        )  # fmt: skip
        return path

    return make


def only(made: Any) -> str:
    """The one published file."""
    return str(next(iter(made.published().values())))


def video_stream(made: Any, tools: Tools) -> dict[str, Any]:
    """The video stream of the one published file."""
    return next(s for s in tools.streams(only(made)) if s["codec_type"] == "video")


def keyframes(tools: Tools, file: Path | str) -> list[int]:
    """Numbers of the frames of a track that are keyframes, in presentation order."""
    entries = ("-v", "error", "-select_streams", "v", "-show_entries", "packet=pts,flags", "-of", "csv=p=0")
    lines = sorted((int(line.split(",")[0]), "K" in line) for line in tools.ffprobe(*entries, str(file)).split())
    return [n for n, (_, is_key) in enumerate(lines) if is_key]


def one(build: Build, codec: dict[str, object], **video: object) -> Any:
    """A job of one MP4 without audio."""
    return build.job(build.file_group(build.output(video=video, codec=codec)))


@pytest.mark.parametrize(
    ("codec", "grid"),
    [
        ({"GopSize": 30, "GopSizeUnits": "FRAMES"}, 30),
        ({"GopSize": 1.2, "GopSizeUnits": "SECONDS"}, 30),
        ({"GopSizeUnits": "AUTO"}, 50),
        ({}, 50),
    ],
)
def test_keyframes_stand_on_the_grid_and_nowhere_else(
    codec: dict[str, object], grid: int, tools: Tools, build: Build, scenes: Any, tmp_path: Path
) -> None:
    """Without scene change detection GOPs have one length, closed ones."""
    settings = one(build, build.h264(SceneChangeDetect="DISABLED", **codec))
    made = tools.make(settings, scenes(), tmp_path)
    assert made.problems == []
    assert keyframes(tools, only(made)) == list(range(0, 175, grid))


def test_scene_changes_add_keyframes_and_keep_the_grid(tools: Tools, build: Build, scenes: Any, tmp_path: Path) -> None:
    """ENABLED, the default, adds IDR frames at cuts; MinIInterval 0 keeps the cadence alone."""
    enabled = tools.make(one(build, build.h264(GopSize=50, GopSizeUnits="FRAMES")), scenes(), tmp_path / "a")
    found = keyframes(tools, only(enabled))
    assert enabled.problems == []
    assert set(range(0, 175, 50)) < set(found)
    steady = tools.make(
        one(build, build.h264(GopSize=50, GopSizeUnits="FRAMES", MinIInterval=0)), scenes(), tmp_path / "b"
    )
    assert keyframes(tools, only(steady)) == list(range(0, 175, 50))


@pytest.mark.parametrize(
    ("rate", "group", "gops"),
    [
        ("25", {"SegmentLength": 2}, (50, 25)),
        ("30000/1001", {"SegmentLength": 2}, (48, 60)),
        ("30000/1001", {"SegmentLength": 3, "SegmentLengthControl": "GOP_MULTIPLE"}, (48, 48)),
        ("60", {"SegmentLength": 1}, (120, 37)),
        ("24000/1001", {"SegmentLength": 2, "SegmentControl": "SINGLE_FILE"}, (48, 24)),
    ],
)
def test_segments_align_whatever_the_scenes_and_gops(
    rate: str, group: dict[str, object], gops: tuple[int, int], tools: Tools, build: Build, scenes: Any, tmp_path: Path
) -> None:
    """Two renditions with different GOPs and scene change detection are cut at the same times."""
    renditions = [
        build.rendition(
            f"_{gop}_{n}", video={"Height": 90 + 90 * n}, codec=build.h264(GopSize=gop, GopSizeUnits="FRAMES")
        )
        for n, gop in enumerate(gops)
    ]
    made = tools.make(build.job(build.hls_group(*renditions, **group)), scenes(rate), tmp_path)
    assert made.problems == []
    playlists = [path.read_text() for uri, path in made.published().items() if re.search(r"_\d\.m3u8$", uri)]
    durations = [re.findall(r"#EXTINF:([\d.]+)", text) for text in playlists]
    assert len(durations) == 2
    assert durations[0] == durations[1]
    frames = made.plan.expectations[0].frames
    assert sum(float(one) for one in durations[0]) == pytest.approx(
        float(made.plan.expectations[0].duration_seconds), abs=0.002
    )
    grid = made.plan.expectations[0].grid
    assert len(durations[0]) == grid.segments(frames)


def test_a_single_file_is_indexed_by_byte_ranges(tools: Tools, build: Build, scenes: Any, tmp_path: Path) -> None:
    """One .ts whose ranges follow each other without a gap and each begin with program tables and a keyframe."""
    group = build.hls_group(build.rendition("_v", video={}), SegmentControl="SINGLE_FILE")
    made = tools.make(build.job(group), scenes(), tmp_path)
    published = made.published()
    assert sorted(published) == ["s3://media-out/hls/main.m3u8", "s3://media-out/hls/main_v.m3u8", "s3://media-out/hls/main_v.ts"]  # fmt: skip
    text = published["s3://media-out/hls/main_v.m3u8"].read_text()
    assert "#EXT-X-VERSION:4" in text
    ranges = [(int(size), int(offset)) for size, offset in re.findall(r"BYTERANGE:(\d+)@(\d+)\nmain_v.ts", text)]
    data = published["s3://media-out/hls/main_v.ts"].read_bytes()
    assert [offset for _, offset in ranges] == [0, *itertools.accumulate(size for size, _ in ranges)][:-1]
    assert sum(size for size, _ in ranges) == len(data)
    for number, (size, offset) in enumerate(ranges):
        piece = tmp_path / f"piece-{number}.ts"
        piece.write_bytes(data[offset : offset + size])
        assert keyframes(tools, piece)[0] == 0


@pytest.mark.parametrize(
    ("codec", "low", "high"),
    [
        ({"RateControlMode": "CBR", "Bitrate": 500_000}, 0.7, 1.15),
        ({"RateControlMode": "VBR", "Bitrate": 500_000, "MaxBitrate": 800_000}, 0.5, 1.15),
        ({"RateControlMode": "VBR", "Bitrate": 500_000, "QualityTuningLevel": "MULTI_PASS_HQ"}, 0.85, 1.1),
        ({"RateControlMode": "QVBR", "MaxBitrate": 500_000}, 0.05, 1.15),
    ],
)
def test_the_bitrate_is_what_was_asked_for(
    codec: dict[str, object], low: float, high: float, tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path
) -> None:
    """Each rate control mode stays in its range; two passes come close to the average."""
    source = lavfi(
        "noise.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=6,noise=alls=20:allf=t", "-c:v", "libx264",
        "-preset", "ultrafast", "-pix_fmt", "yuv420p",
    )  # fmt: skip
    made = tools.make(one(build, {"QualityTuningLevel": "SINGLE_PASS", **codec}), source, tmp_path)
    assert made.problems == []
    rate = float(video_stream(made, tools)["bit_rate"])
    assert low <= rate / 500_000 <= high
    again = tools.make(one(build, {"QualityTuningLevel": "SINGLE_PASS", **codec}), source, tmp_path / "again")
    assert Path(only(again)).read_bytes() == Path(only(made)).read_bytes()


def test_constant_bitrate_in_a_transport_stream_is_padded(
    tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path
) -> None:
    """A still picture at CBR fills its rate with padding: what it does not need is not saved."""
    source = lavfi("still.mp4", "-f", "lavfi", "-i", "color=blue:s=320x180:r=25:d=4", "-c:v", "libx264", "-pix_fmt", "yuv420p")  # fmt: skip
    codec = {"RateControlMode": "CBR", "Bitrate": 400_000, "QualityTuningLevel": "SINGLE_PASS"}
    group = build.hls_group(
        {**build.output(video={}, codec=codec), "NameModifier": "_v", "ContainerSettings": {"Container": "M3U8"}}
    )
    made = tools.make(build.job(group), source, tmp_path)
    assert made.problems == []
    size = sum(path.stat().st_size for uri, path in made.published().items() if uri.endswith(".ts"))
    assert size * 8 / 4 > 350_000


PROFILES = [
    ({"CodecProfile": "BASELINE", "EntropyEncoding": "CAVLC"}, "Constrained Baseline"),
    ({}, "Main"),
    ({"CodecProfile": "MAIN", "EntropyEncoding": "CAVLC"}, "Main"),
    ({"CodecProfile": "MAIN", "EntropyEncoding": "CAVLC", "NumberBFramesBetweenReferenceFrames": 0}, "Main"),
    (
        {
            "CodecProfile": "MAIN", "EntropyEncoding": "CAVLC", "NumberBFramesBetweenReferenceFrames": 0,
            "ExplicitWeightedPrediction": "DISABLED",
        },
        "Constrained Baseline",
    ),
    ({"CodecProfile": "HIGH"}, "High"),
    ({"CodecProfile": "HIGH", "EntropyEncoding": "CAVLC", "CodecLevel": "LEVEL_4_1"}, "High"),
]  # fmt: skip


@pytest.mark.parametrize("tuning", ["SINGLE_PASS", "SINGLE_PASS_HQ", "MULTI_PASS_HQ"])
@pytest.mark.parametrize(("codec", "profile"), PROFILES)
def test_the_playlist_names_the_codec_that_was_written(
    codec: dict[str, object], profile: str, tuning: str, tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path
) -> None:
    """CODECS in the plan, known before anything is encoded, is what the bitstream says."""
    source = lavfi("short.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p")  # fmt: skip
    settings = {"RateControlMode": "QVBR", "MaxBitrate": 600_000, **codec, "QualityTuningLevel": tuning}
    group = build.hls_group(
        {**build.output(video={}, codec=settings), "NameModifier": "_v", "ContainerSettings": {"Container": "M3U8"}}
    )
    made = tools.make(build.job(group), source, tmp_path)
    assert made.problems == []
    stream = tools.streams(made.folder / "video-0.mp4")[0]
    assert stream["profile"] == profile
    assert made.plan.groups[0].manifest.renditions[0].codecs[0] == stream["mime_codec_string"]


def test_encoder_tools_reach_the_encoder(tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path) -> None:
    """x264's own record of its options shows what the settings asked for."""
    source = lavfi("short.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p")  # fmt: skip
    codec = {
        "RateControlMode": "VBR", "Bitrate": 500_000, "MaxBitrate": 700_000, "HrdBufferSize": 900_000,
        "HrdBufferInitialFillPercentage": 50, "QualityTuningLevel": "SINGLE_PASS_HQ", "NumberReferenceFrames": 2,
        "NumberBFramesBetweenReferenceFrames": 1, "GopBReference": "DISABLED", "Slices": 2, "CodecProfile": "HIGH",
        "AdaptiveQuantization": "LOW", "TemporalAdaptiveQuantization": "DISABLED", "EntropyEncoding": "CAVLC",
        "ExplicitWeightedPrediction": "DISABLED", "DynamicSubGop": "STATIC", "GopSize": 20, "GopSizeUnits": "FRAMES",
        "SceneChangeDetect": "DISABLED",
    }  # fmt: skip
    made = tools.make(one(build, codec), source, tmp_path)
    text = (made.folder / "video-0.mp4").read_bytes().decode("latin-1")
    options = dict(pair.split("=", 1) for pair in text.split("options: ")[1].split("\0")[0].split() if "=" in pair)
    expected = {
        "bitrate": "500", "vbv_maxrate": "700", "vbv_bufsize": "900", "ref": "2", "bframes": "1", "b_pyramid": "0",
        "b_adapt": "0", "slices": "2", "cabac": "0", "weightp": "0", "keyint": "20", "scenecut": "0", "mbtree": "0",
        "aq": "1:0.60", "open_gop": "0", "threads": "1",
    }  # fmt: skip
    assert {name: options.get(name) for name in expected} == expected


@pytest.mark.parametrize(("placement", "first"), [(None, "moov"), ("PROGRESSIVE_DOWNLOAD", "moov"), ("NORMAL", "mdat")])
def test_the_index_stands_where_it_was_asked_for(
    placement: str | None, first: str, tools: Tools, build: Build, lavfi: Lavfi, tmp_path: Path
) -> None:
    """MoovPlacement decides whether players must have the whole file before they can begin."""
    source = lavfi("short.mp4", "-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1", "-c:v", "libx264", "-pix_fmt", "yuv420p")  # fmt: skip
    container = {
        "Container": "MP4",
        "Mp4Settings": {"MoovPlacement": placement, "Mp4MajorBrand": "mp42", "CslgAtom": "INCLUDE"},
    }
    made = tools.make(
        build.job(build.file_group({**build.output(video={}), "ContainerSettings": container})), source, tmp_path
    )
    data = Path(only(made)).read_bytes()
    assert min(("moov", "mdat"), key=lambda name: data.index(name.encode())) == first
    assert data[8:12] == b"mp42"


def test_the_transport_stream_has_the_identifiers_asked_for(
    tools: Tools, build: Build, scenes: Any, tmp_path: Path
) -> None:
    """PIDs, program number and the time of the first frame."""
    own = {"PmtPid": 100, "VideoPid": 101, "AudioPids": [110, 111], "ProgramNumber": 7, "TransportStreamId": 9, "PtsOffsetMode": "SECONDS", "PtsOffset": 5}  # fmt: skip
    output = {**build.rendition("_v", video={}), "ContainerSettings": {"Container": "M3U8", "M3u8Settings": own}}
    made = tools.make(build.job(build.hls_group(output)), scenes(), tmp_path)
    second = made.published()["s3://media-out/hls/main_v_00002.ts"]
    text = tools.ffprobe("-v", "error", "-show_programs", "-of", "json", str(second))
    assert '"program_num": 7' in text
    assert '"pmt_pid": 100' in text
    streams = {s["codec_type"]: s for s in tools.streams(second)}
    assert (streams["video"]["id"], streams["audio"]["id"]) == ("0x65", "0x6e")
    assert streams["video"]["start_time"] == "7.000000"


def test_two_audio_tracks_in_one_file(tools: Tools, build: Build, scenes: Any, tmp_path: Path) -> None:
    """Each audio description is a track; equal ones are encoded once, with a language of their own."""
    english = {**build.aac(), "LanguageCode": "ENG", "LanguageCodeControl": "USE_CONFIGURED"}
    german = {**build.aac(), "LanguageCode": "DEU", "LanguageCodeControl": "USE_CONFIGURED"}
    settings = build.job(build.file_group(build.output(video={}, audio=[english, german])))
    made = tools.make(settings, scenes(), tmp_path)
    assert made.problems == []
    languages = [s["tags"]["language"] for s in tools.streams(only(made)) if s["codec_type"] == "audio"]
    assert languages == ["eng", "deu"]
    assert [e.file for e in made.plan.expectations if e.track == "audio"] == ["audio-0.m4a"]


def test_two_passes_beside_one(tools: Tools, build: Build, scenes: Any, tmp_path: Path) -> None:
    """Each two-pass output reads its own statistics, whatever outputs stand between."""
    two = [build.h264(QualityTuningLevel="MULTI_PASS_HQ", Bitrate=bitrate) for bitrate in (150_000, 500_000)]
    one_pass = {"RateControlMode": "QVBR", "MaxBitrate": 300_000, "QualityTuningLevel": "MULTI_PASS_HQ"}
    outputs = [
        build.output(video={"Height": 90 * n}, codec=codec, audio=[build.aac()], NameModifier=f"_{n}")
        for n, codec in enumerate((two[0], one_pass, two[1]), start=1)
    ]
    made = tools.make(build.job(build.file_group(*outputs)), scenes(), tmp_path)
    assert made.problems == []
    rates = [
        float(next(s for s in tools.streams(path) if s["codec_type"] == "video")["bit_rate"])
        for _, path in sorted(made.published().items())
    ]
    assert rates[0] == pytest.approx(150_000, rel=0.15)
    assert rates[2] == pytest.approx(500_000, rel=0.15)
