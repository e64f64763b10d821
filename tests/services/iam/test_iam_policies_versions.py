"""Versions of managed policies, and who has a policy, through boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {
            "Effect": "Allow",
            "Principal": {"Service": "mediaconvert.amazonaws.com"},
            "Action": "sts:AssumeRole",
        },
    }
)
AWS_OWN = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
LINKED_POLICY = "arn:aws:iam::aws:policy/aws-service-role/APIGatewayServiceRolePolicy"


def allowing(action: str) -> str:
    """A policy that allows one action on everything."""
    return json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": action, "Resource": "*"}]})


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator."""
    return aws.client("iam")


@pytest.fixture
def arn(iam: Any) -> str:
    """A customer policy of one version."""
    made: str = iam.create_policy(PolicyName="films", PolicyDocument=allowing("s3:ListAllMyBuckets"))["Policy"]["Arn"]
    return made


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_a_version_counts_when_it_becomes_the_default(aws: Any, iam: Any, arn: str) -> None:
    """The next request is decided by it; the version before comes back in the same way."""
    keys = aws.user("bob")
    iam.attach_user_policy(UserName="bob", PolicyArn=arn)
    bob = aws.client("s3", keys)
    bob.list_buckets()

    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowing("s3:GetObject"))["PolicyVersion"]
    bob.list_buckets()  # not the default one yet
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v2")
    with pytest.raises(ClientError, match="AccessDenied"):
        bob.list_buckets()
    iam.set_default_policy_version(PolicyArn=arn, VersionId="v1")
    bob.list_buckets()

    assert made == {"VersionId": "v2", "IsDefaultVersion": False, "CreateDate": aws.clock.now()}


def test_a_new_version_can_be_the_default_at_once(aws: Any, iam: Any, arn: str) -> None:
    """It is shown so, and the policy says when it was updated."""
    created = aws.clock.now()
    aws.clock.advance(60)
    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowing("s3:*"), SetAsDefault=True)

    policy = iam.get_policy(PolicyArn=arn)["Policy"]
    assert made["PolicyVersion"]["IsDefaultVersion"]
    assert (policy["DefaultVersionId"], policy["CreateDate"], policy["UpdateDate"]) == ("v2", created, aws.clock.now())
    versions = iam.list_policy_versions(PolicyArn=arn)["Versions"]
    assert [(one["VersionId"], one["IsDefaultVersion"]) for one in versions] == [("v2", True), ("v1", False)]
    shown = iam.get_policy_version(PolicyArn=arn, VersionId="v2")["PolicyVersion"]["Document"]
    assert shown["Statement"][0]["Action"] == "s3:*"


def test_five_versions_are_the_limit(iam: Any, arn: str) -> None:
    """The sixth waits until one is deleted."""
    for _ in range(4):
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowing("s3:*"))

    with pytest.raises(ClientError) as error:
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowing("s3:*"))

    message = (
        "A managed policy can have up to 5 versions. "
        "Before you create a new version, you must delete an existing version."
    )
    assert refused(error) == ("LimitExceeded", 409, message)


def test_version_numbers_are_never_given_out_again(iam: Any, arn: str) -> None:
    """Not even when the newest one is gone."""
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowing("s3:*"))
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")

    made = iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowing("s3:*"))

    assert made["PolicyVersion"]["VersionId"] == "v3"
    with pytest.raises(ClientError) as error:
        iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    message = f"Policy {arn} version v2 does not exist or is not attachable."
    assert refused(error) == ("NoSuchEntity", 404, message)


def test_the_default_version_stays(iam: Any, arn: str) -> None:
    """It goes with its policy alone, and the policy when it has no other."""
    iam.create_policy_version(PolicyArn=arn, PolicyDocument=allowing("s3:*"))

    with pytest.raises(ClientError) as default:
        iam.delete_policy_version(PolicyArn=arn, VersionId="v1")
    with pytest.raises(ClientError) as several:
        iam.delete_policy(PolicyArn=arn)
    iam.delete_policy_version(PolicyArn=arn, VersionId="v2")
    iam.delete_policy(PolicyArn=arn)

    assert refused(default) == ("DeleteConflict", 409, "Cannot delete the default version of a policy.")
    message = (
        "This policy has more than one version. Before you delete a policy, you must delete the policy's versions. "
        "The default version is deleted with the policy."
    )
    assert refused(several) == ("DeleteConflict", 409, message)


@pytest.mark.parametrize(
    ("document", "code", "message"),
    [
        ("[]", "MalformedPolicyDocument", "Syntax errors in policy."),
        (allowing("s3:" + "a" * 6144), "LimitExceeded", "Cannot exceed quota for PolicySize: 6144"),
    ],
)
def test_versions_are_checked_as_policies_are(iam: Any, arn: str, document: str, code: str, message: str) -> None:
    """Nothing is stored of what is refused."""
    with pytest.raises(ClientError) as error:
        iam.create_policy_version(PolicyArn=arn, PolicyDocument=document)

    assert refused(error)[::2] == (code, message)
    assert len(iam.list_policy_versions(PolicyArn=arn)["Versions"]) == 1


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("create_policy_version", {"PolicyDocument": allowing("s3:*")}),
        ("set_default_policy_version", {"VersionId": "v3"}),
        ("delete_policy_version", {"VersionId": "v3"}),
        ("delete_policy", {}),
    ],
)
def test_policies_of_aws_have_one_version_for_ever(iam: Any, operation: str, parameters: dict[str, str]) -> None:
    """Nobody changes them, the administrator included."""
    with pytest.raises(ClientError) as error:
        getattr(iam, operation)(PolicyArn=AWS_OWN, **parameters)

    assert refused(error) == ("AccessDenied", 403, "Policy is outside your own account.")
    assert iam.get_policy(PolicyArn=AWS_OWN)["Policy"]["DefaultVersionId"] == "v3"


def used(iam: Any, arn: str) -> None:
    """The policy attached to a user, a group and a role; it limits the user and another role."""
    iam.create_user(UserName="Ann", Path="/film/")
    iam.create_group(GroupName="crew")
    iam.create_role(RoleName="worker", AssumeRolePolicyDocument=TRUST)
    iam.create_role(RoleName="limited", AssumeRolePolicyDocument=TRUST, PermissionsBoundary=arn)
    iam.attach_user_policy(UserName="Ann", PolicyArn=arn)
    iam.attach_group_policy(GroupName="crew", PolicyArn=arn)
    iam.attach_role_policy(RoleName="worker", PolicyArn=arn)
    iam.put_user_permissions_boundary(UserName="Ann", PermissionsBoundary=arn)


@pytest.mark.parametrize(
    ("filters", "names"),
    [
        ({}, ["crew", "Ann", "limited", "worker"]),
        ({"EntityFilter": "User"}, ["Ann"]),
        ({"EntityFilter": "Group"}, ["crew"]),
        ({"EntityFilter": "Role"}, ["limited", "worker"]),
        ({"EntityFilter": "LocalManagedPolicy"}, []),
        ({"PathPrefix": "/film/"}, ["Ann"]),
        ({"PolicyUsageFilter": "PermissionsPolicy"}, ["crew", "Ann", "worker"]),
        ({"PolicyUsageFilter": "PermissionsBoundary"}, ["Ann", "limited"]),
        ({"PolicyUsageFilter": "PermissionsBoundary", "EntityFilter": "Group"}, []),
    ],
)
@pytest.mark.parametrize("whose", ["own", "aws"])
def test_who_has_a_policy(iam: Any, arn: str, whose: str, filters: dict[str, Any], names: list[str]) -> None:
    """By kind, by path, and by what the policy is to them; pages go across the kinds."""
    policy = arn if whose == "own" else AWS_OWN
    used(iam, policy)

    pages = list(
        iam.get_paginator("list_entities_for_policy").paginate(
            PolicyArn=policy, **filters, PaginationConfig={"PageSize": 1}
        )
    )
    whole = iam.list_entities_for_policy(PolicyArn=policy, **filters)

    assert all(sum(len(page[f"Policy{kind}s"]) for kind in ("Group", "User", "Role")) <= 1 for page in pages)
    for answer in (pages, [whole]):
        found = [
            entity[f"{kind}Name"]
            for kind in ("Group", "User", "Role")
            for page in answer
            for entity in page[f"Policy{kind}s"]
        ]
        assert found == names
    if not filters:
        assert [user["UserId"] for user in whole["PolicyUsers"]] == [iam.get_user(UserName="Ann")["User"]["UserId"]]


def test_nobody_has_what_is_not_there(iam: Any, arn: str) -> None:
    """A policy that does not exist; one that nobody has; what is no policy."""
    nobody = iam.list_entities_for_policy(PolicyArn=arn)

    assert (nobody["PolicyUsers"], nobody["PolicyGroups"], nobody["PolicyRoles"]) == ([], [], [])
    with pytest.raises(ClientError) as missing:
        iam.list_entities_for_policy(PolicyArn=f"{arn}-ghost")
    assert refused(missing) == ("NoSuchEntity", 404, f"Policy {arn}-ghost was not found.")


def test_uses_are_counted_everywhere(iam: Any, arn: str) -> None:
    """Attachments and boundaries apart; a policy in use as either cannot be deleted."""
    used(iam, arn)

    for shown in (iam.get_policy(PolicyArn=arn)["Policy"], iam.list_policies(Scope="Local")["Policies"][0]):
        assert (shown["AttachmentCount"], shown["PermissionsBoundaryUsageCount"]) == (3, 2)
    assert [one["Arn"] for one in iam.list_policies(PolicyUsageFilter="PermissionsBoundary")["Policies"]] == [arn]
    iam.detach_user_policy(UserName="Ann", PolicyArn=arn)
    iam.detach_group_policy(GroupName="crew", PolicyArn=arn)
    iam.detach_role_policy(RoleName="worker", PolicyArn=arn)
    with pytest.raises(ClientError) as error:
        iam.delete_policy(PolicyArn=arn)
    assert refused(error)[::2] == ("DeleteConflict", "Cannot delete a policy attached to entities.")


def test_policies_of_services_are_shown_as_not_attachable(iam: Any) -> None:
    """AWS keeps them for its service-linked roles."""
    assert not iam.get_policy(PolicyArn=LINKED_POLICY)["Policy"]["IsAttachable"]
    assert iam.get_policy(PolicyArn=AWS_OWN)["Policy"]["IsAttachable"]


def test_who_may_see_who_has_a_policy(aws: Any, iam: Any, arn: str) -> None:
    """The policy is the resource; whoever may not gets IAM's sentence."""
    here = {"Effect": "Allow", "Action": "iam:*", "Resource": arn}
    allowed, other = aws.client("iam", aws.user("allowed", here)), aws.client("iam", aws.user("other"))
    allowed.list_entities_for_policy(PolicyArn=arn)
    allowed.create_policy_version(PolicyArn=arn, PolicyDocument=allowing("s3:*"))

    with pytest.raises(ClientError) as error:
        other.create_policy_version(PolicyArn=arn, PolicyDocument=allowing("s3:*"))

    message = (
        f"User: arn:aws:iam::{ACCOUNT}:user/other is not authorized to perform: iam:CreatePolicyVersion on resource: "
        f"{arn} because no identity-based policy allows the iam:CreatePolicyVersion action"
    )
    assert refused(error) == ("AccessDenied", 403, message)
    with pytest.raises(ClientError, match="AccessDenied"):
        allowed.list_entities_for_policy(PolicyArn=AWS_OWN)
