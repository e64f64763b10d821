"""Simulations agree with real requests: whatever policies a user has, its simulation says what its call is told."""

from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st

from services.conftest import ACCOUNT, policy

ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
RESOURCES = {
    "iam:ListUsers": "*",
    "iam:GetUser": f"arn:aws:iam::{ACCOUNT}:user/bob",
    "iam:ListAccessKeys": f"arn:aws:iam::{ACCOUNT}:user/alice",
    "s3:ListBucket": "arn:aws:s3:::films",
    "s3:GetObject": "arn:aws:s3:::films/alice/reel",
    "sts:AssumeRole": f"arn:aws:iam::{ACCOUNT}:role/Trusting",
    "mediaconvert:ListQueues": "*",
}
CALLS: dict[str, Callable[[Any], Any]] = {
    "iam:ListUsers": lambda client: client("iam").list_users(),
    "iam:GetUser": lambda client: client("iam").get_user(UserName="bob"),
    "iam:ListAccessKeys": lambda client: client("iam").list_access_keys(UserName="alice"),
    "s3:ListBucket": lambda client: client("s3").list_objects_v2(Bucket="films"),
    "s3:GetObject": lambda client: client("s3").get_object(Bucket="films", Key="alice/reel"),
    "sts:AssumeRole": lambda client: client("sts").assume_role(
        RoleArn=RESOURCES["sts:AssumeRole"], RoleSessionName="simulated"
    ),
    "mediaconvert:ListQueues": lambda client: client("mediaconvert").list_queues(),
}
ACTIONS = [*CALLS, "*", "iam:*", "s3:Get*", "s3:List*", "iam:List?sers", "sts:AssumeRole"]
ON = [*RESOURCES.values(), "*", "arn:aws:s3:::films/${aws:username}/*", "arn:aws:iam::*:user/b*", "arn:aws:s3:::*"]
S3 = {"Effect": "Allow", "Action": "s3:*", "Resource": "*"}
CONDITIONS: list[dict[str, Any]] = [
    {},
    {"StringEquals": {"aws:username": "alice"}},
    {"StringNotEquals": {"aws:PrincipalTag/team": "film"}},
    {"StringEquals": {"aws:PrincipalTag/team": "film"}},
    {"ArnLike": {"aws:PrincipalArn": "arn:aws:iam::*:user/a*"}},
    {"StringEquals": {"aws:ResourceAccount": "${aws:PrincipalAccount}"}},
    {"Bool": {"aws:MultiFactorAuthPresent": "true"}},
    {"BoolIfExists": {"aws:MultiFactorAuthPresent": "true"}},
    {"IpAddress": {"aws:SourceIp": "127.0.0.0/8"}},
    {"Bool": {"aws:SecureTransport": "false"}},
    {"DateGreaterThan": {"aws:CurrentTime": "2020-01-01"}},
    {"StringLike": {"aws:userid": "AIDA*"}},
]


@pytest.fixture
def iam(aws: Any) -> Any:
    """The administrator's client of IAM."""
    return aws.client("iam")


def statements() -> st.SearchStrategy[dict[str, Any]]:
    """Any statement of an identity policy over the actions and resources of the calls."""
    return st.builds(
        lambda effect, action, resource, condition, invert: {
            "Effect": effect,
            ("NotAction" if invert == 1 else "Action"): action,
            ("NotResource" if invert == 2 else "Resource"): resource,
            **({"Condition": condition} if condition else {}),
        },
        st.sampled_from(["Allow", "Allow", "Allow", "Deny"]),
        st.lists(st.sampled_from(ACTIONS), min_size=1, max_size=2),
        st.lists(st.sampled_from(ON), min_size=1, max_size=2),
        st.sampled_from(CONDITIONS),
        st.integers(0, 6),
    )


def entries(aws: Any) -> list[dict[str, Any]]:
    """What belongs to the requests of these tests themselves: time, address, transport."""
    given = {
        "aws:CurrentTime": ("date", aws.clock.now().strftime("%Y-%m-%dT%H:%M:%SZ")),
        "aws:SourceIp": ("ip", "127.0.0.1"),
        "aws:SecureTransport": ("boolean", "false"),
    }
    return [
        {"ContextKeyName": key, "ContextKeyType": kind, "ContextKeyValues": [value]}
        for key, (kind, value) in given.items()
    ]


def test_a_simulation_says_what_a_call_is_told(aws: Any, iam: Any) -> None:
    """For users with any policies of their own, of a group and of a boundary, and operations of four services."""
    aws.user("bob")
    alice = aws.user("alice")
    iam.tag_user(UserName="alice", Tags=[{"Key": "team", "Value": "film"}])
    iam.create_group(GroupName="crew")
    iam.add_user_to_group(GroupName="crew", UserName="alice")
    aws.role("Trusting", {"AWS": ALICE})
    s3 = aws.client("s3")
    s3.create_bucket(Bucket="films")
    s3.put_object(Bucket="films", Key="alice/reel", Body=b"film")
    boundary = iam.create_policy(PolicyName="Limit", PolicyDocument=policy(S3))["Policy"]["Arn"]
    clients = {service: aws.client(service, alice) for service in ("iam", "s3", "sts", "mediaconvert")}
    seen = set()

    @settings(max_examples=40)
    @given(
        own=st.lists(statements(), min_size=1, max_size=3),
        shared=st.lists(statements(), max_size=2),
        is_limited=st.booleans(),
    )
    def agree(own: list[Any], shared: list[Any], is_limited: bool) -> None:
        iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=policy(*own))
        if shared:
            iam.put_group_policy(GroupName="crew", PolicyName="shared", PolicyDocument=policy(*shared))
        if is_limited:
            iam.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=boundary)
        for action, call in CALLS.items():
            (result,) = iam.simulate_principal_policy(
                PolicySourceArn=ALICE,
                ActionNames=[action],
                ResourceArns=[RESOURCES[action]],
                ContextEntries=entries(aws),
            )["EvaluationResults"]
            assert (result["EvalDecision"] == "allowed") == _is_allowed(call, clients), (action, own, shared)
            seen.add((action, result["EvalDecision"]))
        if shared:
            iam.delete_group_policy(GroupName="crew", PolicyName="shared")
        if is_limited:
            iam.delete_user_permissions_boundary(UserName="alice")

    agree()
    assert {decision for _, decision in seen} == {"allowed", "implicitDeny", "explicitDeny"}


def _is_allowed(call: Callable[[Any], Any], clients: dict[str, Any]) -> bool:
    try:
        call(clients.__getitem__)
    except ClientError as error:
        if error.response["Error"]["Code"] not in {"AccessDenied", "AccessDeniedException"}:
            raise
        return False
    return True
