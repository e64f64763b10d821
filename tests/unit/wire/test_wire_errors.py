"""Errors: read by botocore's parsers in each protocol, with the words of AWS."""

import string

import pytest
from botocore import parsers

from telecine.core.errors import ApiError
from telecine.wire import models
from telecine.wire.errors import Common, common, serialize
from telecine.wire.models import Protocol
from telecine.wire.words import WORDS
from unit.wire.samples import botocore_response

ERROR = ApiError("NoSuchThing", 'a <b> & "c" é', status=404, fields={"Extra": "x&y"})


@pytest.mark.parametrize("service", models.SERVICES)
def test_botocore_reads_errors(service: str) -> None:
    """boto3 shows the code, the message, the status and the request id of any error of any service."""
    response = serialize(service, ERROR, request_id="the-id", resource="/films/a&b")
    protocol = models.service_model(service).metadata["protocol"]
    read = parsers.create_parser(protocol).parse(botocore_response(response), None)
    assert response.status == 404
    assert (read["Error"]["Code"], read["Error"]["Message"]) == ("NoSuchThing", ERROR.message)
    assert read["ResponseMetadata"]["RequestId"] == "the-id"
    assert dict(response.headers)["Content-Length"] == str(len(response.body))
    assert b"Extra" in response.body


@pytest.mark.parametrize("service", ["iam", "s3"])
def test_what_xml_cannot_hold_does_not_spoil_an_error(service: str) -> None:
    """A caller's own letters stand in messages; an answer that nobody can parse hides the code."""
    error = ApiError("Wrong", "a\0b\ud800c", fields={"Extra": "\x1b"})
    response = serialize(service, error, request_id="the-id", resource="/films/a")
    protocol = models.service_model(service).metadata["protocol"]
    read = parsers.create_parser(protocol).parse(botocore_response(response), None)
    assert (read["Error"]["Code"], read["Error"]["Message"]) == ("Wrong", "a\ufffdb\ufffdc")


def test_query_errors_say_whose_fault_it_is() -> None:
    """Below 500 the sender's, from 500 on the receiver's."""
    assert b"<Type>Sender</Type>" in serialize("iam", ERROR, request_id="i").body
    assert b"<Type>Receiver</Type>" in serialize("iam", common(Common.INTERNAL, "iam"), request_id="i").body


def test_s3_errors_have_no_namespace() -> None:
    """S3's `<Error>` has none, unlike its documents, and names the resource."""
    body = serialize("s3", ERROR, request_id="i", resource="/films/a&b").body.decode()
    assert "<Error><Code>" in body
    assert "xmlns" not in body
    assert "<Resource>/films/a&amp;b</Resource><RequestId>i</RequestId><HostId>" in body


@pytest.mark.parametrize("service", models.SERVICES)
def test_head_has_no_body(service: str) -> None:
    """An answer to HEAD is its status and headers alone."""
    response = serialize(service, ERROR, request_id="i", method="HEAD")
    assert response.body == b""
    assert "Content-Type" not in dict(response.headers)


def test_304_has_neither_body_nor_length() -> None:
    """304 Not Modified."""
    response = serialize("s3", ApiError("NotModified", "", status=304), request_id="i")
    assert response.body == b""
    assert "Content-Length" not in dict(response.headers)


def test_every_common_error_has_words_in_every_protocol() -> None:
    """The table is complete, and its statuses are errors."""
    assert set(WORDS) == {(kind, protocol) for kind in Common for protocol in Protocol}
    assert all(400 <= status < 600 for _, status, _ in WORDS.values())


@pytest.mark.parametrize("service", models.SERVICES)
@pytest.mark.parametrize("kind", list(Common))
def test_common_errors_show_their_facts(kind: Common, service: str) -> None:
    """Each message holds the facts it names; facts that it does not name do no harm."""
    text = WORDS[kind, models.protocol(service)][2]
    names = {name for _, name, _, _ in string.Formatter().parse(text) if name}
    error = common(kind, service, unneeded="u", **{name: f"<{name}>" for name in names})
    assert all(f"<{name}>" in error.message for name in names)


@pytest.mark.parametrize(
    ("kind", "service", "code", "status"),
    [
        (Common.SIGNATURE_MISMATCH, "s3", "SignatureDoesNotMatch", 403),
        (Common.SIGNATURE_MISMATCH, "iam", "SignatureDoesNotMatch", 403),
        (Common.SIGNATURE_MISMATCH, "mediaconvert", "InvalidSignatureException", 403),
        (Common.UNKNOWN_KEY, "s3", "InvalidAccessKeyId", 403),
        (Common.UNKNOWN_KEY, "sts", "InvalidClientTokenId", 403),
        (Common.UNKNOWN_KEY, "kms", "UnrecognizedClientException", 400),
        (Common.EXPIRED_TOKEN, "iam", "ExpiredToken", 403),
        (Common.EXPIRED_TOKEN, "mediaconvert", "ExpiredTokenException", 403),
        (Common.MISSING_TOKEN, "iam", "MissingAuthenticationToken", 403),
        (Common.MISSING_TOKEN, "mediaconvert", "MissingAuthenticationTokenException", 403),
    ],
)
def test_codes_differ_by_protocol(kind: Common, service: str, code: str, status: int) -> None:
    """Clients branch on these codes."""
    error = common(kind, service)
    assert (error.code, error.status) == (code, status)


def test_a_denial_of_an_rpc_in_json_is_a_bad_request() -> None:
    """KMS's statuses tell of whose fault an error is; MediaConvert's, whose protocol is REST, tell more."""
    statuses = {name: common(Common.ACCESS_DENIED, name, message="no").status for name in ("kms", "mediaconvert", "s3")}
    assert statuses == {"kms": 400, "mediaconvert": 403, "s3": 403}


def test_documented_errors_are_codes_as_on_the_wire() -> None:
    """Query services name the code in the shape; MediaConvert's quota error is a 402."""
    assert models.documented_errors("iam", "CreateUser") == {
        "LimitExceeded": 409,
        "EntityAlreadyExists": 409,
        "NoSuchEntity": 404,
        "InvalidInput": 400,
        "ConcurrentModification": 409,
        "ServiceFailure": 500,
    }
    assert models.documented_errors("mediaconvert", "CreateJob")["ServiceQuotaExceededException"] == 402
    assert models.documented_errors("mediaconvert", "CreateJob")["ConflictException"] == 409
