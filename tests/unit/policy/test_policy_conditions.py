"""Condition operators, one by one and with each combinator."""

import json
from collections.abc import Sequence
from importlib import import_module

import pytest

from telecine.policy import (
    Answer,
    MalformedPolicy,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    check_identity_policy,
    compile_policy,
    evaluate,
)
from telecine.policy.conditions import EVALUATED

USER = Principal(kind=PrincipalKind.USER, arn="arn:aws:iam::123456789012:user/alice", account="123456789012")


def document(condition: dict[str, object], effect: str = "Allow", version: str = "2012-10-17") -> str:
    statement = {"Effect": effect, "Action": "*", "Resource": "*", "Condition": condition}
    return json.dumps({"Version": version, "Statement": statement})


def holds(condition: dict[str, object], context: dict[str, str | Sequence[str]], version: str = "2012-10-17") -> bool:
    """Whether the condition holds in an Allow; a Deny must agree."""
    request = Request(
        principal=USER,
        action="s3:GetObject",
        resource="arn:aws:s3:::b/k",
        resource_account=USER.account,
        context=context,
    )
    allowed = evaluate(request, PolicySet(identity=(compile_policy(document(condition, version=version)),)))
    everything = compile_policy(document({}))
    denied = evaluate(
        request, PolicySet(identity=(everything, compile_policy(document(condition, "Deny", version=version))))
    )
    assert allowed.is_allowed is (denied.decision is Answer.EXPLICIT_DENY)
    return allowed.is_allowed


TABLE = [
    ("StringEquals", "Films", "Films", True),
    ("StringEquals", "Films", "films", False),
    ("StringEquals", "f*", "films", False),
    ("StringEquals", "", "", True),
    ("StringEqualsIgnoreCase", "Films", "fILMS", True),
    ("StringEqualsIgnoreCase", "Films", "film", False),
    ("StringLike", "f*s", "films", True),
    ("StringLike", "f*s", "FILMS", False),
    ("StringLike", "f?lms", "films", True),
    ("StringLike", "f?lms", "flms", False),
    ("StringLike", "*", "", True),
    ("StringLike", "a*b*c", "a/b:c\nb c", True),
    ("StringLike", "[a-z]*", "films", False),
    ("NumericEquals", "10", "10.0", True),
    ("NumericEquals", "1e1", "10", True),
    ("NumericEquals", "0.1", "0.10000000000000001", False),
    ("NumericEquals", "9007199254740993", "9007199254740992", False),
    ("NumericEquals", "10", "10abc", False),
    ("NumericEquals", "10", "", False),
    ("NumericEquals", "10", " 10", False),
    ("NumericEquals", "1", "\u0661", False),
    ("NumericLessThan", "9.5", "10", False),
    ("NumericLessThan", "10", "9.5", True),
    ("NumericLessThan", "10", "10", False),
    ("NumericLessThanEquals", "10", "10", True),
    ("NumericGreaterThan", "-5", "-4", True),
    ("NumericGreaterThan", "10", "10", False),
    ("NumericGreaterThanEquals", "10", "10.0", True),
    ("DateEquals", "2026-01-01T02:00:00+02:00", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "2026-01-01", "1767225600", True),
    ("DateEquals", "2026-01", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "2026", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "1767225600", "2026-01-01T00:00:00Z", True),
    ("DateEquals", "2026-01-01T00:00:00.5Z", "2026-01-01T00:00:00Z", False),
    ("DateEquals", "2026-01-01", "1767225600000", False),
    ("DateLessThan", "2026-01-01", "2025-12-31T23:59:59Z", True),
    ("DateLessThan", "2026-01-01", "not a date", False),
    ("DateLessThan", "2026-01-01", "2025-13-01", False),
    ("DateLessThanEquals", "2026-01-01", "2026-01-01T00:00:00Z", True),
    ("DateGreaterThan", "2026-01-01", "2026-01-01T00:00:01Z", True),
    ("DateGreaterThan", "2026-01-01", "2026-01-01T00:00:00-01:00", True),
    ("DateGreaterThanEquals", "2026-01-01", "2026-01-01T00:00:00+01:00", False),
    ("Bool", "true", "true", True),
    ("Bool", "true", "TRUE", True),
    ("Bool", "true", "false", False),
    ("Bool", "true", "1", False),
    ("BinaryEquals", "QQ==", "QQ==", True),
    ("BinaryEquals", "QQ==", "QUE=", False),
    ("BinaryEquals", "QQ==", "no base64!", False),
    ("IpAddress", "203.0.113.0/24", "203.0.113.255", True),
    ("IpAddress", "203.0.113.0/24", "203.0.114.0", False),
    ("IpAddress", "203.0.113.7/24", "203.0.113.1", True),
    ("IpAddress", "203.0.113.7", "203.0.113.7", True),
    ("IpAddress", "203.0.113.7", "203.0.113.6", False),
    ("IpAddress", "0.0.0.0/0", "2001:db8::1", False),
    ("IpAddress", "::/0", "203.0.113.7", False),
    ("IpAddress", "203.0.113.0/24", "::ffff:203.0.113.7", True),
    ("IpAddress", "2001:db8::/32", "2001:0DB8:0:0:0:0:0:1", True),
    ("IpAddress", "203.0.113.0/24", "203.0.113.7/32", False),
    ("IpAddress", "203.0.113.0/24", "localhost", False),
    ("ArnLike", "arn:aws:iam::*:role/*", "arn:aws:iam::1:role/a/b", True),
    ("ArnLike", "arn:aws:iam::*:role/*", "arn:aws:iam::1:2:role/a", False),
    ("ArnLike", "arn:aws:*:role/x", "arn:aws:iam::1:role/x", False),
    ("ArnLike", "arn:aws:*", "arn:aws:iam::1:role/x", True),
    ("ArnLike", "*", "arn:aws:iam::1:role/x", True),
    ("ArnLike", "*", "boop", False),
    ("ArnLike", "arn:aws:iam::1:role/?", "arn:aws:iam::1:role/xy", False),
    ("ArnEquals", "arn:aws:iam::1:role/*", "arn:aws:iam::1:role/x", True),
    ("ArnEquals", "arn:aws:iam::1:role/X", "arn:aws:iam::1:role/x", False),
]
NEGATIONS = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
    "ArnLike": "ArnNotLike",
    "ArnEquals": "ArnNotEquals",
}


@pytest.mark.parametrize(("operator", "policy", "given", "expected"), TABLE)
def test_operator(operator: str, policy: str, given: str, expected: bool) -> None:
    """The operator, its IfExists form, its set forms over one value and its negation agree on one value."""
    assert expected is holds({operator: {"x:k": policy}}, {"x:k": given})
    assert expected is holds({f"{operator}IfExists": {"x:k": policy}}, {"x:k": given})
    assert expected is holds({f"ForAnyValue:{operator}": {"x:k": policy}}, {"x:k": [given]})
    assert expected is holds({f"ForAllValues:{operator}": {"x:k": policy}}, {"x:k": [given]})
    negation = NEGATIONS.get(operator)
    if negation:
        assert expected is not holds({negation: {"x:k": policy}}, {"x:k": given})
        assert expected is not holds({f"ForAnyValue:{negation}": {"x:k": policy}}, {"x:k": [given]})


def test_every_operator_is_there() -> None:
    """There are 26 operators and Null, and the table above has a line for each or for its positive form."""
    assert len(EVALUATED) == 27
    assert {"Null", *NEGATIONS.values(), *(line[0] for line in TABLE)} == EVALUATED


@pytest.mark.parametrize(
    ("operator", "absent"),
    [
        ("StringEquals", False),
        ("StringNotEquals", True),
        ("StringEqualsIfExists", True),
        ("StringNotEqualsIfExists", True),
        ("ForAllValues:StringEquals", True),
        ("ForAllValues:StringNotEquals", True),
        ("ForAnyValue:StringEquals", False),
        ("ForAnyValue:StringNotEquals", False),
        ("ForAnyValue:StringEqualsIfExists", True),
        ("ForAllValues:StringEqualsIfExists", True),
    ],
)
def test_absent_key(operator: str, absent: bool) -> None:
    """What each form says of a key that is absent, or that has no value."""
    assert absent is holds({operator: {"x:k": "v"}}, {})
    assert absent is holds({operator: {"x:k": "v"}}, {"x:k": []})
    assert absent is holds({operator: {"x:k": "v"}}, {"x:other": "v"})


@pytest.mark.parametrize(
    ("values", "context", "expected"),
    [
        ("true", {}, True),
        ("true", {"x:k": ""}, False),
        ("true", {"x:k": []}, True),
        ("false", {"x:k": ["a"]}, True),
        ("FALSE", {}, False),
        (["true", "false"], {}, True),
        (["true", "false"], {"x:k": "v"}, True),
        (True, {}, True),
        (False, {"x:k": "v"}, True),
    ],
)
def test_null(values: object, context: dict[str, str | Sequence[str]], expected: bool) -> None:
    """Null asks whether the key is there; an empty text is there, an empty list is not."""
    assert expected is holds({"Null": {"x:k": values}}, context)


@pytest.mark.parametrize(
    ("operator", "given", "expected"),
    [
        ("ForAllValues:StringLike", ["a1", "a2"], True),
        ("ForAllValues:StringLike", ["a1", "b"], False),
        ("ForAnyValue:StringLike", ["c", "a"], True),
        ("ForAnyValue:StringLike", ["c"], False),
        ("ForAllValues:StringNotLike", ["b", "c"], True),
        ("ForAllValues:StringNotLike", ["b", "a"], False),
        ("ForAnyValue:StringNotLike", ["a", "b"], True),
        ("ForAnyValue:StringNotLike", ["a", "a2"], False),
        ("ForAllValues:StringLike", "", True),
        ("ForAnyValue:StringLike", "", False),
        ("ForAnyValue:StringLike", "a", True),
    ],
)
def test_set_operator(operator: str, given: str | list[str], expected: bool) -> None:
    """Set operators ask each value of the request; an empty text is an empty set."""
    assert expected is holds({operator: {"x:k": ["a*"]}}, {"x:k": given})


@pytest.mark.parametrize(("operator", "denies"), [("StringEquals", False), ("StringNotEquals", True)])
def test_multivalued_key_without_set_operator_allows_nothing(operator: str, denies: bool) -> None:
    """A key of several values under a plain operator never allows; a negated one still denies."""
    request = Request(
        principal=USER, action="a:B", resource="*", resource_account=USER.account, context={"x:k": ["v", "w"]}
    )
    allow, deny = (compile_policy(document({operator: {"x:k": "v"}}, effect)) for effect in ("Allow", "Deny"))
    decision = evaluate(request, PolicySet(identity=(compile_policy(document({})), deny)))

    assert not evaluate(request, PolicySet(identity=(allow,))).is_allowed
    assert denies is (decision.decision is Answer.EXPLICIT_DENY)


def test_keys_that_differ_by_case_alone_allow_nothing() -> None:
    """A caller who sends `Team` and `team` cannot choose which of them a condition sees."""
    context = {"aws:RequestTag/Team": "films", "aws:requesttag/team": "other", "x:k": "v"}

    for value in ("films", "other"):
        assert not evaluate(
            Request(principal=USER, action="a:B", resource="*", resource_account=USER.account, context=context),
            PolicySet(identity=(compile_policy(document({"StringEquals": {"aws:RequestTag/team": value}})),)),
        ).is_allowed
    for condition in (
        {"ForAllValues:StringEquals": {"aws:RequestTag/team": ["films", "other"]}},
        {"ForAnyValue:StringEquals": {"aws:RequestTag/team": "films"}},
    ):
        assert not evaluate(
            Request(principal=USER, action="a:B", resource="*", resource_account=USER.account, context=context),
            PolicySet(identity=(compile_policy(document(condition)),)),
        ).is_allowed
    assert holds({"Null": {"aws:RequestTag/team": "false"}}, context)
    assert holds({"StringEquals": {"X:K": "v"}}, context)


@pytest.mark.parametrize("operator", ["StringEquals", "StringLike", "ForAllValues:StringEquals", "StringNotEquals"])
def test_a_deny_is_not_escaped_by_a_second_key(operator: str) -> None:
    """Whoever tags with `team=secret` and `Team=x` is denied what `team=secret` alone is denied."""
    deny = compile_policy(document({operator: {"aws:RequestTag/team": "secret"}}, "Deny"))
    request = Request(
        principal=USER,
        action="a:B",
        resource="*",
        resource_account=USER.account,
        context={"aws:RequestTag/team": "secret", "aws:RequestTag/Team": "x"},
    )

    decision = evaluate(request, PolicySet(identity=(compile_policy(document({})), deny)))

    assert decision.decision is Answer.EXPLICIT_DENY


def test_long_texts_are_not_remembered() -> None:
    """What a caller sends is kept in memory only while it is short."""
    evaluation = import_module("telecine.policy.evaluate")
    before = len(evaluation._KNOWN_NAMES)
    context = {f"aws:RequestTag/{'x' * 5000}{number}": "v" for number in range(3)}

    assert not holds({"StringEquals": {"aws:RequestTag/team": "v"}}, context)
    assert len(evaluation._KNOWN_NAMES) == before


@pytest.mark.parametrize(
    "condition",
    [
        {"stringEquals": {"x:k": "v"}},
        {"StringEqual": {"x:k": "v"}},
        {"StringEqualsIfExist": {"x:k": "v"}},
        {"NullIfExists": {"x:k": "true"}},
        {"ForAnyValue:Null": {"x:k": "true"}},
        {"ForAllValue:StringEquals": {"x:k": "v"}},
        {"ForAnyValue:ForAllValues:StringEquals": {"x:k": "v"}},
        {"NumericEquals": {"x:k": "10abc"}},
        {"NumericEquals": {"x:k": "${aws:username}"}},
        {"IpAddress": {"x:k": "203.0.113.0/33"}},
        {"IpAddress": {"x:k": "10.0.0.0/255.0.0.0"}},
        {"Bool": {"x:k": "yes"}},
        {"Null": {"x:k": "maybe"}},
        {"BinaryEquals": {"x:k": "!"}},
        {"StringEquals": {"x:k": "${aws:username"}},
        {"StringEquals": {"x:k": None}},
        {"StringEquals": {"x:k": {"a": "b"}}},
        {"StringEquals": "v"},
    ],
)
def test_what_cannot_be_evaluated_is_refused_when_written(condition: dict[str, object]) -> None:
    """Operator names are exact, and values are of the operator's type."""
    with pytest.raises(MalformedPolicy) as caught:
        check_identity_policy(document(condition))

    assert caught.value.message == "Syntax errors in policy."
    assert caught.value.element.startswith("Statement[0].Condition.")


@pytest.mark.parametrize("condition", [{"StringEqual": {"x:k": "v"}}, {"NumericEquals": {"x:k": "10abc"}}])
def test_what_was_stored_all_the_same_fails_closed(condition: dict[str, object]) -> None:
    """An Allow that cannot be evaluated allows nothing; a Deny denies whatever it is about."""
    request = Request(principal=USER, action="a:B", resource="*", resource_account=USER.account, context={})
    everything = compile_policy(document({}))
    allow, deny = (compile_policy(document(condition, effect)) for effect in ("Allow", "Deny"))

    assert not evaluate(request, PolicySet(identity=(allow,))).is_allowed
    assert evaluate(request, PolicySet(identity=(everything, deny))).decision is Answer.EXPLICIT_DENY
    assert allow.flaws
    assert deny.flaws


def test_keys_and_operators_are_all_needed() -> None:
    """Operators and keys are ANDed, values are ORed."""
    condition = {"StringEquals": {"x:a": ["1", "2"], "x:b": "3"}, "Bool": {"x:c": "true"}}

    assert holds(condition, {"x:a": "2", "x:b": "3", "x:c": "true"})
    assert not holds(condition, {"x:a": "2", "x:b": "4", "x:c": "true"})
    assert not holds(condition, {"x:a": "2", "x:b": "3", "x:c": "false"})
    assert not holds(condition, {"x:a": "4", "x:b": "3", "x:c": "true"})


def test_an_empty_list_of_values_never_equals() -> None:
    """No value is one of none, so its negation always holds."""
    assert not holds({"StringEquals": {"x:k": []}}, {"x:k": "v"})
    assert holds({"StringNotEquals": {"x:k": []}}, {"x:k": "v"})
