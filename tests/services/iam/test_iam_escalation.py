"""Ways to more rights than one was given: each ends where AWS's documents say.

Mallory has some permissions in IAM and wants more. What a policy really grants is granted: whoever may write policies
that count for themselves may do everything, with AWS as here.
"""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

Aws = Any  # the fixture of tests/services/conftest.py

ACCOUNT = "123456789012"
ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/Own"
EVERYTHING = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}})
NOTHING = json.dumps({"Version": "2012-10-17", "Statement": {"Effect": "Deny", "Action": "*", "Resource": "*"}})
TRUST = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"},
    }
)


def arn(rest: str) -> str:
    return f"arn:aws:iam::{ACCOUNT}:{rest}"


def allow(actions: str | list[str], resource: str = "*", **condition: Mapping[str, Any]) -> dict[str, Any]:
    """An Allow statement."""
    actions = [actions] if isinstance(actions, str) else actions
    statement = {"Effect": "Allow", "Action": [f"iam:{action}" for action in actions], "Resource": resource}
    return {**statement, "Condition": condition} if condition else statement


def code(client: Any, operation: str, **parameters: Any) -> str:
    """The error's code; `yes` when there is none."""
    try:
        getattr(client, operation)(**parameters)
    except ClientError as error:
        return str(error.response["Error"]["Code"])
    return "yes"


@pytest.fixture
def village(aws: Aws) -> Aws:
    """Victims: the user Boss below /admins/, the group Admins with everything, the role Admin, two policies."""
    iam = aws.client("iam")
    iam.create_user(UserName="Boss", Path="/admins/", Tags=[{"Key": "Team", "Value": "admins"}])
    iam.create_user(UserName="bob", Path="/dev/", Tags=[{"Key": "Team", "Value": "dev"}])
    iam.create_group(GroupName="Admins")
    iam.attach_group_policy(GroupName="Admins", PolicyArn=ADMINISTRATOR)
    iam.create_role(RoleName="Admin", AssumeRolePolicyDocument=TRUST)
    iam.create_policy(PolicyName="Own", PolicyDocument=NOTHING)
    return aws


NAMES_IN_ANOTHER_CASE = [
    ("create_access_key", {"UserName": "BOSS"}),
    ("put_user_policy", {"UserName": "boss", "PolicyName": "p", "PolicyDocument": EVERYTHING}),
    ("attach_user_policy", {"UserName": "bOSS", "PolicyArn": ADMINISTRATOR}),
    ("delete_user", {"UserName": "boss"}),
    ("update_user", {"UserName": "boss", "NewUserName": "eve"}),
    ("add_user_to_group", {"GroupName": "ADMINS", "UserName": "mallory"}),
    ("put_group_policy", {"GroupName": "admins", "PolicyName": "p", "PolicyDocument": EVERYTHING}),
    ("update_group", {"GroupName": "admins", "NewGroupName": "g"}),
    ("update_assume_role_policy", {"RoleName": "ADMIN", "PolicyDocument": TRUST}),
    ("put_role_policy", {"RoleName": "admin", "PolicyName": "p", "PolicyDocument": EVERYTHING}),
]


@pytest.mark.parametrize(("operation", "parameters"), NAMES_IN_ANOTHER_CASE, ids=lambda value: str(value)[:40])
def test_a_deny_of_a_name_holds_in_every_case(village: Aws, operation: str, parameters: dict[str, Any]) -> None:
    """ARNs in policies tell cases apart, names do not: the policy is asked about the entity as it is written."""
    victims = [arn("user/admins/Boss"), arn("group/Admins"), arn("role/Admin")]
    keys = village.user("mallory", allow("*"), {"Effect": "Deny", "Action": "iam:*", "Resource": victims})

    assert code(village.client("iam", keys), operation, **parameters) == "AccessDenied"


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("create_access_key", {"UserName": "bob"}, "yes"),
        ("create_access_key", {"UserName": "Boss"}, "AccessDenied"),
        ("create_access_key", {"UserName": "dev/Boss"}, "ValidationError"),
        ("create_access_key", {"UserName": "../admins/Boss"}, "AccessDenied"),
        ("create_access_key", {"UserName": "ghost"}, "AccessDenied"),
        ("create_user", {"UserName": "eve"}, "AccessDenied"),
        ("create_user", {"UserName": "eve", "Path": "/dev/"}, "yes"),
        ("create_user", {"UserName": "dev/eve"}, "ValidationError"),
        ("create_user", {"UserName": "eve", "Path": "/Dev/"}, "AccessDenied"),
        ("create_user", {"UserName": "eve", "Path": "/*/"}, "AccessDenied"),
        ("update_user", {"UserName": "bob", "NewUserName": "rob"}, "yes"),
        ("update_user", {"UserName": "bob", "NewPath": "/admins/"}, "AccessDenied"),
        ("update_user", {"UserName": "bob", "NewPath": "/"}, "AccessDenied"),
        ("update_user", {"UserName": "Boss", "NewPath": "/dev/"}, "AccessDenied"),
        ("update_user", {"UserName": "bob", "NewUserName": "BOSS"}, "EntityAlreadyExists"),
        ("update_user", {"UserName": "bob", "NewUserName": "BOB"}, "yes"),
    ],
)
def test_a_path_is_a_fence(village: Aws, operation: str, parameters: dict[str, Any], expected: str) -> None:
    """Who may do everything below /dev/ gets nobody in from outside, and nobody out."""
    keys = village.user("mallory", allow("*", arn("user/dev/*")))

    assert code(village.client("iam", keys), operation, **parameters) == expected


@pytest.mark.parametrize(
    ("policy_arn", "expected"),
    [
        (READ_ONLY, "yes"),
        (ADMINISTRATOR, "AccessDenied"),
        (READ_ONLY.lower(), "AccessDenied"),
        (f"{READ_ONLY}:v1", "AccessDenied"),
        (READ_ONLY.replace("policy/", "policy//"), "AccessDenied"),
        (f"{READ_ONLY}/../AdministratorAccess", "AccessDenied"),
        (f"{READ_ONLY} ", "AccessDenied"),
    ],
)
def test_only_that_policy_can_be_attached(village: Aws, policy_arn: str, expected: str) -> None:
    """`iam:PolicyARN` is what the operation looks for, letter for letter."""
    keys = village.user("mallory", allow("AttachUserPolicy", ArnEquals={"iam:PolicyARN": READ_ONLY}))

    assert code(village.client("iam", keys), "attach_user_policy", UserName="mallory", PolicyArn=policy_arn) == expected


@pytest.mark.parametrize(
    "policy_arn", [ADMINISTRATOR.lower(), f"{ADMINISTRATOR}:v1", ADMINISTRATOR.replace("y/", "y//")]
)
def test_a_policy_that_may_not_be_attached_has_no_other_name(village: Aws, policy_arn: str) -> None:
    """A Deny of one ARN cannot be passed by writing it in another way: there is no such policy then."""
    deny = {**allow("AttachUserPolicy", ArnEquals={"iam:PolicyARN": ADMINISTRATOR}), "Effect": "Deny"}
    keys = village.user("mallory", allow("*"), deny)

    answer = code(village.client("iam", keys), "attach_user_policy", UserName="mallory", PolicyArn=policy_arn)

    assert answer in {"NoSuchEntity", "InvalidInput"}


def test_a_new_default_version_needs_the_creation_alone(village: Aws) -> None:
    """IAM API reference, "CreatePolicyVersion": SetAsDefault is a parameter, not an action of its own."""
    village.client("iam").create_policy_version(PolicyArn=POLICY, PolicyDocument=EVERYTHING)
    keys = village.user("mallory", allow("CreatePolicyVersion", POLICY))
    iam = village.client("iam", keys)

    assert code(iam, "set_default_policy_version", PolicyArn=POLICY, VersionId="v2") == "AccessDenied"
    version = {"PolicyArn": POLICY, "PolicyDocument": EVERYTHING}
    assert code(iam, "create_policy_version", SetAsDefault=True, **version) == "yes"
    other = {**version, "PolicyArn": POLICY.replace("Own", "Other")}
    assert code(iam, "create_policy_version", SetAsDefault=True, **other) == "AccessDenied"


@pytest.mark.parametrize("policy_arn", [ADMINISTRATOR, "arn:aws:iam::aws:policy/job-function/ViewOnlyAccess"])
def test_awss_policies_belong_to_nobody_here(village: Aws, policy_arn: str) -> None:
    """Whoever may do everything may not change them."""
    iam = village.client("iam")

    for operation, parameters in {
        "create_policy_version": {"PolicyDocument": EVERYTHING, "SetAsDefault": True},
        "set_default_policy_version": {"VersionId": "v1"},
        "delete_policy_version": {"VersionId": "v1"},
        "delete_policy": {},
        "tag_policy": {"Tags": [{"Key": "a", "Value": "b"}]},
        "untag_policy": {"TagKeys": ["a"]},
    }.items():
        assert code(iam, operation, PolicyArn=policy_arn, **parameters) in {"AccessDenied", "NoSuchEntity"}


DELEGATED = ["CreateUser", "AttachUserPolicy", "DetachUserPolicy", "PutUserPolicy", "DeleteUserPolicy"]
DELEGATED += ["PutUserPermissionsBoundary"]


@pytest.fixture
def delegate(village: Aws) -> Any:
    """A client of the delegated administrator of the guide: users are made and changed with the boundary alone."""
    limited = {"iam:PermissionsBoundary": READ_ONLY}
    keys = village.user(
        "mallory", allow(DELEGATED, StringEquals=limited), allow(["DeleteUserPermissionsBoundary"], POLICY)
    )
    iam = village.client("iam")
    iam.create_user(UserName="limited", PermissionsBoundary=READ_ONLY)
    iam.create_user(UserName="wide", PermissionsBoundary=ADMINISTRATOR)
    return village.client("iam", keys)


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("create_user", {"UserName": "eve"}, "AccessDenied"),
        ("create_user", {"UserName": "eve", "PermissionsBoundary": ADMINISTRATOR}, "AccessDenied"),
        ("create_user", {"UserName": "eve", "PermissionsBoundary": READ_ONLY.lower()}, "AccessDenied"),
        ("create_user", {"UserName": "eve", "PermissionsBoundary": READ_ONLY}, "yes"),
        ("attach_user_policy", {"UserName": "limited", "PolicyArn": ADMINISTRATOR}, "yes"),
        ("attach_user_policy", {"UserName": "wide", "PolicyArn": ADMINISTRATOR}, "AccessDenied"),
        ("attach_user_policy", {"UserName": "mallory", "PolicyArn": ADMINISTRATOR}, "AccessDenied"),
        ("put_user_policy", {"UserName": "mallory", "PolicyName": "p", "PolicyDocument": EVERYTHING}, "AccessDenied"),
        ("put_user_policy", {"UserName": "limited", "PolicyName": "p", "PolicyDocument": EVERYTHING}, "yes"),
        ("delete_user_policy", {"UserName": "mallory", "PolicyName": "given"}, "AccessDenied"),
        (
            "put_user_permissions_boundary",
            {"UserName": "limited", "PermissionsBoundary": ADMINISTRATOR},
            "AccessDenied",
        ),
        ("put_user_permissions_boundary", {"UserName": "wide", "PermissionsBoundary": READ_ONLY}, "yes"),
        ("delete_user_permissions_boundary", {"UserName": "limited"}, "AccessDenied"),
    ],
)
def test_a_delegated_administrator_stays_within_the_boundary(
    delegate: Any, operation: str, parameters: dict[str, Any], expected: str
) -> None:
    """IAM user guide, "Delegating responsibility to others using permissions boundaries"."""
    assert code(delegate, operation, **parameters) == expected


def test_a_boundary_outlives_a_rename(delegate: Any, village: Aws) -> None:
    """Another name and path is the same user with the same limit; what counts is what is there now."""
    village.client("iam").update_user(UserName="wide", NewUserName="limited2", NewPath="/limited/")

    parameters = {"UserName": "limited2", "PolicyArn": ADMINISTRATOR}
    assert code(delegate, "attach_user_policy", **parameters) == "AccessDenied"


@pytest.mark.parametrize(
    ("operation", "parameters", "expected"),
    [
        ("tag_user", {"UserName": "bob", "Tags": [{"Key": "Team", "Value": "admins"}]}, "AccessDenied"),
        ("tag_user", {"UserName": "bob", "Tags": [{"Key": "TEAM", "Value": "admins"}]}, "AccessDenied"),
        ("tag_user", {"UserName": "bob", "Tags": [{"Key": "team", "Value": "dev"}]}, "yes"),
        (
            "tag_user",
            {"UserName": "bob", "Tags": [{"Key": "team", "Value": "dev"}, {"Key": "Team", "Value": "admins"}]},
            "AccessDenied",
        ),
        (
            "tag_user",
            {"UserName": "bob", "Tags": [{"Key": "Team", "Value": "admins"}, {"Key": "Team", "Value": "dev"}]},
            "InvalidInput",
        ),
        ("tag_user", {"UserName": "Boss", "Tags": [{"Key": "Team", "Value": "dev"}]}, "AccessDenied"),
        ("tag_user", {"UserName": "mallory", "Tags": [{"Key": "Team", "Value": "dev"}]}, "AccessDenied"),
        ("create_access_key", {"UserName": "bob"}, "yes"),
        ("create_access_key", {"UserName": "Boss"}, "AccessDenied"),
    ],
)
def test_tags_tell_whatever_their_case(village: Aws, operation: str, parameters: dict[str, Any], expected: str) -> None:
    """Keys of conditions have no case, and neither do keys of tags: a tag cannot be given twice, or beside itself."""
    dev = {"aws:ResourceTag/team": "dev"}
    keys = village.user(
        "mallory",
        allow("TagUser", StringEquals={**dev, "aws:RequestTag/TEAM": "dev"}),
        allow("CreateAccessKey", StringEquals={"iam:ResourceTag/tEAM": "dev"}),
    )

    assert code(village.client("iam", keys), operation, **parameters) == expected


def test_a_variable_in_a_groups_policy_is_each_members_own(village: Aws) -> None:
    """`${aws:username}` is the caller's name as it is now; wild cards in names there are none, and in paths they count
    for themselves."""
    iam = village.client("iam")
    own = allow(["CreateAccessKey", "UpdateUser"], arn("user/${aws:username}"))
    iam.create_group(GroupName="Selves")
    iam.put_group_policy(
        GroupName="Selves", PolicyName="own", PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": own})
    )
    keys = village.user("mallory")
    iam.add_user_to_group(GroupName="Selves", UserName="mallory")
    mallory = village.client("iam", keys)

    assert code(mallory, "create_access_key", UserName="MALLORY") == "yes"
    assert code(mallory, "create_access_key", UserName="admin") == "AccessDenied"
    assert code(mallory, "update_user", UserName="mallory", NewUserName="admin2") == "AccessDenied"
    iam.update_user(UserName="mallory", NewUserName="admin2")
    assert code(mallory, "create_access_key", UserName="mallory") == "AccessDenied"
    assert code(mallory, "create_access_key") == "LimitExceeded"
    iam.remove_user_from_group(GroupName="Selves", UserName="ADMIN2")
    assert code(mallory, "create_access_key") == "AccessDenied"


@pytest.mark.parametrize("name", ["a+b=c", "d,e.f", "g@h-i_j", "1", "..", "=", "a.b"])
def test_odd_characters_in_names_are_themselves(village: Aws, name: str) -> None:
    """What is special in patterns elsewhere is not in ARNs."""
    iam = village.client("iam")
    for other in (name, "aXb", "dXeXf", "11"):
        iam.create_user(UserName=other)
    mallory = village.client("iam", village.user("mallory", allow("CreateAccessKey", arn(f"user/{name}"))))

    assert code(mallory, "create_access_key", UserName=name) == "yes"
    for other in ("aXb", "dXeXf", "11"):
        assert code(mallory, "create_access_key", UserName=other) == "AccessDenied"


def test_a_role_is_passed_as_it_is_written(village: Aws) -> None:
    """AddRoleToInstanceProfile passes the role that its name leads to, path and all."""
    iam = village.client("iam")
    iam.create_role(RoleName="Small", Path="/small/", AssumeRolePolicyDocument=TRUST)
    iam.create_instance_profile(InstanceProfileName="machine")
    service = {"iam:PassedToService": "ec2.amazonaws.com"}
    keys = village.user(
        "mallory", allow("AddRoleToInstanceProfile"), allow("PassRole", arn("role/small/*"), StringEquals=service)
    )
    mallory = village.client("iam", keys)

    for name, expected in {
        "Admin": "AccessDenied",
        "small/Admin": "ValidationError",
        "ghost": "AccessDenied",
        "SMALL": "yes",
    }.items():
        answer = code(mallory, "add_role_to_instance_profile", InstanceProfileName="MACHINE", RoleName=name)
        assert answer == expected, name


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("delete_user", {"UserName": "ghost"}),
        ("get_user", {"UserName": "Boss"}),
        ("get_group", {"GroupName": "ghosts"}),
        ("get_role", {"RoleName": "ghost"}),
        ("get_policy", {"PolicyArn": POLICY.replace("Own", "ghost")}),
        ("get_policy", {"PolicyArn": "nonsense-nonsense-nonsense"}),
        ("get_user_policy", {"UserName": "ghost", "PolicyName": "p"}),
        ("get_instance_profile", {"InstanceProfileName": "ghost"}),
        ("put_role_policy", {"RoleName": "ghost", "PolicyName": "p", "PolicyDocument": "nonsense"}),
        ("list_users", {"PathPrefix": "nonsense"}),
        ("create_policy", {"PolicyName": "p", "PolicyDocument": "nonsense"}),
        ("list_policies_granting_service_access", {"Arn": arn("user/ghost"), "ServiceNamespaces": ["s3"]}),
        ("simulate_principal_policy", {"PolicySourceArn": arn("user/ghost"), "ActionNames": ["s3:GetObject"]}),
        ("get_service_linked_role_deletion_status", {"DeletionTaskId": "nonsense"}),
    ],
)
def test_who_may_nothing_learns_nothing(village: Aws, operation: str, parameters: dict[str, Any]) -> None:
    """What is there, what is missing and what is wrong look the same from outside."""
    assert code(village.client("iam", village.user("mallory")), operation, **parameters) == "AccessDenied"
