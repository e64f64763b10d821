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
POLICY = f"arn:aws:iam::{ACCOUNT}:policy/media/Films"
ALLOW = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]})
TAGGED = [{"Key": "Team", "Value": "film"}]
TAGS = {"aws:ResourceTag/Team": "film", "iam:ResourceTag/Team": "film"}
REQUESTED = {"aws:RequestTag/Team": "film", "aws:TagKeys": ["Team"]}


@pytest.fixture
def furnished(aws: Any) -> Any:
    """A server with one user, one role and one policy, each with a path and a tag."""
    iam = aws.client("iam")
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
ON_POLICY = ("GetPolicy", "GetPolicyVersion", "ListPolicyVersions", "DeletePolicy")
ATTACHING = {"PolicyArn": POLICY}


@pytest.mark.parametrize(
    ("operation", "params", "resource", "context"),
    [
        *((operation, USER, BOB, TAGS) for operation in ON_USER),
        *((operation, ENCODER, ROLE, TAGS) for operation in ON_ROLE),
        *((operation, {"PolicyArn": POLICY}, POLICY, TAGS) for operation in ON_POLICY),
        ("AttachUserPolicy", {**USER, **ATTACHING}, BOB, {**TAGS, "iam:PolicyARN": POLICY}),
        ("DetachUserPolicy", {**USER, **ATTACHING}, BOB, {**TAGS, "iam:PolicyARN": POLICY}),
        ("AttachRolePolicy", {**ENCODER, **ATTACHING}, ROLE, {**TAGS, "iam:PolicyARN": POLICY}),
        ("DetachRolePolicy", {**ENCODER, **ATTACHING}, ROLE, {**TAGS, "iam:PolicyARN": POLICY}),
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
