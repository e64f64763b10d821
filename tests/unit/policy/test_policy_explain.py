"""Explanations: AWS's exact sentences, the trace of a denial, the place of a statement in its text."""

import json
from dataclasses import replace

import pytest

from telecine.policy import (
    Answer,
    Decision,
    Family,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    ResourcePolicy,
    ResourceRule,
    Span,
    compile_policy,
    denial_sentence,
    evaluate,
    matching,
    spans,
    trace,
)

ACCOUNT = "123456789012"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/media/one"
OBJECT = "arn:aws:s3:::films/a.mov"
REQUEST = Request(
    principal=Principal(kind=PrincipalKind.USER, arn=ALICE, account=ACCOUNT),
    action="s3:GetObject",
    resource=OBJECT,
    resource_account=ACCOUNT,
    context={"aws:PrincipalTag/team": "films"},
)
HEAD = f"User: {ALICE} is not authorized to perform: s3:GetObject"
NAMES = {
    Family.IDENTITY: ("an identity-based policy", "identity-based policy"),
    Family.RESOURCE: ("a resource-based policy", "resource-based policy"),
    Family.BOUNDARY: ("a permissions boundary", "permissions boundary"),
    Family.SESSION: ("a session policy", "session policy"),
    Family.SCP: ("a service control policy", "service control policy"),
    Family.RCP: ("a resource control policy", "resource control policy"),
    Family.ENDPOINT: ("a VPC endpoint policy", "VPC endpoint policy"),
}


def denied(family: Family, answer: Answer = Answer.IMPLICIT_DENY) -> Decision:
    return Decision(decision=answer, blocked_by=family, statements=())


@pytest.mark.parametrize("family", NAMES)
def test_sentence(family: Family) -> None:
    """Each family has its words in both forms."""
    explicit, implicit = NAMES[family]

    assert denial_sentence(REQUEST, denied(family)) == (
        f"{HEAD} on resource: {OBJECT} because no {implicit} allows the s3:GetObject action"
    )
    assert denial_sentence(REQUEST, denied(family, Answer.EXPLICIT_DENY)) == (
        f"{HEAD} on resource: {OBJECT} with an explicit deny in {explicit}"
    )


def test_trust_sentence_names_no_resource() -> None:
    """A trust policy's denial leaves the role out; the identity side's names it."""
    role = f"arn:aws:iam::{ACCOUNT}:role/media"
    asked = replace(REQUEST, action="sts:AssumeRole", resource=role)
    head = f"User: {ALICE} is not authorized to perform: sts:AssumeRole"

    assert denial_sentence(asked, denied(Family.TRUST)) == (
        f"{head} because no role trust policy allows the sts:AssumeRole action"
    )
    assert denial_sentence(asked, denied(Family.TRUST, Answer.EXPLICIT_DENY)) == (
        f"{head} with an explicit deny in the role trust policy"
    )
    assert denial_sentence(asked, denied(Family.IDENTITY)) == (
        f"{head} on resource: {role} because no identity-based policy allows the sts:AssumeRole action"
    )


def test_session_is_named_by_its_own_arn() -> None:
    """An assumed role is named by the session's ARN."""
    asked = replace(REQUEST, principal=Principal(kind=PrincipalKind.ASSUMED_ROLE, arn=SESSION, account=ACCOUNT))

    assert denial_sentence(asked, denied(Family.IDENTITY)).startswith(f"User: {SESSION} is not authorized")


@pytest.mark.parametrize("change", [{"wildcard_only_action": True}, {"resource": "*"}])
def test_sentence_without_resource(change: dict[str, object]) -> None:
    """An action without resource-level permissions names no resource."""
    assert denial_sentence(replace(REQUEST, **change), denied(Family.IDENTITY)) == (  # type: ignore[arg-type]
        f"{HEAD} because no identity-based policy allows the s3:GetObject action"
    )


def test_s3_quotes_the_resource() -> None:
    """S3 quotes the resource, and tells other accounts and nobody in particular nothing."""
    decision = denied(Family.IDENTITY)
    nobody = Principal(kind=PrincipalKind.ANONYMOUS, arn=None, account=None)

    assert denial_sentence(REQUEST, decision, quote_resource=True) == (
        f'{HEAD} on resource: "{OBJECT}" because no identity-based policy allows the s3:GetObject action'
    )
    for change in ({"resource_account": "999988887777"}, {"principal": nobody}):
        assert denial_sentence(replace(REQUEST, **change), decision, quote_resource=True) == "Access Denied"  # type: ignore[arg-type]


def test_key_sentence_hides_whether_the_key_exists() -> None:
    """Where no key policy allows, the sentence is the one for a key that does not exist."""
    asked = replace(REQUEST, action="kms:Decrypt", resource=f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1")

    assert denial_sentence(asked, denied(Family.RESOURCE), is_key=True) == (
        f"User: {ALICE} is not authorized to perform: kms:Decrypt on this resource because the resource does not exist in "
        "this Region, no resource-based policies allow access, or a resource-based policy explicitly denies access"
    )
    assert "identity-based" in denial_sentence(asked, denied(Family.IDENTITY), is_key=True)


def test_anonymous_caller() -> None:
    """A caller without a name is called anonymous."""
    asked = replace(REQUEST, principal=Principal(kind=PrincipalKind.ANONYMOUS, arn=None, account=None))

    assert denial_sentence(asked, denied(Family.RESOURCE)).startswith("User: anonymous is not authorized to perform")


POLICY = json.dumps(
    {
        "Version": "2012-10-17",
        "Statement": [
            {"Sid": "Elsewhere", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::music/*"},
            {
                "Sid": "Team",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::films/*",
                "Condition": {"StringEquals": {"aws:PrincipalTag/team": "secret-team"}},
            },
            {
                "Sid": "TwoThings",
                "Effect": "Allow",
                "Action": "s3:GetObject",
                "Resource": "arn:aws:s3:::music/*",
                "Condition": {"Bool": {"aws:SecureTransport": "true"}},
            },
            {"Sid": "OtherAction", "Effect": "Allow", "Action": "s3:PutObject", "Resource": "*"},
            {
                "Sid": "Flawed",
                "Effect": "Allow",
                "Action": "s3:*",
                "Resource": "*",
                "Condition": {"Soon": {"aws:username": "x"}},
            },
        ],
    },
    indent=1,
)
ALL = json.dumps(
    {"Version": "2012-10-17", "Statement": [{"Sid": "All", "Effect": "Allow", "Action": "*", "Resource": "*"}]}
)
MUSIC = {"Action": "s3:*", "Resource": "arn:aws:s3:::music/*"}
ASKED = {
    "principal": ALICE,
    "principalType": "User",
    "account": ACCOUNT,
    "identity": ALICE,
    "action": "s3:GetObject",
    "resource": OBJECT,
    "resourceAccount": ACCOUNT,
}


def test_trace_of_a_denial() -> None:
    """The trace has the facts of the request, and what nearly allowed with its place and the one thing it lacked."""
    bucket = {"Statement": {"Effect": "Allow", "Principal": {"AWS": SESSION}, "Action": "s3:*", "Resource": "*"}}
    policies = PolicySet(
        identity=(compile_policy(POLICY, name="films"),),
        resource=ResourcePolicy(text=json.dumps(bucket), rule=ResourceRule.SUFFICIENT, name="arn:aws:s3:::films"),
    )
    found = trace(REQUEST, policies, evaluate(REQUEST, policies))

    assert found == {
        "decision": "ImplicitDeny",
        "blockedBy": "identity",
        "request": ASKED,
        "statements": [],
        "families": {"resource": "ImplicitDeny", "identity": "ImplicitDeny"},
        "nearMisses": [
            {"family": "identity", "policy": "films", "sid": "Team", "index": 1, "line": 10, "column": 3,
             "missed": "condition", "key": "aws:PrincipalTag/team", "operator": "StringEquals",
             "wanted": ["secret-team"], "actual": "films"},
            {"family": "identity", "policy": "films", "sid": "Elsewhere", "index": 0, "line": 4, "column": 3,
             "missed": "resource", "key": None, "operator": "Resource", "wanted": ["arn:aws:s3:::music/*"],
             "actual": OBJECT},
            {"family": "resource", "policy": "arn:aws:s3:::films", "sid": None, "index": 0, "line": 1, "column": 15,
             "missed": "principal", "key": None, "operator": "Principal", "wanted": [SESSION], "actual": ALICE},
            {"family": "identity", "policy": "films", "sid": "OtherAction", "index": 3, "line": 32, "column": 3,
             "missed": "action", "key": None, "operator": "Action", "wanted": ["s3:PutObject"],
             "actual": "s3:GetObject"},
            {"family": "identity", "policy": "films", "sid": "Flawed", "index": 4, "line": 38, "column": 3,
             "missed": "flaw", "key": None, "operator": None, "wanted": ["Statement[4].Condition.Soon.aws:username"],
             "actual": None},
        ],
    }  # fmt: skip
    assert json.loads(json.dumps(found)) == found


def test_trace_of_an_explicit_deny() -> None:
    """An explicit deny names its statement, and the conditions under which it holds."""
    condition = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    text = json.dumps(
        {"Statement": [{"Sid": "No", "Effect": "Deny", "Action": "*", "Resource": "*", "Condition": condition}]}
    )
    policies = PolicySet(identity=(compile_policy(text, name="films"),))

    assert trace(REQUEST, policies, evaluate(REQUEST, policies)) == {
        "decision": "ExplicitDeny",
        "blockedBy": "identity",
        "request": ASKED,
        "statements": [
            {"family": "identity", "policy": "films", "sid": "No", "index": 0, "line": 1, "column": 16,
             "conditions": [{"key": "aws:MultiFactorAuthPresent", "operator": "BoolIfExists", "wanted": ["false"],
                             "actual": None}]},
        ],
    }  # fmt: skip


def test_trace_of_what_is_allowed() -> None:
    """What is allowed has its statement and nothing else to tell."""
    policies = PolicySet(identity=(compile_policy(ALL, name="all"),))

    assert trace(REQUEST, policies, evaluate(REQUEST, policies)) == {
        "decision": "Allow",
        "blockedBy": None,
        "request": ASKED,
        "statements": [
            {"family": "identity", "policy": "all", "sid": "All", "index": 0, "line": 1, "column": 41},
        ],
    }  # fmt: skip


@pytest.mark.parametrize(
    ("principal", "context", "identity"),
    [
        (Principal(kind=PrincipalKind.ASSUMED_ROLE, arn=SESSION, account=ACCOUNT), {}, f"arn:aws:iam::{ACCOUNT}:role/media"),
        (
            Principal(kind=PrincipalKind.ASSUMED_ROLE, arn=SESSION, account=ACCOUNT),
            {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/service-role/media"},
            f"arn:aws:iam::{ACCOUNT}:role/service-role/media",
        ),
        (
            Principal(kind=PrincipalKind.ASSUMED_ROLE, arn=SESSION, account=ACCOUNT),
            {"aws:PrincipalArn": f"arn:aws:iam::{ACCOUNT}:role/other"},
            f"arn:aws:iam::{ACCOUNT}:role/media",
        ),
        (
            Principal(
                kind=PrincipalKind.FEDERATED_USER,
                arn=f"arn:aws:sts::{ACCOUNT}:federated-user/guest",
                account=ACCOUNT,
                issuer_arn=ALICE,
            ),
            {},
            ALICE,
        ),
        (Principal(kind=PrincipalKind.ROOT, arn=f"arn:aws:iam::{ACCOUNT}:root", account=ACCOUNT), {}, None),
        (Principal(kind=PrincipalKind.SERVICE, arn="mediaconvert.amazonaws.com", account=None), {}, None),
    ],
)  # fmt: skip
def test_whose_policies_count(principal: Principal, context: dict[str, str], identity: str | None) -> None:
    """The trace names the user or role whose identity policies count, a role with its path where that is known."""
    asked = replace(REQUEST, principal=principal, context=context)
    found = trace(asked, PolicySet(), evaluate(asked, PolicySet()))["request"]

    assert isinstance(found, dict)
    assert found["identity"] == identity


def near(*statements: dict[str, object], context: dict[str, object] | None = None) -> list[dict[str, object]]:
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **one} for one in statements]})
    asked = replace(REQUEST, context=context or {})  # type: ignore[arg-type]
    policies = PolicySet(identity=(compile_policy(text),))
    found = trace(asked, policies, evaluate(asked, policies))["nearMisses"]
    assert isinstance(found, list)
    return found


HERE = {"Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/*"}


def test_nearest_misses_come_first() -> None:
    """Fewest things missing first, then conditions before resources before actions; further conditions stand beside."""
    two = {"StringEquals": {"aws:PrincipalTag/team": "music"}, "Bool": {"aws:SecureTransport": "true"}}
    found = near(
        {"Sid": "TwoConditions", **HERE, "Condition": two},
        {"Sid": "Action", "Action": "s3:PutObject", "Resource": "*"},
        {"Sid": "Resource", "Action": "s3:*", "Resource": "arn:aws:s3:::music/*"},
        {"Sid": "Condition", **HERE, "Condition": {"Null": {"aws:TokenIssueTime": "false"}}},
        {"Sid": "OtherService", "Action": "iam:*", "Resource": "*"},
        {"Sid": "ResourceAndAction", "Action": "s3:PutObject", "Resource": "arn:aws:s3:::music/*"},
        {"Sid": "Excluded", "NotAction": "s3:GetObject", "Resource": "*"},
    )

    assert [one["sid"] for one in found] == ["Condition", "Resource", "Action", "TwoConditions"]
    assert found[3]["key"] == "aws:PrincipalTag/team"
    assert found[3]["also"] == [
        {"missed": "condition", "key": "aws:SecureTransport", "operator": "Bool", "wanted": ["true"], "actual": None}
    ]


def test_a_family_that_allows_has_no_near_misses() -> None:
    """Only where nothing allows does it matter what nearly did."""
    identity = compile_policy(
        json.dumps({"Statement": [json.loads(ALL)["Statement"][0], {"Effect": "Allow", **MUSIC}]})
    )
    boundary = compile_policy(json.dumps({"Statement": [{"Sid": "Limit", "Effect": "Allow", **MUSIC}]}))
    policies = PolicySet(identity=(identity,), boundary=(boundary,))
    found = trace(REQUEST, policies, evaluate(REQUEST, policies))

    assert found["families"] == {"identity": "Allow", "boundary": "ImplicitDeny"}
    assert [one["sid"] for one in found["nearMisses"]] == ["Limit"]  # type: ignore[attr-defined]


@pytest.mark.parametrize("key", ["sts:ExternalId", "STS:externalid", "aws:Referer"])
def test_passwords_stay_out(key: str) -> None:
    """Values that work as passwords are hidden, those of the policy as those of the request."""
    condition = {"StringEquals": {key: "open-sesame"}}
    (found,) = near({**HERE, "Condition": condition}, context={key: "guess"})
    (lacking,) = near({**HERE, "Condition": condition})

    assert (found["wanted"], found["actual"]) == (["(hidden)"], "(hidden)")
    assert (lacking["wanted"], lacking["actual"]) == (["(hidden)"], None)


def test_long_values_are_cut() -> None:
    """Whatever a caller sends, a trace stays small."""
    condition = {"ForAnyValue:StringEquals": {"aws:TagKeys": ["w" * 5000] * 50}}
    (found,) = near({**HERE, "Condition": condition}, context={"aws:TagKeys": ["a" * 5000] * 50})
    (other,) = near({**HERE, "Condition": condition}, context={"aws:TagKeys": "a" * 5000})

    for values in (found["wanted"], found["actual"]):
        assert isinstance(values, list)
        assert [len(value) for value in values] == [256] * 8
    assert other["actual"] == "a" * 255 + "…"


def test_trace_stays_small() -> None:
    """However many policies nearly allow, a trace holds a few."""
    policies = PolicySet(identity=tuple(compile_policy(POLICY, name=f"films-{number}") for number in range(50)))
    near = trace(REQUEST, policies, evaluate(REQUEST, policies))["nearMisses"]

    assert isinstance(near, list)
    assert len(near) == 8


def test_matching_statements() -> None:
    """All statements that apply are found, whatever decides."""
    text = json.dumps(
        {
            "Statement": [
                {"Sid": "A", "Effect": "Allow", "Action": "s3:*", "Resource": "*"},
                {"Sid": "B", "Effect": "Allow", "Action": "iam:*", "Resource": "*"},
                {"Sid": "C", "Effect": "Deny", "Action": "s3:Get*", "Resource": "arn:aws:s3:::films/*"},
                {"Sid": "D", "Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/a*"},
            ]
        }
    )

    assert {ref.sid for ref in matching(REQUEST, PolicySet(identity=(compile_policy(text),)))} == {"A", "C", "D"}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ('{"Statement": {"Effect": "Allow"}}', (Span(1, 15, 1, 34),)),
        ('{"Statement":[]}', ()),
        (
            '{\n "Version": "2012-10-17",\n "Statement": [\n  {"Sid": "}"},\n  {"Sid":\n "b"} ]}\n',
            (Span(4, 3, 4, 15), Span(5, 3, 6, 6)),
        ),
        ('{"Statement":[{"a":' + "9" * 5000 + "}]}", (Span(1, 15, 1, 5021),)),
        ('{"Id": "\\"Statement\\": {}", "Statement": [{}, {}]}', (Span(1, 43, 1, 45), Span(1, 47, 1, 49))),
    ],
)
def test_spans(text: str, expected: tuple[Span, ...]) -> None:
    """Statements are found in their text by line and column, whatever stands before them."""
    assert expected == spans(text)
