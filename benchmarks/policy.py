"""Decisions per CPU second, and what compiling a policy costs.

The workload: one user with 5 policies of 5 statements each, with wildcards, mostly two conditions and one variable,
asked 8 different requests of 14 context keys. Building each `Request` counts. "hot" is what a running server does;
figures are CPU time, the median of several rounds, so that a busy machine does not show in them.
"""

import json
import time
from collections.abc import Callable, Iterator
from statistics import median
from typing import Any

from benchmarks.server import figure
from telecine.policy import (
    CompiledPolicy,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    compile_policy,
    evaluate,
    trace,
)
from telecine.policy.compiled import Body
from telecine.policy.parse import parse

ROUNDS = 7
DECISIONS = 16_000
TARGET_HOT = 100_000
TARGET_COMPILE = 300

ACCOUNT = "123456789012"
PRINCIPAL = Principal(kind=PrincipalKind.USER, arn=f"arn:aws:iam::{ACCOUNT}:user/alice", account=ACCOUNT)
CONTEXT = {
    "aws:CurrentTime": "2026-03-01T12:00:00Z",
    "aws:EpochTime": "1772366400",
    "aws:SecureTransport": "true",
    "aws:SourceIp": "203.0.113.9",
    "aws:RequestedRegion": "us-east-1",
    "aws:ViaAWSService": "false",
    "aws:userid": "AIDAAAAAAAAAAAAAAAAAA",
    "aws:PrincipalType": "User",
    "aws:PrincipalAccount": ACCOUNT,
    "aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/alice",
    "aws:UserAgent": "Boto3/1.40 md/Botocore",
    "aws:username": "alice",
    "aws:PrincipalTag/team": "films",
    "aws:ResourceAccount": ACCOUNT,
}
ASKED = (
    ("s3:GetObject", "arn:aws:s3:::films-0/alice/reel/1.mov"),
    ("s3:GetObject", "arn:aws:s3:::films-3/bob/reel/1.mov"),
    ("s3:PutObject", "arn:aws:s3:::films-4/alice/out.mp4"),
    ("s3:DeleteObject", "arn:aws:s3:::films-2/locked/a"),
    ("mediaconvert:CreateJob", f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:queues/Default"),
    ("mediaconvert:GetJob", f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:jobs/1-abcdef"),
    ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/media/encoder"),
    ("kms:Decrypt", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234"),
)


def _document(number: int) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Sid": "Own",
                    "Effect": "Allow",
                    "Action": ["s3:Get*", "s3:PutObject"],
                    "Resource": [f"arn:aws:s3:::films-{number}/${{aws:username}}/*"],
                    "Condition": {
                        "Bool": {"aws:SecureTransport": "true"},
                        "IpAddress": {"aws:SourceIp": "203.0.113.0/24"},
                    },
                },
                {
                    "Sid": "Listing",
                    "Effect": "Allow",
                    "Action": ["s3:ListBucket", "s3:GetBucket*"],
                    "Resource": f"arn:aws:s3:::films-{number}",
                    "Condition": {"StringLike": {"aws:UserAgent": "Boto3/*"}},
                },
                {
                    "Sid": "Locked",
                    "Effect": "Deny",
                    "Action": "s3:Delete*",
                    "Resource": f"arn:aws:s3:::films-{number}/locked/*",
                    "Condition": {
                        "StringNotEquals": {"aws:PrincipalTag/team": "archive"},
                        "BoolIfExists": {"aws:ViaAWSService": "false"},
                    },
                },
                {
                    "Sid": "Jobs",
                    "Effect": "Allow",
                    "Action": ["mediaconvert:Create*", "mediaconvert:Get*"],
                    "Resource": f"arn:aws:mediaconvert:*:{ACCOUNT}:*/*",
                    "Condition": {
                        "StringEquals": {"aws:RequestedRegion": "us-east-1", "aws:PrincipalTag/team": f"team-{number}"}
                    },
                },
                {
                    "Sid": "Pass",
                    "Effect": "Allow",
                    "Action": "iam:PassRole",
                    "Resource": f"arn:aws:iam::{ACCOUNT}:role/media/*",
                    "Condition": {
                        "ArnLike": {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:user/*"},
                        "DateGreaterThan": {"aws:CurrentTime": f"202{number}-01-01T00:00:00Z"},
                    },
                },
            ],
        }
    )


def _policies(count: int) -> tuple[CompiledPolicy, ...]:
    return tuple(compile_policy(_document(number), name=f"policy-{number}") for number in range(count))


def _ask(policies: PolicySet, *, explain: bool = False) -> None:
    for action, resource in ASKED:
        request = Request(
            principal=PRINCIPAL, action=action, resource=resource, resource_account=ACCOUNT, context=CONTEXT
        )
        decision = evaluate(request, policies)
        if explain:
            trace(request, policies, decision)


def _rate(work: Callable[[], object], times: int, unit_count: int) -> float:
    """Units of work in a second of CPU: `work` does `unit_count` of them and is called `times` times a round."""
    work()
    rounds = []
    for _ in range(ROUNDS):
        start = time.process_time()
        for _ in range(times):
            work()
        rounds.append(times * unit_count / (time.process_time() - start))
    return median(rounds)


def run() -> Iterator[dict[str, Any]]:
    """Decisions per CPU second in three situations, and microseconds to compile a policy of five statements."""
    five = PolicySet(identity=_policies(5))
    hot = _rate(lambda: _ask(five), DECISIONS // 8, 8)
    yield figure(
        "policy decisions, 5 policies x 5 statements",
        hot,
        "decisions per CPU second",
        ratio=hot / TARGET_HOT,
        against=f"the target of {TARGET_HOT}/s",
    )
    explained = _rate(lambda: _ask(five, explain=True), DECISIONS // 32, 8)
    yield figure("policy decisions with their trace", explained, "decisions per CPU second")
    bounded = PolicySet(identity=_policies(50), boundary=_policies(2))
    many = _rate(lambda: _ask(bounded), DECISIONS // 32, 8)
    yield figure("policy decisions, 50 policies x 5 statements and a boundary", many, "decisions per CPU second")
    text = _document(1)
    cost = 1e6 / _rate(lambda: Body(parse(text)), 200, 1)
    yield figure(
        "compiling a policy of 5 statements",
        cost,
        "us CPU",
        ratio=cost / TARGET_COMPILE,
        against=f"the target of {TARGET_COMPILE} us",
    )
