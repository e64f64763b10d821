"""A server whose jobs read and write at another S3: another Telecine stands for it, unmodified."""

import json
import time
from pathlib import Path
from typing import Any

import pytest

from acceptance.studio import JOB_SECONDS, TRUST, Studio

pytestmark = [pytest.mark.media, pytest.mark.slow]

BUCKETS = ("other-in", "other-out")


@pytest.fixture(scope="module")
def film(server: Any, clip: Path) -> Studio:
    """A studio whose server is the other one."""
    return Studio(server, clip)


def test_media_at_another_server(film: Studio, server_factory: Any, tmp_path: Path) -> None:
    """The job is ours, every byte is theirs: their keys decide, by role, and ours reach nothing there."""
    theirs = film.server
    s3 = film.admin("s3")
    for bucket in BUCKETS:
        s3.create_bucket(Bucket=bucket)
    s3.copy_object(Bucket=BUCKETS[0], Key="film.mp4", CopySource="/".join(film.INPUT))
    keys = film.credentials_of("guest", Studio.media_policy(*BUCKETS)["Statement"])
    file = tmp_path / "keys"
    written = "\n".join(f"{name} = {value}" for name, value in keys.items())
    file.write_text(f"[arn:aws:iam::000000000000:role/transcode]\n{written}\n")
    ours = server_factory.start(tmp_path / "ours", "--s3-endpoint", theirs.url, "--remote-credentials", str(file))
    try:
        ended = [_run(ours, role) for role in ("transcode", "stranger")]
        assert ours.client("s3").list_buckets()["Buckets"] == []
    finally:
        ours.stop()

    assert [(job["Status"], job.get("ErrorCode")) for job in ended] == [("COMPLETE", None), ("ERROR", 1432)]
    assert "has no keys for the server of the media" in ended[1]["ErrorMessage"]
    found = s3.list_objects_v2(Bucket=BUCKETS[1])["Contents"]
    assert [item["Key"] for item in found] == ["film.mp4"]
    assert str(keys["aws_secret_access_key"]) not in ours.log.read_text()


def _run(server: Any, role: str) -> dict[str, Any]:
    """The job of a new role that may do nothing here, at its end: a film of one second of sound."""
    made = server.client("iam").create_role(RoleName=role, AssumeRolePolicyDocument=json.dumps(TRUST))
    settings = {
        "Inputs": [{"FileInput": f"s3://{BUCKETS[0]}/film.mp4", "AudioSelectors": {"Audio Selector 1": {}}}],
        "OutputGroups": [
            {
                "OutputGroupSettings": {
                    "Type": "FILE_GROUP_SETTINGS",
                    "FileGroupSettings": {"Destination": f"s3://{BUCKETS[1]}/film"},
                },
                "Outputs": [
                    {
                        "ContainerSettings": {"Container": "MP4"},
                        "AudioDescriptions": [
                            {
                                "CodecSettings": {
                                    "Codec": "AAC",
                                    "AacSettings": {
                                        "Bitrate": 96_000,
                                        "CodingMode": "CODING_MODE_2_0",
                                        "SampleRate": 48_000,
                                    },
                                }
                            }
                        ],
                    }
                ],
            }
        ],
    }
    client = server.client("mediaconvert")
    job: dict[str, Any] = client.create_job(Role=made["Role"]["Arn"], Settings=settings)["Job"]
    deadline = time.monotonic() + JOB_SECONDS
    while job["Status"] in {"SUBMITTED", "PROGRESSING"}:
        assert time.monotonic() < deadline, job
        time.sleep(0.1)
        job = client.get_job(Id=job["Id"])["Job"]
    return job
