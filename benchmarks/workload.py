"""The policies and requests that decisions are measured on.

One user with policies of 5 statements each, with wildcards, mostly two conditions and one variable, asks 8 different
requests of 14 context keys.
"""

import json
from typing import Any

from telecine.policy import Principal, PrincipalKind, Request

ACCOUNT = "123456789012"
USER = f"arn:aws:iam::{ACCOUNT}:user/alice"
PRINCIPAL = Principal(kind=PrincipalKind.USER, arn=USER, account=ACCOUNT)
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
    "aws:PrincipalArn": USER,
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


def request(action: str, resource: str) -> Request:
    """One of the questions, as the edge builds it."""
    return Request(principal=PRINCIPAL, action=action, resource=resource, resource_account=ACCOUNT, context=CONTEXT)


def document(number: int) -> str:
    """The text of the policy of that number: five statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": _statements(number)})


def _statements(number: int) -> list[dict[str, Any]]:
    return [
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
                "DateGreaterThan": {"aws:CurrentTime": f"{2020 + number}-01-01T00:00:00Z"},
            },
        },
    ]
