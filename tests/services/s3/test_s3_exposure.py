"""What makes a bucket policy public (S3 user guide, "The meaning of public")."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.policy import compile_policy
from telecine.services.s3.exposure import closed, is_public


def text(principal: Any = "*", effect: str = "Allow", **condition: dict[str, Any]) -> str:
    statement = {
        "Effect": effect,
        "Principal": principal,
        "Action": "s3:GetObject",
        "Resource": "arn:aws:s3:::films/*",
        **({"Condition": condition} if condition else {}),
    }
    return json.dumps({"Version": "2012-10-17", "Statement": statement})


@pytest.mark.parametrize(
    "principal",
    [
        {"AWS": "111122223333"},
        {"AWS": ["arn:aws:iam::111122223333:user/ada", "AIDAEXAMPLE"]},
        {"Service": "cloudtrail.amazonaws.com"},
        {"CanonicalUser": "0" * 64},
    ],
)
def test_who_is_named_is_not_everybody(principal: Any) -> None:
    """Principals that somebody chose make no policy public."""
    assert not is_public(text(principal))


@pytest.mark.parametrize("principal", ["*", {"AWS": "*"}, {"AWS": ["111122223333", "*"]}])
def test_everybody_is_public(principal: Any) -> None:
    """However it is spelled, and even beside others."""
    assert is_public(text(principal))
    assert not is_public(text(principal, effect="Deny"))


@pytest.mark.parametrize(
    ("operator", "key", "values"),
    [
        ("StringEquals", "aws:PrincipalOrgID", "o-example"),
        ("StringEquals", "aws:SourceVpce", ["vpce-1", "vpce-2"]),
        ("StringLike", "AWS:SourceVpc", "vpc-1"),
        ("ArnLike", "aws:SourceArn", "arn:aws:s3:::other"),
        ("ArnEquals", "aws:PrincipalArn", "arn:aws:iam::111122223333:role/Night"),
        ("StringEqualsIgnoreCase", "aws:SourceAccount", "111122223333"),
        ("StringEquals", "aws:userid", "AIDAEXAMPLE"),
        ("ForAnyValue:StringEquals", "aws:SourceVpce", "vpce-1"),
        ("IpAddress", "aws:SourceIp", ["192.0.2.0/24", "10.0.0.0/8"]),
        ("IpAddress", "aws:SourceIp", "2001:db8::/32"),
    ],
)
def test_a_fixed_value_of_a_telling_key_is_not_public(operator: str, key: str, values: Any) -> None:
    """Callers cannot choose it."""
    assert not is_public(text(**{operator: {key: values}}))


@pytest.mark.parametrize(
    ("operator", "key", "values"),
    [
        ("StringLike", "aws:SourceVpc", "vpc-*"),
        ("StringLike", "aws:userid", "AROAEXAMPLE:*"),
        ("StringLike", "aws:SourceVpc", "${aws:username}"),
        ("StringEquals", "aws:SourceVpce", ["vpce-1", "vpce-?"]),
        ("StringNotEquals", "aws:SourceVpce", "vpce-1"),
        ("StringEqualsIfExists", "aws:SourceVpce", "vpce-1"),
        ("ForAllValues:StringEquals", "aws:SourceVpce", "vpce-1"),
        ("StringLike", "aws:Referer", "https://example.com/"),
        ("Bool", "aws:SecureTransport", "true"),
        ("Null", "aws:SourceVpce", "false"),
        ("IpAddress", "aws:SourceIp", "0.0.0.0/0"),
        ("IpAddress", "aws:SourceIp", ["192.0.2.0/24", "0.0.0.0/1"]),
        ("IpAddress", "aws:SourceIp", "2001::/16"),
        ("NotIpAddress", "aws:SourceIp", "192.0.2.0/24"),
    ],
)
def test_anything_else_is_public(operator: str, key: str, values: Any) -> None:
    """A value that callers choose, that may be absent, that stands for many."""
    assert is_public(text(**{operator: {key: values}}))


def test_one_open_statement_is_enough() -> None:
    """And narrowing it once is enough too."""
    narrow, wide = json.loads(text(StringEquals={"aws:SourceVpce": "v"})), json.loads(text())
    both = {"Statement": [narrow["Statement"], wide["Statement"]]}
    assert is_public(json.dumps(both))
    assert not is_public(json.dumps({"Statement": [narrow["Statement"]]}))


@given(st.lists(st.sampled_from(["Allow", "Deny"]), min_size=1, max_size=6))
def test_a_closed_policy_denies_what_it_denied_and_allows_nothing(effects: list[str]) -> None:
    """So it can stand in for a public one whose bucket is restricted."""
    statements = [
        {**json.loads(text(effect=effect))["Statement"], "Sid": f"S{at}"} for at, effect in enumerate(effects)
    ]
    left = compile_policy(closed(json.dumps({"Version": "2012-10-17", "Statement": statements}))).body.document
    assert [statement.sid for statement in left.statements] == [
        f"S{at}" for at, effect in enumerate(effects) if effect == "Deny"
    ]
