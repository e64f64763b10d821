"""What is refused when a policy is put on a bucket, in S3's words."""

import json
from typing import Any

import pytest

from telecine.policy import MalformedPolicy, check_resource_policy

ALICE = "arn:aws:iam::123456789012:user/alice"
OBJECTS, BUCKET = "arn:aws:s3:::films/*", "arn:aws:s3:::films"
GRANT: dict[str, Any] = {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "s3:GetObject", "Resource": OBJECTS}
LISTING = {"Action": "s3:ListBucket", "Resource": BUCKET}


def check(text: str, service: str = "s3") -> None:
    check_resource_policy(text, service=service, owns=lambda arn: service == "kms" or arn.startswith(BUCKET))


def policy(*statements: dict[str, Any], **more: object) -> str:
    listed = [{name: value for name, value in one.items() if value is not None} for one in statements]
    return json.dumps({"Version": "2012-10-17", "Statement": listed, **more})


def changed(**change: object) -> str:
    return policy({**GRANT, **change})


JSON = "Policies must be valid JSON and the first byte must be '{'"
SYNTAX = "Invalid policy syntax."
PRINCIPAL = "Invalid principal in policy"
ACTION = "Policy has invalid action"
RESOURCE = "Policy has invalid resource"
UNFIT = "Action does not apply to any resource(s) in statement"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", JSON),
        (" {}", JSON),
        ("[]", JSON),
        ("{", "This policy contains invalid Json"),
        ('{"Statement": [], "Statement": []}', SYNTAX),
        ("{}", "Missing required field Statement"),
        ('{"Statement": []}', "Could not parse the policy: Statement is empty!"),
        (policy(GRANT, Version="2010-01-01"), "The policy must contain a valid version string"),
        (policy(GRANT, Foo=1), SYNTAX),
        (policy(GRANT, Statement=["x"]), SYNTAX),
        (changed(Effects="Allow"), SYNTAX),
        (policy({**GRANT, "Sid": "A"}, {**GRANT, "Sid": "A"}), "The Statement Ids in the policy are not unique"),
        (changed(Effect=None), "Missing required field Effect"),
        (changed(Effect="allow"), "Invalid effect: allow"),
        (changed(Principal=None), "Missing required field Principal"),
        (changed(Principal={"AWS": []}), "Missing required field Principal cannot be empty!"),
        (changed(Principal=None, NotPrincipal={"AWS": ALICE}), "Allow with NotPrincipal is not allowed."),
        (changed(Principal=ALICE), PRINCIPAL),
        (changed(Principal={"AWS": "alice"}), PRINCIPAL),
        (changed(Principal={"AWS": "arn:aws:iam::123456789012:user/*"}), PRINCIPAL),
        (changed(Principal={"AWS": "arn:aws:iam::123456789012:group/g"}), PRINCIPAL),
        (changed(Principal={"Google": "x"}), PRINCIPAL),
        (changed(Principal={"Service": "*"}), PRINCIPAL),
        (changed(Principal={"CanonicalUser": "x"}), PRINCIPAL),
        (changed(Action=None), "Missing required field Action"),
        (changed(Action=[]), "Missing required field Action"),
        (changed(Action=5), ACTION),
        (changed(Action="s3:Fly"), ACTION),
        (changed(Action="iam:GetUser"), ACTION),
        (changed(Action="GetObject"), ACTION),
        (changed(NotAction="s3:PutObject"), SYNTAX),
        (changed(Resource=None), "Missing required field Resource"),
        (changed(Resource="*"), RESOURCE),
        (changed(Resource="arn:aws:s3:::music/*"), RESOURCE),
        (changed(Resource={}), RESOURCE),
        (changed(Resource=BUCKET), UNFIT),
        (changed(Action="s3:ListBucket"), UNFIT),
        (changed(Action=["s3:GetObject", "s3:ListBucket"]), UNFIT),
        (changed(Action="s3:ListAllMyBuckets", Resource=[BUCKET, OBJECTS]), UNFIT),
        (changed(Condition={"StringEqual": {"aws:username": "a"}}), "Invalid Condition type : StringEqual"),
        (changed(Condition={"NullIfExists": {"aws:username": "true"}}), "Invalid Condition type : NullIfExists"),
        (changed(Condition={"IpAddress": {"aws:SourceIp": "here"}}), "Invalid IP address in Conditions"),
        (changed(Condition={"NumericEquals": {"aws:MultiFactorAuthAge": "x"}}), SYNTAX),
        (changed(Condition={"StringEquals": {"prefix": "a"}}), "Policy has an invalid condition key"),
        (changed(Condition={"StringEquals": {"s3:colour": "a"}}), "Policy has an invalid condition key"),
        (
            changed(Condition={"StringEquals": {"s3:prefix": "a"}}),
            "Conditions do not apply to combination of actions and resources in statement",
        ),
    ],
)
def test_refused(text: str, expected: str) -> None:
    """Each breach has its text."""
    with pytest.raises(MalformedPolicy) as caught:
        check(text)

    assert expected == caught.value.message


@pytest.mark.parametrize(
    "text",
    [
        policy(GRANT),
        json.dumps({"Statement": GRANT}),
        policy(GRANT, Version="2008-10-17", Id="Films"),
        changed(Principal="*"),
        changed(Principal={"AWS": ["123456789012", "AROAAAAAAAAAAAAAAAAAA"], "Service": "mediaconvert.amazonaws.com"}),
        changed(Principal={"CanonicalUser": "0" * 64}),
        changed(Effect="Deny", Principal=None, NotPrincipal={"AWS": ALICE}),
        changed(Action="s3:*", Resource=[BUCKET, OBJECTS]),
        changed(Action="*", Resource=BUCKET),
        changed(Action="S3:getobject"),
        changed(Action=None, NotAction="s3:DeleteBucket", Resource=BUCKET),
        changed(Resource=None, NotResource=OBJECTS),
        changed(Resource="arn:aws:s3:::films/${aws:username}/*"),
        changed(Resource="arn:aws:s3:::films*"),
        policy({**GRANT, **LISTING, "Condition": {"StringLike": {"s3:prefix": "${aws:username}/*"}}}),
        changed(Condition={"StringEquals": {"s3:ExistingObjectTag/team": "films", "aws:PrincipalTag/team": "films"}}),
        changed(Effect="Deny", Principal="*", Action="s3:*", Condition={"Bool": {"aws:SecureTransport": False}}),
        changed(Condition={"ForAnyValue:StringEqualsIfExists": {"aws:PrincipalOrgPaths": "o/r"}}),
    ],
)
def test_accepted(text: str) -> None:
    """What S3 takes as a bucket policy is taken."""
    check(text)


def test_other_services() -> None:
    """A key policy means its key by a star; what belongs to the policy's own is the caller's to say."""
    key = {
        "Effect": "Allow",
        "Principal": {"AWS": "arn:aws:iam::123456789012:root"},
        "Action": "kms:*",
        "Resource": "*",
    }
    check(policy(key), "kms")
    with pytest.raises(MalformedPolicy, match=ACTION):
        check(policy({**key, "Action": "s3:GetObject"}), "kms")
