"""`telecine role create --dry-run`: the documents that it would send, and what they decide."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from telecine.cli.folder import NoServerYet
from telecine.cli.role import RoleNotMade, app
from telecine.policy import check_identity_policy, check_trust_policy, decide, prepare
from telecine.services.iam.directory.service_roles import UnusableChoice

ACCOUNT = "123456789012"
ROLE = f"arn:aws:sts::{ACCOUNT}:assumed-role/MediaConvert_Default_Role/job"
QUEUE = f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:queues/Default"
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1234"


def dry_run(*options: str) -> dict[str, Any]:
    """What would be made."""
    result = CliRunner().invoke(app, ["create", "--dry-run", *options], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    plan: dict[str, Any] = json.loads(result.stdout)
    return plan


def decision(plan: dict[str, Any], action: str, resource: str, **context: str) -> str:
    """What a session of the role may, by its inline policies alone; keys leave it to them, as new keys do."""
    request = {
        "principal": {"type": "AssumedRole", "arn": ROLE, "account": ACCOUNT},
        "action": action,
        "resource": resource,
        "resource_account": ACCOUNT,
        "context": context,
    }
    policies: dict[str, Any] = {"identity": list(plan["InlinePolicies"].values())}
    if action.startswith("kms:"):
        owner = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
        delegation = {"Effect": "Allow", "Principal": owner, "Action": "kms:*", "Resource": "*"}
        policies["resource"] = {"Version": "2012-10-17", "Statement": [delegation]}
    return str(decide(prepare(policies), request).decision)


def test_full_permissions() -> None:
    """The two predefined policies of the use case, no inline one, the default name, the consoles' path."""
    plan = dry_run("--full")

    assert plan == {
        "RoleName": "MediaConvert_Default_Role",
        "Path": "/service-role/",
        "Description": "Allows MediaConvert service to call S3 APIs and API Gateway on your behalf.",
        "AssumeRolePolicyDocument": {
            "Version": "2012-10-17",
            "Statement": [
                {
                    "Effect": "Allow",
                    "Principal": {"Service": "mediaconvert.amazonaws.com"},
                    "Action": "sts:AssumeRole",
                }
            ],
        },
        "AttachedPolicies": [
            "arn:aws:iam::aws:policy/AmazonS3FullAccess",
            "arn:aws:iam::aws:policy/AmazonAPIGatewayInvokeFullAccess",
        ],
        "InlinePolicies": {},
    }


IN, OUT = "arn:aws:s3:::footage", "arn:aws:s3:::out"


@pytest.mark.parametrize(
    ("action", "resource", "expected"),
    [
        # what the engine does on its way through a job
        ("s3:GetObject", f"{IN}/films/a.mov", "Allow"),
        ("s3:ListBucket", IN, "Allow"),
        ("s3:PutObject", f"{OUT}/vod/a/index.m3u8", "Allow"),
        ("s3:AbortMultipartUpload", f"{OUT}/vod/a.ts", "Allow"),
        ("s3:DeleteObject", f"{OUT}/vod/a.ts", "Allow"),
        ("s3:ListBucketMultipartUploads", OUT, "Allow"),
        # and nothing beside it
        ("s3:GetObject", f"{IN}/secrets/a.mov", "ImplicitDeny"),
        ("s3:GetObject", "arn:aws:s3:::other/films/a.mov", "ImplicitDeny"),
        ("s3:GetObject", f"{OUT}/vod/a.ts", "ImplicitDeny"),
        ("s3:PutObject", f"{IN}/films/a.mov", "ImplicitDeny"),
        ("s3:PutObject", f"{OUT}/a.ts", "ImplicitDeny"),
        ("s3:DeleteObject", f"{IN}/films/a.mov", "ImplicitDeny"),
        ("s3:ListBucket", OUT, "ImplicitDeny"),
        ("s3:ListAllMyBuckets", "arn:aws:s3:::*", "ImplicitDeny"),
        ("s3:PutBucketPolicy", OUT, "ImplicitDeny"),
        ("s3:PutObjectAcl", f"{OUT}/vod/a.ts", "ImplicitDeny"),
        ("execute-api:Invoke", f"arn:aws:execute-api:us-east-1:{ACCOUNT}:a/v1/POST/speke", "ImplicitDeny"),
        ("kms:Decrypt", KEY, "ImplicitDeny"),
        ("iam:PassRole", f"arn:aws:iam::{ACCOUNT}:role/service-role/MediaConvert_Default_Role", "ImplicitDeny"),
    ],
)
def test_configured_permissions_are_the_least(action: str, resource: str, expected: str) -> None:
    """Inputs are read, outputs are written and taken back; nothing else is."""
    plan = dry_run("--input", "s3://footage/films/", "--output", "s3://out/vod/")

    assert plan["AttachedPolicies"] == []
    assert decision(plan, action, resource) == expected


def test_several_locations() -> None:
    """Each may be a whole bucket, a folder, or keys that begin alike; letters with a meaning in policies have none."""
    plan = dry_run("--input", "s3://one", "--input", "S3://two/a", "--output", "s3://out/what?/${x}*")

    assert decision(plan, "s3:GetObject", "arn:aws:s3:::one/anything") == "Allow"
    assert decision(plan, "s3:GetObject", "arn:aws:s3:::two/abc") == "Allow"
    assert decision(plan, "s3:GetObject", "arn:aws:s3:::two/b") == "ImplicitDeny"
    assert decision(plan, "s3:PutObject", f"{OUT}/what?/${{x}}*/film.mp4") == "Allow"
    assert decision(plan, "s3:PutObject", f"{OUT}/whatX/${{x}}*/film.mp4") == "ImplicitDeny"


def test_apis_are_invoked_by_choice() -> None:
    """As for key servers."""
    api = f"arn:aws:execute-api:us-east-1:{ACCOUNT}:a/v1/POST/speke"
    plan = dry_run("--output", "s3://out", "--invoke-api-gateway")

    assert decision(plan, "execute-api:Invoke", api) == "Allow"
    assert decision(plan, "execute-api:ManageConnections", api) == "ImplicitDeny"


@pytest.mark.parametrize(
    ("action", "key", "via", "expected"),
    [
        ("kms:Decrypt", KEY, "s3.us-east-1.amazonaws.com", "Allow"),
        ("kms:GenerateDataKey", KEY, "s3.us-east-1.amazonaws.com", "Allow"),
        ("kms:Decrypt", KEY + "5", "s3.us-east-1.amazonaws.com", "ImplicitDeny"),
        ("kms:Decrypt", KEY, "sqs.us-east-1.amazonaws.com", "ImplicitDeny"),
        ("kms:Encrypt", KEY, "s3.us-east-1.amazonaws.com", "ImplicitDeny"),
    ],
)
@pytest.mark.parametrize("way", [["--full"], ["--output", "s3://out"]], ids=["full", "configured"])
def test_keys_are_used_through_s3_alone(way: list[str], action: str, key: str, via: str, expected: str) -> None:
    """The guide's inline policy, for the keys that are named."""
    plan = dry_run(*way, "--kms-key", KEY)

    assert decision(plan, action, key, **{"kms:ViaService": via}) == expected


def test_a_key_is_not_used_directly() -> None:
    """Without S3 between."""
    plan = dry_run("--output", "s3://out", "--kms-key", KEY)
    assert decision(plan, "kms:Decrypt", KEY) == "ImplicitDeny"


@pytest.mark.parametrize(
    ("options", "conditions"),
    [
        (["--source-queue", QUEUE], {"ArnLike": {"aws:SourceArn": QUEUE}}),
        (["--source-account", ACCOUNT], {"StringEquals": {"aws:SourceAccount": ACCOUNT}}),
        (
            ["--source-queue", "arn:aws:mediaconvert:*:*:queues/*", "--source-account", ACCOUNT],
            {
                "ArnLike": {"aws:SourceArn": "arn:aws:mediaconvert:*:*:queues/*"},
                "StringEquals": {"aws:SourceAccount": ACCOUNT},
            },
        ),
    ],
)
def test_in_whose_name_the_role_is_assumed(options: list[str], conditions: dict[str, Any]) -> None:
    """The guide's conditions against a confused deputy."""
    trust = dry_run("--full", *options)["AssumeRolePolicyDocument"]

    check_trust_policy(json.dumps(trust))
    assert trust["Statement"][0]["Condition"] == conditions


def test_everything_else_is_passed_on() -> None:
    """Name, boundary and tags; every document is one that IAM takes."""
    boundary = f"arn:aws:iam::{ACCOUNT}:policy/limit"
    plan = dry_run(
        *["--input", "s3://footage", "--output", "s3://out", "--name", "films", "--permissions-boundary", boundary],
        *["--kms-key", KEY, "--invoke-api-gateway", "--tag", "Team=film", "--tag", "Sum=a=b"],
    )

    assert (plan["RoleName"], plan["PermissionsBoundary"]) == ("films", boundary)
    assert plan["Tags"] == {"Team": "film", "Sum": "a=b"}
    assert list(plan["InlinePolicies"]) == ["S3Locations", "APIGatewayInvocation", "EncryptedBuckets"]
    for document in plan["InlinePolicies"].values():
        check_identity_policy(json.dumps(document))


@pytest.mark.parametrize(
    ("options", "problem"),
    [
        ([], "at least one output location with --output, or permit --full"),
        (["--input", "s3://footage"], "at least one output location with --output"),
        (["--full", "--input", "s3://footage"], "leave --input"),
        (["--full", "--invoke-api-gateway"], "leave --input"),
        (["--full", "--no-invoke-api-gateway"], "leave --input"),
        (["--output", "out/films"], "no location in S3"),
        (["--output", "s3:///films"], "no location in S3"),
        (["--output", "s3://o*t"], "can be no bucket"),
        (["--output", "s3://My_Films"], "lower-case letters, digits, dots and hyphens"),
        (["--full", "--kms-key", "alias/films"], "no ARN of a KMS key"),
        (["--full", "--kms-key", f"arn:aws:kms:us-east-1:{ACCOUNT}:alias/films"], "no ARN of a KMS key"),
        (["--full", "--source-queue", "Default"], "no ARN of a queue"),
        (["--full", "--source-queue", f"arn:aws:mediaconvert:us-east-1:{ACCOUNT}:jobs/1"], "no ARN of a queue"),
        (["--full", "--source-queue", "arn:aws:mediaconvert:*:*:queues/*"], "leaves the account open"),
        (["--full", "--source-queue", QUEUE, "--source-account", "210987654321"], "not a queue of the account"),
        (["--full", "--source-account", "me"], "has 12 digits"),
        (["--full", "--tag", "Team"], "KEY=VALUE"),
        (["--full", "--tag", "a=1", "--tag", "a=2"], "write each tag once"),
        (["--full", "--tag", "aws:x=1"], "reserved"),
    ],
)
def test_what_cannot_be_meant(options: list[str], problem: str) -> None:
    """It is said before anything is made."""
    with pytest.raises(UnusableChoice, match=problem):
        CliRunner().invoke(app, ["create", "--dry-run", *options], catch_exceptions=False)


def test_a_server_must_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is said where nothing answers."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "AKIA")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "secret")
    monkeypatch.setenv("AWS_DEFAULT_REGION", "us-east-1")
    monkeypatch.setenv("AWS_MAX_ATTEMPTS", "1")
    with pytest.raises(RoleNotMade, match=r"http://127.0.0.1:9/.*Is the server running\?"):
        CliRunner().invoke(app, ["create", "--full"], catch_exceptions=False)


def test_a_server_must_be_named(tmp_path: Path) -> None:
    """Neither a folder of a server nor an endpoint: nothing is sent anywhere."""
    with pytest.raises(NoServerYet):
        CliRunner().invoke(app, ["create", "--full", "--data-dir", str(tmp_path)], catch_exceptions=False)
