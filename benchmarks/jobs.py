"""A job's wall time over that of one ffmpeg command, written by hand, that makes the same three-rung ladder."""

import json
import os
import statistics
import subprocess
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import imageio_ffmpeg

from benchmarks.server import Server, figure, serving

LOOPS = 12
ROUNDS = 3
LIMIT = 1.10
ALMOST = 89
RUNGS = ((1280, 720, 5_000_000), (960, 540, 2_500_000), (640, 360, 1_000_000))
ROLE = "bench-role"


def run() -> Iterator[dict[str, Any]]:
    """The median over rounds in which the job and the plain command run one after the other."""
    with tempfile.TemporaryDirectory(prefix="telecine-bench-") as name, serving() as server:
        clip = _minute(Path(name))
        _prepare(server, clip)
        pairs = [(_job(server), _plain(clip, Path(name) / f"plain-{number}")) for number in range(ROUNDS)]
    ratio = statistics.median(job / plain for job, plain in pairs)
    yield figure("plain ffmpeg ladder of 63 s", statistics.median(plain for _, plain in pairs), "s")
    yield figure(
        "job of the same ladder",
        statistics.median(job for job, _ in pairs),
        "s",
        ratio=ratio,
        against=f"plain ffmpeg (limit {LIMIT})",
    )


def _minute(folder: Path) -> Path:
    clip = folder / "minute.mp4"
    source = os.environ["TELECINE_TEST_CLIP"]
    subprocess.run(
        [
            imageio_ffmpeg.get_ffmpeg_exe(),
            "-v",
            "error",
            "-stream_loop",
            str(LOOPS - 1),
            "-i",
            source,
            "-c",
            "copy",
            str(clip),
        ],
        check=True,
    )
    return clip


def _prepare(server: Server, clip: Path) -> None:
    s3, iam = server.client("s3"), server.client("iam")
    for bucket in ("bench-in", "bench-out"):
        s3.create_bucket(Bucket=bucket)
    s3.upload_file(str(clip), "bench-in", "minute.mp4")
    service = {"Service": "mediaconvert.amazonaws.com"}
    statement = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
    trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    iam.create_role(RoleName=ROLE, AssumeRolePolicyDocument=trust)
    iam.attach_role_policy(RoleName=ROLE, PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")


def _job(server: Server) -> float:
    client = server.client("mediaconvert")
    started = time.perf_counter()
    job = client.create_job(Role=f"arn:aws:iam::000000000000:role/{ROLE}", Settings=_settings())["Job"]
    while job["Status"] in {"SUBMITTED", "PROGRESSING"}:
        # Once a second, as clients do, and closely at the end: polling takes the cores from the encoder.
        time.sleep(0.05 if job.get("JobPercentComplete", 0) >= ALMOST else 1)
        job = client.get_job(Id=job["Id"])["Job"]
    if job["Status"] != "COMPLETE":
        raise RuntimeError(f"{job['Status']}: {job.get('ErrorMessage')}")
    return time.perf_counter() - started


def _plain(clip: Path, folder: Path) -> float:
    """What a person would type: one decode, a split graph, x264 by quality under a cap, AAC, HLS."""
    split = f"[0:v]split={len(RUNGS)}" + "".join(f"[s{n}]" for n in range(len(RUNGS)))
    scales = [f"[s{n}]scale={width}:{height}[v{n}]" for n, (width, height, _) in enumerate(RUNGS)]
    command = [
        imageio_ffmpeg.get_ffmpeg_exe(),
        "-v",
        "error",
        "-i",
        str(clip),
        "-filter_complex",
        ";".join([split, *scales]),
    ]
    for number, (_, height, rate) in enumerate(RUNGS):
        folder.joinpath(str(height)).mkdir(parents=True)
        command += [
            "-map",
            f"[v{number}]",
            "-map",
            "0:a:0",
            "-c:v",
            "libx264",
            "-preset",
            "veryfast",
            "-crf",
            "22.9",
            "-g",
            "50",
        ]
        command += ["-keyint_min", "50", "-sc_threshold", "0", "-maxrate", str(rate), "-bufsize", str(2 * rate)]
        command += [
            "-c:a",
            "aac",
            "-ac",
            "2",
            "-b:a",
            "96k",
            "-f",
            "hls",
            "-hls_time",
            "2",
            "-hls_playlist_type",
            "vod",
        ]
        command += [str(folder / str(height) / "main.m3u8")]
    started = time.perf_counter()
    subprocess.run(command, check=True)
    return time.perf_counter() - started


def _settings() -> dict[str, Any]:
    outputs = [
        {
            "NameModifier": f"_{height}p",
            "ContainerSettings": {"Container": "M3U8"},
            "VideoDescription": {
                "Width": width,
                "Height": height,
                "CodecSettings": {
                    "Codec": "H_264",
                    "H264Settings": {
                        "RateControlMode": "QVBR",
                        "MaxBitrate": rate,
                        "QvbrSettings": {"QvbrQualityLevel": 7},
                        "GopSize": 2,
                        "GopSizeUnits": "SECONDS",
                        "QualityTuningLevel": "SINGLE_PASS",
                        "SceneChangeDetect": "DISABLED",
                    },
                },
            },
            "AudioDescriptions": [
                {
                    "AudioSourceName": "Audio Selector 1",
                    "CodecSettings": {
                        "Codec": "AAC",
                        "AacSettings": {"Bitrate": 96000, "CodingMode": "CODING_MODE_2_0", "SampleRate": 48000},
                    },
                }
            ],
        }
        for width, height, rate in RUNGS
    ]
    hls = {"Destination": "s3://bench-out/main", "SegmentLength": 2, "MinSegmentLength": 0}
    return {
        "Inputs": [
            {
                "FileInput": "s3://bench-in/minute.mp4",
                "AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}},
            }
        ],
        "OutputGroups": [
            {"OutputGroupSettings": {"Type": "HLS_GROUP_SETTINGS", "HlsGroupSettings": hls}, "Outputs": outputs}
        ],
    }
