"""What STS has and this server has nothing for: it is said by name, to those who may ask."""

from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.exceptions import ClientError


def refusal(call: Any, **parameters: Any) -> tuple[str, int, str]:
    """Code, HTTP status and message of the error that the call must end in."""
    with pytest.raises(ClientError) as caught:
        call(**parameters)
    answer = caught.value.response
    return answer["Error"]["Code"], answer["ResponseMetadata"]["HTTPStatusCode"], answer["Error"]["Message"]


def test_no_message_decodes(aws: Any) -> None:
    """No service here encodes what it says of a denial; who may not decode is told that first."""
    sts = aws.client("sts")
    nobody = aws.client("sts", aws.user("nobody"))

    assert refusal(sts.decode_authorization_message, EncodedMessage="abc")[:2] == (
        "InvalidAuthorizationMessageException",
        400,
    )
    code, status, message = refusal(nobody.decode_authorization_message, EncodedMessage="abc")
    assert (code, status) == ("AccessDenied", 403)
    assert "sts:DecodeAuthorizationMessage" in message


def test_calls_that_nobody_signs_are_refused_by_name(aws: Any) -> None:
    """SDKs send the two calls with an identity provider's token without a signature."""
    sts = aws.client("sts", signature_version=UNSIGNED)
    role = {"RoleArn": f"arn:aws:iam::{aws.account}:role/r"}

    code, status, message = refusal(
        sts.assume_role_with_web_identity, **role, RoleSessionName="me", WebIdentityToken="token"
    )
    assert status == 501
    assert "AssumeRoleWithWebIdentity" in f"{code} {message}"
    principal = f"arn:aws:iam::{aws.account}:saml-provider/p"
    code, status, message = refusal(
        sts.assume_role_with_saml, **role, PrincipalArn=principal, SAMLAssertion="assertion"
    )
    assert status == 501
    assert "AssumeRoleWithSAML" in f"{code} {message}"
    assert refusal(sts.get_caller_identity)[:2] == ("MissingAuthenticationToken", 403)
