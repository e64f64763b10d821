"""boto3 against the whole server without a socket: identities, decisions, not-built services, restarts."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

Aws = Any  # the fixture of tests/services/conftest.py

LIST_QUEUES = {"Effect": "Allow", "Action": "mediaconvert:ListQueues", "Resource": "*"}


def _code(call: Callable[[], object]) -> tuple[str, int]:
    with pytest.raises(ClientError) as caught:
        call()
    response = caught.value.response
    return response["Error"]["Code"], response["ResponseMetadata"]["HTTPStatusCode"]


def test_the_first_start_makes_an_administrator(aws: Aws) -> None:
    """Its key signs for the user `admin`, who may do everything."""
    identity = aws.client("sts").get_caller_identity()
    assert identity["Arn"] == f"arn:aws:iam::{aws.account}:user/admin"
    assert [user["UserName"] for user in aws.client("iam").list_users()["Users"]] == ["admin"]


def test_a_user_has_what_its_policy_gives(aws: Aws) -> None:
    """One statement opens one operation."""
    keys = aws.user("ada", LIST_QUEUES)
    mediaconvert = aws.client("mediaconvert", keys)
    assert [queue["Name"] for queue in mediaconvert.list_queues()["Queues"]] == ["Default"]
    assert _code(mediaconvert.list_jobs) == ("AccessDeniedException", 403)


def test_a_session_lives_with_its_token_until_it_ends(aws: Aws) -> None:
    """AssumeRole gives keys that work, and stop when their time is over."""
    ada = aws.user("ada", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})
    role = aws.role("worker", {"AWS": f"arn:aws:iam::{aws.account}:root"}, LIST_QUEUES)
    session = aws.assume(role, ada, RoleSessionName="night", DurationSeconds=900)
    identity = aws.client("sts", session).get_caller_identity()
    assert identity["Arn"] == f"arn:aws:sts::{aws.account}:assumed-role/worker/night"
    assert aws.client("mediaconvert", session).list_queues()["Queues"]
    aws.clock.advance(901)
    assert _code(aws.client("sts", session).get_caller_identity)[0] in {"ExpiredToken", "ExpiredTokenException"}


@pytest.mark.parametrize(
    ("service", "operation"),
    [("kms", "describe_custom_key_stores"), ("apigateway", "get_rest_apis"), ("iam", "generate_credential_report")],
)
def test_what_is_not_built_is_refused_by_name(aws: Aws, service: str, operation: str) -> None:
    """With a status that no client retries, and never a success that is none."""
    with pytest.raises(ClientError, match="does not implement") as caught:
        getattr(aws.client(service), operation)()
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 501


def test_an_object_goes_in_and_comes_out(aws: Aws) -> None:
    """A body of several blocks, with a key that needs escaping."""
    s3 = aws.client("s3")
    body = bytes(range(256)) * 20_000
    s3.create_bucket(Bucket="films")
    s3.put_object(Bucket="films", Key="a b/ü+%41", Body=body)
    assert s3.get_object(Bucket="films", Key="a b/ü+%41")["Body"].read() == body
    assert [item["Key"] for item in s3.list_objects_v2(Bucket="films")["Contents"]] == ["a b/ü+%41"]


def test_the_same_server_runs_on_postgresql(make_aws: Callable[..., Aws], postgresql_url: str) -> None:
    """Schema, first start, keys and decisions, on the other database."""
    aws = make_aws(database_url=postgresql_url)
    keys = aws.user("ada", LIST_QUEUES)
    assert aws.client("mediaconvert", keys).list_queues()["Queues"]


def test_every_call_is_in_the_audit_log(aws: Aws) -> None:
    """Successes and denials, with the reason for the latter and no secret in either."""
    keys = aws.user("ada")
    _code(aws.client("mediaconvert", keys).list_queues)
    aws.api.ground.audit.close()
    text = "".join(path.read_text() for path in sorted((aws.folder / "audit").iterdir()))
    records = [json.loads(line) for line in text.splitlines()]
    assert [record["eventName"] for record in records] == ["CreateUser", "CreateAccessKey", "ListQueues"]
    assert records[-1]["errorCode"] == "AccessDeniedException"
    assert records[-1]["telecine"]["trace"]["blockedBy"] == "identity"
    assert keys.secret_access_key not in text
    assert aws.admin.secret_access_key not in text
