"""Making a service role through the API: whole or not at all."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.cli.role import RoleNotMade, make
from telecine.services.iam.directory.service_roles import (
    USE_CASES,
    ConfiguredPermissions,
    FullPermissions,
    Location,
    RoleChoices,
    plan_role,
)

ACCOUNT = "123456789012"
MEDIACONVERT = USE_CASES["mediaconvert"]
BOUNDARY = "arn:aws:iam::aws:policy/PowerUserAccess"
PLACES = ConfiguredPermissions(
    inputs=[Location.parse("s3://footage")], outputs=[Location.parse("s3://out")], may_invoke_apis=True
)
KEY = f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator."""
    return aws.client("iam")


def test_a_role_with_full_permissions(iam: Any) -> None:
    """Path, description, trust and the two policies of the use case."""
    arn = make(iam, plan_role(MEDIACONVERT, RoleChoices(permissions=FullPermissions())))

    role = iam.get_role(RoleName="MediaConvert_Default_Role")["Role"]
    assert role["Arn"] == arn == f"arn:aws:iam::{ACCOUNT}:role/service-role/MediaConvert_Default_Role"
    (statement,) = role["AssumeRolePolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "mediaconvert.amazonaws.com"}
    attached = iam.list_attached_role_policies(RoleName=role["RoleName"])["AttachedPolicies"]
    assert [policy["PolicyName"] for policy in attached] == ["AmazonAPIGatewayInvokeFullAccess", "AmazonS3FullAccess"]
    assert iam.list_role_policies(RoleName=role["RoleName"])["PolicyNames"] == []


def test_a_configured_role(iam: Any) -> None:
    """Its inline policies, its boundary and its tags, as planned."""
    choices = RoleChoices(
        permissions=PLACES, name="films", kms_keys=[KEY], boundary_arn=BOUNDARY, tags={"Team": "film"}
    )
    plan = plan_role(MEDIACONVERT, choices)
    make(iam, plan)

    role = iam.get_role(RoleName="films")["Role"]
    assert role["PermissionsBoundary"]["PermissionsBoundaryArn"] == BOUNDARY
    assert role["Tags"] == [{"Key": "Team", "Value": "film"}]
    for name, document in plan.inline.items():
        assert iam.get_role_policy(RoleName="films", PolicyName=name)["PolicyDocument"] == document


@pytest.mark.parametrize("missing", ["iam:CreateRole", "iam:PutRolePolicy", "iam:AttachRolePolicy", "iam:TagRole"])
@pytest.mark.parametrize("way", ["full", "configured"])
def test_a_refused_part_leaves_nothing(aws: Any, iam: Any, way: str, missing: str) -> None:
    """Who may not do all of it gets IAM's reason, and no role."""
    deny = {"Effect": "Deny", "Action": missing, "Resource": "*"}
    clerk = aws.client("iam", aws.user("clerk", {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}, deny))
    permissions = FullPermissions() if way == "full" else PLACES
    plan = plan_role(MEDIACONVERT, RoleChoices(permissions=permissions, kms_keys=[KEY], tags={"Team": "film"}))
    if way == "configured" and missing == "iam:AttachRolePolicy":
        make(clerk, plan)  # it attaches nothing
        return

    with pytest.raises(RoleNotMade, match=f"not authorized to perform: {missing}") as refusal:
        make(clerk, plan)

    assert "still there" not in str(refusal.value)
    with pytest.raises(ClientError, match="NoSuchEntity"):
        iam.get_role(RoleName=plan.name)


def test_what_cannot_be_taken_back_is_named(aws: Any, iam: Any) -> None:
    """Who may make but not delete is told what is left."""
    deny = {"Effect": "Deny", "Action": ["iam:AttachRolePolicy", "iam:Delete*"], "Resource": "*"}
    clerk = aws.client("iam", aws.user("clerk", {"Effect": "Allow", "Action": "iam:*", "Resource": "*"}, deny))
    plan = plan_role(MEDIACONVERT, RoleChoices(permissions=FullPermissions(), kms_keys=[KEY]))

    with pytest.raises(
        RoleNotMade,
        match=r"iam:AttachRolePolicy .*still there: its policy EncryptedBuckets, the role MediaConvert_Default_Role\.",
    ):
        make(clerk, plan)

    assert iam.list_role_policies(RoleName=plan.name)["PolicyNames"] == ["EncryptedBuckets"]


def test_a_role_that_is_there_stays(iam: Any) -> None:
    """Making it again is refused, and takes nothing of it away."""
    plan = plan_role(MEDIACONVERT, RoleChoices(permissions=PLACES))
    make(iam, plan)

    with pytest.raises(RoleNotMade, match="Role with name MediaConvert_Default_Role already exists"):
        make(iam, plan)

    assert len(iam.list_role_policies(RoleName=plan.name)["PolicyNames"]) == 2
