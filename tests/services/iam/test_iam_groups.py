"""Groups, their members and their policies, through boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
READ_ONLY = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"


@pytest.fixture
def iam(aws: Any) -> Any:
    """IAM as the administrator."""
    return aws.client("iam")


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def allow(*actions: str, sid: str = "") -> str:
    """A policy that allows these actions on everything."""
    statement = {"Sid": sid, "Effect": "Allow", "Action": list(actions), "Resource": "*"}
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def test_a_group_has_id_path_and_arn(iam: Any, aws: Any) -> None:
    """What CreateGroup shows is what GetGroup and ListGroups show."""
    made = iam.create_group(GroupName="Editors", Path="/film/")["Group"]

    assert made == {
        "Path": "/film/",
        "GroupName": "Editors",
        "GroupId": made["GroupId"],
        "Arn": f"arn:aws:iam::{ACCOUNT}:group/film/Editors",
        "CreateDate": aws.clock.now(),
    }
    assert made["GroupId"].startswith("AGPA")
    assert len(made["GroupId"]) == 21
    found = iam.get_group(GroupName="EDITORS")
    assert (found["Group"], found["Users"], found["IsTruncated"]) == (made, [], False)
    assert iam.list_groups(PathPrefix="/film/")["Groups"] == [made]
    assert iam.list_groups(PathPrefix="/other/")["Groups"] == []


def test_group_names_are_unique_without_regard_to_case(iam: Any) -> None:
    """But a user may have the name of a group."""
    iam.create_group(GroupName="admin")

    with pytest.raises(ClientError) as error:
        iam.create_group(GroupName="ADMIN")

    assert refused(error) == ("EntityAlreadyExists", 409, "Group with name ADMIN already exists.")


@pytest.mark.parametrize(
    ("operation", "parameters"),
    [
        ("get_group", {}),
        ("update_group", {"NewPath": "/x/"}),
        ("delete_group", {}),
        ("add_user_to_group", {"UserName": "admin"}),
        ("remove_user_from_group", {"UserName": "admin"}),
        ("put_group_policy", {"PolicyName": "p", "PolicyDocument": allow("s3:*")}),
        ("get_group_policy", {"PolicyName": "p"}),
        ("delete_group_policy", {"PolicyName": "p"}),
        ("list_group_policies", {}),
        ("attach_group_policy", {"PolicyArn": READ_ONLY}),
        ("detach_group_policy", {"PolicyArn": READ_ONLY}),
        ("list_attached_group_policies", {}),
    ],
)
def test_a_group_that_is_not_there(iam: Any, operation: str, parameters: dict[str, str]) -> None:
    """Every operation says so in the same words."""
    with pytest.raises(ClientError) as error:
        getattr(iam, operation)(GroupName="ghosts", **parameters)

    assert refused(error) == ("NoSuchEntity", 404, "The group with name ghosts cannot be found.")


@pytest.mark.parametrize("operation", ["add_user_to_group", "remove_user_from_group"])
def test_a_member_who_is_not_there(iam: Any, operation: str) -> None:
    """The group is there, the user is not."""
    iam.create_group(GroupName="staff")

    with pytest.raises(ClientError) as error:
        getattr(iam, operation)(GroupName="staff", UserName="ghost")

    assert refused(error) == ("NoSuchEntity", 404, "The user with name ghost cannot be found.")


def test_members_come_and_go(iam: Any) -> None:
    """Both ways of asking agree; adding twice and removing twice is no error."""
    iam.create_group(GroupName="staff")
    iam.create_user(UserName="bob", Tags=[{"Key": "Team", "Value": "film"}])
    for _ in range(2):
        iam.add_user_to_group(GroupName="STAFF", UserName="BOB")

    members = iam.get_group(GroupName="staff")["Users"]
    groups = iam.list_groups_for_user(UserName="bob")["Groups"]
    assert members == iam.list_users(PathPrefix="/")["Users"][1:]
    assert groups == iam.list_groups()["Groups"]

    for _ in range(2):
        iam.remove_user_from_group(GroupName="staff", UserName="bob")
    assert iam.get_group(GroupName="staff")["Users"] == []
    assert iam.list_groups_for_user(UserName="bob")["Groups"] == []


def test_members_and_groups_in_pages(iam: Any) -> None:
    """By name, each once; a marker of one group is none of another's."""
    for group in ("b", "A", "c"):
        iam.create_group(GroupName=group)
        iam.add_user_to_group(GroupName=group, UserName="admin")
    for user in ("Carol", "alice"):
        iam.create_user(UserName=user)
        iam.add_user_to_group(GroupName="b", UserName=user)

    members = list(iam.get_paginator("get_group").paginate(GroupName="b", PaginationConfig={"PageSize": 2}))
    of_user = iam.get_paginator("list_groups_for_user").paginate(UserName="admin", PaginationConfig={"PageSize": 2})
    groups = iam.get_paginator("list_groups").paginate(PaginationConfig={"PageSize": 2})

    assert [[user["UserName"] for user in page["Users"]] for page in members] == [["admin", "alice"], ["Carol"]]
    for pages in (of_user, groups):
        assert [[group["GroupName"] for group in page["Groups"]] for page in pages] == [["A", "b"], ["c"]]
    with pytest.raises(ClientError) as error:
        iam.get_group(GroupName="c", Marker=members[0]["Marker"])
    assert refused(error) == ("InvalidInput", 400, "Invalid Marker.")


def test_ten_groups_a_user(iam: Any) -> None:
    """An eleventh is refused; one of the ten again is not."""
    for number in range(11):
        iam.create_group(GroupName=f"g{number}")
    for number in range(10):
        iam.add_user_to_group(GroupName=f"g{number}", UserName="admin")

    with pytest.raises(ClientError) as error:
        iam.add_user_to_group(GroupName="g10", UserName="admin")

    assert refused(error) == ("LimitExceeded", 409, "Cannot exceed quota for GroupsPerUser: 10")
    iam.add_user_to_group(GroupName="g9", UserName="admin")


def test_a_group_policy_counts_for_its_members(aws: Any, iam: Any) -> None:
    """From the next request on, inline and attached; and no more once the user is out."""
    keys = aws.user("bob")
    bob = aws.client("iam", keys)
    iam.create_group(GroupName="readers")
    iam.add_user_to_group(GroupName="readers", UserName="bob")

    for grant, revoke in (
        (lambda: iam.put_group_policy(GroupName="readers", PolicyName="p", PolicyDocument=allow("iam:ListUsers")),
         lambda: iam.delete_group_policy(GroupName="readers", PolicyName="p")),
        (lambda: iam.attach_group_policy(GroupName="readers", PolicyArn=READ_ONLY),
         lambda: iam.remove_user_from_group(GroupName="readers", UserName="bob")),
    ):  # fmt: skip
        with pytest.raises(ClientError) as error:
            bob.list_users()
        assert refused(error)[0] == "AccessDenied"
        grant()
        assert bob.list_users()["Users"]
        revoke()
    with pytest.raises(ClientError):
        bob.list_users()


def test_a_deny_of_a_group_beats_the_users_allow(aws: Any, iam: Any) -> None:
    """Group policies are policies like any other."""
    bob = aws.client("iam", aws.user("bob", {"Effect": "Allow", "Action": "*", "Resource": "*"}))
    iam.create_group(GroupName="limited")
    deny = json.loads(allow("iam:ListUsers"))
    deny["Statement"][0]["Effect"] = "Deny"
    iam.put_group_policy(GroupName="limited", PolicyName="p", PolicyDocument=json.dumps(deny))
    bob.list_users()

    iam.add_user_to_group(GroupName="limited", UserName="bob")

    with pytest.raises(ClientError) as error:
        bob.list_users()
    assert refused(error)[2].endswith("with an explicit deny in an identity-based policy")


def test_the_policies_of_a_group_read_back(iam: Any) -> None:
    """Inline text as written, names in order, managed ones with their ARN."""
    text = allow("s3:*").replace("{", "{\n ", 1)
    iam.create_group(GroupName="Staff")
    iam.put_group_policy(GroupName="staff", PolicyName="b", PolicyDocument=text)
    iam.put_group_policy(GroupName="staff", PolicyName="a", PolicyDocument=allow("kms:*"))
    iam.attach_group_policy(GroupName="staff", PolicyArn=READ_ONLY)

    found = iam.get_group_policy(GroupName="staff", PolicyName="b")
    assert (found["GroupName"], found["PolicyName"], found["PolicyDocument"]) == ("Staff", "b", json.loads(text))
    assert iam.list_group_policies(GroupName="staff")["PolicyNames"] == ["a", "b"]
    attached = {"PolicyName": "IAMReadOnlyAccess", "PolicyArn": READ_ONLY}
    assert iam.list_attached_group_policies(GroupName="staff")["AttachedPolicies"] == [attached]
    assert iam.get_policy(PolicyArn=READ_ONLY)["Policy"]["AttachmentCount"] == 1

    iam.detach_group_policy(GroupName="staff", PolicyArn=READ_ONLY)
    iam.delete_group_policy(GroupName="staff", PolicyName="a")
    with pytest.raises(ClientError) as error:
        iam.get_group_policy(GroupName="staff", PolicyName="a")
    assert refused(error) == ("NoSuchEntity", 404, "The group policy with name a cannot be found.")
    assert iam.list_attached_group_policies(GroupName="staff")["AttachedPolicies"] == []


def test_how_much_may_hang_on_a_group(iam: Any) -> None:
    """5120 characters of inline policies together, white space left out, and ten managed policies."""
    iam.create_group(GroupName="staff")
    room = 5120 - 2 * len("".join(allow("s3:*").split()))
    iam.put_group_policy(GroupName="staff", PolicyName="a", PolicyDocument=allow("s3:*"))
    iam.put_group_policy(GroupName="staff", PolicyName="b", PolicyDocument=allow("s3:*", sid="x" * room) + " " * 99)
    with pytest.raises(ClientError) as inline:
        iam.put_group_policy(GroupName="staff", PolicyName="b", PolicyDocument=allow("s3:*", sid="x" * (room + 1)))
    arns = [
        iam.create_policy(PolicyName=f"p{number}", PolicyDocument=allow("s3:*"))["Policy"]["Arn"]
        for number in range(11)
    ]
    for arn in arns[:10]:
        iam.attach_group_policy(GroupName="staff", PolicyArn=arn)
    with pytest.raises(ClientError) as attached:
        iam.attach_group_policy(GroupName="staff", PolicyArn=arns[10])

    assert refused(inline) == ("LimitExceeded", 409, "Maximum policy size of 5120 bytes exceeded for group staff")
    assert refused(attached) == ("LimitExceeded", 409, "Cannot exceed quota for PoliciesPerGroup: 10")


def test_a_group_goes_when_it_is_empty(iam: Any) -> None:
    """DeleteGroup asks for users, attached and inline policies to go first, one after the other."""
    iam.create_group(GroupName="staff")
    iam.add_user_to_group(GroupName="staff", UserName="admin")
    iam.attach_group_policy(GroupName="staff", PolicyArn=READ_ONLY)
    iam.put_group_policy(GroupName="staff", PolicyName="p", PolicyDocument=allow("s3:*"))
    clear = (
        ("Cannot delete entity, must remove users from group first.",
         lambda: iam.remove_user_from_group(GroupName="staff", UserName="admin")),
        ("Cannot delete entity, must detach all policies first.",
         lambda: iam.detach_group_policy(GroupName="staff", PolicyArn=READ_ONLY)),
        ("Cannot delete entity, must delete policies first.",
         lambda: iam.delete_group_policy(GroupName="staff", PolicyName="p")),
    )  # fmt: skip

    for message, remove in clear:
        with pytest.raises(ClientError) as error:
            iam.delete_group(GroupName="staff")
        assert refused(error) == ("DeleteConflict", 409, message)
        remove()
    iam.delete_group(GroupName="staff")

    assert iam.list_groups()["Groups"] == []


def test_a_renamed_group_keeps_all(iam: Any) -> None:
    """Id, members and policies; another group's name is refused."""
    made = iam.create_group(GroupName="staff")["Group"]
    iam.create_group(GroupName="other")
    iam.add_user_to_group(GroupName="staff", UserName="admin")
    iam.put_group_policy(GroupName="staff", PolicyName="p", PolicyDocument=allow("s3:*"))

    iam.update_group(GroupName="staff", NewGroupName="STAFF", NewPath="/x/")
    with pytest.raises(ClientError) as error:
        iam.update_group(GroupName="staff", NewGroupName="Other")

    found = iam.get_group(GroupName="staff")
    arn = f"arn:aws:iam::{ACCOUNT}:group/x/STAFF"
    assert found["Group"] == {**made, "GroupName": "STAFF", "Path": "/x/", "Arn": arn}
    assert [user["UserName"] for user in found["Users"]] == ["admin"]
    assert iam.list_group_policies(GroupName="STAFF")["PolicyNames"] == ["p"]
    assert refused(error) == ("EntityAlreadyExists", 409, "Group with name Other already exists.")


def test_a_group_is_no_principal(iam: Any) -> None:
    """IAM user guide, "AWS JSON policy elements: Principal": groups relate to permissions, not authentication."""
    arn = iam.create_group(GroupName="staff")["Group"]["Arn"]
    statement = {"Effect": "Allow", "Principal": {"AWS": arn}, "Action": "sts:AssumeRole"}

    with pytest.raises(ClientError) as error:
        iam.create_role(
            RoleName="r",
            AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [statement]}),
        )

    assert refused(error) == ("MalformedPolicyDocument", 400, f'Invalid principal in policy: "AWS":"{arn}"')
