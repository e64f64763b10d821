"""Simulations: what would be answered to requests that nobody makes, in the shapes and words of IAM."""

import json
from typing import Any

import pytest
from botocore.exceptions import ClientError

ACCOUNT = "123456789012"
OTHER = "999988887777"
READ = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/*"}
FILM = "arn:aws:s3:::films/reel.mov"
OWNER = f"arn:aws:iam::{ACCOUNT}:root"


def policy(*statements: Any) -> str:
    """The text of a policy of these statements, on one line."""
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)}, separators=(",", ":"))


def only(answer: Any) -> Any:
    """The one result of an answer."""
    (result,) = answer["EvaluationResults"]
    return result


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


def test_a_custom_policy_allows(iam: Any) -> None:
    """The result names action and resource, and the statement with its place in the text."""
    answer = iam.simulate_custom_policy(
        PolicyInputList=[policy(READ)], ActionNames=["s3:GetObject"], ResourceArns=[FILM]
    )
    statement = {
        "SourcePolicyId": "PolicyInputList.1",
        "SourcePolicyType": "IAM Policy",
        "StartPosition": {"Line": 1, "Column": 38},
        "EndPosition": {"Line": 1, "Column": 38 + len(json.dumps(READ, separators=(",", ":")))},
    }

    assert answer["IsTruncated"] is False
    assert only(answer) == {
        "EvalActionName": "s3:GetObject",
        "EvalResourceName": FILM,
        "EvalDecision": "allowed",
        "MatchedStatements": [statement],
        "MissingContextValues": [],
        "EvalDecisionDetails": {},
        "ResourceSpecificResults": [
            {
                "EvalResourceName": FILM,
                "EvalResourceDecision": "allowed",
                "MatchedStatements": [statement],
                "MissingContextValues": [],
            }
        ],
    }


def test_a_statement_is_found_by_line_and_column(iam: Any) -> None:
    """In a text over several lines, for the second statement of two."""
    text = json.dumps(json.loads(policy({**READ, "Action": "s3:PutObject"}, READ)), indent=2)
    lines = text.split("\n")

    result = only(iam.simulate_custom_policy(PolicyInputList=[text], ActionNames=["s3:GetObject"], ResourceArns=[FILM]))

    (found,) = result["MatchedStatements"]
    assert lines[found["StartPosition"]["Line"] - 1][found["StartPosition"]["Column"] - 1 :] == "{"
    assert lines[found["EndPosition"]["Line"] - 1][: found["EndPosition"]["Column"] - 1] == "    }"
    assert (found["StartPosition"]["Line"], found["EndPosition"]["Line"]) == (9, 13)


def test_all_resources_unless_some_are_named(iam: Any) -> None:
    """Without ARNs the question is about `*`: only a statement on `*` answers it, and nothing is told by resource."""
    policies = [policy(READ, {"Effect": "Allow", "Action": "s3:ListAllMyBuckets", "Resource": "*"})]

    answer = iam.simulate_custom_policy(PolicyInputList=policies, ActionNames=["s3:GetObject", "s3:ListAllMyBuckets"])[
        "EvaluationResults"
    ]

    assert [(one["EvalDecision"], one["EvalResourceName"]) for one in answer] == [
        ("implicitDeny", "*"),
        ("allowed", "*"),
    ]
    assert all("ResourceSpecificResults" not in one and "EvalDecisionDetails" not in one for one in answer)


def test_an_action_without_resources(iam: Any) -> None:
    """Its call is about `*`, whatever the simulation names: a statement on users does not allow it."""
    user = f"arn:aws:iam::{ACCOUNT}:user/bob"

    def ask(on: str) -> str:
        statement = {"Effect": "Allow", "Action": "iam:*", "Resource": on}
        question = {"ActionNames": ["iam:ListUsers"], "ResourceArns": [user]}
        (one,) = only(iam.simulate_custom_policy(PolicyInputList=[policy(statement)], **question))[
            "ResourceSpecificResults"
        ]
        assert one["EvalResourceName"] == user
        return str(one["EvalResourceDecision"])

    assert (ask("arn:aws:iam::*:user/*"), ask("*")) == ("implicitDeny", "allowed")


def test_keys_of_other_statements_are_not_missing(iam: Any) -> None:
    """Only statements about the action and the resource ask for keys."""
    elsewhere = {**READ, "Resource": "arn:aws:s3:::other/*", "Condition": {"Bool": {"aws:SecureTransport": "true"}}}
    other = {**READ, "Action": "s3:PutObject", "Condition": {"Null": {"s3:x-amz-acl": "true"}}}
    own = {**READ, "Condition": {"StringLike": {"aws:Referer": "https://studio/*"}}}

    result = only(
        iam.simulate_custom_policy(
            PolicyInputList=[policy(elsewhere, other, own)], ActionNames=["s3:GetObject"], ResourceArns=[FILM]
        )
    )

    assert result["MissingContextValues"] == ["aws:Referer"]


def test_several_resources(iam: Any) -> None:
    """Each resource has its own result; the action's is the most restrictive of them, with what contributed to it."""
    deny = {"Effect": "Deny", "Action": "s3:*", "Resource": "arn:aws:s3:::films/locked/*"}
    locked, other = "arn:aws:s3:::films/locked/a", "arn:aws:s3:::other/a"

    result = only(
        iam.simulate_custom_policy(
            PolicyInputList=[policy(READ), policy(deny)],
            ActionNames=["s3:GetObject"],
            ResourceArns=[FILM, other, locked],
        )
    )

    assert result["EvalResourceName"] == "arn:aws:s3:::${BucketName}/${KeyName}"
    assert result["EvalDecision"] == "explicitDeny"
    assert [one["SourcePolicyId"] for one in result["MatchedStatements"]] == ["PolicyInputList.2"]
    assert [
        (one["EvalResourceName"], one["EvalResourceDecision"], [m["SourcePolicyId"] for m in one["MatchedStatements"]])
        for one in result["ResourceSpecificResults"]
    ] == [
        (FILM, "allowed", ["PolicyInputList.1"]),
        (other, "implicitDeny", []),
        (locked, "explicitDeny", ["PolicyInputList.2"]),
    ]


@pytest.mark.parametrize(
    ("operator", "key_type", "given", "asked"),
    [
        ("StringEquals", "string", ["films"], "films"),
        ("ForAnyValue:StringEquals", "stringList", ["films", "news"], "news"),
        ("NumericLessThan", "numeric", ["9.5"], "10"),
        ("ForAllValues:NumericLessThan", "numericList", ["1", "9.5"], "10"),
        ("Bool", "boolean", ["true"], "true"),
        ("ForAnyValue:Bool", "booleanList", ["false", "true"], "true"),
        ("DateGreaterThan", "date", ["2026-03-02T00:00:00Z"], "2026-03-01T00:00:00Z"),
        ("ForAnyValue:DateGreaterThan", "dateList", ["1772409600"], "2026-03-01T00:00:00Z"),
        ("IpAddress", "ip", ["203.0.113.9"], "203.0.113.0/24"),
        ("ForAnyValue:IpAddress", "ipList", ["198.51.100.1", "203.0.113.9"], "203.0.113.0/24"),
        ("BinaryEquals", "binary", ["ZmlsbXM="], "ZmlsbXM="),
        ("ForAnyValue:BinaryEquals", "binaryList", ["eA==", "ZmlsbXM="], "ZmlsbXM="),
    ],
)
def test_context_of_every_type(iam: Any, operator: str, key_type: str, given: list[str], asked: str) -> None:
    """A key that is given counts; one that is not is told as missing."""
    policies = [policy({**READ, "Condition": {operator: {"telecine:Key": asked}}})]
    question = {"PolicyInputList": policies, "ActionNames": ["s3:GetObject"], "ResourceArns": [FILM]}
    entry = {"ContextKeyName": "Telecine:key", "ContextKeyType": key_type, "ContextKeyValues": given}

    with_it = only(iam.simulate_custom_policy(**question, ContextEntries=[entry]))
    without = only(iam.simulate_custom_policy(**question))

    assert (with_it["EvalDecision"], with_it["MissingContextValues"]) == ("allowed", [])
    assert without["MissingContextValues"] == ["telecine:Key"]
    assert without["EvalDecision"] == ("allowed" if operator.startswith("ForAllValues") else "implicitDeny")


@pytest.mark.parametrize(
    ("entry", "message"),
    [
        ({"ContextKeyType": "string", "ContextKeyValues": ["a"]}, "ContextKeyName cannot be null or empty."),
        ({"ContextKeyName": "aws:Key", "ContextKeyValues": ["a"]}, "Context key aws:Key has invalid type null."),
        (
            {"ContextKeyName": "aws:Key", "ContextKeyType": "stringList", "ContextKeyValues": []},
            "Context values for context key aws:Key cannot be null or empty.",
        ),
        (
            {"ContextKeyName": "aws:Key", "ContextKeyType": "numericList", "ContextKeyValues": ["1", "0x10"]},
            "Invalid context value for key aws:Key: expected numeric format.",
        ),
        (
            {"ContextKeyName": "aws:Key", "ContextKeyType": "ip", "ContextKeyValues": ["192.0.2.0/24"]},
            "Invalid context value for key aws:Key: expected IP address.",
        ),
        (
            {"ContextKeyName": "aws:Key", "ContextKeyType": "binary", "ContextKeyValues": ["YQ"]},
            "Invalid context value for key aws:Key: expected base-64 encoded binary format.",
        ),
        (
            {"ContextKeyName": "aws:Key", "ContextKeyType": "boolean", "ContextKeyValues": ["yes"]},
            "Invalid context value for key aws:Key: expected boolean format.",
        ),
        (
            {"ContextKeyName": "aws:Key", "ContextKeyType": "date", "ContextKeyValues": ["soon"]},
            "Invalid context value for key aws:Key: expected date format.",
        ),
        (
            {"ContextKeyName": "aws:Key", "ContextKeyType": "string", "ContextKeyValues": ["a", "b"]},
            "Context key aws:Key of type string has more than one value.",
        ),
    ],
)
def test_context_that_cannot_be_meant(iam: Any, entry: dict[str, Any], message: str) -> None:
    """An entry without name, type or value, or with a value of another type."""
    assert refusal(
        iam.simulate_custom_policy,
        PolicyInputList=[policy(READ)],
        ActionNames=["s3:GetObject"],
        ContextEntries=[entry],
    ) == ("InvalidInput", message)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"PolicyInputList": ["{"]}, "Syntax errors in policy."),
        ({"PolicyInputList": [policy({**READ, "Principal": "*"})]}, "Policy document should not specify a principal."),
        ({"ActionNames": ["s3:Get*"]}, "Invalid Input Actions: [s3:Get*] do not name API operations."),
        ({"ActionNames": ["GetObject"]}, "Invalid Input Actions: [GetObject] do not name API operations."),
        ({"ResourceArns": ["films"]}, "ResourceNames are not in a valid ARN format: films."),
        ({"ResourceOwner": ACCOUNT}, f"'{ACCOUNT}' is not a valid as a Resource Owner."),
        ({"ResourceOwner": f"{OWNER}/x"}, f"'{OWNER}/x' is not a valid as a Resource Owner."),
        ({"ResourcePolicy": policy({**READ, "Principal": "*"})}, "Invalid caller - Caller cannot be null or empty."),
        (
            {"CallerArn": f"arn:aws:sts::{ACCOUNT}:assumed-role/Encoder/x"},
            "Invalid caller - Caller must be an IAM user, role or group in this context.",
        ),
        (
            {"PermissionsBoundaryPolicyInputList": [policy(READ), policy(READ)]},
            "You can specify only one permissions boundary policy.",
        ),
        ({"ResourceHandlingOption": "S3-Bucket"}, "Invalid ResourceHandlingOption: S3-Bucket."),
        (
            {
                "ResourceHandlingOption": "EC2-VPC-EBS",
                "ResourceArns": [
                    f"arn:aws:ec2:us-east-1:{ACCOUNT}:instance/i-1",
                    "arn:aws:ec2:us-east-1::image/ami-1",
                ],
            },
            "ResourceHandlingOption EC2-VPC-EBS requires resources: security-group, network-interface, volume.",
        ),
        ({"Marker": "elsewhere"}, "Invalid Marker."),
        (
            {"OrderedOrganizationPolicyInputList": [{"ServiceControlPolicyInputList": ["{"]}]},
            "Syntax errors in policy.",
        ),
    ],
)
def test_what_cannot_be_simulated(iam: Any, parameters: dict[str, Any], message: str) -> None:
    """The first thing that is wrong, by name."""
    question = {"PolicyInputList": [policy(READ)], "ActionNames": ["s3:GetObject"], **parameters}

    assert refusal(iam.simulate_custom_policy, **question) == ("InvalidInput", message)


def test_pages_of_actions(iam: Any) -> None:
    """MaxItems counts actions; a marker leads on in the same simulation and in no other."""
    actions = [f"s3:Get{number}" for number in range(5)]
    question = {"PolicyInputList": [policy(READ)], "ActionNames": actions, "ResourceArns": [FILM, f"{FILM}.bak"]}

    pages = list(iam.get_paginator("simulate_custom_policy").paginate(**question, PaginationConfig={"PageSize": 2}))

    assert [[one["EvalActionName"] for one in page["EvaluationResults"]] for page in pages] == [
        actions[:2],
        actions[2:4],
        actions[4:],
    ]
    assert [page["IsTruncated"] for page in pages] == [True, True, False]
    assert all(len(one["ResourceSpecificResults"]) == 2 for page in pages for one in page["EvaluationResults"])
    other = {**question, "ResourceArns": [FILM], "Marker": pages[0]["Marker"]}
    assert refusal(iam.simulate_custom_policy, **other) == ("InvalidInput", "Invalid Marker.")


def test_no_page_is_too_long(iam: Any) -> None:
    """However many actions are asked of however many resources, one call answers a bounded number of questions."""
    answer = iam.simulate_custom_policy(
        PolicyInputList=[policy(READ)],
        ActionNames=[f"s3:Get{number}" for number in range(20)],
        ResourceArns=[f"arn:aws:s3:::films/{number}" for number in range(1000)],
        MaxItems=1000,
    )

    assert len(answer["EvaluationResults"]) == 10
    assert answer["IsTruncated"] is True


def test_a_boundary_limits(iam: Any) -> None:
    """What the boundary says is told apart; its own Deny is an explicit one."""
    question = {"PolicyInputList": [policy(READ)], "ActionNames": ["s3:GetObject"], "ResourceArns": [FILM]}

    def ask(statement: dict[str, Any]) -> tuple[str, bool, list[str]]:
        result = only(iam.simulate_custom_policy(**question, PermissionsBoundaryPolicyInputList=[policy(statement)]))
        (by_resource,) = result["ResourceSpecificResults"]
        assert by_resource["PermissionsBoundaryDecisionDetail"] == result["PermissionsBoundaryDecisionDetail"]
        return (
            result["EvalDecision"],
            result["PermissionsBoundaryDecisionDetail"]["AllowedByPermissionsBoundary"],
            sorted(one["SourcePolicyType"] for one in result["MatchedStatements"]),
        )

    assert ask(READ) == ("allowed", True, ["IAM Policy", "Permissions Boundary Policy"])
    assert ask({**READ, "Action": "s3:PutObject"}) == ("implicitDeny", False, [])
    assert ask({**READ, "Effect": "Deny"}) == ("explicitDeny", False, ["Permissions Boundary Policy"])


def test_service_control_policies_by_level(iam: Any) -> None:
    """Every level must allow; where one does not the rest is not told."""
    full = policy({"Effect": "Allow", "Action": "*", "Resource": "*"})
    question = {"PolicyInputList": [policy(READ)], "ActionNames": ["s3:GetObject"], "ResourceArns": [FILM]}

    def ask(*levels: list[str]) -> tuple[str, bool, int]:
        result = only(
            iam.simulate_custom_policy(
                **question,
                OrderedOrganizationPolicyInputList=[{"ServiceControlPolicyInputList": level} for level in levels],
            )
        )
        allowed = result["OrganizationsDecisionDetail"]["AllowedByOrganizations"]
        return result["EvalDecision"], allowed, len(result["MatchedStatements"])

    assert ask([full], [full]) == ("allowed", True, 1)
    assert ask([full], [policy({**READ, "Action": "ec2:*"})]) == ("implicitDeny", False, 0)
    assert ask([full, policy({**READ, "Effect": "Deny"})]) == ("explicitDeny", False, 0)


BOB = f"arn:aws:iam::{ACCOUNT}:user/bob"


@pytest.mark.parametrize(
    ("identity", "on_bucket", "owner", "decision", "details"),
    [
        # In one account either side is enough, and nothing is told by kind.
        (READ, {"Action": "s3:PutObject", "Principal": {"AWS": BOB}}, ACCOUNT, "allowed", {}),
        ({**READ, "Action": "s3:PutObject"}, {"Principal": {"AWS": BOB}}, ACCOUNT, "allowed", {}),
        (READ, {"Effect": "Deny", "Principal": "*"}, ACCOUNT, "explicitDeny", {}),
        # Across accounts both must allow.
        (
            READ,
            {"Principal": {"AWS": BOB}},
            OTHER,
            "allowed",
            {"IAM Policy": "allowed", "Resource Policy": "allowed"},
        ),
        (
            READ,
            {"Principal": {"AWS": f"arn:aws:iam::{ACCOUNT}:user/eve"}},
            OTHER,
            "implicitDeny",
            {"IAM Policy": "allowed", "Resource Policy": "implicitDeny"},
        ),
        (
            {**READ, "Effect": "Deny"},
            {"Principal": {"AWS": BOB}},
            OTHER,
            "explicitDeny",
            {"IAM Policy": "explicitDeny", "Resource Policy": "allowed"},
        ),
    ],
)
def test_a_policy_on_the_resource(
    iam: Any, identity: dict[str, Any], on_bucket: dict[str, Any], owner: str, decision: str, details: dict[str, str]
) -> None:
    """It counts as it does in a real request, in the account of the resource's owner."""
    result = only(
        iam.simulate_custom_policy(
            PolicyInputList=[policy(identity)],
            ActionNames=["s3:GetObject"],
            ResourceArns=[FILM],
            ResourcePolicy=policy({**READ, **on_bucket}),
            ResourceOwner=f"arn:aws:iam::{owner}:root",
            CallerArn=BOB,
        )
    )

    assert (result["EvalDecision"], result["EvalDecisionDetails"]) == (decision, details)


def test_a_statement_of_the_resource_policy(iam: Any) -> None:
    """It is shown as such; and the policy must be one that can stand on every resource of the simulation."""
    question = {
        "PolicyInputList": [policy({**READ, "Action": "s3:PutObject"})],
        "ActionNames": ["s3:GetObject"],
        "ResourcePolicy": policy({**READ, "Principal": {"AWS": BOB}}),
        "CallerArn": BOB,
    }

    (found,) = only(iam.simulate_custom_policy(**question, ResourceArns=[FILM]))["MatchedStatements"]

    assert (found["SourcePolicyId"], found["SourcePolicyType"]) == ("ResourcePolicy", "Resource Policy")
    elsewhere = "arn:aws:s3:::other/a"
    assert refusal(iam.simulate_custom_policy, **question, ResourceArns=[FILM, elsewhere]) == (
        "InvalidInput",
        f"The resource policy is not applicable to resource: {elsewhere}.",
    )
    assert refusal(iam.simulate_custom_policy, **question) == (
        "InvalidInput",
        "Invalid Entity Arn: * does not clearly define entity type and name.",
    )


def test_context_keys_of_policies(iam: Any) -> None:
    """Those of conditions and of variables, each once whatever its case."""
    first = {**READ, "Resource": "arn:aws:s3:::films/${aws:username}/*"}
    second = {**READ, "Condition": {"Bool": {"AWS:SecureTransport": "true"}, "StringLike": {"aws:UserName": "b*"}}}

    answer = iam.get_context_keys_for_custom_policy(PolicyInputList=[policy(second), policy(first)])

    assert answer["ContextKeyNames"] == ["AWS:SecureTransport", "aws:UserName"]
    assert refusal(iam.get_context_keys_for_custom_policy, PolicyInputList=["{"]) == (
        "InvalidInput",
        "Syntax errors in policy.",
    )
