"""Simulations with the policies that a user, group or role really has."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
READ_ONLY = "arn:aws:iam::aws:policy/AmazonS3ReadOnlyAccess"


def allow(action: str | list[str], resource: str = "*", **more: Any) -> dict[str, Any]:
    """A statement that allows."""
    return {"Effect": "Allow", "Action": action, "Resource": resource, **more}


def policy(*statements: Any) -> str:
    """The text of a policy of these statements."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)})


def refusal(call: Any, **parameters: Any) -> tuple[str, str]:
    """Code and message of the error that a call ends with."""
    with pytest.raises(ClientError) as error:
        call(**parameters)
    found = error.value.response["Error"]
    return found["Code"], found["Message"]


@pytest.fixture
def iam(aws: Any) -> Any:
    """The administrator's client of IAM."""
    return aws.client("iam")


@pytest.fixture
def ask(iam: Any) -> Callable[..., Any]:
    """Simulates one action of `alice`: the one result."""

    def ask(action: str, source: str = ALICE, **parameters: Any) -> Any:
        answer = iam.simulate_principal_policy(PolicySourceArn=source, ActionNames=[action], **parameters)
        (result,) = answer["EvaluationResults"]
        return result

    return ask


def sources(result: Any) -> list[str]:
    """Where the statements behind a result come from."""
    return [one["SourcePolicyId"] for one in result["MatchedStatements"]]


@pytest.fixture
def alice(iam: Any) -> Any:
    """A user with a policy of her own, one of AWS's, one of the account's, and two of a group's."""
    iam.create_user(UserName="alice", Path="/")
    iam.put_user_policy(UserName="alice", PolicyName="own", PolicyDocument=policy(allow("s3:PutObject")))
    iam.attach_user_policy(UserName="alice", PolicyArn=READ_ONLY)
    arn = iam.create_policy(PolicyName="Films", Path="/media/", PolicyDocument=policy(allow("sqs:*")))["Policy"]["Arn"]
    iam.attach_user_policy(UserName="alice", PolicyArn=arn)
    iam.create_group(GroupName="crew")
    iam.put_group_policy(GroupName="crew", PolicyName="shared", PolicyDocument=policy(allow("sns:*")))
    iam.attach_group_policy(GroupName="crew", PolicyArn="arn:aws:iam::aws:policy/IAMReadOnlyAccess")
    iam.add_user_to_group(GroupName="crew", UserName="alice")
    return iam


@pytest.mark.usefixtures("alice")
@pytest.mark.parametrize(
    ("action", "source"),
    [
        ("s3:PutObject", "user_alice_own"),
        ("s3:GetObject", "AmazonS3ReadOnlyAccess"),
        ("sqs:SendMessage", "Films"),
        ("sns:Publish", "group_crew_shared"),
        ("iam:GetUser", "IAMReadOnlyAccess"),
        ("ec2:RunInstances", None),
    ],
)
def test_every_policy_of_a_user(ask: Any, action: str, source: str | None) -> None:
    """Its own, attached ones, and its groups'."""
    result = ask(action)

    assert sources(result) == ([] if source is None else [source])
    assert result["EvalDecision"] == ("implicitDeny" if source is None else "allowed")


def test_policies_of_groups_and_roles(alice: Any, aws: Any, ask: Any) -> None:
    """Each has its own alone."""
    role = aws.role("Encoder", {"AWS": ACCOUNT}, allow("s3:GetObject"))
    group = f"arn:aws:iam::{ACCOUNT}:group/crew"

    assert sources(ask("sns:Publish", group)) == ["group_crew_shared"]
    assert sources(ask("s3:GetObject", group)) == []
    assert sources(ask("s3:GetObject", role)) == ["role_Encoder_given"]


@pytest.mark.parametrize(
    ("exclusion", "left"),
    [
        ({"PolicyType": "inline"}, {"AmazonS3ReadOnlyAccess", "Films"}),
        ({"PolicyType": "aws-managed"}, {"user_alice_own", "group_crew_shared", "Films"}),
        ({"PolicyType": "user-managed"}, {"user_alice_own", "group_crew_shared", "AmazonS3ReadOnlyAccess"}),
        ({"PolicyArn": READ_ONLY}, {"user_alice_own", "group_crew_shared", "Films"}),
        (
            {"PolicyArn": f"arn:aws:iam::{ACCOUNT}:policy/media/F?l*"},
            {"user_alice_own", "group_crew_shared", "AmazonS3ReadOnlyAccess"},
        ),
        (
            {
                "InlinePolicyIdentifier": {
                    "PolicyName": "shared",
                    "AttachmentType": "group",
                    "AttachmentName": "crew",
                }
            },
            {"user_alice_own", "AmazonS3ReadOnlyAccess", "Films"},
        ),
        ({"PolicyType": "scp"}, {"user_alice_own", "group_crew_shared", "AmazonS3ReadOnlyAccess", "Films"}),
    ],
)
def test_policies_left_out(alice: Any, exclusion: dict[str, Any], left: set[str]) -> None:
    """What would hold without them, by type, by ARN, by name and owner."""
    answer = alice.simulate_principal_policy(
        PolicySourceArn=ALICE,
        ActionNames=["s3:PutObject", "s3:GetObject", "sqs:SendMessage", "sns:Publish"],
        PolicyExclusionList=[exclusion],
    )

    assert {source for one in answer["EvaluationResults"] for source in sources(one)} == left


def test_a_wrong_exclusion(alice: Any) -> None:
    """An ARN with wildcards where none may be."""
    wrong = "arn:aws:iam::*:policy/Films"
    question = {"PolicySourceArn": ALICE, "ActionNames": ["s3:GetObject"]}

    assert refusal(alice.simulate_principal_policy, **question, PolicyExclusionList=[{"PolicyArn": wrong}]) == (
        "InvalidInput",
        f"ARN {wrong} is not valid.",
    )


def test_the_attached_boundary(alice: Any, ask: Any) -> None:
    """It limits; one that is given takes its place; it can be left out."""
    alice.put_user_permissions_boundary(UserName="alice", PermissionsBoundary=READ_ONLY)
    other = [policy(allow("s3:PutObject"))]

    limited = ask("s3:PutObject")
    replaced = ask("s3:PutObject", PermissionsBoundaryPolicyInputList=other)
    without = ask("s3:PutObject", PolicyExclusionList=[{"PolicyType": "permission-boundary"}])

    assert limited["EvalDecision"] == "implicitDeny"
    assert limited["PermissionsBoundaryDecisionDetail"] == {"AllowedByPermissionsBoundary": False}
    assert replaced["EvalDecision"] == "allowed"
    assert set(sources(replaced)) == {"user_alice_own", "PermissionsBoundaryPolicyInputList.1"}
    assert without["EvalDecision"] == "allowed"
    assert "PermissionsBoundaryDecisionDetail" not in without


def test_what_is_known_of_the_source(aws: Any, iam: Any, ask: Any) -> None:
    """Its name, ARN, id and tags need not be given; the time of a request must be; what is given counts."""
    own = "arn:aws:s3:::films/${aws:username}/*"
    tagged = {"StringEquals": {"aws:PrincipalTag/team": "film", "aws:PrincipalArn": ALICE}}
    early = {"DateLessThan": {"aws:CurrentTime": "2030-01-01T00:00:00Z"}}
    iam.create_user(UserName="alice", Tags=[{"Key": "team", "Value": "film"}])
    iam.put_user_policy(
        UserName="alice",
        PolicyName="own",
        PolicyDocument=policy(
            allow("s3:GetObject", own, Condition=tagged), allow("s3:PutObject", own, Condition=early)
        ),
    )
    home, name = ["arn:aws:s3:::films/alice/a"], {"ContextKeyName": "aws:username", "ContextKeyType": "string"}
    now = {"ContextKeyName": "aws:CurrentTime", "ContextKeyType": "date", "ContextKeyValues": ["2026-01-01"]}

    assert ask("s3:GetObject", ResourceArns=home)["EvalDecision"] == "allowed"
    late = ask("s3:PutObject", ResourceArns=home)
    assert (late["EvalDecision"], late["MissingContextValues"]) == ("implicitDeny", ["aws:CurrentTime"])
    assert ask("s3:PutObject", ResourceArns=home, ContextEntries=[now])["EvalDecision"] == "allowed"
    renamed = [{**name, "ContextKeyValues": ["carol"]}]
    assert ask("s3:GetObject", ResourceArns=home, ContextEntries=renamed)["EvalDecision"] == "implicitDeny"
    # Called as Carol with Alice's policies: Carol's name counts, and no tag of hers is told.
    carol = f"arn:aws:iam::{ACCOUNT}:user/carol"
    swapped = ask("s3:GetObject", ResourceArns=["arn:aws:s3:::films/carol/a"], CallerArn=carol)
    assert swapped["EvalDecision"] == "implicitDeny"
    assert "aws:PrincipalTag/team" in swapped["MissingContextValues"]


@pytest.mark.parametrize(
    ("arn", "code", "message"),
    [
        (f"arn:aws:iam::{ACCOUNT}:user/ghost", "NoSuchEntity", "The user with name ghost cannot be found."),
        (f"arn:aws:iam::{ACCOUNT}:group/ghost", "NoSuchEntity", "The group with name ghost cannot be found."),
        (f"arn:aws:iam::{ACCOUNT}:role/x/ghost", "NoSuchEntity", "The role with name ghost cannot be found."),
        (
            f"arn:aws:sts::{ACCOUNT}:assumed-role/Encoder/x",
            "InvalidInput",
            f"Invalid Entity Arn: arn:aws:sts::{ACCOUNT}:assumed-role/Encoder/x does not clearly define entity type "
            "and name.",
        ),
        (
            "arn:aws:iam::999988887777:role/Encoder",
            "InvalidInput",
            f"Invalid Policy Source Arn: caller's account {ACCOUNT} does not have access to policies in account "
            "999988887777",
        ),
    ],
)
def test_no_such_source(iam: Any, arn: str, code: str, message: str) -> None:
    """The policies of nobody, and of another account's identities, are not to be had."""
    question = {"PolicySourceArn": arn}

    assert refusal(iam.simulate_principal_policy, **question, ActionNames=["s3:GetObject"]) == (code, message)
    assert refusal(iam.get_context_keys_for_principal_policy, **question) == (code, message)


def test_context_keys_of_a_principal(alice: Any) -> None:
    """Of all its policies, and of those that are given."""
    condition: dict[str, Any] = {"Bool": {"aws:MultiFactorAuthPresent": "true"}}
    alice.put_group_policy(
        GroupName="crew", PolicyName="shared", PolicyDocument=policy(allow("sns:*", Condition=condition))
    )
    variable = policy(allow("s3:GetObject", "arn:aws:s3:::films/${aws:username}"))

    answer = alice.get_context_keys_for_principal_policy(PolicySourceArn=ALICE, PolicyInputList=[variable])

    assert answer["ContextKeyNames"] == ["aws:MultiFactorAuthPresent", "aws:username"]


TRUSTED = {"Effect": "Allow", "Action": "sts:AssumeRole"}


def test_a_role_that_does_not_trust_cannot_be_assumed(aws: Any, ask: Any) -> None:
    """The trust policy of the account's own role counts without being given, as it does when the role is assumed."""
    keys = aws.user("alice", allow("sts:AssumeRole"))
    aws.user("eve")
    trusting = aws.role("Trusting", {"AWS": ALICE})
    other = aws.role("Other", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/eve"})

    for arn, decision in ((trusting, "allowed"), (other, "implicitDeny")):
        assert ask("sts:AssumeRole", ResourceArns=[arn])["EvalDecision"] == decision
        if decision == "allowed":
            aws.assume(arn, keys)
        else:
            assert (
                refusal(aws.client("sts", keys).assume_role, RoleArn=arn, RoleSessionName="simulated")[0]
                == "AccessDenied"
            )
    found = ask("sts:AssumeRole", ResourceArns=[trusting])["MatchedStatements"]
    assert {one["SourcePolicyType"] for one in found} == {"Resource Policy", "IAM Policy"}
    # A role to come trusts nobody yet.
    absent = f"arn:aws:iam::{ACCOUNT}:role/ToCome"
    assert ask("sts:AssumeRole", ResourceArns=[absent])["EvalDecision"] == "allowed"


def test_trust_policies_are_not_told_to_who_may_not_look(aws: Any, iam: Any, ask: Any) -> None:
    """Neither simulations of made-up policies nor those of another caller ask the trust policies of roles."""
    aws.user("alice", allow("sts:AssumeRole"))
    aws.user("eve")
    role = [aws.role("Other", {"AWS": f"arn:aws:iam::{ACCOUNT}:user/eve"})]
    question = {"ActionNames": ["sts:AssumeRole"], "ResourceArns": role}

    made_up = iam.simulate_custom_policy(
        PolicyInputList=[policy(allow("sts:AssumeRole"))], CallerArn=ALICE, **question
    )["EvaluationResults"]

    assert [one["EvalDecision"] for one in made_up] == ["allowed"]
    as_eve = {"ResourceArns": role, "CallerArn": f"arn:aws:iam::{ACCOUNT}:user/eve"}
    assert sources(ask("sts:AssumeRole", **as_eve)) == ["user_alice_given"]
    assert ask("sts:AssumeRole", ResourceArns=role)["EvalDecision"] == "implicitDeny"
    # Given, it counts as on any other resource.
    trust = policy({**TRUSTED, "Principal": {"AWS": ALICE}})
    given = ask("sts:AssumeRole", ResourceArns=role, ResourcePolicy=trust)
    assert given["EvalDecision"] == "allowed"


def test_trust_needs_what_its_conditions_ask_for(aws: Any, ask: Any, iam: Any) -> None:
    """An external id is missing until it is given."""
    aws.user("alice", allow("sts:AssumeRole"))
    condition = {"StringEquals": {"sts:ExternalId": "42"}}
    iam.create_role(
        RoleName="Visited",
        AssumeRolePolicyDocument=policy({**TRUSTED, "Principal": {"AWS": ALICE}, "Condition": condition}),
    )
    role = [f"arn:aws:iam::{ACCOUNT}:role/Visited"]
    entry = {"ContextKeyName": "sts:ExternalId", "ContextKeyType": "string", "ContextKeyValues": ["42"]}

    without = ask("sts:AssumeRole", ResourceArns=role)

    assert (without["EvalDecision"], without["MissingContextValues"]) == ("implicitDeny", ["sts:ExternalId"])
    assert ask("sts:AssumeRole", ResourceArns=role, ContextEntries=[entry])["EvalDecision"] == "allowed"


def test_a_role_of_another_account(aws: Any, ask: Any) -> None:
    """What a call would be told: no role trusts, whether there is one or not."""
    aws.user("alice", allow("sts:AssumeRole"))

    result = ask("sts:AssumeRole", ResourceArns=["arn:aws:iam::999988887777:role/Encoder"])

    assert result["EvalDecision"] == "implicitDeny"
    assert result["EvalDecisionDetails"] == {"IAM Policy": "allowed", "Resource Policy": "implicitDeny"}


def test_who_may_simulate(aws: Any, iam: Any) -> None:
    """The source's own ARN counts, however the request spells its path."""
    iam.create_user(UserName="boss", Path="/top/")
    keys = aws.user("clerk", allow(["iam:SimulatePrincipalPolicy"], f"arn:aws:iam::{ACCOUNT}:user/low/*"))
    spelled = f"arn:aws:iam::{ACCOUNT}:user/low/boss"

    refused = refusal(
        aws.client("iam", keys).simulate_principal_policy, PolicySourceArn=spelled, ActionNames=["s3:GetObject"]
    )

    assert refused == (
        "AccessDenied",
        f"User: arn:aws:iam::{ACCOUNT}:user/clerk is not authorized to perform: iam:SimulatePrincipalPolicy on "
        f"resource: arn:aws:iam::{ACCOUNT}:user/top/boss because no identity-based policy allows the "
        "iam:SimulatePrincipalPolicy action",
    )
