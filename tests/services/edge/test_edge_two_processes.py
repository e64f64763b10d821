"""Two processes on one database: what one of them takes away counts for nothing in the other from the next request."""

import json
from collections.abc import Callable, Iterator
from dataclasses import replace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.app.api import build_api
from telecine.app.ground import Config
from telecine.testing.ids import seeded_ids

Aws = Any  # the fixture of tests/services/conftest.py

ALLOW = {"Effect": "Allow", "Action": "*", "Resource": "*"}
GONE, DENIED = "InvalidAccessKeyId", "AccessDenied"


def policy(*statements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def there(aws: Aws) -> Iterator[Aws]:
    """The same server as another process has it."""
    config = Config(data_dir=aws.folder, account=aws.account, region=aws.region)
    api = build_api(config, clock=aws.clock, ids=seeded_ids(99))
    yield replace(aws, api=api)
    api.close()


def answer(aws: Aws, keys: Any) -> str:
    """`OK`, or why a request that `keys` sign is refused."""
    try:
        aws.client("s3", keys).list_buckets()
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "OK"


def delete_bob(iam: Any, keys: Any) -> None:
    iam.delete_access_key(UserName="bob", AccessKeyId=keys.access_key_id)
    iam.delete_user_policy(UserName="bob", PolicyName="given")
    iam.delete_user(UserName="bob")


def rename_bob(iam: Any, _keys: Any) -> None:
    """A user of the old name is somebody else."""
    iam.update_user(UserName="bob", NewUserName="rob")
    iam.create_user(UserName="bob")
    iam.delete_user_policy(UserName="rob", PolicyName="given")


def recreate_role(iam: Any, _keys: Any) -> None:
    trust = iam.get_role(RoleName="r")["Role"]["AssumeRolePolicyDocument"]
    iam.delete_role_policy(RoleName="r", PolicyName="given")
    iam.delete_role(RoleName="r")
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=json.dumps(trust))
    iam.put_role_policy(RoleName="r", PolicyName="given", PolicyDocument=policy(ALLOW))


def close_session_policy(iam: Any, _keys: Any) -> None:
    arn = iam.list_policies(Scope="Local")["Policies"][0]["Arn"]
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=policy({**ALLOW, "Effect": "Deny"}), SetAsDefault=True)


@pytest.mark.parametrize(
    ("change", "answers"),
    [
        (lambda iam, keys: iam.delete_access_key(UserName="bob", AccessKeyId=keys.access_key_id), (GONE, "OK", "OK")),
        (
            lambda iam, keys: iam.update_access_key(UserName="bob", AccessKeyId=keys.access_key_id, Status="Inactive"),
            (GONE, "OK", "OK"),
        ),
        (
            lambda iam, _keys: iam.delete_user_policy(UserName="bob", PolicyName="given"),
            (DENIED, "OK", DENIED),
        ),
        (delete_bob, (GONE, "OK", GONE)),
        (rename_bob, (DENIED, "OK", DENIED)),
        (
            lambda iam, _keys: iam.put_role_policy(
                RoleName="r", PolicyName="given", PolicyDocument=policy({**ALLOW, "Effect": "Deny"})
            ),
            ("OK", DENIED, "OK"),
        ),
        (recreate_role, ("OK", GONE, "OK")),
        (close_session_policy, ("OK", DENIED, "OK")),
    ],
)
def test_what_is_taken_away_is_gone_everywhere(
    aws: Aws, there: Aws, change: Callable[[Any, Any], object], answers: tuple[str, str, str]
) -> None:
    """A user's key, a session of a role within a managed policy, somebody whom the user federated: each in both."""
    bob = aws.user("bob", ALLOW)
    role = aws.role("r", {"AWS": str(aws.account)}, ALLOW)
    within = aws.client("iam").create_policy(PolicyName="within", PolicyDocument=policy(ALLOW))["Policy"]["Arn"]
    session = aws.assume(role, bob, PolicyArns=[{"arn": within}])
    given = aws.client("sts", bob).get_federation_token(Name="carol", Policy=policy(ALLOW))["Credentials"]
    federated = replace(
        session,
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )
    callers = (bob, session, federated)
    assert {answer(process, keys) for process in (aws, there) for keys in callers} == {"OK"}

    change(aws.client("iam"), bob)

    for process in (there, aws):
        assert tuple(answer(process, keys) for keys in callers) == answers


def test_a_bucket_policy_follows_its_principals_everywhere(aws: Aws, there: Aws) -> None:
    """A namesake of a user who was let in stays outside, in the process too that remembers the policy."""
    aws.client("s3").create_bucket(Bucket="films")
    eve = aws.user("eve")
    statement = {
        "Effect": "Allow",
        "Principal": {"AWS": f"arn:aws:iam::{aws.account}:user/eve"},
        "Action": "s3:ListBucket",
        "Resource": "arn:aws:s3:::films",
    }
    aws.client("s3").put_bucket_policy(Bucket="films", Policy=policy(statement))
    for process in (aws, there):
        process.client("s3", eve).head_bucket(Bucket="films")

    iam = aws.client("iam")
    iam.delete_access_key(UserName="eve", AccessKeyId=eve.access_key_id)
    iam.delete_user(UserName="eve")
    namesake = aws.user("eve")

    for process in (there, aws):
        with pytest.raises(ClientError, match="403"):
            process.client("s3", namesake).head_bucket(Bucket="films")
