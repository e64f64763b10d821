"""Whether the caller may: policies decide, the caller reads AWS's sentence, the audit log keeps the reason."""

import json
from typing import Any

import pytest

TOKEN = "token-of-the-session"
QUEUES = "/2017-08-29/queues"

World = Any  # the fixture of conftest.py


def _policy(effect: str, action: str, resource: str = "*", **condition: Any) -> str:
    statement: dict[str, Any] = {"Sid": f"{effect}It", "Effect": effect, "Action": action, "Resource": resource}
    if condition:
        statement["Condition"] = condition
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


ALLOW = _policy("Allow", "mediaconvert:ListQueues")


def test_what_no_policy_allows_is_denied(world: World) -> None:
    """AccessDeniedException 403 names principal, action and the kind of policy that is missing."""
    response = world.call("mediaconvert", "GET", QUEUES, key=world.add_user("ada"))
    assert response.status == 403
    assert ("x-amzn-ErrorType", "AccessDeniedException") in response.headers
    assert json.loads(response.body)["message"] == (
        "User: arn:aws:iam::111122223333:user/ada is not authorized to perform: mediaconvert:ListQueues "
        "because no identity-based policy allows the mediaconvert:ListQueues action"
    )


def test_what_a_policy_allows_is_done(world: World) -> None:
    """An identity policy is enough in the same account."""
    assert world.call("mediaconvert", "GET", QUEUES, key=world.add_user("ada", ALLOW)).status == 200


def test_an_explicit_deny_wins(world: World) -> None:
    """And the sentence says so."""
    key = world.add_user("ada", ALLOW, _policy("Deny", "mediaconvert:*"))
    response = world.call("mediaconvert", "GET", QUEUES, key=key)
    assert response.status == 403
    assert b"with an explicit deny in an identity-based policy" in response.body


def test_s3_quotes_the_resource(world: World) -> None:
    """AccessDenied in XML, with the ARN in quotation marks."""
    response = world.call("s3", "GET", "/films/reel.mp4", key=world.add_user("ada"))
    assert response.status == 403
    assert b"<Code>AccessDenied</Code>" in response.body
    assert b'on resource: "arn:aws:s3:::films/reel.mp4" because' in response.body.replace(b"&quot;", b'"')


def test_a_session_policy_limits(world: World) -> None:
    """A session has what its role's policies and its session policies both allow."""
    key = world.add_session(ALLOW, session_policies=(_policy("Allow", "iam:*"),))
    response = world.call("mediaconvert", "GET", QUEUES, key=key, token=TOKEN)
    assert response.status == 403
    assert b"because no session policy allows" in response.body
    assert b"arn:aws:sts::111122223333:assumed-role/worker/night" in response.body


@pytest.mark.parametrize(
    ("operator", "key", "value"),
    [
        ("StringEquals", "aws:SourceIp", "127.0.0.1"),
        ("StringEquals", "aws:RequestedRegion", "eu-west-1"),
        ("StringEquals", "aws:username", "ada"),
        ("StringEquals", "aws:userid", "AIDAADAXXXXXXXXXXXXXX"),
        ("StringEquals", "aws:PrincipalType", "User"),
        ("StringEquals", "aws:PrincipalAccount", "111122223333"),
        ("StringEquals", "aws:ResourceAccount", "111122223333"),
        ("StringEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:user/ada"),
        ("StringEquals", "aws:ViaAWSService", "false"),
        ("StringEquals", "aws:SecureTransport", "false"),
        ("StringEquals", "aws:CurrentTime", "2030-03-01T12:00:00Z"),
        ("StringEquals", "aws:EpochTime", "1898596800"),
        ("StringEquals", "aws:UserAgent", "reel/1"),
        ("Null", "aws:Referer", "true"),
        ("Null", "aws:MultiFactorAuthPresent", "true"),
    ],
)
def test_the_global_keys_are_there(world: World, operator: str, key: str, value: str) -> None:
    """A condition on the key's true value lets the call through, one on anything else does not."""
    allow = _policy("Allow", "mediaconvert:ListQueues", **{operator: {key: value}})
    other = "false" if operator == "Null" else "other"
    refuse = _policy("Allow", "mediaconvert:ListQueues", **{operator: {key: other}})
    headers = {"User-Agent": "reel/1"}
    assert world.call("mediaconvert", "GET", QUEUES, key=world.add_user("ada", allow), headers=headers).status == 200
    world.set_policies("ada", refuse)
    assert world.call("mediaconvert", "GET", QUEUES, key=world.add_user("ada", refuse), headers=headers).status == 403


def test_the_role_is_the_principal_arn_of_its_session(world: World) -> None:
    """`aws:PrincipalArn` of a session is the role's ARN, as the session's context says."""
    condition = {"StringEquals": {"aws:PrincipalArn": "arn:aws:iam::111122223333:role/service/worker"}}
    key = world.add_session(_policy("Allow", "mediaconvert:ListQueues", **condition))
    assert world.call("mediaconvert", "GET", QUEUES, key=key, token=TOKEN).status == 200


def test_a_change_of_policy_counts_from_the_next_call_on(world: World) -> None:
    """Compiled policies are remembered, but never beyond a change of IAM."""
    key = world.add_user("ada", ALLOW)
    assert world.call("mediaconvert", "GET", QUEUES, key=key).status == 200
    world.set_policies("ada")
    assert world.call("mediaconvert", "GET", QUEUES, key=key).status == 403


def test_a_policy_that_does_not_compile_allows_nothing(world: World) -> None:
    """Broken at rest: the call fails, closed, and shows nothing of the text."""
    key = world.add_user("ada", ALLOW, '{"Version": "2012-10-17", "Statement": "secret"}')
    response = world.call("mediaconvert", "GET", QUEUES, key=key)
    assert response.status in {403, 500}
    assert b"secret" not in response.body


def test_a_denial_is_explained_in_the_audit_log_alone(world: World) -> None:
    """The record names the deciding statement; the caller's message does not."""
    key = world.add_user("ada", ALLOW, _policy("Deny", "mediaconvert:*"))
    response = world.call("mediaconvert", "GET", QUEUES, key=key)
    (record,) = world.records
    assert record["errorCode"] == "AccessDeniedException"
    assert record["telecine"]["action"] == "mediaconvert:ListQueues"
    assert "DenyIt" in json.dumps(record["telecine"]["trace"])
    assert b"DenyIt" not in response.body
    assert b"policy-1" not in response.body
