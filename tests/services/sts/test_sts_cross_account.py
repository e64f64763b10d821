"""Roles of other accounts of the server, and sessions that are revoked as AWS revokes them, through boto3."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.core.names import AccountId
from telecine.services.iam.model import Bootstrap

HOME, OTHER = "123456789012", "210987654321"
ALLOW_ALL = {"Effect": "Allow", "Action": "*", "Resource": "*"}


def refused(error: pytest.ExceptionInfo[ClientError]) -> tuple[str, int, str]:
    """Code, HTTP status and message."""
    answer = error.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def policy(*statements: Any) -> str:
    """A policy document."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


@pytest.fixture
def other(aws: Any) -> Any:
    """The administrator of another account of the same server."""
    made: list[Bootstrap] = []
    aws.api.ground.directory.accounts.create("Partner", "root@partner.example", AccountId(OTHER), hand_over=made.append)
    key = made[0].key
    return type(aws.admin)(access_key_id=key.key.access_key_id, secret_access_key=key.secret_access_key)


def role_there(aws: Any, other: Any, principal: str, *statements: Any, name: str = "Shared") -> str:
    """A role of the other account that `principal` may assume; its ARN."""
    iam = aws.client("iam", other)
    trust = policy({"Effect": "Allow", "Principal": {"AWS": principal}, "Action": "sts:AssumeRole"})
    arn: str = iam.create_role(RoleName=name, AssumeRolePolicyDocument=trust)["Role"]["Arn"]
    if statements:
        iam.put_role_policy(RoleName=name, PolicyName="p", PolicyDocument=policy(*statements))
    return arn


def test_a_session_in_another_account(aws: Any, other: Any) -> None:
    """It belongs to the role's account, and may there what the role may."""
    role = role_there(aws, other, HOME, {"Effect": "Allow", "Action": "iam:ListUsers", "Resource": "*"})
    session = aws.assume(role)

    shown = aws.client("sts", session).get_caller_identity()
    users = aws.client("iam", session).list_users()["Users"]

    assert (shown["Account"], shown["Arn"]) == (OTHER, f"arn:aws:sts::{OTHER}:assumed-role/Shared/session")
    assert [user["Arn"] for user in users] == [f"arn:aws:iam::{OTHER}:user/admin"]


def test_both_accounts_must_agree(aws: Any, other: Any) -> None:
    """Being named is not enough: the caller's own account has to allow it too (IAM user guide, "Cross-account policy
    evaluation logic")."""
    bob, eve = aws.user("bob"), aws.user("eve", ALLOW_ALL)
    to_bob = role_there(aws, other, f"arn:aws:iam::{HOME}:user/bob")
    assume = policy({"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": to_bob})

    with pytest.raises(ClientError) as by_identity:
        aws.assume(to_bob, bob)
    with pytest.raises(ClientError) as by_role:
        aws.assume(to_bob, eve)
    aws.client("iam").put_user_policy(UserName="bob", PolicyName="p", PolicyDocument=assume)
    aws.assume(to_bob, bob)

    assert "because no identity-based policy allows the sts:AssumeRole action" in refused(by_identity)[2]
    assert "because no role trust policy allows the sts:AssumeRole action" in refused(by_role)[2]


@pytest.mark.parametrize("statements", [(), (ALLOW_ALL,)])
def test_roles_of_other_accounts_cannot_be_found_out(aws: Any, other: Any, statements: tuple[Any, ...]) -> None:
    """One that trusts somebody else, one that is not there, one of an account that is not there: all the same."""
    closed = role_there(aws, other, OTHER)
    bob = aws.user("bob", *statements)

    answers = set()
    for arn in (closed, f"arn:aws:iam::{OTHER}:role/ghost", "arn:aws:iam::999999999999:role/Shared"):
        with pytest.raises(ClientError) as error:
            aws.assume(arn, bob)
        code, status, message = refused(error)
        answers.add((code, status, message.replace(arn, "it")))

    assert len(answers) == 1


def test_the_simulator_tells_no_more_of_a_closed_role_than_the_call(aws: Any, other: Any) -> None:
    """Neither its tags nor whether it is there: a policy that asks for them is answered as for a role that is missing."""
    closed, shared = role_there(aws, other, OTHER), role_there(aws, other, HOME, name="Open")
    for name in ("Shared", "Open"):
        aws.client("iam", other).tag_role(RoleName=name, Tags=[{"Key": "team", "Value": "blue"}])
    aws.user("bob")
    iam = aws.client("iam")

    def ask(arn: str, value: str) -> tuple[Any, ...]:
        asking = {"Effect": "Allow", "Action": "sts:AssumeRole", "Resource": "*"}
        asking["Condition"] = {"StringLike": {"aws:ResourceTag/team": value}}
        found = iam.simulate_principal_policy(
            PolicySourceArn=f"arn:aws:iam::{HOME}:user/bob",
            PolicyInputList=[policy(asking)],
            ActionNames=["sts:AssumeRole"],
            ResourceArns=[arn],
        )["EvaluationResults"][0]
        details = found["ResourceSpecificResults"][0].get("EvalDecisionDetails")
        return found["EvalDecision"], found["MissingContextValues"], details

    missing = f"arn:aws:iam::{OTHER}:role/Missing"
    assert ask(closed, "b*") == ask(closed, "red") == ask(missing, "b*")
    assert ask(shared, "b*") != ask(shared, "red")


def test_the_tags_of_a_closed_role_of_another_account_cannot_be_asked_for(aws: Any, other: Any) -> None:
    """A Deny of one's own that looks at them tells nothing, unless the role trusts somebody of the account."""
    closed, shared = role_there(aws, other, OTHER), role_there(aws, other, HOME, name="Open")
    for name in ("Shared", "Open"):
        aws.client("iam", other).tag_role(RoleName=name, Tags=[{"Key": "team", "Value": "blue"}])
    asking = {"Null": {"iam:ResourceTag/team": "false"}}
    bob = aws.user("bob", ALLOW_ALL, {**ALLOW_ALL, "Effect": "Deny", "Action": "sts:*", "Condition": asking})

    answers = []
    for arn in (closed, f"arn:aws:iam::{OTHER}:role/Missing", shared):
        with pytest.raises(ClientError) as error:
            aws.assume(arn, bob)
        answers.append(refused(error)[2])

    assert "because no role trust policy allows the sts:AssumeRole action" in answers[0]
    assert answers[0] == answers[1]
    assert "with an explicit deny in an identity-based policy" in answers[2]


def test_a_chain_across_accounts(aws: Any, other: Any) -> None:
    """A role of one account assumes one of another, and its tags and source identity go with it."""
    first = aws.client("iam").create_role(
        RoleName="first",
        AssumeRolePolicyDocument=policy(
            {
                "Effect": "Allow",
                "Principal": {"AWS": HOME},
                "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
            }
        ),
    )["Role"]["Arn"]
    aws.client("iam").put_role_policy(RoleName="first", PolicyName="p", PolicyDocument=policy(ALLOW_ALL))
    seen = {
        "Effect": "Allow",
        "Principal": {"AWS": first},
        "Action": ["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"],
        "Condition": {
            "StringEquals": {
                "aws:PrincipalTag/Team": "film",
                "sts:SourceIdentity": "ada",
                "aws:SourceIdentity": "ada",
                "aws:PrincipalAccount": HOME,
                "aws:ResourceAccount": OTHER,
            }
        },
    }
    iam = aws.client("iam", other)
    second = iam.create_role(RoleName="second", AssumeRolePolicyDocument=policy(seen))["Role"]["Arn"]

    session = aws.assume(
        first, Tags=[{"Key": "Team", "Value": "film"}], TransitiveTagKeys=["Team"], SourceIdentity="ada"
    )
    chained = aws.assume(second, session)

    context = aws.api.ground.sessions.signing_key(chained.access_key_id).caller.context
    assert (context["aws:PrincipalTag/Team"], context["aws:SourceIdentity"]) == ("film", "ada")
    with pytest.raises(ClientError):
        aws.assume(second, aws.assume(first, SourceIdentity="ada"))


@pytest.mark.parametrize("revoked_at", ["2030-03-01T12:00:30Z", "2030-03-01T12:00:30.250Z", "1898596830"])
def test_sessions_are_revoked_by_their_age(aws: Any, revoked_at: str) -> None:
    """IAM user guide, "Revoking IAM role temporary security credentials": the inline policy that the console writes."""
    role = aws.role("r", {"AWS": HOME}, ALLOW_ALL)
    old = aws.assume(role)
    aws.clock.advance(30)
    revoke = {
        "Effect": "Deny",
        "Action": ["*"],
        "Resource": ["*"],
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": revoked_at}},
    }
    aws.client("iam", old).list_users()
    aws.client("iam").put_role_policy(RoleName="r", PolicyName="AWSRevokeOlderSessions", PolicyDocument=policy(revoke))
    aws.clock.advance(1)

    with pytest.raises(ClientError) as error:
        aws.client("iam", old).list_users()
    aws.client("iam", aws.assume(role)).list_users()

    assert "with an explicit deny in an identity-based policy" in refused(error)[2]


def test_a_users_sessions_are_revoked_in_the_same_way(aws: Any) -> None:
    """The user's long-term key, which has no time of issue, goes on."""
    bob = aws.user("bob", ALLOW_ALL)
    given = aws.client("sts", bob).get_session_token()["Credentials"]
    session = type(bob)(
        access_key_id=given["AccessKeyId"],
        secret_access_key=given["SecretAccessKey"],
        session_token=given["SessionToken"],
    )
    revoke = {
        **ALLOW_ALL,
        "Effect": "Deny",
        "Condition": {"DateLessThan": {"aws:TokenIssueTime": "2030-03-01T13:00:00Z"}},
    }
    aws.client("mediaconvert", session).list_jobs()
    aws.client("iam").put_user_policy(UserName="bob", PolicyName="revoke", PolicyDocument=policy(revoke))

    with pytest.raises(ClientError):
        aws.client("mediaconvert", session).list_jobs()
    aws.client("mediaconvert", bob).list_jobs()
