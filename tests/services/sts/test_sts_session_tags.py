"""Session tags, transitive ones along a chain of roles, and the source identity, through boto3."""

import json
from collections.abc import Mapping
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.core.names import AccessKeyId

ACCOUNT = "123456789012"
ANYBODY_HERE = {"AWS": f"arn:aws:iam::{ACCOUNT}:root"}
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}
ALL = ("sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity")


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def tags(**pairs: str) -> list[dict[str, str]]:
    """`Tags` as boto3 takes them."""
    return [{"Key": key, "Value": value} for key, value in pairs.items()]


def trusting(aws: Any, name: str, *statements: Mapping[str, Any], **own_tags: str) -> str:
    """A role of that trust policy and these tags, which may do everything; its ARN."""
    iam = aws.client("iam")
    document = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=document, Tags=tags(**own_tags))["Role"]["Arn"]
    allow = json.dumps({"Version": "2012-10-17", "Statement": [ALLOW_ALL]})
    iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=allow)
    return arn


def trust(*actions: str, principal: Any = None, **condition: Any) -> dict[str, Any]:
    """A statement of a trust policy."""
    statement = {"Effect": "Allow", "Principal": principal or ANYBODY_HERE, "Action": list(actions or ALL)}
    return {**statement, "Condition": condition} if condition else statement


def principal_tags(aws: Any, keys: Any) -> dict[str, str]:
    """The tags that policies see on whoever signs with `keys`."""
    context = aws.api.ground.sessions.signing_key(AccessKeyId(keys.access_key_id)).caller.context
    prefix = "aws:PrincipalTag/"
    return {key.removeprefix(prefix): value for key, value in context.items() if key.startswith(prefix)}


def test_tags_come_before_the_roles_own(aws: Any) -> None:
    """Whatever their case: keys that differ in nothing else are one tag."""
    role = trusting(aws, "r", trust(), Department="Marketing", Kept="1")

    session = aws.assume(role, Tags=tags(department="engineering", Project="Pegasus"))

    assert principal_tags(aws, session) == {"department": "engineering", "Kept": "1", "Project": "Pegasus"}


def test_abac_by_session_tags(aws: Any) -> None:
    """Policies look at them as at any principal's tags."""
    iam = aws.client("iam")
    role = trusting(aws, "r", trust())
    only = {**ALLOW_ALL, "Condition": {"StringEquals": {"aws:PrincipalTag/Team": "film"}}}
    document = json.dumps({"Version": "2012-10-17", "Statement": [only]})
    iam.put_role_policy(RoleName="r", PolicyName="p", PolicyDocument=document)

    aws.client("iam", aws.assume(role, Tags=tags(Team="film"))).list_users()
    for others in ({"Tags": tags(Team="sound")}, {}):
        with pytest.raises(ClientError) as error:
            aws.client("iam", aws.assume(role, **others)).list_users()
        assert refused(error)[0] == "AccessDenied"


@pytest.mark.parametrize(
    ("parameters", "action"),
    [({"Tags": [{"Key": "a", "Value": "b"}]}, "sts:TagSession"), ({"SourceIdentity": "ada"}, "sts:SetSourceIdentity")],
)
def test_tags_and_source_identity_need_permissions_of_their_own(
    aws: Any, parameters: dict[str, Any], action: str
) -> None:
    """Of the trust policy; and of the caller's own when that names the account alone."""
    bob = aws.user("bob", {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"})
    closed = trusting(aws, "closed", trust("sts:AssumeRole"))
    open_ = trusting(aws, "open", trust())
    named = trusting(aws, "named", trust(principal={"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}))
    head = f"User: arn:aws:iam::{ACCOUNT}:user/%s is not authorized to perform: {action}"

    with pytest.raises(ClientError) as by_role:
        aws.assume(closed, **parameters)
    with pytest.raises(ClientError) as by_identity:
        aws.assume(open_, bob, **parameters)
    aws.assume(closed, bob)
    aws.assume(open_, bob)
    aws.assume(named, bob, **parameters)

    assert refused(by_role)[2] == f"{head % 'admin'} because no role trust policy allows the {action} action"
    assert refused(by_identity)[2] == (
        f"{head % 'bob'} on resource: {open_} because no identity-based policy allows the {action} action"
    )


def test_what_a_trust_policy_can_ask_of_tags(aws: Any) -> None:
    """IAM user guide, "Passing session tags in AWS STS": the example policy."""
    role = trusting(
        aws,
        "r",
        trust(
            "sts:AssumeRole",
            StringLike={f"aws:RequestTag/{key}": "*" for key in ("Project", "CostCenter", "Department")},
            StringEquals={"sts:ExternalId": "Example987"},
        ),
        trust(
            "sts:TagSession",
            StringLike={"aws:RequestTag/Project": "*", "aws:RequestTag/CostCenter": "*"},
            StringEquals={"aws:RequestTag/Department": ["Engineering", "Marketing"]},
            **{
                "ForAllValues:StringEquals": {
                    "sts:TransitiveTagKeys": ["Project", "Department"],
                    "aws:TagKeys": ["Project", "CostCenter", "Department"],
                }
            },
        ),
    )
    good = {"Project": "Automation", "CostCenter": "12345", "Department": "Engineering"}

    aws.assume(role, Tags=tags(**good), TransitiveTagKeys=["Project", "Department"], ExternalId="Example987")
    aws.assume(role, Tags=tags(**good), ExternalId="Example987")
    for wrong in (
        {"Tags": tags(**good)},
        {"Tags": tags(**{**good, "Department": "Sales"}), "ExternalId": "Example987"},
        {"Tags": tags(**{**good, "More": "x"}), "ExternalId": "Example987"},
        {"Tags": tags(Project="Automation"), "ExternalId": "Example987"},
        {"Tags": tags(**good), "TransitiveTagKeys": ["CostCenter"], "ExternalId": "Example987"},
    ):
        with pytest.raises(ClientError) as error:
            aws.assume(role, **wrong)
        assert refused(error)[0] == "AccessDenied"


def test_a_chain_hands_transitive_tags_on(aws: Any) -> None:
    """IAM user guide, "Chaining roles with session tags": hearts and stars go on, what belongs to a role does not."""
    roles = [
        trusting(aws, "Role1", trust(), Heart="1"),
        trusting(aws, "Role2", trust(), Sun="2"),
        trusting(aws, "Role3", trust(), Star="3", Lightning="3"),
    ]

    first = aws.assume(roles[0], Tags=tags(Star="1", Heart="1", Moon="1"), TransitiveTagKeys=["star", "Heart"])
    second = aws.assume(roles[1], first)
    third = aws.assume(roles[2], second, Tags=tags(Cloud="3"))

    assert principal_tags(aws, first) == {"Star": "1", "Heart": "1", "Moon": "1"}
    assert principal_tags(aws, second) == {"Star": "1", "Heart": "1", "Sun": "2"}
    assert principal_tags(aws, third) == {"Star": "1", "Heart": "1", "Lightning": "3", "Cloud": "3"}
    with pytest.raises(ClientError) as error:
        aws.assume(roles[2], second, Tags=tags(heart="3"))
    assert refused(error) == (
        "InvalidParameterValue",
        400,
        "One of the specified transitive tag keys can't be set because it conflicts with a transitive tag key from "
        "the calling session.",
    )


def test_what_is_handed_on_takes_up_room(aws: Any) -> None:
    """A chain carries no more than one session may, however long it is."""
    first, second = (trusting(aws, name, trust()) for name in ("first", "second"))
    given = [[{"Key": f"{name}{number}", "Value": "v" * 20} for number in range(50)] for name in "ab"]
    session = aws.assume(first, Tags=given[0], TransitiveTagKeys=[tag["Key"] for tag in given[0]])

    with pytest.raises(ClientError) as error:
        aws.assume(second, session, Tags=given[1])
    aws.assume(second, session, Tags=given[1][:10])

    assert refused(error)[0] == "PackedPolicyTooLarge"


def test_handing_tags_on_needs_permission_too(aws: Any) -> None:
    """A role that lets nobody tag its sessions is closed to sessions with transitive tags."""
    first = trusting(aws, "first", trust())
    second = trusting(aws, "second", trust("sts:AssumeRole"))

    aws.assume(second, aws.assume(first, Tags=tags(a="1")))
    with pytest.raises(ClientError) as error:
        aws.assume(second, aws.assume(first, Tags=tags(a="1"), TransitiveTagKeys=["a"]))

    assert refused(error)[2] == (
        f"User: arn:aws:sts::{ACCOUNT}:assumed-role/first/session is not authorized to perform: sts:TagSession "
        "because no role trust policy allows the sts:TagSession action"
    )


def test_handing_the_source_identity_on_needs_permission_too(aws: Any) -> None:
    """Though nobody passes it (IAM user guide, "Permissions required to set source identity")."""
    first = trusting(aws, "first", trust())
    second = trusting(aws, "second", trust("sts:AssumeRole"))

    with pytest.raises(ClientError) as error:
        aws.assume(second, aws.assume(first, SourceIdentity="ada"))

    assert "because no role trust policy allows the sts:SetSourceIdentity action" in refused(error)[2]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        (
            {"Tags": [{"Key": "Team", "Value": "a"}, {"Key": "team", "Value": "b"}]},
            "Duplicate tag keys found. Please note that Tag keys are case insensitive.",
        ),
        (
            {"Tags": [{"Key": "Team", "Value": "a"}], "TransitiveTagKeys": ["Project"]},
            "The specified transitive tag key must be included in the requested tags.",
        ),
        (
            {"TransitiveTagKeys": ["Project"]},
            "The specified transitive tag key must be included in the requested tags.",
        ),
        (
            {"Tags": [{"Key": "AWS:team", "Value": "a"}]},
            "The tag key AWS:team is reserved: tag keys cannot begin with 'aws:'.",
        ),
    ],
)
def test_tags_that_are_refused(aws: Any, parameters: dict[str, Any], message: str) -> None:
    """Twice, not there, or AWS's own."""
    with pytest.raises(ClientError) as error:
        aws.assume(trusting(aws, "r", trust()), **parameters)

    assert refused(error) == ("InvalidParameterValue", 400, message)


@pytest.mark.parametrize(
    ("given", "path"),
    [
        ([{"Key": "", "Value": "v"}], "tags.1.member.key"),
        ([{"Key": "k" * 129, "Value": "v"}], "tags.1.member.key"),
        ([{"Key": "k", "Value": "v" * 257}], "tags.1.member.value"),
        ([{"Key": "k!", "Value": "v"}], "tags.1.member.key"),
        ([{"Key": f"k{number}", "Value": "v"} for number in range(51)], "tags"),
    ],
)
def test_limits_of_tags(aws: Any, given: list[dict[str, str]], path: str) -> None:
    """Their length, their letters, their number."""
    with pytest.raises(ClientError) as error:
        aws.client("sts", parameter_validation=False).assume_role(
            RoleArn=trusting(aws, "r", trust()), RoleSessionName="session", Tags=given
        )

    code, status, message = refused(error)
    assert (code, status) == ("ValidationError", 400)
    assert f"at '{path}' failed to satisfy constraint" in message


def test_the_source_identity_goes_all_the_way(aws: Any) -> None:
    """It is set once, seen by every policy, and nobody on the way can change it."""
    first, second = trusting(aws, "first", trust()), trusting(aws, "second", trust())
    named = {**ALLOW_ALL, "Condition": {"StringEquals": {"aws:SourceIdentity": "ada"}}}
    aws.client("iam").put_role_policy(
        RoleName="second",
        PolicyName="p",
        PolicyDocument=json.dumps({"Version": "2012-10-17", "Statement": [named]}),
    )
    given = aws.client("sts").assume_role(RoleArn=first, RoleSessionName="session", SourceIdentity="ada")
    session = aws.assume(first, SourceIdentity="ada")

    inherited = aws.assume(second, session)
    aws.assume(second, session, SourceIdentity="ada")
    with pytest.raises(ClientError) as error:
        aws.assume(second, session, SourceIdentity="eve")

    assert given["SourceIdentity"] == "ada"
    aws.client("iam", inherited).list_users()
    with pytest.raises(ClientError):
        aws.client("iam", aws.assume(second)).list_users()
    assert refused(error) == (
        "ValidationError",
        400,
        "The source identity is already set for this assume role session",
    )


def test_a_trust_policy_can_ask_for_a_source_identity(aws: Any) -> None:
    """IAM user guide, "Monitor and control actions taken with assumed roles": the example, for a user and a session."""
    bob = aws.user("bob", ALLOW_ALL)
    role = trusting(
        aws, "r", trust("sts:AssumeRole", "sts:SetSourceIdentity", StringEquals={"sts:SourceIdentity": "bob"})
    )
    other = trusting(aws, "other", trust())

    aws.assume(role, bob, SourceIdentity="bob")
    aws.assume(role, aws.assume(other, SourceIdentity="bob"))  # inherited, it counts as given
    for wrong in ({}, {"SourceIdentity": "eve"}):
        with pytest.raises(ClientError) as error:
            aws.assume(role, bob, **wrong)
        assert refused(error)[0] == "AccessDenied"
