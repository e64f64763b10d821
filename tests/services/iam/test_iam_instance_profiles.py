"""Instance profiles, through boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [{"Effect": "Allow", "Principal": {"Service": "ec2.amazonaws.com"}, "Action": "sts:AssumeRole"}],
    }
)


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator, with a role."""
    client = aws.client("iam")
    client.create_role(RoleName="worker", Path="/film/", AssumeRolePolicyDocument=TRUST)
    return client


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_a_profile_in_full(aws: Any, iam: Any) -> None:
    """Created, given a role, read, listed; its role is shown with its trust policy."""
    made = iam.create_instance_profile(
        InstanceProfileName="Machines", Path="/film/", Tags=[{"Key": "Team", "Value": "film"}]
    )["InstanceProfile"]
    iam.add_role_to_instance_profile(InstanceProfileName="machines", RoleName="WORKER")

    assert made == {
        "Path": "/film/",
        "InstanceProfileName": "Machines",
        "InstanceProfileId": made["InstanceProfileId"],
        "Arn": f"arn:aws:iam::{ACCOUNT}:instance-profile/film/Machines",
        "CreateDate": aws.clock.now(),
        "Roles": [],
        "Tags": [{"Key": "Team", "Value": "film"}],
    }
    assert made["InstanceProfileId"].startswith("AIPA")
    shown = iam.get_instance_profile(InstanceProfileName="MACHINES")["InstanceProfile"]
    assert [role["Arn"] for role in shown["Roles"]] == [f"arn:aws:iam::{ACCOUNT}:role/film/worker"]
    assert shown["Roles"][0]["AssumeRolePolicyDocument"] == json.loads(TRUST)
    listed = {key: value for key, value in shown.items() if key != "Tags"}
    assert iam.list_instance_profiles(PathPrefix="/film/")["InstanceProfiles"] == [listed]
    assert iam.list_instance_profiles(PathPrefix="/other/")["InstanceProfiles"] == []
    assert iam.list_instance_profiles_for_role(RoleName="worker")["InstanceProfiles"] == [listed]


def test_profiles_come_in_pages(iam: Any) -> None:
    """By name, of all and of a role's alike."""
    for name in ("b", "C", "a"):
        iam.create_instance_profile(InstanceProfileName=name)
        iam.add_role_to_instance_profile(InstanceProfileName=name, RoleName="worker")

    for operation, parameters in (
        ("list_instance_profiles", {}),
        ("list_instance_profiles_for_role", {"RoleName": "worker"}),
    ):
        pages = iam.get_paginator(operation).paginate(**parameters, PaginationConfig={"PageSize": 2})
        names = [[one["InstanceProfileName"] for one in page["InstanceProfiles"]] for page in pages]
        assert names == [["a", "b"], ["C"]]


def test_a_profile_holds_one_role(iam: Any) -> None:
    """The next one takes its place only once it is out; what is not in cannot be taken out."""
    iam.create_role(RoleName="other", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="p")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="worker")

    with pytest.raises(ClientError) as second:
        iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="other")
    with pytest.raises(ClientError) as never_in:
        iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="other")
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="worker")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="other")

    message = "Cannot exceed quota for InstanceSessionsPerInstanceProfile: 1"
    assert refused(second) == ("LimitExceeded", 409, message)
    assert refused(never_in) == ("NoSuchEntity", 404, "The role with name other cannot be found.")
    shown = iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]
    assert [role["RoleName"] for role in shown["Roles"]] == ["other"]


def test_role_and_profile_hold_each_other(iam: Any) -> None:
    """Neither is deleted while one is in the other."""
    iam.create_instance_profile(InstanceProfileName="p")
    iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="worker")

    with pytest.raises(ClientError) as role:
        iam.delete_role(RoleName="worker")
    with pytest.raises(ClientError) as profile:
        iam.delete_instance_profile(InstanceProfileName="p")
    iam.remove_role_from_instance_profile(InstanceProfileName="p", RoleName="worker")
    iam.delete_role(RoleName="worker")
    iam.delete_instance_profile(InstanceProfileName="p")

    message = "Cannot delete entity, must remove roles from instance profile first."
    assert refused(role) == refused(profile) == ("DeleteConflict", 409, message)
    assert iam.list_instance_profiles()["InstanceProfiles"] == []


def test_names_are_unique_without_regard_to_case(iam: Any) -> None:
    """Also across paths."""
    iam.create_instance_profile(InstanceProfileName="p")

    with pytest.raises(ClientError) as error:
        iam.create_instance_profile(InstanceProfileName="P", Path="/x/")

    assert refused(error) == ("EntityAlreadyExists", 409, "Instance Profile P already exists.")


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_instance_profile", {}),
        ("delete_instance_profile", {}),
        ("add_role_to_instance_profile", {"RoleName": "worker"}),
        ("remove_role_from_instance_profile", {"RoleName": "worker"}),
        ("tag_instance_profile", {"Tags": [{"Key": "a", "Value": "b"}]}),
        ("untag_instance_profile", {"TagKeys": ["a"]}),
        ("list_instance_profile_tags", {}),
    ],
)
def test_a_profile_that_is_not_there(iam: Any, operation: str, parameters: dict[str, Any]) -> None:
    """Each operation says so in the same words."""
    with pytest.raises(ClientError) as error:
        getattr(iam, operation)(InstanceProfileName="ghost", **parameters)

    assert refused(error) == ("NoSuchEntity", 404, "Instance Profile ghost cannot be found.")


def test_roles_that_are_not_there(iam: Any) -> None:
    """Neither to be put in nor to be asked for."""
    iam.create_instance_profile(InstanceProfileName="p")

    for call in (
        lambda: iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName="ghost"),
        lambda: iam.list_instance_profiles_for_role(RoleName="ghost"),
    ):
        with pytest.raises(ClientError) as error:
            call()
        assert refused(error) == ("NoSuchEntity", 404, "The role with name ghost cannot be found.")


def test_a_services_own_role_is_not_put_in(iam: Any) -> None:
    """It is the service's to use."""
    iam.create_instance_profile(InstanceProfileName="p")
    role = iam.create_service_linked_role(AWSServiceName="ops.apigateway.amazonaws.com")["Role"]["RoleName"]

    with pytest.raises(ClientError) as error:
        iam.add_role_to_instance_profile(InstanceProfileName="p", RoleName=role)

    assert refused(error)[:2] == ("UnmodifiableEntity", 400)


def test_tags_of_profiles(iam: Any) -> None:
    """Written, listed by key, removed."""
    iam.create_instance_profile(InstanceProfileName="p", Tags=[{"Key": "b", "Value": "1"}])
    iam.tag_instance_profile(InstanceProfileName="p", Tags=[{"Key": "a", "Value": "2"}])
    assert iam.list_instance_profile_tags(InstanceProfileName="p")["Tags"] == [
        {"Key": "a", "Value": "2"},
        {"Key": "b", "Value": "1"},
    ]
    iam.untag_instance_profile(InstanceProfileName="p", TagKeys=["b"])
    assert iam.get_instance_profile(InstanceProfileName="p")["InstanceProfile"]["Tags"] == [{"Key": "a", "Value": "2"}]


def test_putting_a_role_in_is_passing_it(aws: Any, iam: Any) -> None:
    """It takes iam:PassRole to EC2 beside the right to change the profile."""
    iam.create_instance_profile(InstanceProfileName="p")
    profile = f"arn:aws:iam::{ACCOUNT}:instance-profile/p"
    role = f"arn:aws:iam::{ACCOUNT}:role/film/worker"
    change = {"Effect": "Allow", "Action": "iam:*InstanceProfile", "Resource": profile}
    to_ec2 = {"StringEquals": {"iam:PassedToService": "ec2.amazonaws.com"}}
    pass_it = {"Effect": "Allow", "Action": "iam:PassRole", "Resource": role, "Condition": to_ec2}
    passing, changing = aws.client("iam", aws.user("one", change, pass_it)), aws.client("iam", aws.user("two", change))

    with pytest.raises(ClientError) as error:
        changing.add_role_to_instance_profile(InstanceProfileName="p", RoleName="worker")
    passing.add_role_to_instance_profile(InstanceProfileName="p", RoleName="worker")

    message = (
        f"User: arn:aws:iam::{ACCOUNT}:user/two is not authorized to perform: iam:PassRole on resource: {role} "
        "because no identity-based policy allows the iam:PassRole action"
    )
    assert refused(error) == ("AccessDenied", 403, message)


def test_tags_at_creation_need_leave_of_their_own(aws: Any) -> None:
    """iam:TagInstanceProfile, with the tags in the context."""
    create = {"Effect": "Allow", "Action": "iam:CreateInstanceProfile", "Resource": "*"}
    film = {"StringEquals": {"aws:RequestTag/Team": "film"}}
    tag = {"Effect": "Allow", "Action": "iam:TagInstanceProfile", "Resource": "*", "Condition": film}
    one = aws.client("iam", aws.user("one", create, tag))

    one.create_instance_profile(InstanceProfileName="a", Tags=[{"Key": "Team", "Value": "film"}])
    with pytest.raises(ClientError, match="iam:TagInstanceProfile"):
        one.create_instance_profile(InstanceProfileName="b", Tags=[{"Key": "Team", "Value": "sound"}])


def test_listing_is_of_the_whole_account(aws: Any) -> None:
    """It has no resource-level permissions: who may do it on some profiles may not do it."""
    below = f"arn:aws:iam::{ACCOUNT}:instance-profile/film/*"
    one = aws.client(
        "iam", aws.user("one", {"Effect": "Allow", "Action": "iam:ListInstanceProfiles", "Resource": below})
    )

    with pytest.raises(ClientError, match="to perform: iam:ListInstanceProfiles because no identity-based policy"):
        one.list_instance_profiles(PathPrefix="/film/")
