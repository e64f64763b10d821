"""Compiling: once per text, bounded in memory, shared by name."""

import json

import pytest

from telecine.policy import MalformedPolicy, PolicySet, Principal, PrincipalKind, Request, compile_policy, evaluate
from telecine.policy.bundle import about
from telecine.policy.compiled import Body
from telecine.policy.parse import parse

USER = Principal(kind=PrincipalKind.USER, arn="arn:aws:iam::1:user/a", account="1")


def text(action: str = "s3:*") -> str:
    return json.dumps({"Statement": {"Sid": "S", "Effect": "Allow", "Action": action, "Resource": "*"}})


def ask(policies: tuple[object, ...], action: str) -> bool:
    request = Request(principal=USER, action=action, resource="*", resource_account="1", context={})
    return evaluate(request, PolicySet(identity=policies)).is_allowed  # type: ignore[arg-type]


def test_compiled_once() -> None:
    """The same text and name give the same object; another name shares the statements."""
    first = compile_policy(text(), name="one")

    assert compile_policy(text(), name="one") is first
    assert compile_policy(text(), name="two") is not first
    assert compile_policy(text(), name="two").statements is first.statements


@pytest.mark.parametrize("broken", ["{", "[]", '{"Statement": {"Effect": "Maybe", "Action": "*", "Resource": "*"}}'])
def test_what_is_no_policy_does_not_compile(broken: str) -> None:
    """Text that is no policy raises, each time it is asked for."""
    for _ in range(2):
        with pytest.raises(MalformedPolicy):
            compile_policy(broken)


def test_a_client_cannot_fill_the_memory_with_action_names() -> None:
    """However many different actions are asked for, a bounded number is remembered, and answers stay right."""
    body = Body(parse(text("s3:Get*")))
    pair = (compile_policy(text("s3:Get*")), compile_policy(text("iam:*")))
    for number in range(5000):
        body.about(f"s3:Get{number}")
        about(pair, f"s3:Get{number}")

    assert len(body._by_action) <= 1024
    assert ask(pair, "s3:Get1")
    assert not ask(pair, "s3:Put1")


def test_many_sets_of_policies_keep_apart() -> None:
    """Sets of policies come and go; one never answers for another, wherever it lies in memory."""
    allowing, silent = compile_policy(text("s3:*")), compile_policy(text("iam:*"))
    for number in range(5000):
        expected = number % 2 == 0
        assert expected is ask((allowing if expected else silent, silent), "s3:GetObject")


def test_flaws_name_their_place() -> None:
    """What a stored policy holds that is not evaluated is listed with its place."""
    statements = [
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*"},
        {"Effect": "Deny", "Action": "s*:Get", "Resource": "*"},
        {"Effect": "Allow", "Action": "s3:*", "Resource": "*", "Condition": {"Soon": {"a:b": "c"}}},
        {"Effect": "Allow", "NotPrincipal": {"AWS": "1"}, "Action": "s3:*", "Resource": "*"},
    ]
    found = compile_policy(json.dumps({"Version": "2012-10-17", "Statement": statements})).flaws

    assert [flaw.element for flaw in found] == [
        "Statement[1].Action.s*:Get",
        "Statement[2].Condition.Soon.a:b",
        "Statement[3].NotPrincipal",
    ]


def test_numbers_keep_their_digits() -> None:
    """Numbers of the JSON are read as written: none is rounded, and none is too long."""
    digits = "9" * 6000
    condition = f'"Condition": {{"NumericEquals": {{"a:b": {digits}}}}}'
    body = '{"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*", ' + condition + "}}"

    assert parse(body).statements[0].conditions[0].values == (digits,)


def test_the_first_statement_is_named() -> None:
    """Of several statements that apply the first is named, though those about the same resources are asked together."""
    listed = [
        ("A", "arn:aws:s3:::b/*"),
        ("B", "arn:aws:s3:::a/*"),
        ("C", "arn:aws:s3:::a/x"),
        ("D", "arn:aws:s3:::b/*"),
    ]
    documents = [
        json.dumps({"Statement": {"Sid": sid, "Effect": "Allow", "Action": "s3:*", "Resource": resource}})
        for sid, resource in listed
    ]
    held = [
        json.dumps(
            {"Statement": {"Sid": "Late", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::c/*",
                           "Condition": {"Bool": {"aws:SecureTransport": "true"}}}}
        ),
        json.dumps({"Statement": {"Sid": "Early", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}}),
        json.dumps({"Statement": {"Sid": "Same", "Effect": "Allow", "Action": "s3:*", "Resource": "arn:aws:s3:::c/*"}}),
    ]  # fmt: skip

    for texts, resource, expected in (
        (documents, "arn:aws:s3:::a/x", "B"),
        (documents[::-1], "arn:aws:s3:::a/x", "C"),
        (documents, "arn:aws:s3:::b/y", "A"),
        (held, "arn:aws:s3:::c/y", "Early"),
        (held[::-1], "arn:aws:s3:::c/y", "Same"),
    ):
        asked = Request(principal=USER, action="s3:GetObject", resource=resource, resource_account="1", context={})
        policies = PolicySet(identity=tuple(compile_policy(text) for text in texts))
        assert [ref.sid for ref in evaluate(asked, policies).statements] == [expected]


def test_alike_statements_share_their_parts() -> None:
    """Equal conditions and equal lists of resources are one object in every policy, so they are asked once."""
    first, second = (
        compile_policy(
            json.dumps(
                {
                    "Statement": {
                        "Effect": "Allow",
                        "Action": action,
                        "Resource": ["arn:aws:s3:::a", "arn:aws:s3:::b"],
                        "Condition": {"Bool": {"aws:SecureTransport": "true"}},
                    }
                }
            )
        ).statements[0]
        for action in ("s3:GetObject", "s3:PutObject")
    )

    assert first.resources is second.resources
    assert first.conditions[0] is second.conditions[0]
