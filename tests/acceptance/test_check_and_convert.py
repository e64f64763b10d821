"""Jobs checked before they are submitted, against what real jobs do; and files converted in one command."""

import json
import os
import signal
import subprocess
import sys
import time
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

import pytest

from acceptance.studio import ACCOUNT, TRUST, Studio

pytestmark = [pytest.mark.media, pytest.mark.slow]

NEEDS = {
    "HeadObject": "s3:GetObject",
    "GetObject": "s3:GetObject",
    "CreateMultipartUpload": "s3:PutObject",
    "UploadPart": "s3:PutObject",
    "CompleteMultipartUpload": "s3:PutObject",
    "AbortMultipartUpload": "s3:AbortMultipartUpload",
    "DeleteObject": "s3:DeleteObject",
    "ListMultipartUploads": "s3:ListBucketMultipartUploads",
    "Decrypt": "kms:Decrypt",
}
"""Requests of the engine, and the permission of each (S3 user guide, "Required permissions for Amazon S3 API
operations")."""


@pytest.fixture(scope="module")
def film(server: Any, short_clip: Path) -> Studio:
    """A studio whose buckets encrypt with keys of their own."""
    made = Studio(server, short_clip)
    s3 = made.admin("s3")
    for bucket in (Studio.INPUT[0], Studio.OUTPUT):
        key = made.admin("kms").create_key()["KeyMetadata"]["Arn"]
        rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms", "KMSMasterKeyID": key}}
        s3.put_bucket_encryption(Bucket=bucket, ServerSideEncryptionConfiguration={"Rules": [rule]})
    s3.upload_file(str(short_clip), *Studio.INPUT)
    return made


def telecine(film: Studio, *words: str) -> "subprocess.CompletedProcess[str]":
    """A command against the studio's server, in a clean environment."""
    return subprocess.run(
        [sys.executable, "-m", "telecine.cli", *words, "--data-dir", str(film.server.data_dir)],
        capture_output=True,
        text=True,
        check=False,
        timeout=150,
        env={name: value for name, value in os.environ.items() if not name.startswith(("AWS_", "TELECINE_"))},
    )


def role_of(film: Studio, name: str, *statements: dict[str, Any]) -> str:
    """A role of these statements; without any it has no policy."""
    iam = film.admin("iam")
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=json.dumps(TRUST))["Role"]["Arn"]
    give(film, name, list(statements))
    return arn


def give(film: Studio, role: str, statements: list[dict[str, Any]]) -> None:
    """The one policy of a role, anew."""
    if statements:
        document = json.dumps({"Version": "2012-10-17", "Statement": statements})
        film.admin("iam").put_role_policy(RoleName=role, PolicyName="given", PolicyDocument=document)


def sound(film: Studio, target: str) -> dict[str, Any]:
    """A small job: the sound of the film."""
    settings: dict[str, Any] = film.ladder()
    settings["OutputGroups"] = settings["OutputGroups"][:1]
    group = settings["OutputGroups"][0]
    group["OutputGroupSettings"]["FileGroupSettings"]["Destination"] = f"s3://{Studio.OUTPUT}/{target}"
    group["Outputs"][0].pop("VideoDescription")
    return settings


def checked(film: Studio, folder: Path, role: str, settings: dict[str, Any]) -> dict[str, Any]:
    """The answer of `telecine job check --json`."""
    file = folder / "job.json"
    file.write_text(json.dumps({"Role": role, "Settings": settings}))
    done = telecine(film, "job", "check", str(file), "--json")
    assert done.stdout, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout)
    assert done.returncode == (0 if answer["canRun"] else 1)
    return answer


def statements(answer: dict[str, Any], *, are_required: bool) -> list[dict[str, Any]]:
    """What the answer tells to give the role, of what a job needs or can do without."""
    found = [
        json.loads(step["statement"])
        for one in answer["role"]["permissions"]
        if one["required"] is are_required
        for step in one["steps"]
    ]
    return [one for number, one in enumerate(found) if one not in found[:number]]


def test_what_a_check_asks_for_is_what_a_job_does(film: Studio, tmp_path: Path) -> None:
    """With the statements of the check, and no others, the ladder runs on buckets that encrypt with keys; every request
    of its sessions in the audit log is of a permission that the check has named, and none is left over."""
    role = role_of(film, "exact")
    settings = film.ladder()
    answer = checked(film, tmp_path, role, settings)
    give(film, "exact", statements(answer, are_required=True))
    assert checked(film, tmp_path, role, settings)["canRun"] is True

    job = film.finish(film.admin("mediaconvert").create_job(Role=role, Settings=settings)["Job"]["Id"])

    assert (job["Status"], job.get("ErrorMessage")) == ("COMPLETE", None)
    named = [one for one in answer["role"]["permissions"] if one["action"] != "sts:AssumeRole"]
    unused = {(one["action"], one["resource"]) for one in named if one["required"]}
    calls = list(requests_of(film, job["Id"]))
    assert {name for name, _resource in calls} >= {"HeadObject", "GetObject", "CreateMultipartUpload", "UploadPart"}
    for name, resource in calls:
        covering = {
            (one["action"], one["resource"])
            for one in named
            if one["action"] == NEEDS[name] and fnmatchcase(resource, one["resource"])
        }
        assert covering, (name, resource)
        unused -= covering
    # KMS is asked by S3 on the role's behalf, which leaves no record of its own.
    assert {action for action, _resource in unused} == {"kms:Decrypt", "kms:GenerateDataKey"}


def requests_of(film: Studio, job_id: str) -> Any:
    """Operation and resource of every request that the sessions of a job made, from the audit log."""
    time.sleep(1.5)  # records are written a second after their request
    for file in sorted((film.server.data_dir / "audit").glob("*.jsonl")):
        for line in file.read_text().splitlines():
            record = json.loads(line)
            if str((record.get("userIdentity") or {}).get("arn", "")).endswith(f"MediaConvert-{job_id}"):
                asked = record["requestParameters"]
                key = f"/{asked['key']}" if "key" in asked else ""
                yield record["eventName"], f"arn:aws:s3:::{asked['bucket']}{key}"


def test_every_required_statement_is_needed(film: Studio, tmp_path: Path) -> None:
    """Without any one of them the same job fails; with all of them it does not."""
    role = role_of(film, "spare")
    settings = sound(film, "spare/sound")
    needed = statements(checked(film, tmp_path, role, settings), are_required=True)
    assert {one["Action"] for one in needed} == {"s3:GetObject", "s3:PutObject", "kms:Decrypt", "kms:GenerateDataKey"}
    mediaconvert = film.admin("mediaconvert")
    for left_out in [*range(len(needed)), None]:
        give(film, "spare", [one for number, one in enumerate(needed) if number != left_out])
        is_enough = checked(film, tmp_path, role, settings)["canRun"]
        job = film.finish(mediaconvert.create_job(Role=role, Settings=settings)["Job"]["Id"])
        assert (job["Status"] == "COMPLETE") is is_enough is (left_out is None), (left_out, job.get("ErrorMessage"))


def test_the_table_and_the_policy_for_people(film: Studio, tmp_path: Path) -> None:
    """It prints what is allowed and missing, one policy to give the role, and how; a wrong file is one line."""
    role = role_of(film, "table", {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"})
    file = tmp_path / "job.json"
    file.write_text(json.dumps({"settings": lowered(sound(film, "table/sound"))}))
    done = telecine(film, "job", "check", str(file), "--role", role)

    assert done.returncode == 1, done.stderr
    assert "+ s3:GetObject on arn:aws:s3:::studio-in/film.mp4: read input 1" in done.stdout
    assert "- s3:PutObject on arn:aws:s3:::studio-out/table/sound*: write output group 1" in done.stdout
    assert "aws iam put-role-policy --role-name table" in done.stdout
    assert done.stdout.rstrip().endswith("You can submit this job, and it would fail.")
    file.write_text("no job")
    assert telecine(film, "job", "check", str(file)).returncode == 1


def lowered(value: Any, *, is_map: bool = False) -> Any:
    """Settings as the console exports them."""
    if isinstance(value, dict):
        return {
            key if is_map else key[:1].lower() + key[1:]: lowered(inner, is_map=key == "AudioSelectors")
            for key, inner in value.items()
        }
    return [lowered(one) for one in value] if isinstance(value, list) else value


def test_a_file_is_converted_in_one_command(film: Studio, short_clip: Path) -> None:
    """From an account without a bucket or a role for it: an adaptive stream and an MP4 come out, the upload is gone."""
    done = telecine(film, "convert", str(short_clip), "--yes")

    assert done.returncode == 0, done.stdout + done.stderr
    name, bucket = short_clip.stem, f"telecine-{ACCOUNT}-media"
    assert done.stdout.splitlines()[-2:] == [
        f"s3://{bucket}/{name}/{name}.mp4",
        f"s3://{bucket}/{name}/hls/{name}.m3u8",
    ]
    keys = [item["Key"] for item in film.admin("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert {f"{name}/{name}.mp4", f"{name}/hls/{name}.m3u8"} <= set(keys)
    assert not [key for key in keys if key.startswith("uploads/")]


def test_a_preset_or_a_template_takes_the_place_of_the_ladder(film: Studio, short_clip: Path) -> None:
    """One file of a system preset; the destinations of a template of one's own."""
    bucket = f"telecine-{ACCOUNT}-media"
    preset = "System-Generic_Sd_Mp4_Avc_Aac_16x9_Sdr_640x360p_30Hz_0.8Mbps_Qvbr_Vq7"
    done = telecine(film, "convert", str(short_clip), "--yes", "--to", f"s3://{bucket}/small", "--preset", preset)
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, [f"s3://{bucket}/small/{short_clip.stem}*"]), (
        done.stderr
    )

    settings = sound(film, "unused")
    settings["Inputs"][0].pop("FileInput")
    group = settings["OutputGroups"][0]["OutputGroupSettings"]["FileGroupSettings"]
    group["Destination"] = f"s3://{bucket}/templates/sound"
    film.admin("mediaconvert").create_job_template(Name="sounds", Settings=settings)
    done = telecine(film, "convert", str(short_clip), "--yes", "--template", "sounds")
    assert (done.returncode, done.stdout.splitlines()[-1:]) == (0, [f"s3://{bucket}/templates/sound*"]), done.stderr
    keys = [item["Key"] for item in film.admin("s3").list_objects_v2(Bucket=bucket)["Contents"]]
    assert {f"small/{short_clip.stem}.mp4", "templates/sound_540p.mp4"} <= set(keys)


def test_what_is_no_media_is_refused_before_anything_is_uploaded(film: Studio, tmp_path: Path) -> None:
    """One line, and no object."""
    file = tmp_path / "text.mp4"
    file.write_text("this is no film")
    done = telecine(film, "convert", str(file), "--to", f"s3://{Studio.OUTPUT}/text/")

    assert (done.returncode, "that can be read" in done.stderr) == (1, True), done.stderr
    assert not film.admin("s3").list_objects_v2(Bucket=Studio.OUTPUT, Prefix="uploads/").get("Contents")


def test_a_conversion_that_cannot_work_says_what_is_missing(film: Studio, short_clip: Path) -> None:
    """The check's answer in place of a job, and no upload is left."""
    role = role_of(film, "idle")
    before = len(film.admin("mediaconvert").list_jobs()["Jobs"])
    done = telecine(film, "convert", str(short_clip), "--to", f"s3://{Studio.OUTPUT}/idle/", "--role", role)

    assert done.returncode == 1
    assert "aws iam put-role-policy --role-name idle" in done.stderr
    assert len(film.admin("mediaconvert").list_jobs()["Jobs"]) == before
    assert not film.admin("s3").list_objects_v2(Bucket=Studio.OUTPUT, Prefix="uploads/").get("Contents")


def test_an_interrupt_cancels_the_job_and_removes_the_upload(film: Studio, short_clip: Path) -> None:
    """As Ctrl-C does it."""
    bucket = f"telecine-{ACCOUNT}-media"
    if bucket not in {one["Name"] for one in film.admin("s3").list_buckets()["Buckets"]}:
        film.admin("s3").create_bucket(Bucket=bucket)
    # Whoever runs the tests may ignore the signal, which children inherit.
    start = (
        "import os, signal, sys; signal.signal(signal.SIGINT, signal.SIG_DFL); os.execv(sys.executable, sys.argv[1:])"
    )
    command = [sys.executable, "-c", start, sys.executable, "-m", "telecine.cli", "convert", str(short_clip), "--yes"]
    process = subprocess.Popen(
        [*command, "--to", f"s3://{bucket}/stopped/", "--data-dir", str(film.server.data_dir)],
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        start_new_session=True,
    )
    mediaconvert = film.admin("mediaconvert")
    deadline = time.monotonic() + 60
    seen = {job["Id"] for job in mediaconvert.list_jobs()["Jobs"]}
    new: list[str] = []
    while not new:
        assert process.poll() is None, process.communicate()
        assert time.monotonic() < deadline
        new = [job["Id"] for job in mediaconvert.list_jobs()["Jobs"] if job["Id"] not in seen]
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    output, _nothing = process.communicate(timeout=60)

    assert process.returncode != 0, output
    assert film.finish(new[0])["Status"] == "CANCELED", output
    found = film.admin("s3").list_objects_v2(Bucket=bucket, Prefix="uploads/")
    assert not found.get("Contents")
