"""The condition keys that a simulator should ask for."""

import json

import pytest

from telecine.policy import PolicySet, Principal, PrincipalKind, Request, compile_policy, missing_context

USER = Principal(kind=PrincipalKind.USER, arn="arn:aws:iam::1:user/a", account="1")
TLS = {"Bool": {"aws:SecureTransport": "true"}}


def missing(statement: dict[str, object], version: str = "2012-10-17", **context: str) -> tuple[str, ...]:
    text = json.dumps({"Version": version, "Statement": {"Effect": "Allow", **statement}})
    request = Request(
        principal=USER,
        action="s3:GetObject",
        resource="arn:aws:s3:::films/alice/a.mov",
        resource_account="1",
        context={key.replace("_", ":"): value for key, value in context.items()},
    )
    return missing_context(request, PolicySet(identity=(compile_policy(text),)))


@pytest.mark.parametrize(
    ("statement", "expected"),
    [
        ({"Action": "s3:Get*", "Resource": "*"}, ()),
        ({"Action": "s3:Get*", "Resource": "*", "Condition": TLS}, ("aws:SecureTransport",)),
        ({"Effect": "Deny", "Action": "s3:Get*", "Resource": "*", "Condition": TLS}, ("aws:SecureTransport",)),
        ({"Action": "s3:Put*", "Resource": "*", "Condition": TLS}, ()),
        ({"Action": "s3:Get*", "Resource": "arn:aws:s3:::music/*", "Condition": TLS}, ()),
        ({"Action": "s3:Get*", "NotResource": "arn:aws:s3:::music/*", "Condition": TLS}, ("aws:SecureTransport",)),
        ({"Action": "s3:Get*", "Resource": "arn:aws:s3:::films/${aws:username}/*"}, ("aws:username",)),
        ({"Action": "s3:Get*", "Resource": "arn:aws:s3:::films/${aws:username, 'alice'}/*"}, ("aws:username",)),
        ({"Action": "s3:Get*", "Resource": "arn:aws:s3:::music/${aws:username}/*"}, ()),
        (
            {"Action": "*", "Resource": "*", "Condition": {"StringLike": {"s3:prefix": ["${aws:username}/*", "*"]}}},
            ("aws:username", "s3:prefix"),
        ),
        (
            {
                "Action": "*",
                "Resource": "*",
                "Condition": {"StringLikeIfExists": {"b:k": "x"}, "Null": {"a:k": "true"}},
            },
            ("a:k", "b:k"),
        ),
        ({"Action": "*", "Resource": "*", "Condition": {"Soon": {"a:k": "x"}}}, ()),
    ],
)
def test_missing_keys(statement: dict[str, object], expected: tuple[str, ...]) -> None:
    """Keys of the statements about the action and the resource, in conditions and in variables."""
    assert missing(statement) == expected


def test_what_is_there_is_not_missing() -> None:
    """Whatever its case; and older documents have no variables."""
    statement = {"Action": "*", "Resource": "arn:aws:s3:::films/${aws:username}/*", "Condition": TLS}

    assert missing(statement, AWS_USERNAME="alice") == ("aws:SecureTransport",)
    assert missing(statement, aws_username="alice", aws_securetransport="true") == ()
    assert missing({**statement, "Resource": "*"}, "2008-10-17") == ("aws:SecureTransport",)
    assert missing(statement, "2008-10-17") == ()
