"""Jobs under roles that `telecine role create` made: they have what a job needs, and what they have not fails it."""

import json
from pathlib import Path
from typing import Any

import pytest

from acceptance.studio import ACCOUNT, Studio

pytestmark = pytest.mark.media

QUEUE = f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:queues/Default"
SOURCE = f"s3://{Studio.INPUT[0]}"
ALLOWED = f"s3://{Studio.OUTPUT}/allowed/"


@pytest.fixture(scope="module")
def film(server: Any, short_clip: Path) -> Studio:
    """A studio with a clip."""
    return Studio(server, short_clip)


def _role(film: Studio, name: str, *options: str) -> str:
    """The ARN of a role that the administrator makes with the command line."""
    folder = str(film.server.data_dir)
    return str(film.server.telecine("role", "create", "--name", name, *options, "--data-dir", folder)).strip()


def _run(film: Studio, role: str, destination: str) -> dict[str, Any]:
    """One MP4 below `destination`, made under the role: the job at its end."""
    settings = film.ladder()
    settings["OutputGroups"] = settings["OutputGroups"][:1]
    settings["OutputGroups"][0]["OutputGroupSettings"]["FileGroupSettings"]["Destination"] = destination
    job = film.admin("mediaconvert").create_job(Role=role, Settings=settings)["Job"]
    return film.finish(job["Id"])


def test_a_configured_role_is_all_that_a_job_needs(film: Studio) -> None:
    """It reads its input locations and writes below its output locations, in its queue's name, and the job is done."""
    role = _role(
        *(film, "configured", "--input", SOURCE, "--output", ALLOWED),
        *("--source-queue", QUEUE, "--source-account", ACCOUNT, "--tag", "Team=film"),
    )

    job = _run(film, role, f"{ALLOWED}film")

    assert role == f"arn:aws:iam::{ACCOUNT}:role/service-role/configured"
    assert job["Status"] == "COMPLETE", job
    assert "allowed/film_540p.mp4" in film.names()
    shown = film.admin("iam").get_role(RoleName="configured")["Role"]
    assert shown["Tags"] == [{"Key": "Team", "Value": "film"}]
    assert shown["AssumeRolePolicyDocument"]["Statement"][0]["Condition"]["ArnLike"] == {"aws:SourceArn": QUEUE}


def test_another_output_location_is_1401(film: Studio) -> None:
    """What the role may not write fails the job, which leaves nothing there."""
    role = _role(film, "elsewhere", "--input", SOURCE, "--output", ALLOWED)

    job = _run(film, role, f"s3://{Studio.OUTPUT}/elsewhere/film")

    assert (job["Status"], job["ErrorCode"]) == ("ERROR", 1401), job
    assert "Access Denied" in job["ErrorMessage"]
    assert not [key for key in film.names() if key.startswith("elsewhere/")]
    assert film.pending_uploads() == []


def test_full_permissions_reach_every_location(film: Studio) -> None:
    """The two predefined policies are enough for any job."""
    role = _role(film, "full", "--full")

    job = _run(film, role, f"s3://{Studio.OUTPUT}/anywhere/film")

    assert job["Status"] == "COMPLETE", job


def test_another_queue_is_1434(film: Studio) -> None:
    """A role for the jobs of one queue is not assumed for those of another."""
    role = _role(film, "other-queue", "--full", "--source-queue", QUEUE.replace("Default", "Other"))

    job = _run(film, role, f"{ALLOWED}film")

    assert (job["Status"], job["ErrorCode"]) == ("ERROR", 1434), job


def test_a_boundary_limits_the_role(film: Studio) -> None:
    """It may read alone, whatever its own policies say."""
    statement = {"Effect": "Allow", "Action": ["s3:Get*", "s3:List*"], "Resource": "*"}
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    limit = film.admin("iam").create_policy(PolicyName="read-only", PolicyDocument=document)["Policy"]["Arn"]
    role = _role(film, "limited", "--full", "--permissions-boundary", limit)

    job = _run(film, role, f"{ALLOWED}limited")

    assert (job["Status"], job["ErrorCode"]) == ("ERROR", 1401), job
