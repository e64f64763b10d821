"""What is refused when a policy is written, in which words, and which check speaks first."""

import json

import pytest

from telecine.policy import MalformedPolicy, check_identity_policy, check_trust_policy, invalid_principal

SYNTAX = "Syntax errors in policy."
LEGACY = "The policy failed legacy parsing"
VENDOR = "Actions/Conditions must be prefaced by a vendor, e.g., iam, sdb, ec2, etc."
IAM_PATH = (
    'IAM resource path must either be "*" or start with user/, federated-user/, role/, group/, instance-profile/, mfa/, '
    "server-certificate/, policy/, sms-mfa/, saml-provider/, oidc-provider/, report/, access-report/."
)
GOOD = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "arn:aws:s3:::films/*"}


def document(*statements: object, **more: object) -> str:
    return json.dumps({"Version": "2012-10-17", "Statement": list(statements), **more})


def without(name: str, **more: object) -> dict[str, object]:
    return {**{key: value for key, value in GOOD.items() if key != name}, **more}


def resource(text: str) -> str:
    return document({**GOOD, "Resource": text})


def refusal(text: str) -> str:
    with pytest.raises(MalformedPolicy) as caught:
        check_identity_policy(text)
    return caught.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", SYNTAX),
        ("no JSON", SYNTAX),
        ("[]", SYNTAX),
        ('"text"', SYNTAX),
        ("[" * 100_000, SYNTAX),
        ('{"Version": "2012-10-17", "Statement": [], "Statement": []}', SYNTAX),
        ('{"Version": "2012-10-17", "Statement": [{"Effect": NaN}]}', SYNTAX),
        ('{"Version": "2012-10-17"}', SYNTAX),
        (document(), SYNTAX),
        (document("text"), SYNTAX),
        (document(GOOD, Extra=1), SYNTAX),
        (document({**GOOD, "action": "s3:*"}), SYNTAX),
        (document(GOOD, Version="2020-01-01"), SYNTAX),
        (document(GOOD, Version=2012), SYNTAX),
        (document(GOOD, Id=5), SYNTAX),
        (document({**GOOD, "Sid": 5}), SYNTAX),
        (document({**GOOD, "Action": 5}), SYNTAX),
        (document({**GOOD, "Action": [["s3:*"]]}), SYNTAX),
        (document({**GOOD, "Resource": {"a": 1}}), SYNTAX),
        (document({**GOOD, "NotAction": "s3:*"}), SYNTAX),
        (document({**GOOD, "NotResource": "*"}), SYNTAX),
        (document({**GOOD, "Condition": "x"}), SYNTAX),
        (document({**GOOD, "Condition": {"Soon": {"aws:username": "x"}}}), SYNTAX),
        (document(without("Effect")), SYNTAX),
        (document({**GOOD, "Principal": "*"}), "Policy document should not specify a principal."),
        (document({**GOOD, "NotPrincipal": {"AWS": "*"}}), "Policy document should not specify a principal."),
        (document({**GOOD, "Principal": "arn:aws:iam::123456789012:user/alice"}), SYNTAX),
        (json.dumps({"Statement": [GOOD]}), "Policy document must be version 2012-10-17 or greater."),
        (document(GOOD, Version="2008-10-17"), "Policy document must be version 2012-10-17 or greater."),
        (document({**GOOD, "Effect": "allow"}), LEGACY),
        (document({**GOOD, "Condition": {"DateLessThan": {"aws:CurrentTime": "soon"}}}), LEGACY),
        (document({**GOOD, "Condition": {"ForAnyValue:DateLessThan": {"aws:CurrentTime": "soon"}}}), LEGACY),
        (resource("arn:aws:s3::films"), LEGACY),
        (
            document({**GOOD, "Sid": "A"}, {**GOOD, "Sid": "A"}),
            "Statement IDs (SID) in a single policy must be unique.",
        ),
        (
            document({**GOOD, "Sid": "A B"}),
            "Statement IDs (SID) must be alpha-numeric. Check that your input satisfies the regular expression "
            "[0-9A-Za-z]*",
        ),
        (document(without("Action")), "Policy statement must contain actions."),
        (document({**GOOD, "Action": []}), "Policy statement must contain actions."),
        (document(without("Action", NotAction=[])), "Policy statement must contain actions."),
        (document(without("Resource")), "Policy statement must contain resources."),
        (document({**GOOD, "Resource": []}), "Policy statement must contain resources."),
        (document({**GOOD, "Action": "GetObject"}), VENDOR),
        (document({**GOOD, "Condition": {"StringEquals": {"username": "x"}}}), VENDOR),
        (document({**GOOD, "Action": "s3:Get:Object"}), "Actions/Condition can contain only one colon."),
        (document({**GOOD, "Action": "s*:Get"}), "Vendor s* is not valid"),
        (document({**GOOD, "Action": "a b:Get"}), "Vendor a b is not valid"),
        (document(without("Action", NotAction="a b:Get")), "Vendor a b is not valid"),
        (resource("films"), 'Resource films must be in ARN format or "*".'),
        (resource("**"), 'Resource ** must be in ARN format or "*".'),
        (resource("urn:aws:s3:::films"), 'Resource urn:aws:s3:::films must be in ARN format or "*".'),
        (resource("arn:aws:s3:films"), 'Resource arn:aws:s3:films must be in ARN format or "*".'),
        (resource("arn:aws"), "Resource vendor must be fully qualified and cannot contain regexes."),
        (
            resource("arn:mars:s3:::films"),
            'Partition "mars" is not valid for resource "arn:mars:s3:::films".',
        ),
        (resource("arn:mars:s3"), 'Partition "mars" is not valid for resource "arn:mars:s3:*:*:*".'),
        (
            resource("arn:aws:iam:us-east-1::user/alice"),
            "IAM resource arn:aws:iam:us-east-1::user/alice cannot contain region information.",
        ),
        (
            resource("arn:aws:s3:us-east-1::films"),
            "Resource arn:aws:s3:us-east-1::films can not contain region information.",
        ),
        (resource("arn:aws:iam::123456789012:users/alice"), IAM_PATH),
        (resource("arn:aws:ec2:${aws:RequestedRegion}:123456789012:instance/i"), SYNTAX),
        (resource("arn:aws:s3:::films/${aws:username"), SYNTAX),
        (document(without("Resource", NotResource="films")), 'Resource films must be in ARN format or "*".'),
    ],
)  # fmt: skip
def test_identity_refusal(text: str, expected: str) -> None:
    """Each breach is refused in IAM's words."""
    assert expected == refusal(text)


def test_identity_checks_speak_in_their_order() -> None:
    """Of several breaches the first check in IAM's order speaks."""
    statement: dict[str, object] = {"Sid": "A", "Effect": "allow", "Action": "GetObject", "Resource": "films"}
    condition = {"Soon": {"aws:username": "x"}}
    twins: tuple[dict[str, object], ...] = (statement, statement)

    def now(*statements: dict[str, object], version: str = "2012-10-17") -> str:
        return refusal(document(*statements, Version=version))

    assert now(*({**one, "Condition": condition} for one in twins), version="2008-10-17") == SYNTAX
    assert now(*twins, version="2008-10-17").startswith("Policy document must be version")
    assert now(*twins) == LEGACY
    fixed = tuple({**one, "Effect": "Allow"} for one in twins)
    assert now(*fixed).startswith("Statement IDs (SID) in a single")
    assert now({**fixed[0], "Action": []}) == "Policy statement must contain actions."
    assert now(fixed[0]).startswith("Resource films must be")
    assert now({**fixed[0], "Resource": []}) == VENDOR
    assert now({**fixed[0], "Resource": [], "Action": "a:B"}) == "Policy statement must contain resources."


@pytest.mark.parametrize(
    "text",
    [
        document(GOOD),
        json.dumps({"Version": "2012-10-17", "Statement": GOOD, "Id": "films"}),
        document({**GOOD, "Sid": "A"}, {**GOOD, "Sid": "B"}, GOOD, {**GOOD, "Sid": ""}, {**GOOD, "Sid": ""}),
        document({"Effect": "Deny", "NotAction": ["iam:*", "*:Get*"], "NotResource": "*"}),
        document({**GOOD, "Action": "*", "Resource": ["*", "arn:aws:s3:*", "arn:*:s3:::films"]}),
        resource("arn:aws:s3:::${aws:username}/*"),
        resource("arn:aws:s3:us-east-1:123456789012:accesspoint/one"),
        resource("arn:aws:iam::123456789012:role/media/*"),
        resource("arn:aws:iam::*:*"),
        resource("arn:aws:waf-regional:*:*:*/*"),
        resource("arn:aws:logs:us-east-1:123456789012:log-group:/a:log-stream:*"),
        document({**GOOD, "Condition": {}}),
        document(
            {
                **GOOD,
                "Condition": {
                    "ForAnyValue:StringLikeIfExists": {"aws:TagKeys": ["a*", "${aws:username}"]},
                    "NumericLessThan": {"s3:max-keys": 10},
                    "Null": {"aws:TokenIssueTime": False},
                    "DateGreaterThan": {"aws:CurrentTime": "2026-01-01T00:00:00Z", "aws:EpochTime": 1700000000},
                    "StringEquals": {"kms:EncryptionContext:App": "x"},
                },
            }
        ),
        json.dumps(
            {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "*", "Resource": "*"}]}, indent=2
        ),
    ],
)
def test_identity_acceptance(text: str) -> None:
    """What IAM takes is taken."""
    check_identity_policy(text)


def trust(**more: object) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": "mediaconvert.amazonaws.com"},
        "Action": "sts:AssumeRole",
        **more,
    }
    return document({key: value for key, value in statement.items() if value is not None})


TRUST_SYNTAX = "Syntax error in policy."
USER_ARN = "arn:aws:iam::123456789012:user/team/alice"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("no JSON", "This policy contains invalid Json"),
        ("[]", "This policy contains invalid Json"),
        ('{"Version": "2012-10-17"}', "Could not parse the policy: Statement is empty!"),
        (document(), "Could not parse the policy: Statement is empty!"),
        (document({}, Version="2020-01-01"), "The policy must contain a valid version string"),
        (document(GOOD, Extra=1), TRUST_SYNTAX),
        (
            json.dumps({"Statement": [json.loads(trust(Sid="A"))["Statement"][0]] * 2}),
            "The Statement Ids in the policy are not unique",
        ),
        (trust(Effect=None), "Missing required field Effect"),
        (trust(Effect="allow"), TRUST_SYNTAX),
        (trust(Principal=None), "Missing required field Principal"),
        (trust(Principal={}), "Missing required field Principal cannot be empty!"),
        (trust(Principal={"AWS": []}), "Missing required field Principal cannot be empty!"),
        (trust(Principal=USER_ARN), TRUST_SYNTAX),
        (trust(Principal={"Group": "x"}), TRUST_SYNTAX),
        (trust(Action=None), "Missing required field Action"),
        (trust(Principal=None, NotPrincipal={"AWS": "*"}), "Allow with NotPrincipal is not allowed."),
        (
            trust(Effect="Deny", Principal=None, NotPrincipal={"AWS": "*"}),
            "AssumeRole policy must not contain NotPrincipal field.",
        ),
        (trust(Action="s3:GetObject"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (trust(Action="*"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (trust(Action="sts:GetCallerIdentity"), "AssumeRole policy may only specify STS AssumeRole actions."),
        (trust(Action=["sts:AssumeRole", "sts:Get*"]), "AssumeRole policy may only specify STS AssumeRole actions."),
        (trust(Resource="*"), "Has prohibited field Resource"),
        (trust(NotResource="*"), "AssumeRole policy must not contain resources."),
        (trust(Condition={"Soon": {"a:b": "c"}}), TRUST_SYNTAX),
        (trust(Condition={"DateLessThan": {"a:b": "c"}}), TRUST_SYNTAX),
        (trust(Principal={"AWS": "alice"}), 'Invalid principal in policy: "AWS":"alice"'),
        (
            trust(Principal={"AWS": "arn:aws:iam::123456789012:user/*"}),
            'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:user/*"',
        ),
        (
            trust(Principal={"AWS": "arn:aws:iam::123456789012:group/g"}),
            'Invalid principal in policy: "AWS":"arn:aws:iam::123456789012:group/g"',
        ),
        (
            trust(Principal={"AWS": "AGPAAAAAAAAAAAAAAAAAA"}),
            'Invalid principal in policy: "AWS":"AGPAAAAAAAAAAAAAAAAAA"',
        ),
        (trust(Principal={"Service": "mediaconvert"}), 'Invalid principal in policy: "SERVICE":"mediaconvert"'),
        (trust(Principal={"Service": "*"}), 'Invalid principal in policy: "SERVICE":"*"'),
        (trust(Principal={"Federated": "me"}), 'Invalid principal in policy: "FEDERATED":"me"'),
        (trust(Principal={"CanonicalUser": "x"}), 'Invalid principal in policy: "CANONICALUSER":"x"'),
    ],
)
def test_trust_refusal(text: str, expected: str) -> None:
    """Each breach of a trust policy is refused in IAM's words."""
    with pytest.raises(MalformedPolicy) as caught:
        check_trust_policy(text)

    assert expected == caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        trust(),
        trust(Principal="*"),
        trust(Principal={"AWS": ["AIDAAAAAAAAAAAAAAAAAA", "AROAAAAAAAAAAAAAAAAAA"]}),
        trust(Action=["sts:AssumeRole", "sts:TagSession", "sts:SetSourceIdentity"]),
        trust(Principal={"AWS": ["123456789012", USER_ARN, "arn:aws:iam::123456789012:root"]}),
        trust(Principal={"AWS": "arn:aws:sts::123456789012:assumed-role/media/one", "Service": "ec2.amazonaws.com"}),
        trust(Principal={"Federated": "arn:aws:iam::123456789012:oidc-provider/token.example.com"}),
        trust(Action=["sts:AssumeRole", "sts:TagSession", "STS:setsourceidentity"]),
        trust(Action="sts:*"),
        trust(Effect="Deny", Condition={"StringNotEquals": {"aws:SourceAccount": "123456789012"}}),
        json.dumps({"Version": "2008-10-17", "Statement": json.loads(trust())["Statement"]}),
        json.dumps({"Statement": json.loads(trust())["Statement"][0]}),
    ],
)
def test_trust_acceptance(text: str) -> None:
    """What IAM takes as a trust policy is taken."""
    check_trust_policy(text)


def test_invalid_principal_of_the_services() -> None:
    """Whoever finds that a principal does not exist says so in the same words."""
    assert invalid_principal("AWS", USER_ARN).message == f'Invalid principal in policy: "AWS":"{USER_ARN}"'
