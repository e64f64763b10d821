"""A job that cannot be done ends in ERROR with MediaConvert's code, and leaves nothing behind."""

import json
import subprocess
from pathlib import Path
from typing import Any

import imageio_ffmpeg
import pytest

from acceptance.studio import TRUST, Studio

pytestmark = [pytest.mark.media, pytest.mark.slow]


@pytest.fixture(scope="module")
def film(server: Any, short_clip: Path) -> Studio:
    """A studio with a user, a role and a clip."""
    return Studio(server, short_clip)


def _run(film: Studio, *, role: str | None = None, **changes: Any) -> dict[str, Any]:
    client = film.admin("mediaconvert")
    job = client.create_job(Role=role or film.role, Settings=film.ladder(**changes))["Job"]
    return film.finish(job["Id"])


def _role(film: Studio, name: str, statements: list[dict[str, Any]], trust: dict[str, Any] | None = None) -> str:
    iam = film.admin("iam")
    arn = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(trust or TRUST))["Role"]["Arn"]
    document = {"Version": "2012-10-17", "Statement": statements}
    iam.put_role_policy(RoleName=name, PolicyName="media", PolicyDocument=json.dumps(document))
    return str(arn)


def _assert_error(job: dict[str, Any], code: int, *words: str) -> None:
    assert (job["Status"], job["ErrorCode"]) == ("ERROR", code), job.get("ErrorMessage")
    for word in words:
        assert word in job["ErrorMessage"]


READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}
WRITE = {"Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"}
LIST = {"Effect": "Allow", "Action": "s3:ListBucket", "Resource": "*"}


def test_a_missing_role_is_1433(film: Studio) -> None:
    """A role that does not exist cannot be assumed."""
    _assert_error(_run(film, role="arn:aws:iam::000000000000:role/nobody"), 1433, "Unable to assume role")


def test_a_malformed_role_is_1515(film: Studio) -> None:
    """A role ARN that is none is named as such."""
    _assert_error(_run(film, role="nobody"), 1515, "Invalid role ARN format")


def test_a_role_that_does_not_trust_mediaconvert_is_1434(film: Studio) -> None:
    """Permissions do not help a role whose trust policy names someone else."""
    trust = json.loads(json.dumps(TRUST).replace("mediaconvert.amazonaws.com", "ec2.amazonaws.com"))

    _assert_error(_run(film, role=_role(film, "distrust", [READ, WRITE], trust)), 1434, "AssumeRole failed")


def test_a_trust_policy_for_another_queue_is_1434(film: Studio) -> None:
    """The confused-deputy condition compares the queue in which the job runs."""
    trust = json.loads(json.dumps(TRUST))
    trust["Statement"][0]["Condition"] = {
        "ArnLike": {"aws:SourceArn": "arn:aws:mediaconvert:*:000000000000:queues/other"}
    }

    _assert_error(_run(film, role=_role(film, "other-queue", [READ, WRITE], trust)), 1434)


def test_a_role_that_may_not_read_is_1401(film: Studio) -> None:
    """The message names the input."""
    _assert_error(
        _run(film, role=_role(film, "no-read", [WRITE])), 1401, "Unable to open input file", "Access denied", "s3://"
    )


def test_a_role_that_may_not_write_is_1401_and_nothing_is_left(film: Studio) -> None:
    """The message names the output, and no object exists afterwards."""
    before = film.names()

    _assert_error(
        _run(film, role=_role(film, "no-write", [READ])), 1401, "Unable to write to output file", "Access Denied"
    )
    assert film.names() == before


def test_a_missing_object_is_1404_for_who_may_list(film: Studio) -> None:
    """With s3:ListBucket the role learns that the key does not exist."""
    role = _role(film, "lister", [READ, WRITE, LIST])

    _assert_error(_run(film, role=role, key="missing.mp4"), 1404, "HeadObject failed")


def test_a_missing_object_is_1401_for_who_may_not_list(film: Studio) -> None:
    """Without s3:ListBucket a missing key looks like a forbidden one."""
    _assert_error(_run(film, role=_role(film, "no-list", [READ, WRITE]), key="missing.mp4"), 1401)


def test_an_input_that_is_not_media_is_1010(film: Studio) -> None:
    """Random bytes have no parser."""
    film.put("noise.mp4", bytes(range(256)) * 400)

    _assert_error(_run(film, key="noise.mp4"), 1010, "Unable to open input file", "noise.mp4")


def test_a_track_that_is_not_there_is_1040(film: Studio) -> None:
    """The message names selector and track."""
    selector = {"Audio Selector 1": {"SelectorType": "TRACK", "Tracks": [7]}}

    _assert_error(_run(film, selectors=selector), 1040, "Audio track [7] not found in input container.")


def test_no_audio_for_the_default_selector_is_1021(film: Studio, tmp_path: Path) -> None:
    """An input without sound cannot feed the default selector."""
    silent = tmp_path / "silent.mp4"
    source = ["-f", "lavfi", "-i", "testsrc2=s=320x180:r=25:d=1"]
    subprocess.run(
        [imageio_ffmpeg.get_ffmpeg_exe(), "-v", "error", *source, "-pix_fmt", "yuv420p", str(silent)], check=True
    )
    film.put("silent.mp4", silent.read_bytes())

    _assert_error(_run(film, key="silent.mp4"), 1021, "No audio frames decoded")


def test_a_truncated_input_is_an_error_and_never_a_short_film(film: Studio, clip: Path) -> None:
    """A file cut in half gives no output that looks whole."""
    film.put("cut.mp4", clip.read_bytes()[: clip.stat().st_size // 2])

    job = _run(film, key="cut.mp4")

    assert job["Status"] == "ERROR"
    assert job["ErrorCode"] in {1010, 1075, 1076}
