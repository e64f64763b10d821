"""What the audit log tells of sessions: who opened which, and who acts with them."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
TRUST = {
    "Effect": "Allow",
    "Principal": {"AWS": ACCOUNT},
    "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
}
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def policy(*statements: Any) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def records(aws: Any, operation: str) -> list[dict[str, Any]]:
    """The records of an operation's calls. Nothing is recorded any more afterwards."""
    aws.api.ground.audit.close()
    lines = [line for path in sorted((aws.folder / "audit").glob("*.jsonl")) for line in path.read_text().splitlines()]
    return [record for record in map(json.loads, lines) if record["eventName"] == operation]


def keys_of(aws: Any, answer: Any) -> Any:
    """The credentials of an answer of STS, as clients take them."""
    given = answer["Credentials"]
    return type(aws.admin)(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )


@pytest.fixture
def role(aws: Any) -> str:
    """A role whose sessions can be tagged, which may do everything."""
    iam = aws.client("iam")
    arn: str = iam.create_role(RoleName="r", AssumeRolePolicyDocument=policy(TRUST))["Role"]["Arn"]
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=policy(ALLOW_ALL))
    return arn


def test_an_assumption_is_recorded_with_the_new_key(aws: Any, role: str) -> None:
    """CloudTrail's form ("Example AWS STS role chaining API event"), without secret, token and external id."""
    answer = aws.client("sts").assume_role(
        RoleArn=role,
        RoleSessionName="night",
        SourceIdentity="ada",
        Tags=[{"Key": "Team", "Value": "film"}],
        TransitiveTagKeys=["Team"],
        DurationSeconds=900,
        ExternalId="told-to-nobody",
    )

    (record,) = records(aws, "AssumeRole")
    assert record["requestParameters"] == {
        "roleArn": role,
        "roleSessionName": "night",
        "sourceIdentity": "ada",
        "tags": [{"key": "Team", "value": "film"}],
        "transitiveTagKeys": ["Team"],
        "durationSeconds": 900,
    }
    elements = record["responseElements"]
    assert elements["credentials"]["accessKeyId"] == answer["Credentials"]["AccessKeyId"]
    assert elements["assumedRoleUser"] == {
        "assumedRoleId": answer["AssumedRoleUser"]["AssumedRoleId"],
        "arn": f"arn:aws:sts::{ACCOUNT}:assumed-role/r/night",
    }
    assert elements["sourceIdentity"] == "ada"
    text = json.dumps(record)
    for secret in (answer["Credentials"]["SecretAccessKey"], answer["Credentials"]["SessionToken"], "told-to-nobody"):
        assert secret not in text


def test_a_refused_assumption_is_recorded_without_a_key(aws: Any, role: str) -> None:
    """What was asked for, and that there was no answer."""
    with pytest.raises(ClientError):
        aws.client("sts").assume_role(RoleArn=role, RoleSessionName="night", DurationSeconds=43_200)

    (record,) = records(aws, "AssumeRole")
    assert record["responseElements"] is None
    assert record["requestParameters"]["roleArn"] == role


def test_who_acts_with_a_role_session(aws: Any, role: str) -> None:
    """The role, and the source identity that was set when it was assumed."""
    aws.client("sts", aws.assume(role, SourceIdentity="ada")).get_caller_identity()

    (record,) = records(aws, "GetCallerIdentity")
    context = record["userIdentity"]["sessionContext"]
    assert context["sessionIssuer"] == {
        "type": "Role",
        "principalId": aws.client("iam").get_role(RoleName="r")["Role"]["RoleId"],
        "arn": role,
        "accountId": ACCOUNT,
        "userName": "r",
    }
    assert context["attributes"] == {"creationDate": "2030-03-01T12:00:00Z", "mfaAuthenticated": "false"}
    assert context["sourceIdentity"] == "ada"


def test_who_acts_with_a_users_session(aws: Any) -> None:
    """The user itself: nobody issued it, but it is told that it is a session."""
    session = keys_of(aws, aws.client("sts", aws.user("bob")).get_session_token())
    aws.client("sts", session).get_caller_identity()

    (record,) = records(aws, "GetCallerIdentity")
    identity = record["userIdentity"]
    assert (identity["type"], identity["userName"]) == ("IAMUser", "bob")
    assert identity["accessKeyId"] == session.access_key_id
    assert identity["sessionContext"] == {
        "attributes": {"creationDate": "2030-03-01T12:00:00Z", "mfaAuthenticated": "false"}
    }


@pytest.mark.parametrize("by_root", [False, True])
def test_who_acts_as_a_federated_user(aws: Any, by_root: bool) -> None:
    """The name that it was given, and who gave it."""
    keys = aws.admin
    if by_root:
        new = aws.api.ground.directory.accounts.create_root_key(aws.account)
        keys = type(keys)(access_key_id=new.key.access_key_id, secret_access_key=new.secret_access_key)
    user_id = aws.client("iam").get_user(UserName="admin")["User"]["UserId"]
    answer = aws.client("sts", keys).get_federation_token(Name="Carol")
    aws.client("sts", keys_of(aws, answer)).get_caller_identity()

    (record,) = records(aws, "GetCallerIdentity")
    identity = record["userIdentity"]
    root = {"type": "Root", "principalId": ACCOUNT, "arn": f"arn:aws:iam::{ACCOUNT}:root", "accountId": ACCOUNT}
    admin = {
        "type": "IAMUser",
        "principalId": user_id,
        "arn": f"arn:aws:iam::{ACCOUNT}:user/admin",
        "accountId": ACCOUNT,
        "userName": "admin",
    }
    assert (identity["type"], identity["principalId"]) == ("FederatedUser", f"{ACCOUNT}:Carol")
    assert identity["sessionContext"]["sessionIssuer"] == (root if by_root else admin)
    (federation,) = records(aws, "GetFederationToken")
    assert federation["responseElements"]["federatedUser"]["arn"] == f"arn:aws:sts::{ACCOUNT}:federated-user/Carol"


def test_a_new_key_is_recorded_without_its_secret(aws: Any) -> None:
    """Whoever searches the log for a key finds where it came from."""
    aws.client("iam").create_user(UserName="bob")
    key = aws.client("iam").create_access_key(UserName="bob")["AccessKey"]

    (record,) = records(aws, "CreateAccessKey")
    assert record["responseElements"]["accessKey"] == {
        "accessKeyId": key["AccessKeyId"],
        "userName": "bob",
        "status": "Active",
    }
    assert key["SecretAccessKey"] not in json.dumps(record)
