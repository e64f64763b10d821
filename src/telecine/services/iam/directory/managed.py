"""The managed policies that AWS itself provides, as data: those that matter to what this server does.

Texts, versions and dates as published in the "AWS managed policy reference guide". They can be read and attached;
nobody can change them.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from telecine.core.names import UniqueId
from telecine.services.iam.model import AWS_ACCOUNT, ManagedPolicy, PolicyVersion

ADMINISTRATOR_ACCESS = "arn:aws:iam::aws:policy/AdministratorAccess"


@dataclass(frozen=True, kw_only=True, slots=True)
class AwsPolicy:
    """One policy of AWS's with the text of its default version, the only one that we carry."""

    policy: ManagedPolicy
    version: PolicyVersion


def _policy(
    name: str,
    unique_id: str,
    *,
    description: str,
    version: int,
    created: str,
    updated: str,
    statements: Sequence[Mapping[str, object]],
) -> AwsPolicy:
    edited = datetime.fromisoformat(updated).replace(tzinfo=UTC)
    return AwsPolicy(
        policy=ManagedPolicy(
            unique_id=UniqueId(unique_id),
            account=AWS_ACCOUNT,
            name=name,
            path="/",
            description=description,
            created_at=datetime.fromisoformat(created).replace(tzinfo=UTC),
            updated_at=edited,
            default_version=version,
            tags={},
        ),
        version=PolicyVersion(
            number=version,
            document=json.dumps({"Version": "2012-10-17", "Statement": statements}, indent=2),
            is_default=True,
            created_at=edited,
        ),
    )


_POLICIES = (
    _policy(
        "AdministratorAccess",
        "ANPAIWMBCKSKIEE64ZLYK",
        description="Provides full access to AWS services and resources.",
        version=1,
        created="2015-02-06T18:39:46",
        updated="2015-02-06T18:39:46",
        statements=[{"Effect": "Allow", "Action": "*", "Resource": "*"}],
    ),
    _policy(
        "AmazonAPIGatewayInvokeFullAccess",
        "ANPAIIWAX2NOOQJ4AIEQ6",
        description="Provides full access to invoke APIs in Amazon API Gateway.",
        version=2,
        created="2015-07-09T17:36:12",
        updated="2018-12-18T18:25:43",
        statements=[
            {
                "Effect": "Allow",
                "Action": ["execute-api:Invoke", "execute-api:ManageConnections"],
                "Resource": "arn:aws:execute-api:*:*:*",
            }
        ],
    ),
    _policy(
        "AmazonS3FullAccess",
        "ANPAIFIR6V6BVTRAHWINE",
        description="Provides full access to all buckets via the AWS Management Console.",
        version=2,
        created="2015-02-06T18:40:58",
        updated="2021-09-27T20:16:37",
        statements=[{"Effect": "Allow", "Action": ["s3:*", "s3-object-lambda:*"], "Resource": "*"}],
    ),
    _policy(
        "AmazonS3ReadOnlyAccess",
        "ANPAIZTJ4DXE7G6AGAE6M",
        description="Provides read only access to all buckets via the AWS Management Console.",
        version=3,
        created="2015-02-06T18:40:59",
        updated="2023-08-10T21:31:39",
        statements=[
            {
                "Effect": "Allow",
                "Action": [
                    "s3:Get*",
                    "s3:List*",
                    "s3:Describe*",
                    "s3-object-lambda:Get*",
                    "s3-object-lambda:List*",
                ],
                "Resource": "*",
            }
        ],
    ),
    _policy(
        "AWSElementalMediaConvertFullAccess",
        "ANPAIXDREOCL6LV7RBJWC",
        description="Provides full access to AWS Elemental MediaConvert via the AWS Management Console and SDK.",
        version=2,
        created="2018-06-25T19:25:35",
        updated="2019-06-10T22:52:53",
        statements=[
            {
                "Effect": "Allow",
                "Action": ["mediaconvert:*", "s3:ListAllMyBuckets", "s3:ListBucket"],
                "Resource": "*",
            },
            {
                "Effect": "Allow",
                "Action": ["iam:PassRole"],
                "Resource": "*",
                "Condition": {"StringLike": {"iam:PassedToService": ["mediaconvert.amazonaws.com"]}},
            },
        ],
    ),
    _policy(
        "AWSElementalMediaConvertReadOnly",
        "ANPAJ4SVOVOQXYXEF2AVI",
        description="Provides read only access to AWS Elemental MediaConvert via the AWS Management Console and SDK.",
        version=2,
        created="2018-06-25T19:25:14",
        updated="2019-06-10T22:52:18",
        statements=[
            {
                "Effect": "Allow",
                "Action": [
                    "mediaconvert:Get*",
                    "mediaconvert:List*",
                    "mediaconvert:DescribeEndpoints",
                    "s3:ListAllMyBuckets",
                    "s3:ListBucket",
                ],
                "Resource": "*",
            }
        ],
    ),
    _policy(
        "IAMFullAccess",
        "ANPAI7XKCFMBPM3QQRRVQ",
        description="Provides full access to IAM via the AWS Management Console.",
        version=2,
        created="2015-02-06T18:40:38",
        updated="2019-06-21T19:40:00",
        statements=[
            {
                "Effect": "Allow",
                "Action": [
                    "iam:*",
                    "organizations:DescribeAccount",
                    "organizations:DescribeOrganization",
                    "organizations:DescribeOrganizationalUnit",
                    "organizations:DescribePolicy",
                    "organizations:ListChildren",
                    "organizations:ListParents",
                    "organizations:ListPoliciesForTarget",
                    "organizations:ListRoots",
                    "organizations:ListPolicies",
                    "organizations:ListTargetsForPolicy",
                ],
                "Resource": "*",
            }
        ],
    ),
    _policy(
        "IAMReadOnlyAccess",
        "ANPAJKSO7NDY4T57MWDSQ",
        description="Provides read only access to IAM via the AWS Management Console.",
        version=4,
        created="2015-02-06T18:40:39",
        updated="2018-01-25T19:11:27",
        statements=[
            {
                "Effect": "Allow",
                "Action": [
                    "iam:GenerateCredentialReport",
                    "iam:GenerateServiceLastAccessedDetails",
                    "iam:Get*",
                    "iam:List*",
                    "iam:SimulateCustomPolicy",
                    "iam:SimulatePrincipalPolicy",
                ],
                "Resource": "*",
            }
        ],
    ),
)

AWS_POLICIES: Mapping[str, AwsPolicy] = {entry.policy.arn: entry for entry in _POLICIES}
"""By ARN."""
