"""The linter's rules, one by one: what each finds, and the piece of the text that it points at."""

import json
from typing import Any

import pytest

from telecine.policy import catalogue
from telecine.policy.lint import Finding, FindingKind, PolicyKind, lint
from telecine.policy.lint.reading import CODES
from telecine.policy.lint.rules import RULES

IDENTITY, RESOURCE, TRUST, SCP, RCP = PolicyKind
BUCKET, FILMS = "arn:aws:s3:::films", "arn:aws:s3:::films/*"
ROLE = "arn:aws:iam::123456789012:role/Encoder"
QUEUE = "arn:aws:mediaconvert:us-east-1:123456789012:queues/Default"
KEY = "arn:aws:kms:us-east-1:123456789012:key/1"
EVERY = '"*"'


def document(*statements: dict[str, Any], **elements: Any) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements)} | elements)


def allow(action: Any = "s3:GetObject", resource: Any = FILMS, **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | elements


def when(operator: str, key: str, value: Any, action: Any = "s3:GetObject", **elements: Any) -> str:
    return document(allow(action, **elements, Condition={operator: {key: value}}))


def trust(principal: Any, **elements: Any) -> str:
    return document({"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"} | elements)


def shared(principal: Any, **elements: Any) -> str:
    return document(allow(Principal=principal) | elements)


def without(name: str, statement: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in statement.items() if key != name}


def tagged(key: str) -> str:
    return when(
        "StringEquals", key, "x", "mediaconvert:GetJob", resource="arn:aws:mediaconvert:us-east-1:123456789012:jobs/*"
    )


PASS = "iam:PassRole"
MFA, AGE = "aws:MultiFactorAuthPresent", "aws:MultiFactorAuthAge"

CASES: list[tuple[str, PolicyKind, str, str]] = [
    # code, kind of policy, policy, the text that the finding points at
    ("JSON_SYNTAX_ERROR", IDENTITY, '{"Version": "2012-10-17",}', ""),
    ("DATA_TYPE_MISMATCH", IDENTITY, document(allow(7)), "7"),
    ("DATA_TYPE_MISMATCH", IDENTITY, document(allow(Condition=[])), "[]"),
    ("DATA_TYPE_MISMATCH", IDENTITY, when("StringEquals", "aws:userid", None), "null"),
    ("DUPLICATE_ELEMENT", IDENTITY, '{"Version": "2012-10-17", "Version": "2012-10-17", "Statement": []}', '"Version"'),
    ("INVALID_POLICY_ELEMENT", IDENTITY, document(allow(Actions="x")), '"Actions"'),
    ("UNSUPPORTED_ELEMENT_COMBINATION", IDENTITY, document(allow(NotAction="s3:PutObject")), '"s3:PutObject"'),
    ("INVALID_PRINCIPAL_FORMAT", TRUST, trust(ROLE), f'"{ROLE}"'),
    ("INVALID_PRINCIPAL_KEY", TRUST, trust({"Role": ROLE}), '"Role"'),
    ("INVALID_VERSION", IDENTITY, document(allow(), Version="2012-10-18"), '"2012-10-18"'),
    ("MISSING_STATEMENT", IDENTITY, '{"Version": "2012-10-17"}', '{"Version": "2012-10-17"}'),
    ("MISSING_STATEMENT", IDENTITY, document(), "[]"),
    ("UNIQUE_SIDS_REQUIRED", IDENTITY, document(allow(Sid="One"), allow(BUCKET, Sid="One")), '"One"'),
    ("UNSUPPORTED_SID", IDENTITY, document(allow(Sid="read films")), '"read films"'),
    ("MISSING_EFFECT", IDENTITY, document(without("Effect", allow())), '{"Action": "s3:GetObject", '),
    ("INVALID_EFFECT", IDENTITY, document(allow(Effect="allow")), '"allow"'),
    ("MISSING_ACTION", IDENTITY, document(without("Action", allow())), '{"Effect": "Allow", '),
    ("MISSING_ACTION", IDENTITY, document(allow([])), "[]"),
    ("MISSING_RESOURCE", IDENTITY, document(without("Resource", allow())), '{"Effect": "Allow", '),
    ("UNSUPPORTED_RESOURCE_IN_TRUST_POLICY", TRUST, trust({"AWS": ROLE}, Resource="*"), '"Resource"'),
    ("UNSUPPORTED_PRINCIPAL", IDENTITY, shared({"AWS": ROLE}), '"Principal"'),
    ("MISSING_PRINCIPAL", RESOURCE, document(allow()), '{"Effect": "Allow", '),
    ("RCP_SYNTAX_ERROR_PRINCIPAL", RCP, shared({"AWS": ROLE}, Effect="Deny"), '{"AWS": '),
    ("RCP_SYNTAX_ERROR_ALLOW", RCP, shared("*"), '"Allow"'),
    ("UNSUPPORTED_WILDCARD_IN_PRINCIPAL", TRUST, trust({"AWS": f"{ROLE}*"}), f'"{ROLE}*"'),
    ("INVALID_PRINCIPAL_NAME", TRUST, trust({"AWS": "Encoder"}), '"Encoder"'),
    ("INVALID_PRINCIPAL_NAME", RESOURCE, shared({"CanonicalUser": "ada"}), '"ada"'),
    ("INVALID_SERVICE_PRINCIPAL_FORMAT", TRUST, trust({"Service": "MediaConvert"}), '"MediaConvert"'),
    ("INVALID_SERVICE_PRINCIPAL_FORMAT", TRUST, trust({"Service": "mediaconvert.amazon.com"}), '"mediaconvert.amazon.com"'),
    ("INVALID_ACTION", IDENTITY, document(allow("s3:GetObjekt")), '"s3:GetObjekt"'),
    ("INVALID_ACTION", IDENTITY, document(allow("s3:Fetch*")), '"s3:Fetch*"'),
    ("INVALID_ACTION", IDENTITY, document(allow("GetObject")), '"GetObject"'),
    ("INVALID_ACTION", IDENTITY, document(allow("s3:Get:Object")), '"s3:Get:Object"'),
    ("INVALID_SERVICE_IN_ACTION", IDENTITY, document(allow("mediaconverter:GetJob")), '"mediaconverter:GetJob"'),
    ("INVALID_SERVICE_IN_ACTION", IDENTITY, document(allow("s*:GetObject")), '"s*:GetObject"'),
    ("UNSUPPORTED_ACTION_IN_POLICY", TRUST, trust({"AWS": ROLE}, Action="s3:GetObject"), '"s3:GetObject"'),
    ("VARIABLE_UNSUPPORTED_IN_ACTION", IDENTITY, document(allow("s3:${aws:username}")), '"s3:${aws:username}"'),
    ("INVALID_ARN_PREFIX", IDENTITY, document(allow(resource="films/*")), '"films/*"'),
    ("MISSING_ARN_FIELD", IDENTITY, document(allow(resource="arn:aws:s3:films")), '"arn:aws:s3:films"'),
    ("INVALID_PARTITION", IDENTITY, document(allow(resource="arn:AWS:s3:::films/*")), '"arn:AWS:s3:::films/*"'),
    ("INVALID_ARN_SERVICE_CASE", IDENTITY, document(allow(resource="arn:aws:S3:::films/*")), '"arn:aws:S3:::films/*"'),
    ("INVALID_ARN_ACCOUNT", IDENTITY, document(allow(PASS, "arn:aws:iam::1234:role/E")), '"arn:aws:iam::1234:role/E"'),
    ("INVALID_ARN_REGION", IDENTITY, document(allow(resource=QUEUE.replace("us-east-1", "USA"))), '"arn:aws:mediaconvert:USA'),
    ("ARN_TOO_LONG", IDENTITY, document(allow(resource=f"{BUCKET}/{'x' * 2048}")), '"arn:aws:s3:::films/xx'),
    (
        "VARIABLE_UNSUPPORTED_IN_ELEMENT",
        IDENTITY,
        document(allow(resource="arn:aws:s3:${aws:RequestedRegion}::films/*")),
        '"arn:aws:s3:${aws:RequestedRegion}::films/*"',
    ),
    ("ARN_REGION_NOT_ALLOWED", IDENTITY, document(allow(resource="arn:aws:s3:us-east-1::films/*")), '"arn:aws:s3:us-east-1::films/*"'),
    ("ARN_ACCOUNT_NOT_ALLOWED", IDENTITY, document(allow(resource="arn:aws:s3::123456789012:films/*")), '"arn:aws:s3::123456789012:'),
    ("MISSING_ARN_REGION", IDENTITY, document(allow("mediaconvert:GetQueue", QUEUE.replace("us-east-1", ""))), '"arn:aws:mediaconvert::'),
    ("MISSING_ARN_ACCOUNT", IDENTITY, document(allow("mediaconvert:GetQueue", QUEUE.replace("123456789012", ""))), '"arn:aws:mediaconvert:us-east-1::'),
    ("INVALID_ARN_RESOURCE", IDENTITY, document(allow("mediaconvert:GetQueue", QUEUE.replace("queues", "queue"))), '"arn:aws:mediaconvert:us-east-1:123456789012:queue/'),
    ("INVALID_CONDITION_OPERATOR", IDENTITY, when("stringEquals", "aws:userid", "x"), '"stringEquals"'),
    ("NULL_WITH_IF_EXISTS", IDENTITY, when("NullIfExists", "aws:userid", "true"), '"NullIfExists"'),
    ("NULL_WITH_QUALIFIER", IDENTITY, when("ForAnyValue:Null", "aws:userid", "true"), '"ForAnyValue:Null"'),
    ("INVALID_CONDITION_KEY_FORMAT", IDENTITY, when("StringEquals", "userid", "x"), '"userid"'),
    ("INVALID_GLOBAL_CONDITION_KEY", IDENTITY, when("IpAddress", "aws:SourceIP4", "203.0.113.0/24"), '"aws:SourceIP4"'),
    ("INVALID_SERVICE_CONDITION_KEY", IDENTITY, when("StringEquals", "s3:prefixes", "x"), '"s3:prefixes"'),
    ("INVALID_SERVICE_CONDITION_KEY", IDENTITY, when("StringEquals", "amz:userid", "x"), '"amz:userid"'),
    ("MISSING_TAG_KEY", IDENTITY, tagged("aws:ResourceTag"), '"aws:ResourceTag"'),
    ("INVALID_TAG_KEY", IDENTITY, tagged("aws:ResourceTag/cost#centre"), '"aws:ResourceTag/cost#centre"'),
    ("INVALID_TAG_KEY", IDENTITY, tagged("aws:ResourceTag/${aws:username}"), '"aws:ResourceTag/${aws:username}"'),
    (
        "DUPLICATE_KEYS_WITH_DIFFERENT_CASE",
        IDENTITY,
        document(allow(Condition={"StringEquals": {"aws:userid": "x", "aws:UserId": "y"}})),
        '"aws:UserId"',
    ),
    ("MISSING_QUALIFIER", IDENTITY, when("StringEquals", "aws:TagKeys", "x", "mediaconvert:CreateQueue", resource="*"), '"StringEquals"'),
    ("INVALID_CONDITION_MULTIPLE_BOOLEAN", IDENTITY, when("Bool", "aws:SecureTransport", ["true", "false"]), '["true", "false"]'),
    ("TYPE_MISMATCH_BOOLEAN", IDENTITY, when("Bool", "aws:SecureTransport", "yes"), '"yes"'),
    ("TYPE_MISMATCH_DATE", IDENTITY, when("DateLessThan", "aws:CurrentTime", "tomorrow"), '"tomorrow"'),
    ("TYPE_MISMATCH_IP_RANGE", IDENTITY, when("IpAddress", "aws:SourceIp", "203.0.113"), '"203.0.113"'),
    ("TYPE_MISMATCH_NUMBER", IDENTITY, when("NumericLessThan", AGE, "1h"), '"1h"'),
    ("TYPE_MISMATCH_STRING", IDENTITY, when("BinaryEquals", "aws:userid", "§"), '"\\u00a7"'),
    ("TYPE_MISMATCH_NULL", IDENTITY, when("Null", "aws:userid", "no"), '"no"'),
    (
        "VARIABLE_UNSUPPORTED_IN_VERSION",
        RESOURCE,
        document(allow(resource="arn:aws:s3:::films/${aws:username}/*", Principal={"AWS": ROLE}), Version="2008-10-17"),
        '"arn:aws:s3:::films/${aws:username}/*"',
    ),
    ("MISSING_BRACE_IN_VARIABLE", IDENTITY, document(allow(resource="arn:aws:s3:::films/${aws:username/*")), '"arn:aws:s3:::films/${aws:username/*"'),
    ("EMPTY_VARIABLE", IDENTITY, document(allow(resource="arn:aws:s3:::films/${}/*")), '"arn:aws:s3:::films/${}/*"'),
    ("INVALID_VARIABLE", IDENTITY, document(allow(resource="arn:aws:s3:::films/${aws:username, ada}/*")), '"arn:aws:s3:::films/${aws:username, ada}/*"'),
    ("INVALID_VARIABLE_FOR_OPERATOR", IDENTITY, when("NumericEquals", AGE, "${aws:EpochTime}"), '"${aws:EpochTime}"'),
    ("UNKNOWN_VARIABLE", IDENTITY, document(allow(resource="arn:aws:s3:::films/${aws:user}/*")), '"arn:aws:s3:::films/${aws:user}/*"'),
    ("MULTIVALUED_VARIABLE", IDENTITY, document(allow(resource="arn:aws:s3:::films/${aws:TagKeys}")), '"arn:aws:s3:::films/${aws:TagKeys}"'),
    ("ALLOW_WITH_NOT_PRINCIPAL", RESOURCE, document(allow(NotPrincipal={"AWS": ROLE})), '"NotPrincipal"'),
    ("ALLOW_FOR_EVERYBODY", RESOURCE, shared("*"), EVERY),
    ("ALLOW_FOR_EVERYBODY", TRUST, trust({"AWS": "*"}), EVERY),
    ("ALLOW_FOR_EVERYBODY", RESOURCE, shared("*", Condition={"StringEqualsIfExists": {"aws:PrincipalOrgID": "o-1"}}), EVERY),
    ("RESTRICT_ACCESS_TO_SERVICE_PRINCIPAL", RESOURCE, shared({"Service": "mediaconvert.amazonaws.com"}), '"mediaconvert.amazonaws.com"'),
    ("ALLOW_EVERYTHING", IDENTITY, document(allow("*", "*")), EVERY),
    ("ALLOW_WITH_NOT_ACTION", IDENTITY, document(without("Action", allow(NotAction="iam:*"))), '"NotAction"'),
    ("ALLOW_WITH_NOT_RESOURCE", IDENTITY, document(without("Resource", allow(NotResource=FILMS))), '"NotResource"'),
    ("PASS_ROLE_WITH_STAR_IN_RESOURCE", IDENTITY, document(allow(PASS, "*")), EVERY),
    ("PASS_ROLE_WITH_STAR_IN_RESOURCE", IDENTITY, document(allow(PASS, "arn:aws:iam::123456789012:role/*")), '"arn:aws:iam::123456789012:role/*"'),
    ("PASS_ROLE_WITH_STAR_IN_ACTION_AND_RESOURCE", IDENTITY, document(allow("iam:*", "*")), EVERY),
    ("PASS_ROLE_WITH_STAR_IN_RESOURCE_AND_NOT_ACTION", IDENTITY, document(without("Action", allow(NotAction="s3:*", resource="*"))), EVERY),
    ("PASS_ROLE_WITH_NOT_RESOURCE", IDENTITY, document(without("Resource", allow(PASS, NotResource=ROLE))), '"NotResource"'),
    ("PASS_ROLE_WITH_STAR_IN_ACTION_AND_NOT_RESOURCE", IDENTITY, document(without("Resource", allow("iam:Pass*", NotResource=ROLE))), '"NotResource"'),
    (
        "PASS_ROLE_WITH_NOT_ACTION_AND_NOT_RESOURCE",
        IDENTITY,
        document({"Effect": "Allow", "NotAction": "s3:*", "NotResource": ROLE}),
        '"NotResource"',
    ),
    ("FORALLVALUES_WITH_SINGLE_VALUED_KEY", IDENTITY, when("ForAllValues:StringEquals", "aws:userid", "x"), '"ForAllValues:StringEquals"'),
    ("DENY_MFA_WITHOUT_IF_EXISTS", IDENTITY, when("Bool", MFA, "false", Effect="Deny"), '"Bool"'),
    ("ALLOW_MFA_WITH_IF_EXISTS", IDENTITY, when("BoolIfExists", MFA, "true"), '"BoolIfExists"'),
    ("ALLOW_MFA_AGE_WITH_IF_EXISTS", IDENTITY, when("NumericLessThanIfExists", AGE, "3600"), '"NumericLessThanIfExists"'),
    ("MISSING_VERSION", IDENTITY, json.dumps({"Statement": [allow()]}), '{"Statement": '),
    ("OLD_VERSION", RESOURCE, document(allow(Principal={"AWS": ROLE}), Version="2008-10-17"), '"2008-10-17"'),
    ("UNIQUE_SIDS_RECOMMENDED", RESOURCE, document(allow(Sid="One", Principal={"AWS": ROLE}), allow(BUCKET, Sid="One")), '"One"'),
    ("POLICY_SIZE_EXCEEDS_QUOTA", TRUST, trust({"AWS": [f"{ROLE}{number}" for number in range(60)]}), '{"Version": '),
    ("UNKNOWN_SERVICE", IDENTITY, document(allow("ec2:RunInstances", "*")), '"ec2:RunInstances"'),
    ("UNKNOWN_CONDITION_KEY", IDENTITY, when("StringEquals", "ec2:Region", "x"), '"ec2:Region"'),
    ("ACTION_WITHOUT_RESOURCE", IDENTITY, document(allow(["s3:GetObject", "s3:ListBucket"])), '"s3:ListBucket"'),
    ("ACTION_WITHOUT_RESOURCE", IDENTITY, document(allow("s3:ListAllMyBuckets", BUCKET)), '"s3:ListAllMyBuckets"'),
    ("RESOURCE_WITHOUT_ACTION", IDENTITY, document(allow("s3:GetObject", [FILMS, BUCKET])), f'"{BUCKET}"'),
    ("CONDITION_KEY_NOT_FOR_ACTION", IDENTITY, when("StringLike", "s3:prefix", "a/*"), '"s3:prefix"'),
    ("CONDITION_KEY_NOT_FOR_ACTION", IDENTITY, when("StringLike", "aws:RequestTag/Team", "a", "kms:Decrypt", resource=KEY), '"aws:RequestTag/Team"'),
    ("TYPE_MISMATCH", IDENTITY, when("StringEquals", "aws:SourceIp", "203.0.113.7"), '"StringEquals"'),
    ("TYPE_MISMATCH_ARN", IDENTITY, when("ArnLike", "aws:PrincipalArn", "role/Encoder"), '"role/Encoder"'),
    ("INVALID_DATE_VALUE", IDENTITY, when("DateLessThan", "aws:CurrentTime", "1767225600000"), '"1767225600000"'),
    ("WILDCARD_WITHOUT_LIKE_OPERATOR", IDENTITY, when("StringEquals", "aws:userid", "AROA*"), '"AROA*"'),
    ("FORALLVALUES_WITHOUT_NULL", IDENTITY, when("ForAllValues:StringEquals", "aws:TagKeys", "x", "mediaconvert:CreateQueue", resource="*"), '"ForAllValues:StringEquals"'),
    ("EMPTY_ARRAY_CONDITION", IDENTITY, when("StringEquals", "aws:userid", []), "[]"),
    ("NULL_OF_MFA", IDENTITY, when("Null", MFA, "true", Effect="Deny"), '"Null"'),
    ("CREATE_SLR_WITH_STAR_IN_RESOURCE", IDENTITY, document(allow("iam:CreateServiceLinkedRole", "*")), EVERY),
    ("EMPTY_SID_VALUE", IDENTITY, document(allow(Sid="")), '""'),
    ("EMPTY_OBJECT_CONDITION", IDENTITY, document(allow(Condition={})), "{}"),
    ("FORANYVALUE_WITH_SINGLE_VALUED_KEY", IDENTITY, when("ForAnyValue:StringEquals", "aws:userid", "x"), '"ForAnyValue:StringEquals"'),
    ("IMPROVE_IP_RANGE", IDENTITY, when("IpAddress", "aws:SourceIp", "203.0.113.7/24"), '"203.0.113.7/24"'),
    ("PASS_ROLE_WITHOUT_PASSED_TO_SERVICE", IDENTITY, document(allow(PASS, ROLE)), '"iam:PassRole"'),
    ("RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", TRUST, trust({"Service": "mediaconvert.amazonaws.com"}), '"mediaconvert.amazonaws.com"'),
    ("RECOMMENDED_CONDITION_KEY_FOR_SERVICE_PRINCIPAL", TRUST, trust({"Service": "mediaconvert.amazonaws.com"}, Condition={"ArnLike": {"aws:SourceArn": "arn:aws:mediaconvert:*:*:queues/*"}}), '"mediaconvert.amazonaws.com"'),
    ("REDUNDANT_ACTION", IDENTITY, document(allow(["s3:GetObject", "s3:Get*"])), '"s3:GetObject"'),
    ("REDUNDANT_RESOURCE", IDENTITY, document(allow(resource=[f"{BUCKET}/a/*", FILMS])), f'"{BUCKET}/a/*"'),
    ("REDUNDANT_STATEMENT", IDENTITY, document(allow("s3:GetObject", f"{BUCKET}/a"), allow("s3:*Object")), '{"Effect": "Allow", '),
]  # fmt: skip


def findings(text: str, kind: PolicyKind = IDENTITY) -> tuple[Finding, ...]:
    return lint(text, kind=kind, catalogue=catalogue.load())


@pytest.mark.parametrize(
    ("code", "kind", "text", "pointed"), CASES, ids=[f"{case[0]}-{n}" for n, case in enumerate(CASES)]
)
def test_each_rule_points_at_what_is_wrong(code: str, kind: PolicyKind, text: str, pointed: str) -> None:
    """The finding is there once, its span and its path lead to the piece of text, and its message says more."""
    found = [one for one in findings(text, kind) if one.code == code]

    assert len(found) == 1, [one.code for one in findings(text, kind)]
    start, end = found[0].span
    assert text[start.offset : end.offset].startswith(pointed)
    assert (start.line, start.column) == (1, start.offset)
    assert len(found[0].message) > 30
    assert _followed(text, found[0]) is True


def _followed(text: str, finding: Finding) -> bool:
    """Whether the finding's path leads somewhere in the document."""
    at: Any = json.loads(text) if finding.path else None
    for part in finding.path:
        if isinstance(part, int) and not isinstance(at, list):
            return False
        at = at[part]
    return True


def test_every_rule_is_shown_by_a_case() -> None:
    """No code without a case, no case without a code."""
    assert {case[0] for case in CASES} == {rule.code for rule in RULES} | set(CODES)


GOOD = [
    (IDENTITY, document(allow(), allow("s3:ListBucket", BUCKET, Condition={"StringLike": {"s3:prefix": ["", "a/*"]}}))),
    (
        IDENTITY,
        document(allow(PASS, ROLE, Condition={"StringEquals": {"iam:PassedToService": "mediaconvert.amazonaws.com"}})),
    ),
    (
        IDENTITY,
        document(allow("mediaconvert:CreateJob", [QUEUE, "arn:aws:mediaconvert:*:123456789012:presets/allow*"])),
    ),
    (IDENTITY, document(allow("*", "*", Effect="Deny", Condition={"BoolIfExists": {MFA: "false"}}))),
    (IDENTITY, document(allow("s3:PutObject", "arn:aws:s3:::films/${aws:PrincipalTag/Team, 'shared'}/*"))),
    (IDENTITY, document(allow(["access-analyzer:ValidatePolicy", "cloudtrail:LookupEvents"], "*"))),
    (IDENTITY, document(allow("execute-api:Invoke", "arn:aws:execute-api:us-east-1:123456789012:a1b2c3/prod/POST/*"))),
    (IDENTITY, when("NumericLessThan", AGE, 3600)),
    (IDENTITY, when("IpAddress", "aws:SourceIp", ["10.0.0.0/8", "2001:db8::/32"])),
    (RESOURCE, shared("*", Effect="Deny", Condition={"Bool": {"aws:SecureTransport": "false"}})),
    (RESOURCE, shared("*", Condition={"StringEquals": {"aws:PrincipalOrgID": "o-1"}})),
    (RESOURCE, document(allow("kms:*", "*", Principal={"AWS": "arn:aws:iam::123456789012:root"}))),
    (
        TRUST,
        trust(
            {"Service": "mediaconvert.amazonaws.com"},
            Condition={"StringEquals": {"aws:SourceAccount": "123456789012"}, "ArnLike": {"aws:SourceArn": QUEUE}},
        ),
    ),
    (
        TRUST,
        trust(
            {"Federated": "arn:aws:iam::123456789012:oidc-provider/token.example.com"},
            Action="sts:AssumeRoleWithWebIdentity",
            Condition={"StringEquals": {"token.example.com:aud": "sts.amazonaws.com"}},
        ),
    ),
    (SCP, document(allow("*", "*"))),
    (RCP, shared("*", Action="*", Resource="*")),
]


@pytest.mark.parametrize(("kind", "text"), GOOD)
def test_a_good_policy_has_no_findings(kind: PolicyKind, text: str) -> None:
    """Policies as the guides recommend them."""
    assert findings(text, kind) == ()


def test_ranks_are_those_of_access_analyzer() -> None:
    """Codes that Access Analyzer has keep its rank, so that scripts made for it work."""
    ranks = {rule.code: rule.kind for rule in RULES}

    assert ranks["INVALID_ACTION"] is FindingKind.ERROR
    assert ranks["PASS_ROLE_WITH_STAR_IN_RESOURCE"] is FindingKind.SECURITY_WARNING
    assert ranks["ALLOW_WITH_NOT_PRINCIPAL"] is FindingKind.SECURITY_WARNING
    assert ranks["MISSING_VERSION"] is FindingKind.WARNING
    assert ranks["REDUNDANT_ACTION"] is FindingKind.SUGGESTION
