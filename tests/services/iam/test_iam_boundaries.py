"""Permissions boundaries, through boto3: set, shown, decided with, and delegated as the IAM user guide does it."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
S3 = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
IAM_READ = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
    }
)


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator."""
    return aws.client("iam")


def document(*statements: dict[str, Any]) -> str:
    """The text of a policy."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def shown(arn: str) -> dict[str, str]:
    """`PermissionsBoundary` as IAM answers."""
    return {"PermissionsBoundaryType": "Policy", "PermissionsBoundaryArn": arn}


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_a_boundary_is_shown_where_aws_shows_it(iam: Any) -> None:
    """By Create… and Get…, not by List…; another takes its place, and none stays when it is deleted."""
    user = iam.create_user(UserName="bob", PermissionsBoundary=S3)["User"]
    role = iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=S3)["Role"]

    assert user["PermissionsBoundary"] == role["PermissionsBoundary"] == shown(S3)
    assert "PermissionsBoundary" not in iam.list_roles()["Roles"][0]
    assert "PermissionsBoundary" not in iam.list_users()["Users"][1]
    iam.put_user_permissions_boundary(UserName="BOB", PermissionsBoundary=IAM_READ)
    iam.put_role_permissions_boundary(RoleName="R", PermissionsBoundary=IAM_READ)
    assert iam.get_user(UserName="bob")["User"]["PermissionsBoundary"] == shown(IAM_READ)
    assert iam.get_role(RoleName="r")["Role"]["PermissionsBoundary"] == shown(IAM_READ)
    for _ in range(2):
        iam.delete_user_permissions_boundary(UserName="bob")
        iam.delete_role_permissions_boundary(RoleName="r")
    assert "PermissionsBoundary" not in iam.get_user(UserName="bob")["User"]
    assert "PermissionsBoundary" not in iam.get_role(RoleName="r")["Role"]


@pytest.mark.parametrize(
    ("arn", "answer"),
    [
        (
            f"arn:aws:iam::{ACCOUNT}:policy/missing",
            (
                "NoSuchEntity",
                404,
                f"Scope ARN: arn:aws:iam::{ACCOUNT}:policy/missing does not exist or is not attachable.",
            ),
        ),
        (
            "arn:aws:iam::aws:policy/Missing",
            ("NoSuchEntity", 404, "Scope ARN: arn:aws:iam::aws:policy/Missing does not exist or is not attachable."),
        ),
        (
            f"arn:aws:iam::{ACCOUNT}:user/admin",
            (
                "ValidationError",
                400,
                f"Value (arn:aws:iam::{ACCOUNT}:user/admin) for parameter PermissionsBoundary is invalid.",
            ),
        ),
    ],
)
def test_what_is_no_boundary(iam: Any, arn: str, answer: tuple[str, int, str]) -> None:
    """Whether at creation or later: nothing is made, nothing changes."""
    iam.create_user(UserName="there")
    iam.create_role(RoleName="there", AssumeRolePolicyDocument=TRUST)
    for call in (
        lambda: iam.create_user(UserName="new", PermissionsBoundary=arn),
        lambda: iam.create_role(RoleName="new", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=arn),
        lambda: iam.put_user_permissions_boundary(UserName="there", PermissionsBoundary=arn),
        lambda: iam.put_role_permissions_boundary(RoleName="there", PermissionsBoundary=arn),
    ):
        with pytest.raises(ClientError) as error:
            call()
        assert refused(error) == answer

    assert [user["UserName"] for user in iam.list_users()["Users"]] == ["admin", "there"]
    assert "PermissionsBoundary" not in iam.get_user(UserName="there")["User"]


def test_a_boundary_limits_and_grants_nothing(aws: Any, iam: Any) -> None:
    """What both allow is allowed: of a user, of a role's sessions, of a member of a group."""
    keys = aws.user("bob", ALLOW_ALL)
    aws.role("r", {"AWS": ACCOUNT}, ALLOW_ALL)
    session = aws.client("iam", aws.assume(f"arn:aws:iam::{ACCOUNT}:role/r"))
    bob = aws.client("iam", keys)
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=IAM_READ)
    iam.put_role_permissions_boundary(RoleName="r", PermissionsBoundary=IAM_READ)

    for caller, arn in ((bob, f"iam::{ACCOUNT}:user/bob"), (session, f"sts::{ACCOUNT}:assumed-role/r/session")):
        assert caller.list_users()["Users"]
        with pytest.raises(ClientError) as error:
            caller.create_user(UserName="eve")
        assert refused(error) == (
            "AccessDenied",
            403,
            f"User: arn:aws:{arn} is not authorized to perform: iam:CreateUser on resource: "
            f"arn:aws:iam::{ACCOUNT}:user/eve because no permissions boundary allows the iam:CreateUser action",
        )
    iam.delete_user_policy(UserName="bob", PolicyName="given")
    with pytest.raises(ClientError) as error:
        bob.list_users()
    assert refused(error)[2].endswith("because no identity-based policy allows the iam:ListUsers action")


def test_a_boundary_is_what_its_policy_says_now(aws: Any, iam: Any) -> None:
    """Another default version counts from the next request on; a Deny in it denies."""
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=document(ALLOW_ALL))["Policy"]["Arn"]
    bob = aws.client("iam", aws.user("bob", ALLOW_ALL))
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=arn)
    bob.list_users()

    deny = {"Effect": "Deny", "Action": "iam:ListUsers", "Resource": "*"}
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=document(ALLOW_ALL, deny), SetAsDefault=True)

    with pytest.raises(ClientError) as error:
        bob.list_users()
    assert refused(error)[2].endswith("with an explicit deny in a permissions boundary")
    bob.list_roles()


def test_policies_know_whom_they_limit(iam: Any) -> None:
    """Usage counts, the filter of ListPolicies, and no deletion while somebody is limited."""
    arn = iam.create_policy(PolicyName="limit", PolicyDocument=document(ALLOW_ALL))["Policy"]["Arn"]
    iam.create_user(UserName="bob", PermissionsBoundary=arn)
    iam.create_role(RoleName="r", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=arn)
    iam.create_user(UserName="carol", PermissionsBoundary=S3)
    iam.attach_user_policy(UserName="carol", PolicyArn=IAM_READ)

    counts = [iam.get_policy(PolicyArn=one)["Policy"]["PermissionsBoundaryUsageCount"] for one in (arn, S3, IAM_READ)]
    limiting = iam.list_policies(PolicyUsageFilter="PermissionsBoundary")["Policies"]
    granting = iam.list_policies(PolicyUsageFilter="PermissionsPolicy")["Policies"]

    assert counts == [2, 1, 0]
    assert [(one["Arn"], one["PermissionsBoundaryUsageCount"]) for one in limiting] == [(arn, 2), (S3, 1)]
    assert [one["PolicyName"] for one in granting] == ["AdministratorAccess", "IAMReadOnlyAccess"]
    iam.delete_role(RoleName="r")
    with pytest.raises(ClientError) as error:
        iam.delete_policy(PolicyArn=arn)
    assert refused(error) == ("DeleteConflict", 409, "Cannot delete a policy attached to entities.")
    iam.delete_user(UserName="bob")
    iam.delete_policy(PolicyArn=arn)


BOUNDARY = f"arn:aws:iam::{ACCOUNT}:policy/XCompanyBoundaries"
OF_DELEGATE = f"arn:aws:iam::{ACCOUNT}:policy/DelegatedUserBoundary"


@pytest.fixture
def zhang(aws: Any, iam: Any) -> Any:
    """IAM as a delegated administrator.

    IAM user guide, "Delegating responsibility to others using permissions boundaries": Zhang may make users, but only
    within XCompanyBoundaries, and is limited herself.
    """
    company = document({"Effect": "Allow", "Action": ["s3:*", "iam:ListUsers"], "Resource": "*"})
    iam.create_policy(PolicyName="XCompanyBoundaries", PolicyDocument=company)
    limits = [
        {
            "Sid": "CreateOrChangeOnlyWithBoundary",
            "Effect": "Allow",
            "Action": [
                "iam:AttachUserPolicy",
                "iam:CreateUser",
                "iam:DeleteUserPolicy",
                "iam:DetachUserPolicy",
                "iam:PutUserPermissionsBoundary",
                "iam:PutUserPolicy",
            ],
            "Resource": "*",
            "Condition": {"StringEquals": {"iam:PermissionsBoundary": BOUNDARY}},
        },
        {
            "Sid": "OtherIAMTasks",
            "Effect": "Allow",
            "Action": ["iam:Get*", "iam:List*", "iam:CreateAccessKey", "iam:DeleteUserPermissionsBoundary"],
            "Resource": "*",
        },
        {
            "Sid": "NoBoundaryPolicyEdit",
            "Effect": "Deny",
            "Action": ["iam:CreatePolicyVersion", "iam:DeletePolicy", "iam:SetDefaultPolicyVersion"],
            "Resource": [BOUNDARY, OF_DELEGATE],
        },
        {
            "Sid": "NoBoundaryUserDelete",
            "Effect": "Deny",
            "Action": "iam:DeleteUserPermissionsBoundary",
            "Resource": "*",
        },
    ]
    iam.create_policy(PolicyName="DelegatedUserBoundary", PolicyDocument=document(*limits))
    keys = aws.user("Zhang", ALLOW_ALL)
    iam.put_user_permissions_boundary(UserName="Zhang", PermissionsBoundary=OF_DELEGATE)
    return aws.client("iam", keys)


def test_a_delegated_administrator_makes_users_within_the_boundary(aws: Any, zhang: Any) -> None:
    """And gives them what she likes: it does not count beyond the boundary."""
    zhang.create_user(UserName="Nikhil", PermissionsBoundary=BOUNDARY)
    zhang.attach_user_policy(UserName="Nikhil", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    zhang.put_user_policy(UserName="Nikhil", PolicyName="p", PolicyDocument=document(ALLOW_ALL))
    zhang.delete_user_policy(UserName="Nikhil", PolicyName="p")
    zhang.put_user_permissions_boundary(UserName="Nikhil", PermissionsBoundary=BOUNDARY)
    key = zhang.create_access_key(UserName="Nikhil")["AccessKey"]

    keys = type(aws.admin)(access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"])
    nikhil = aws.client("iam", keys)
    assert aws.client("s3", keys).list_buckets()["Buckets"] == []
    assert len(nikhil.list_users()["Users"]) == 3
    with pytest.raises(ClientError) as error:
        nikhil.create_user(UserName="own", PermissionsBoundary=BOUNDARY)
    assert refused(error)[2].endswith("because no permissions boundary allows the iam:CreateUser action")


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("create_user", {"UserName": "free"}),
        ("create_user", {"UserName": "free", "PermissionsBoundary": S3}),
        ("put_user_permissions_boundary", {"UserName": "Nikhil", "PermissionsBoundary": S3}),
        ("delete_user_permissions_boundary", {"UserName": "Nikhil"}),
        ("delete_user_permissions_boundary", {"UserName": "Zhang"}),
        ("attach_user_policy", {"UserName": "old", "PolicyArn": S3}),
        ("detach_user_policy", {"UserName": "admin", "PolicyArn": "arn:aws:iam::aws:policy/AdministratorAccess"}),
        ("put_user_policy", {"UserName": "Zhang", "PolicyName": "p", "PolicyDocument": document(ALLOW_ALL)}),
        ("delete_user_policy", {"UserName": "Zhang", "PolicyName": "given"}),
        ("create_policy_version", {"PolicyArn": BOUNDARY, "PolicyDocument": document(ALLOW_ALL)}),
        ("delete_policy", {"PolicyArn": BOUNDARY}),
    ],
)
def test_a_delegated_administrator_does_not_get_out(
    iam: Any, zhang: Any, operation: str, parameters: dict[str, str]
) -> None:
    """Neither free users nor other limits, and nobody who was not limited is touched."""
    iam.create_user(UserName="Nikhil", PermissionsBoundary=BOUNDARY)
    iam.create_user(UserName="old")

    with pytest.raises(ClientError) as error:
        getattr(zhang, operation)(**parameters)

    assert refused(error)[:2] == ("AccessDenied", 403)


@pytest.fixture
def linked(iam: Any) -> str:
    """The name of a role that a service made for itself."""
    made = iam.create_service_linked_role(AWSServiceName="ops.apigateway.amazonaws.com")["Role"]
    return str(made["RoleName"])


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("put_role_permissions_boundary", {"PermissionsBoundary": S3}),
        ("delete_role_permissions_boundary", {}),
        ("put_role_policy", {"PolicyName": "p", "PolicyDocument": document(ALLOW_ALL)}),
        ("delete_role_policy", {"PolicyName": "p"}),
        ("attach_role_policy", {"PolicyArn": S3}),
        ("detach_role_policy", {"PolicyArn": "arn:aws:iam::aws:policy/aws-service-role/APIGatewayServiceRolePolicy"}),
        ("update_assume_role_policy", {"PolicyDocument": TRUST}),
        ("update_role", {"MaxSessionDuration": 7200}),
        ("delete_role", {}),
    ],
)
def test_nobody_changes_a_services_own_role(iam: Any, linked: str, operation: str, parameters: dict[str, Any]) -> None:
    """Not even an administrator, and there is no boundary for it."""
    before = iam.get_role(RoleName=linked)["Role"]

    with pytest.raises(ClientError) as error:
        getattr(iam, operation)(RoleName=linked, **parameters)

    message = f"Cannot perform the operation on the protected role '{linked}' - this role is only modifiable by AWS"
    assert refused(error) == ("UnmodifiableEntity", 400, message)
    assert iam.get_role(RoleName=linked)["Role"] == before


def test_what_may_be_written_on_a_services_own_role(iam: Any, linked: str) -> None:
    """Its description (IAM user guide, "Update a service-linked role") and its tags."""
    iam.update_role(RoleName=linked, Description="ours")
    assert iam.update_role_description(RoleName=linked, Description="mine")["Role"]["Description"] == "mine"
    iam.tag_role(RoleName=linked, Tags=[{"Key": "a", "Value": "1"}])

    assert iam.list_role_tags(RoleName=linked)["Tags"] == [{"Key": "a", "Value": "1"}]
