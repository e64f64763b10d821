"""Policy variables: what is one, what it stands for, and what nobody can smuggle through it."""

import json
from collections.abc import Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.policy import (
    MalformedPolicy,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    check_identity_policy,
    compile_policy,
    evaluate,
)
from telecine.policy.variables import MalformedVariable, Variable, Wild, resolve, tokens

USER = Principal(kind=PrincipalKind.USER, arn="arn:aws:iam::123456789012:user/alice", account="123456789012")


def document(resource: str, condition: dict[str, object] | None = None) -> str:
    return json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": [
                {"Effect": "Allow", "Action": "s3:*", "Resource": resource, "Condition": condition or {}},
            ],
        }
    )


def allowed(text: str, resource: str, context: dict[str, str | Sequence[str]]) -> bool:
    request = Request(
        principal=USER, action="s3:GetObject", resource=resource, resource_account=USER.account, context=context
    )
    return evaluate(request, PolicySet(identity=(compile_policy(text),))).is_allowed


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("plain", ("plain",)),
        ("", ()),
        ("a*?b", ("a", Wild.STAR, Wild.ONE, "b")),
        ("a***b", ("a", Wild.STAR, "b")),
        ("a${aws:UserName}b", ("a", Variable("aws:username", None), "b")),
        ("${ aws:username , 'x y' }", (Variable("aws:username", "x y"),)),
        ("${aws:PrincipalTag/team, ''}", (Variable("aws:principaltag/team", ""),)),
        ("a${*}b${?}${$}{c}", ("a*b?${c}",)),
        ("$ {a} $a", ("$ {a} $a",)),
    ],
)
def test_tokens(text: str, expected: tuple[object, ...]) -> None:
    """A text's literals, wildcards and variables."""
    assert expected == tokens(text, wildcards=True, variables=True)


@pytest.mark.parametrize("text", ["${", "${}", "${aws:username", "${a${b}}", "${a, b}", "${a, 'b'", "${'a'}"])
def test_a_broken_variable_is_refused(text: str) -> None:
    """What begins like a variable must be one, and a policy that holds a broken one is not stored."""
    with pytest.raises(MalformedVariable):
        tokens(text, wildcards=True, variables=True)
    with pytest.raises(MalformedPolicy):
        check_identity_policy(document(f"arn:aws:s3:::b/{text}"))
    assert not allowed(document(f"arn:aws:s3:::b/{text}"), f"arn:aws:s3:::b/{text}", {})


def test_text_without_variables_is_literal() -> None:
    """In a document of the older version `${…}` is text, whatever it holds."""
    assert tokens("${a", wildcards=True, variables=False) == ("${a",)


@given(st.text(alphabet="a*?${}:/'", max_size=12))
def test_a_value_is_literal(value: str) -> None:
    """Whatever a value holds, it becomes one literal."""
    split = tokens("${x:v}", wildcards=True, variables=True)

    assert (value,) == resolve(split, {"x:v": value})


@pytest.mark.parametrize("value", ["*", "?", "a/../*", "${aws:userid}", "b/*"])
def test_a_value_cannot_widen_a_resource(value: str) -> None:
    """A hostile tag or name reaches nothing but the path that is spelled like it."""
    text = document("arn:aws:s3:::b/${aws:PrincipalTag/t}/*")
    context: dict[str, str | Sequence[str]] = {"aws:PrincipalTag/t": value, "aws:userid": "secret"}

    assert not allowed(text, "arn:aws:s3:::b/secret/x", context)
    assert allowed(text, f"arn:aws:s3:::b/{value}/x", context)


@pytest.mark.parametrize(
    ("context", "resource", "expected"),
    [
        ({"aws:PrincipalTag/Team": "red"}, "arn:aws:s3:::red-x", True),
        ({}, "arn:aws:s3:::all-x", True),
        ({"aws:PrincipalTag/team": "red"}, "arn:aws:s3:::all-x", False),
        ({"aws:PrincipalTag/team": ["red"]}, "arn:aws:s3:::red-x", False),
        ({"aws:PrincipalTag/team": ["red"]}, "arn:aws:s3:::all-x", False),
        ({"aws:PrincipalTag/team": ""}, "arn:aws:s3:::-x", True),
    ],
)
def test_default(context: dict[str, str | Sequence[str]], resource: str, expected: bool) -> None:
    """The default counts when the key is absent; a multivalued key is present, and has no value as a variable."""
    text = document("arn:aws:s3:::${aws:PrincipalTag/team, 'all'}-*")

    assert expected is allowed(text, resource, context)


@pytest.mark.parametrize(
    "resource", ["arn:aws:s3:${aws:RequestedRegion}::b", "arn:aws:${x:s}:::b", "${x:arn}", "arn:aws:iam::${x:a}:role/r"]
)
def test_variables_stand_in_the_resource_part_alone(resource: str) -> None:
    """A variable in another field of a Resource is refused, and never allows anything."""
    with pytest.raises(MalformedPolicy):
        check_identity_policy(document(resource))
    context: dict[str, str | Sequence[str]] = {"aws:RequestedRegion": "", "x:s": "s3", "x:arn": "*", "x:a": "1"}
    assert not allowed(document(resource), "arn:aws:s3:::b", context)


@pytest.mark.parametrize(
    ("condition", "context", "expected"),
    [
        ({"StringEquals": {"x:k": "${x:v}"}}, {"x:k": "a", "x:v": "a"}, True),
        ({"StringEquals": {"x:k": "${x:v}"}}, {"x:k": "a", "x:v": "A"}, False),
        ({"StringEqualsIgnoreCase": {"x:k": "${x:v}!"}}, {"x:k": "a!", "x:v": "A"}, True),
        ({"StringLike": {"x:k": "${x:v}*"}}, {"x:k": "ab", "x:v": "a"}, True),
        ({"StringLike": {"x:k": "${x:v}"}}, {"x:k": "ab", "x:v": "*"}, False),
        ({"StringLike": {"x:k": "?${x:v}"}}, {"x:k": "ab", "x:v": "b"}, True),
        ({"StringEquals": {"x:k": ["${x:v}", "b"]}}, {"x:k": "b"}, True),
        ({"StringNotEquals": {"x:k": ["${x:v}", "b"]}}, {"x:k": "b"}, False),
        ({"StringNotEquals": {"x:k": "${x:v}"}}, {"x:k": "b"}, True),
        ({"ArnLike": {"x:k": "arn:aws:iam::${x:v}:role/*"}}, {"x:k": "arn:aws:iam::1:role/r", "x:v": "1"}, True),
        ({"ArnLike": {"x:k": "arn:aws:iam::${x:v}:role/*"}}, {"x:k": "arn:aws:iam::1:2:role/r", "x:v": "1:2"}, False),
        ({"ArnLike": {"x:k": "arn:aws:iam::1:role/${x:v}"}}, {"x:k": "arn:aws:iam::1:role/r", "x:v": "*"}, False),
        ({"ArnNotLike": {"x:k": "arn:aws:iam::1:role/${x:v}"}}, {"x:k": "arn:aws:iam::1:role/r"}, True),
        ({"Bool": {"x:k": "${x:v}"}}, {"x:k": "true", "x:v": "True"}, True),
        ({"Bool": {"x:k": "${x:v}"}}, {"x:k": "true"}, False),
        ({"ForAnyValue:StringEquals": {"x:k": "${x:v}"}}, {"x:k": ["b", "a"], "x:v": "a"}, True),
    ],
)
def test_in_conditions(condition: dict[str, object], context: dict[str, str | Sequence[str]], expected: bool) -> None:
    """Variables in condition values: positive operators fail without a value, negated ones hold."""
    assert expected is allowed(document("*", condition), "arn:aws:s3:::b/k", context)


def test_context_keys_of_a_policy() -> None:
    """A policy names every key that it asks for, in conditions and in variables."""
    text = document(
        "arn:aws:s3:::b/${aws:username}", {"StringEquals": {"aws:RequestTag/Team": "${aws:PrincipalTag/Team}"}}
    )

    assert compile_policy(text).context_keys == {"aws:username", "aws:RequestTag/Team", "aws:principaltag/team"}
