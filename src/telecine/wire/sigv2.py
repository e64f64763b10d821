"""AWS Signature Version 2 in query strings: what boto3 makes by default when it presigns a URL for an endpoint of
one's own.

Source: S3 developer guide, "Signing and authenticating REST requests" (query string alternative). It covers the
method, three headers, all `x-amz-*` and those query parameters that it knows; a parameter that could change what a
request does, but that it does not cover, is refused here, so that nobody can add it to a URL of somebody else.
"""

import base64
import hmac
import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from urllib.parse import unquote_to_bytes

from telecine.wire import routing
from telecine.wire.http import HttpRequest
from telecine.wire.sigv4.claim import SignatureProblem
from telecine.wire.words import Common

CLAIMING = frozenset({"AWSAccessKeyId", "Signature"})
"""Query parameters that say that a URL is signed in this way."""
_NAMES = (*sorted(CLAIMING), "Expires")

_COVERED = frozenset(
    {
        "accelerate",
        "acl",
        "analytics",
        "cors",
        "defaultObjectAcl",
        "delete",
        "inventory",
        "lifecycle",
        "location",
        "logging",
        "metrics",
        "notification",
        "object-lock",
        "partNumber",
        "policy",
        "replication",
        "requestPayment",
        "response-cache-control",
        "response-content-disposition",
        "response-content-encoding",
        "response-content-language",
        "response-content-type",
        "response-expires",
        "restore",
        "select",
        "select-type",
        "storageClass",
        "tagging",
        "torrent",
        "uploadId",
        "uploads",
        "versionId",
        "versioning",
        "versions",
        "website",
    }
)
"""The query parameters that are part of what is signed."""

_HARMLESS = frozenset({"list-type"})
"""It picks one of two operations that tell the same, to those who may list."""

_SIGNED_HEADERS = ("content-md5", "content-type")
_EXPIRES = re.compile(r"[0-9]{1,11}")
_SIGNATURE = re.compile(r"[A-Za-z0-9+/]{27}=")
_KEY = re.compile(r"[!-~]{1,128}")


@dataclass(frozen=True, kw_only=True, slots=True)
class UrlClaim:
    """What a URL says about its signature, before anything of it is believed."""

    access_key_id: str
    signature: str
    """An HMAC-SHA1 in base64."""
    expires: int
    """Seconds since 1970."""
    session_token: str | None

    region: str = ""
    """This version has no scope: a URL is good wherever its key is."""
    service: str = "s3"


def from_query(query: Sequence[tuple[str, str]]) -> UrlClaim:
    """The claim in a query string. Raises `SignatureProblem` (ACCESS_DENIED) when a part is missing or malformed."""
    values: dict[str, str] = {}
    for name, value in query:
        if name in values and name in _NAMES:
            raise _denied(f"The query parameter '{name}' is given more than once.")
        values[name] = value
    if not all(values.get(name) for name in _NAMES):
        raise _denied("Query-string authentication requires the Signature, Expires and AWSAccessKeyId parameters")
    if _EXPIRES.fullmatch(values["Expires"]) is None:
        raise _denied(f"Invalid date (should be seconds since epoch): {values['Expires'][:32]}")
    if _KEY.fullmatch(values["AWSAccessKeyId"]) is None or _SIGNATURE.fullmatch(values["Signature"]) is None:
        raise _denied("AWSAccessKeyId or Signature is malformed: a signature is 28 characters of base64.")
    return UrlClaim(
        access_key_id=values["AWSAccessKeyId"],
        signature=values["Signature"],
        expires=int(values["Expires"]),
        session_token=next((value for name, value in query if name.lower() == "x-amz-security-token"), None),
    )


def verify(request: HttpRequest, claim: UrlClaim, *, secret: str, bucket: str | None, now: datetime) -> None:
    """Return if `secret` made the signature that `claim` holds, for this request, and it has not expired.

    `request` has its headers from the query string (`presigned.with_headers`); `bucket` is the one in its Host header.
    Raises `SignatureProblem`: EXPIRED_REQUEST, BAD_REQUEST for a parameter that is not covered, SIGNATURE_MISMATCH.
    """
    if now.timestamp() > claim.expires:
        end = datetime.fromtimestamp(claim.expires, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        at = now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
        raise SignatureProblem(Common.EXPIRED_REQUEST, message=f"Signature expired: {end}", expires=end, server_time=at)
    text = _string_to_sign(request, claim, bucket)
    expected = base64.b64encode(hmac.digest(secret.encode(), text, "sha1")).decode()
    if not hmac.compare_digest(expected, claim.signature):
        raise SignatureProblem(
            Common.SIGNATURE_MISMATCH,
            access_key_id=claim.access_key_id,
            string_to_sign=text.decode("utf-8", "replace"),
            signature=claim.signature,
        )


def _string_to_sign(request: HttpRequest, claim: UrlClaim, bucket: str | None) -> bytes:
    headers: dict[str, str] = {}
    for name, value in request.headers:
        if name.startswith("x-amz-") or name in _SIGNED_HEADERS:
            headers[name] = f"{headers[name]},{value.strip()}" if name in headers else value.strip()
    standard = [headers.pop(name, "") for name in _SIGNED_HEADERS]
    amz = [f"{name}:{headers[name]}" for name in sorted(headers)]
    path = request.raw_path if bucket is None else f"/{bucket}{request.raw_path}"
    lines = [request.method, *standard, str(claim.expires), *amz]
    return "\n".join(lines).encode("latin-1") + b"\n" + path.encode("latin-1") + _covered(request.raw_query)


def _covered(raw_query: str) -> bytes:
    """The part of the query string that is signed: values decoded, in the order of names."""
    found: dict[bytes, bytes] = {}
    uncovered = routing.literal_keys("s3") - _COVERED - _HARMLESS
    for part in raw_query.split("&"):
        raw_name, equals, raw_value = part.replace("+", " ").partition("=")
        name = unquote_to_bytes(raw_name.encode("latin-1"))
        shown = name.decode("latin-1")
        if shown in uncovered:
            raise SignatureProblem(
                Common.BAD_REQUEST,
                message=f"Signature Version 2 does not cover the sub-resource {shown!r}. Please sign with "
                "AWS4-HMAC-SHA256 (AWS Signature Version 4).",
            )
        if shown in _COVERED:
            if name in found:
                raise _denied(f"The query parameter '{shown}' is given more than once.")
            found[name] = name + equals.encode() + unquote_to_bytes(raw_value.encode("latin-1"))
    return b"?" + b"&".join(found[name] for name in sorted(found)) if found else b""


def _denied(message: str) -> SignatureProblem:
    return SignatureProblem(Common.ACCESS_DENIED, message=message)
