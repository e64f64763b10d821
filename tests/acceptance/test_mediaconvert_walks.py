"""Every operation of MediaConvert against a real server, with boto3, the SDK for JavaScript and the AWS CLI.

The walk is tests/corpus/walks/mediaconvert.json: what is called, with what, and what must come of it; `${name}` stands
for what an earlier step has kept, or what the test brings.
"""

import json
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from botocore import xform_name
from botocore.exceptions import ClientError

from acceptance.clients import AWSCLI, JAVASCRIPT, NODE
from telecine.wire import models

Server = Any  # the fixture of conftest.py

pytestmark = [pytest.mark.media, pytest.mark.slow]

WALK: list[dict[str, Any]] = json.loads(
    (Path(__file__).parents[1] / "corpus/walks/mediaconvert.json").read_text(encoding="utf-8")
)
Seen = dict[str, Any]
"""`status`, and `answer` or `error` with its code."""
Caller = Callable[[str, dict[str, Any]], Seen]

VIDEO = {
    "CodecSettings": {"Codec": "H_264", "H264Settings": {"RateControlMode": "QVBR", "MaxBitrate": 1_000_000}},
}
CONTAINER = {"Container": "MP4", "Mp4Settings": {}}
GROUP = {
    "OutputGroupSettings": {
        "Type": "FILE_GROUP_SETTINGS",
        "FileGroupSettings": {"Destination": "s3://walk/out/"},
    },
    "Outputs": [{"ContainerSettings": CONTAINER, "VideoDescription": VIDEO}],
}
FILM = "s3://walk/in/film.mp4"
SETTINGS = {
    "Inputs": [{"FileInput": FILM, "AudioSelectors": {"Audio Selector 1": {"DefaultSelection": "DEFAULT"}}}],
    "OutputGroups": [GROUP],
}


@pytest.fixture
def known(server: Server, short_clip: Path) -> dict[str, Any]:
    """What a walk begins with: a film, a role, settings."""
    s3, iam = server.client("s3"), server.client("iam")
    if not [bucket for bucket in s3.list_buckets()["Buckets"] if bucket["Name"] == "walk"]:
        s3.create_bucket(Bucket="walk")
        s3.upload_file(str(short_clip), "walk", "in/film.mp4")
        service = {"Service": "mediaconvert.amazonaws.com"}
        statement = {"Effect": "Allow", "Principal": service, "Action": "sts:AssumeRole"}
        trust = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
        iam.create_role(RoleName="walk", AssumeRolePolicyDocument=trust)
        iam.attach_role_policy(RoleName="walk", PolicyArn="arn:aws:iam::aws:policy/AmazonS3FullAccess")
    return {
        "url": server.url,
        "film": FILM,
        "role": iam.get_role(RoleName="walk")["Role"]["Arn"],
        "settings": SETTINGS,
        "template": {"OutputGroups": [GROUP]},
        "preset": {"ContainerSettings": CONTAINER, "VideoDescription": VIDEO},
        "certificate": "arn:aws:acm:us-east-1:000000000000:certificate/12345678-1234-1234-1234-123456789012",
    }


def _boto3(server: Server) -> Iterator[Caller]:
    client = server.client("mediaconvert")

    def call(operation: str, given: dict[str, Any]) -> Seen:
        try:
            answer = getattr(client, xform_name(operation))(**given)
        except ClientError as error:
            status = error.response["ResponseMetadata"]["HTTPStatusCode"]
            return {"status": status, "error": error.response["Error"]["Code"]}
        return {"status": answer["ResponseMetadata"]["HTTPStatusCode"], "answer": answer}

    yield call


def _javascript(server: Server) -> Iterator[Caller]:
    script = Path(__file__).parent / "javascript/mediaconvert.cjs"
    environment = {"PATH": os.environ["PATH"], "NODE_PATH": str(JAVASCRIPT), **server.environment()}
    with subprocess.Popen(
        [str(NODE), str(script), server.url],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        cwd=server.data_dir,
        env=environment,
    ) as process:
        sent, received = process.stdin, process.stdout
        assert sent is not None
        assert received is not None

        def call(operation: str, given: dict[str, Any]) -> Seen:
            sent.write(json.dumps({"call": operation, "with": given}) + "\n")
            sent.flush()
            seen: Seen = json.loads(received.readline())
            return seen

        yield call
        sent.close()
    assert process.returncode == 0


_REFUSED = re.compile(r"An error occurred \((?P<code>\w+)\) when calling")


def _cli(server: Server) -> Iterator[Caller]:
    environment = {"PATH": os.environ["PATH"], "HOME": str(server.data_dir), **server.environment()}

    def call(operation: str, given: dict[str, Any]) -> Seen:
        file = server.data_dir / "step.json"
        file.write_text(json.dumps(given), encoding="utf-8")
        words = [str(AWSCLI), "mediaconvert", xform_name(operation, "-"), "--no-paginate", "--output", "json"]
        done = subprocess.run(
            [*words, "--cli-input-json", f"file://{file}"],
            capture_output=True,
            text=True,
            check=False,
            timeout=120,
            env=environment,
        )
        if done.returncode:
            refused = _REFUSED.search(done.stderr)
            assert refused is not None, done.stderr
            return {"error": refused["code"]}
        return {"answer": json.loads(done.stdout) if done.stdout.strip() else {}}

    yield call


def test_the_walk_calls_every_operation() -> None:
    """All 34 of the model."""
    operations = set(models.operations("mediaconvert"))
    assert len(operations) == 34
    assert {step["call"] for step in WALK} == operations


@pytest.mark.parametrize("kind", [_boto3, _javascript, _cli], ids=["boto3", "javascript", "cli"])
def test_a_client_walks_through_every_operation(
    server: Server, known: dict[str, Any], kind: Callable[[Server], Iterator[Caller]]
) -> None:
    """Each answers with the documented status, and with what was asked for."""
    callers = kind(server)
    caller = next(callers)
    for step in WALK:
        seen = caller(step["call"], _filled(step.get("with", {}), known))
        assert seen.get("error") == step.get("fails"), (step, seen)
        assert seen.get("status", step.get("status", 200)) == step.get("status", 200), step
        for path, value in step.get("gives", {}).items():
            found = _at(seen["answer"], path.split("."))
            wanted = _filled(value, known)
            assert wanted in found if "*" in path else found == wanted, (step["call"], path, found)
        for name, path in step.get("keeps", {}).items():
            known[name] = _at(seen["answer"], path.split("."))
    assert list(callers) == []


def test_the_aws_cli_in_the_forms_of_its_documentation(server: Server, known: dict[str, Any], tmp_path: Path) -> None:
    """Shorthand, files and queries, as the CLI's reference shows them for MediaConvert."""
    environment = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), **server.environment()}

    def aws(*words: str) -> str:
        done = subprocess.run(
            [str(AWSCLI), "mediaconvert", *words],
            capture_output=True,
            text=True,
            check=True,
            timeout=120,
            cwd=tmp_path,
            env=environment,
        )
        return done.stdout.strip()

    (tmp_path / "job.json").write_text(json.dumps({"Role": known["role"], "Settings": SETTINGS}))
    assert aws("describe-endpoints", "--query", "Endpoints[0].Url", "--output", "text") == server.url
    job = json.loads(aws("create-job", "--cli-input-json", "file://job.json", "--output", "json"))["Job"]
    assert aws("cancel-job", "--id", job["Id"]) == ""
    assert json.loads(aws("get-job", "--id", job["Id"], "--output", "json"))["Job"]["Status"] == "CANCELED"
    listed = ("list-jobs", "--status", "CANCELED", "--queue", "Default", "--order", "DESCENDING", "--max-items", "1")
    assert aws(*listed, "--query", "Jobs[0].Id", "--output", "text").split()[0] == job["Id"]
    assert aws("get-queue", "--name", "Default", "--query", "Queue.Type", "--output", "text") == "SYSTEM"
    assert "Default" in aws("list-queues", "--query", "Queues[].Name", "--output", "text").split()
    aws("tag-resource", "--arn", job["Arn"], "--tags", "Key1=Value1,Key2=Value2")
    aws("untag-resource", "--arn", job["Arn"], "--tag-keys", "Key2")
    tags = json.loads(aws("list-tags-for-resource", "--arn", job["Arn"], "--output", "json"))
    assert tags == {"ResourceTags": {"Arn": job["Arn"], "Tags": {"Key1": "Value1"}}}
    policy = json.loads(aws("put-policy", "--policy", '{"HttpInputs":"DISALLOWED"}', "--output", "json"))["Policy"]
    assert policy == {"HttpInputs": "DISALLOWED", "HttpsInputs": "ALLOWED", "S3Inputs": "ALLOWED"}
    assert json.loads(aws("get-policy", "--output", "json"))["Policy"] == policy
    assert aws("delete-policy") == ""
    assert aws("search-jobs", "--input-file", "film.mp4", "--query", "Jobs[0].Id", "--output", "text") == job["Id"]


def _filled(value: Any, known: dict[str, Any]) -> Any:
    """`value` with what the names in it stand for."""
    if isinstance(value, dict):
        return {name: _filled(member, known) for name, member in value.items()}
    if isinstance(value, list):
        return [_filled(member, known) for member in value]
    if isinstance(value, str) and value.startswith("${"):
        return known[value[2:-1]]
    return value


def _at(value: Any, path: list[str]) -> Any:
    """What stands at `path`; with a `*` in it the list of what stands at all such places."""
    if not path:
        return value
    step, rest = path[0], path[1:]
    if step == "*":
        return [_at(member, rest) for member in value]
    return _at(value[int(step)] if isinstance(value, list) else value[step], rest)
