"""Who may do what in IAM: the resources and condition keys that each operation is decided on."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.core.names import AccessKeyId
from telecine.services.contract import Call, Need
from telecine.services.iam.access import ROWS

ACCOUNT = "123456789012"
BOB = f"arn:aws:iam::{ACCOUNT}:user/team/bob"
ROLE = f"arn:aws:iam::{ACCOUNT}:role/service-role/Encoder"
GROUP = f"arn:aws:iam::{ACCOUNT}:group/film/Editors"
LIMIT = "arn:aws:iam::aws:policy/AmazonS3FullAccess"
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/media/Films"
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
TAGGED = [{"Key": "Team", "Value": "film"}]
TAGS = {"aws:ResourceTag/Team": "film", "iam:ResourceTag/Team": "film"}
GLOBAL_TAGS = {"aws:ResourceTag/Team": "film"}
REQUESTED = {"aws:RequestTag/Team": "film", "aws:TagKeys": ["Team"]}


@pytest.fixture
def furnished(aws: Any) -> Any:
    """A server with one user, one role and one policy, each with a path and a tag, and one group."""
    iam = aws.client("iam")
    iam.create_group(GroupName="Editors", Path="/film/")
    trust = {"Effect": "Allow", "Principal": {"AWS": ACCOUNT}, "Action": "sts:AssumeRole"}
    iam.create_user(UserName="bob", Path="/team/", Tags=TAGGED)
    iam.create_role(
        RoleName="Encoder",
        Path="/service-role/",
        Tags=TAGGED,
        AssumeRolePolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [trust]}),
    )
    iam.create_policy(PolicyName="Films", Path="/media/", PolicyDocument=ALLOW, Tags=TAGGED)
    return aws


def needs(aws: Any, operation: str, params: dict[str, Any], access_key_id: str | None = None) -> list[Need]:
    """What `operation` needs when the key's owner (the administrator) calls it."""
    key = aws.api.ground.sessions.signing_key(AccessKeyId(access_key_id or aws.admin.access_key_id))
    call = Call(
        caller=key.caller,
        account=aws.account,
        region=aws.region,
        request_id="r",
        now=aws.clock.now(),
        base_url="http://127.0.0.1:7700",
        source_ip="127.0.0.1",
        user_agent="",
        is_secure=False,
    )
    return list(ROWS[operation](aws.api.ground.directory, call, params))


USER = {"UserName": "bob"}
ENCODER = {"RoleName": "encoder"}
ON_USER = ("GetUser", "DeleteUser", "CreateAccessKey", "ListAccessKeys", "UpdateAccessKey", "DeleteAccessKey")
ON_USER += ("PutUserPolicy", "GetUserPolicy", "ListUserPolicies", "DeleteUserPolicy", "ListAttachedUserPolicies")
ON_ROLE = ("GetRole", "DeleteRole", "UpdateAssumeRolePolicy", "PutRolePolicy", "GetRolePolicy", "ListRolePolicies")
ON_ROLE += ("DeleteRolePolicy", "ListAttachedRolePolicies", "ListInstanceProfilesForRole")
ON_ROLE += ("UpdateRole", "UpdateRoleDescription", "ListRoleTags", "DeleteRolePermissionsBoundary")
ON_USER += ("ListGroupsForUser", "ListUserTags", "DeleteUserPermissionsBoundary")
ON_GROUP = ("GetGroup", "DeleteGroup", "AddUserToGroup", "RemoveUserFromGroup", "PutGroupPolicy", "GetGroupPolicy")
ON_GROUP += ("ListGroupPolicies", "DeleteGroupPolicy", "ListAttachedGroupPolicies", "UpdateGroup")
ON_POLICY = ("GetPolicy", "GetPolicyVersion", "ListPolicyVersions", "DeletePolicy")
ATTACHING = {"PolicyArn": POLICY}
EDITORS = {"GroupName": "editors"}
LIMITING = {"PermissionsBoundary": LIMIT}
LIMITED = {"iam:PermissionsBoundary": LIMIT}


@pytest.mark.parametrize(
    ("operation", "params", "resource", "context"),
    [
        *((operation, USER, BOB, TAGS) for operation in ON_USER),
        *((operation, ENCODER, ROLE, TAGS) for operation in ON_ROLE),
        *((operation, {"PolicyArn": POLICY}, POLICY, GLOBAL_TAGS) for operation in ON_POLICY),
        ("AttachUserPolicy", {**USER, **ATTACHING}, BOB, {**TAGS, "iam:PolicyARN": POLICY}),
        ("DetachUserPolicy", {**USER, **ATTACHING}, BOB, {**TAGS, "iam:PolicyARN": POLICY}),
        ("AttachRolePolicy", {**ENCODER, **ATTACHING}, ROLE, {**TAGS, "iam:PolicyARN": POLICY}),
        ("DetachRolePolicy", {**ENCODER, **ATTACHING}, ROLE, {**TAGS, "iam:PolicyARN": POLICY}),
        *((operation, {**EDITORS, **USER}, GROUP, {}) for operation in ON_GROUP),
        ("ListPolicyTags", {"PolicyArn": POLICY}, POLICY, GLOBAL_TAGS),
        ("AttachGroupPolicy", {**EDITORS, **ATTACHING}, GROUP, {"iam:PolicyARN": POLICY}),
        ("DetachGroupPolicy", {**EDITORS, **ATTACHING}, GROUP, {"iam:PolicyARN": POLICY}),
        ("TagUser", {**USER, "Tags": TAGGED}, BOB, {**TAGS, **REQUESTED}),
        ("TagRole", {**ENCODER, "Tags": TAGGED}, ROLE, {**TAGS, **REQUESTED}),
        ("TagPolicy", {"PolicyArn": POLICY, "Tags": TAGGED}, POLICY, {**GLOBAL_TAGS, **REQUESTED}),
        ("UntagUser", {**USER, "TagKeys": ["a", "b"]}, BOB, {**TAGS, "aws:TagKeys": ["a", "b"]}),
        ("UntagRole", {**ENCODER, "TagKeys": ["a"]}, ROLE, {**TAGS, "aws:TagKeys": ["a"]}),
        ("UntagPolicy", {"PolicyArn": POLICY, "TagKeys": ["a"]}, POLICY, {**GLOBAL_TAGS, "aws:TagKeys": ["a"]}),
        ("UntagUser", {**USER}, BOB, TAGS),
        ("UntagPolicy", {}, "*", {}),
        ("PutUserPermissionsBoundary", {**USER, **LIMITING}, BOB, {**TAGS, **LIMITED}),
        ("PutRolePermissionsBoundary", {**ENCODER, **LIMITING}, ROLE, {**TAGS, **LIMITED}),
        ("PutRolePermissionsBoundary", ENCODER, ROLE, TAGS),
        ("CreateUser", {"UserName": "eve", **LIMITING}, f"arn:aws:iam::{ACCOUNT}:user/eve", LIMITED),
        ("CreateRole", {"RoleName": "r", **LIMITING}, f"arn:aws:iam::{ACCOUNT}:role/r", LIMITED),
        ("CreateGroup", {"GroupName": "g", "Path": "/x/"}, f"arn:aws:iam::{ACCOUNT}:group/x/g", {}),
        ("UpdateUser", USER, BOB, TAGS),
        ("DeleteGroup", {"GroupName": "ghosts"}, f"arn:aws:iam::{ACCOUNT}:group/ghosts", {}),
        ("ListGroups", {}, "*", {}),
        ("ListUsers", {}, "*", {}),
        ("ListRoles", {}, "*", {}),
        ("ListPolicies", {}, "*", {}),
        ("CreateUser", {"UserName": "eve", "Path": "/x/"}, f"arn:aws:iam::{ACCOUNT}:user/x/eve", {}),
        ("CreateRole", {"RoleName": "r"}, f"arn:aws:iam::{ACCOUNT}:role/r", {}),
        ("CreatePolicy", {"PolicyName": "p"}, f"arn:aws:iam::{ACCOUNT}:policy/p", {}),
        ("DeleteUser", {"UserName": "ghost"}, f"arn:aws:iam::{ACCOUNT}:user/ghost", {}),
        ("DeleteUser", {}, f"arn:aws:iam::{ACCOUNT}:user/", {}),
        ("GetUser", {}, f"arn:aws:iam::{ACCOUNT}:user/admin", {}),
        ("GetPolicy", {"PolicyArn": "nonsense"}, "nonsense", {}),
        ("GetPolicy", {}, "*", {}),
    ],
)
def test_what_an_operation_is_decided_on(
    furnished: Any, operation: str, params: dict[str, Any], resource: str, context: dict[str, Any]
) -> None:
    """One need: the operation's own action, on the entity with its path, with its tags."""
    expected = Need(action=f"iam:{operation}", resource=resource, context=context)

    assert needs(furnished, operation, params) == [expected]


@pytest.mark.parametrize(
    ("operation", "name", "tag_action"),
    [
        ("CreateUser", "UserName", "iam:TagUser"),
        ("CreateRole", "RoleName", "iam:TagRole"),
        ("CreatePolicy", "PolicyName", "iam:TagPolicy"),
    ],
)
def test_tags_at_creation_need_a_second_action(aws: Any, operation: str, name: str, tag_action: str) -> None:
    """Both see the tags of the request."""
    found = needs(aws, operation, {name: "new", "Tags": TAGGED})

    assert [need.action for need in found] == [f"iam:{operation}", tag_action]
    assert [need.context for need in found] == [REQUESTED, REQUESTED]


@pytest.mark.parametrize("kind", ["User", "Role"])
@pytest.mark.parametrize(
    "pattern",
    ["Put{}Policy", "Delete{}Policy", "Attach{}Policy", "Detach{}Policy", "Delete{}PermissionsBoundary"],
)
def test_changes_are_decided_on_the_limit_there_is(furnished: Any, kind: str, pattern: str) -> None:
    """`iam:PermissionsBoundary` is the boundary of the user or role; its policies are read without it."""
    name = {**USER, **ENCODER}
    iam = furnished.client("iam")
    iam.put_user_permissions_boundary(UserName="bob", PermissionsBoundary=LIMIT)
    iam.put_role_permissions_boundary(RoleName="Encoder", PermissionsBoundary=LIMIT)

    (change,) = needs(furnished, pattern.format(kind), {**name, **ATTACHING})
    (read,) = needs(furnished, f"Get{kind}Policy", name)

    assert change.context["iam:PermissionsBoundary"] == LIMIT
    assert "iam:PermissionsBoundary" not in read.context


@pytest.mark.parametrize(
    ("operation", "params", "resources"),
    [
        ("UpdateUser", {**USER, "NewUserName": "rob"}, [BOB, f"arn:aws:iam::{ACCOUNT}:user/team/rob"]),
        ("UpdateUser", {**USER, "NewPath": "/x/"}, [BOB, f"arn:aws:iam::{ACCOUNT}:user/x/bob"]),
        ("UpdateUser", {**USER, "NewUserName": "bob", "NewPath": "/team/"}, [BOB]),
        (
            "UpdateGroup",
            {**EDITORS, "NewGroupName": "Cutters", "NewPath": "/"},
            [GROUP, f"arn:aws:iam::{ACCOUNT}:group/Cutters"],
        ),
        (
            "UpdateGroup",
            {"GroupName": "ghosts", "NewGroupName": "g"},
            [f"arn:aws:iam::{ACCOUNT}:group/ghosts", f"arn:aws:iam::{ACCOUNT}:group/g"],
        ),
    ],
)
def test_another_name_needs_both(furnished: Any, operation: str, params: dict[str, Any], resources: list[str]) -> None:
    """The ARN there is, and the one there will be."""
    assert [need.resource for need in needs(furnished, operation, params)] == resources


def test_a_boundary_is_no_tag(aws: Any) -> None:
    """Of a creation with both, the tag action sees the tags alone."""
    create, tag = needs(aws, "CreateUser", {"UserName": "new", "Tags": TAGGED, **LIMITING})

    assert create.context == {**REQUESTED, **LIMITED}
    assert tag == Need(action="iam:TagUser", resource=create.resource, context=REQUESTED)


def test_a_session_that_names_no_user(aws: Any) -> None:
    """There is no user to decide on: only who may do it everywhere hears what is wrong."""
    keys = aws.assume(aws.role("visitor", {"AWS": ACCOUNT}))

    assert needs(aws, "GetUser", {}, keys.access_key_id) == [Need(action="iam:GetUser")]


def test_a_user_may_look_after_itself_alone(aws: Any) -> None:
    """The classic self-service policy, with `${aws:username}`."""
    own = "arn:aws:iam::*:user/${aws:username}"
    keys = aws.user("bob", {"Effect": "Allow", "Action": ["iam:*AccessKey*", "iam:GetUser"], "Resource": own})
    iam = aws.client("iam", keys)

    assert iam.get_user()["User"]["UserName"] == "bob"
    assert len(iam.list_access_keys()["AccessKeyMetadata"]) == 1
    with pytest.raises(ClientError) as error:
        iam.create_access_key(UserName="admin")
    assert error.value.response["Error"] == {
        "Type": "Sender",
        "Code": "AccessDenied",
        "Message": f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: iam:CreateAccessKey on "
        f"resource: arn:aws:iam::{ACCOUNT}:user/admin because no identity-based policy allows the "
        "iam:CreateAccessKey action",
    }


def test_only_listed_policies_may_be_attached(aws: Any) -> None:
    """`iam:PolicyARN` limits what a delegated administrator hands out."""
    read = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"
    statement = {
        "Effect": "Allow",
        "Action": "iam:AttachUserPolicy",
        "Resource": "*",
        "Condition": {"ArnEquals": {"iam:PolicyARN": read}},
    }
    keys = aws.user("bob", statement)
    iam = aws.client("iam", keys)

    iam.attach_user_policy(UserName="bob", PolicyArn=read)
    with pytest.raises(ClientError) as error:
        iam.attach_user_policy(UserName="bob", PolicyArn="arn:aws:iam::aws:policy/AdministratorAccess")
    assert error.value.response["Error"]["Code"] == "AccessDenied"


def test_tags_of_the_caller_count(aws: Any) -> None:
    """`aws:PrincipalTag` comes from the user's own tags, `aws:ResourceTag` from the entity's."""
    admin = aws.client("iam")
    same_team = {
        "Effect": "Allow",
        "Action": "iam:GetUser",
        "Resource": "*",
        "Condition": {"StringEquals": {"aws:ResourceTag/Team": "${aws:PrincipalTag/Team}"}},
    }
    admin.create_user(UserName="bob", Tags=TAGGED)
    admin.create_user(UserName="carol", Tags=TAGGED)
    document = json.dumps({"Version": "2012-10-17", "Statement": [same_team]})
    admin.put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=document)
    key = admin.create_access_key(UserName="bob")["AccessKey"]
    keys = type(aws.admin)(access_key_id=key["AccessKeyId"], secret_access_key=key["SecretAccessKey"])
    iam = aws.client("iam", keys)

    assert iam.get_user(UserName="carol")["User"]["UserName"] == "carol"
    with pytest.raises(ClientError):
        iam.get_user(UserName="admin")


def test_a_detached_policy_counts_for_nothing(aws: Any) -> None:
    """From the next request on."""
    keys = aws.user("bob")
    admin, iam = aws.client("iam"), aws.client("iam", keys)
    arn = "arn:aws:iam::aws:policy/IAMReadOnlyAccess"

    admin.attach_user_policy(UserName="bob", PolicyArn=arn)
    iam.list_users()
    admin.detach_user_policy(UserName="bob", PolicyArn=arn)

    with pytest.raises(ClientError) as error:
        iam.list_users()
    assert error.value.response["Error"]["Message"] == (
        f"User: arn:aws:iam::{ACCOUNT}:user/bob is not authorized to perform: iam:ListUsers "
        "because no identity-based policy allows the iam:ListUsers action"
    )
