"""Which service a request is for."""

import pytest
from msgspec.structs import replace

from telecine.wire import models
from telecine.wire.errors import Refused
from telecine.wire.http import HttpRequest
from telecine.wire.identify import identify

SIGNATURE = "a" * 64


def _request(
    *, method: str = "POST", path: str = "/", query: str = "", headers: dict[str, str] | None = None
) -> HttpRequest:
    return HttpRequest(method=method, raw_path=path, raw_query=query, headers=tuple((headers or {}).items()))


def _authorization(service: str, *, scheme: str = "AWS4-HMAC-SHA256") -> dict[str, str]:
    scope = f"AKIA/20260131/us-east-1/{service}/aws4_request"
    value = f"{scheme} Credential={scope}, SignedHeaders=host, Signature={SIGNATURE}"
    return {"authorization": value, "x-amz-date": "20260131T120000Z"}


@pytest.mark.parametrize("service", models.SERVICES)
def test_the_scope_names_the_service(service: str) -> None:
    """A signed request belongs to the service of its scope, whatever its path looks like."""
    found = identify(_request(path="/2017-08-29/jobs", headers=_authorization(service)))
    assert found.service == service
    assert found.claim is not None
    assert found.claim.service == service


@pytest.mark.parametrize(
    ("request_", "service"),
    [
        (_request(headers={"x-amz-target": "TrentService.Encrypt"}), "kms"),
        (_request(path="/2017-08-29/jobs"), "mediaconvert"),
        (_request(query="Action=ListUsers&Version=2010-05-08"), "iam"),
        (_request(query="Action=GetCallerIdentity&Version=2011-06-15"), "sts"),
        (_request(headers={"content-type": "application/x-www-form-urlencoded; charset=utf-8"}), "sts"),
        (_request(method="GET"), "s3"),
        (_request(method="GET", path="/restapis"), "s3"),
        (_request(method="PUT", path="/films/a", headers={"content-type": "application/x-www-form-urlencoded"}), "s3"),
        (_request(method="GET", path="/films/a", headers={"user-agent": "aws-cli/1.46"}), "s3"),
    ],
)
def test_unsigned_requests_are_guessed_by_protocol(request_: HttpRequest, service: str) -> None:
    """Without a signature the protocol tells; there is no claim."""
    found = identify(request_)
    assert (found.service, found.claim) == (service, None)


@pytest.mark.parametrize(
    ("request_", "service", "code", "says"),
    [
        (_request(headers=_authorization("ec2")), "s3", "AuthorizationHeaderMalformed", "'ec2'"),
        (
            _request(headers={**_authorization("dynamodb"), "x-amz-target": "DynamoDB_20120810.ListTables"}),
            "kms",
            "InvalidSignatureException",
            "'dynamodb'",
        ),
        (
            _request(headers=_authorization("s3", scheme="AWS4-ECDSA-P256-SHA256")),
            "s3",
            "InvalidRequest",
            "Signature Version 4A",
        ),
        (_request(headers={"authorization": "AWS AKIA:sig="}), "s3", "InvalidRequest", "Signature Version 2"),
        (_request(headers={"authorization": ""}), "s3", "InvalidRequest", "The scheme ''"),
        (
            _request(query="AWSAccessKeyId=A&Expires=1&Signature=x", path="/films/a", method="GET"),
            "s3",
            "AccessDenied",
            "Signature is malformed",
        ),
        (
            _request(query="AWSAccessKeyId=A&Expires=1", path="/films/a", method="GET"),
            "s3",
            "AccessDenied",
            "requires the Signature, Expires and AWSAccessKeyId parameters",
        ),
        (
            _request(query="AWSAccessKeyId=A&Expires=1&Signature=x&Action=ListUsers", path="/", method="GET"),
            "sts",
            "IncompleteSignature",
            "Signature Version 2",
        ),
        (
            _request(path="/2017-08-29/jobs", headers={"authorization": "AWS4-HMAC-SHA256 Credential=a"}),
            "mediaconvert",
            "IncompleteSignatureException",
            "Authorization header requires 'Signature' parameter. Authorization header requires 'SignedHeaders'",
        ),
        (_request(query="X-Amz-Algorithm=AWS4-ECDSA-P256-SHA256"), "s3", "InvalidRequest", "Signature Version 4A"),
        (_request(query="X-Amz-Credential=x"), "s3", "InvalidRequest", "The scheme ''"),
        (_request(query="a=%ff"), "s3", "InvalidRequest", "UTF-8"),
        *(
            (
                _request(
                    query="X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Date=20260131T100000Z&X-Amz-Expires=9"
                    f"&X-Amz-SignedHeaders=host&X-Amz-Signature={'a' * 64}&X-Amz-Credential={credential}%2Faws4_request"
                ),
                "s3",
                "AuthorizationQueryParametersError",
                "five slash-delimited elements",
            )
            for credential in (
                f"{'A' * 129}%2F20260131%2Fus-east-1%2Fs3",
                f"AKIA%2F20260131%2F{'a' * 65}%2Fs3",
                f"AKIA%2F20260131%2Fus-east-1%2F{'a' * 65}",
                "AKIA%00%2F20260131%2Fus-east-1%2Fs3",
                "AKIA%20%2F20260131%2Fus-east-1%2Fs3",
            )
        ),
    ],
)
def test_refusals_name_their_reason(request_: HttpRequest, service: str, code: str, says: str) -> None:
    """What cannot be attributed or verified is refused by name, in the protocol that the caller seems to speak."""
    with pytest.raises(Refused) as caught:
        identify(request_)
    assert (caught.value.service, caught.value.error.code) == (service, code)
    assert says in caught.value.error.message


def test_different_session_tokens_are_refused() -> None:
    """A presigned URL with a token does not take another one from a header."""
    scope = "AKIA%2F20260131%2Fus-east-1%2Fs3%2Faws4_request"
    query = (
        f"X-Amz-Algorithm=AWS4-HMAC-SHA256&X-Amz-Credential={scope}&X-Amz-Date=20260131T120000Z&X-Amz-Expires=60"
        f"&X-Amz-SignedHeaders=host&X-Amz-Security-Token=one&X-Amz-Signature={SIGNATURE}"
    )
    assert identify(_request(query=query)).claim is not None
    with pytest.raises(Refused, match="different session tokens"):
        identify(_request(query=query, headers={"x-amz-security-token": "two"}))


@pytest.mark.parametrize(
    ("request_", "service", "code"),
    [
        (_request(headers=_authorization("apigateway"), path="/restapis"), "apigateway", "BadRequestException"),
        (_request(headers=_authorization("ec2"), path="/2017-08-29/jobs"), "mediaconvert", "BadRequestException"),
        (_request(headers={"x-amz-target": "TrentService.Encrypt"}), "kms", "SerializationException"),
        (_request(query="Action=ListUsers&Version=2010-05-08"), "iam", "MalformedInput"),
        (_request(method="GET", path="/films/a"), "s3", "InvalidRequest"),
    ],
)
@pytest.mark.parametrize("second", ["localhost:7700", "films.localhost:7700", ""])
def test_two_hosts_are_refused(request_: HttpRequest, service: str, code: str, second: str) -> None:
    """Nobody can say which one is meant, even if they are the same: 400, as the service that is called would say it."""
    hosts = (("host", "localhost:7700"), ("host", second))
    with pytest.raises(Refused) as caught:
        identify(replace(request_, headers=(*hosts, *request_.headers)))
    error = caught.value.error
    assert (caught.value.service, error.code, error.status) == (service, code, 400)
    assert error.message == "The request has more than one Host header."


def test_one_host_may_have_a_comma() -> None:
    """It stands for nothing but itself in a name (RFC 3986, section 3.2.2)."""
    assert identify(_request(method="GET", headers={"host": "films,old.localhost"})).service == "s3"
