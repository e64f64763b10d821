"""Signatures: published examples, botocore as the signer, and nothing tampered with passes."""

import hashlib
import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import quote

import botocore.auth
import pytest
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from telecine.core.errors import ApiError
from telecine.wire import routing, sigv2, sigv4
from telecine.wire.errors import Common, Refused
from telecine.wire.http import HttpRequest
from telecine.wire.identify import identify
from telecine.wire.sigv4.verify import SigningKeys
from unit.wire.samples import http_request

CORPUS = Path(__file__).parents[2] / "corpus/sigv4"
CASES = [case for file in sorted(CORPUS.glob("*.json")) for case in json.loads(file.read_text())]

SECRET = "a/secret+with=odd/letters"
NOW = datetime(2026, 1, 31, 12, 0, 0, tzinfo=UTC)
ODD_KEYS = ["a b", "a+b", "é", "漢字", "%41", "a//..//b", "./a", "a/../b", "~x", "a=b&c", "-_.!*'()", "trailing/"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_corpus(case: dict[str, Any]) -> None:
    """Each case of the corpus gets its verdict, where it is to be reached."""
    request = HttpRequest(
        method=case["method"],
        raw_path=case["path"],
        raw_query=case["query"],
        headers=tuple((name, value) for name, value in case["headers"]),
    )
    now = datetime.fromisoformat(case["now"])
    assert (case["verdict"], case.get("where", "verify")) == _verdict(
        request, case["body"].encode(), case["secret"], now
    )


def _verdict(request: HttpRequest, body: bytes, secret: str, now: datetime) -> tuple[str, str]:
    try:
        claim = identify(request).claim
    except Refused as refused:
        kind = refused.__cause__.kind if isinstance(refused.__cause__, sigv4.SignatureProblem) else None
        return (kind.name if kind else _kind_of(refused.error)), "identify"
    assert claim is not None
    if isinstance(claim, sigv2.UrlClaim):
        bucket = routing.host_bucket(request, ["s3.amazonaws.com"])
        try:
            sigv2.verify(request, claim, secret=secret, bucket=bucket, now=now)
        except sigv4.SignatureProblem as problem:
            return problem.kind.name, "verify"
        return "good", "verify"
    payload_hash = sigv4.payload_hash(request, claim, body)
    try:
        sigv4.verify(request, claim, secret=secret, payload_hash=payload_hash, now=now)
    except sigv4.SignatureProblem as problem:
        return problem.kind.name, "verify"
    return "good", "verify"


def _kind_of(error: ApiError) -> str:
    names = {"InvalidRequest": "BAD_REQUEST", "MalformedInput": "BAD_REQUEST"}
    if "not supported" in error.message:
        return "UNSUPPORTED_SIGNATURE"
    return "SCOPE" if "scoped" in error.message else names[error.code]


def _signed(
    service: str,
    monkeypatch: pytest.MonkeyPatch,
    *,
    method: str = "POST",
    path: str = "/",
    query: str = "",
    body: bytes = b"",
    token: str | None = None,
    expires: int | None = None,
    headers: dict[str, str] | None = None,
) -> HttpRequest:
    """A request that botocore has signed, in the headers or (with `expires`) in the query string."""
    monkeypatch.setattr(botocore.auth, "get_current_datetime", lambda: NOW.replace(tzinfo=None))
    request = AWSRequest(
        method=method,
        url=f"http://127.0.0.1:7700{path}{'?' + query if query else ''}",
        data=body,
        headers=headers or {},
    )
    credentials = Credentials("AKIA/WITH/SLASHES", SECRET, token)
    classes = {
        ("s3", False): botocore.auth.S3SigV4Auth,
        ("s3", True): botocore.auth.S3SigV4QueryAuth,
        ("other", False): botocore.auth.SigV4Auth,
        ("other", True): botocore.auth.SigV4QueryAuth,
    }
    signer = classes["s3" if service == "s3" else "other", expires is not None]
    extra = {"expires": expires} if expires is not None else {}
    signer(credentials, service, "eu-west-1", **extra).add_auth(request)
    return http_request(request)[0]


def _passes(request: HttpRequest, body: bytes = b"", *, now: datetime = NOW, secret: str = SECRET) -> bool:
    """Whether the request is accepted: identified, verified, and (S3) its body is the one declared."""
    try:
        verdict, _ = _verdict(request, body, secret, now)
        if verdict != "good":
            return False
        claim = identify(request).claim
        assert claim is not None
        declared = sigv4.payload_hash(request, claim, body)
    except ApiError:  # a payload hash that is none
        return False
    return declared in {hashlib.sha256(body).hexdigest(), sigv4.UNSIGNED_PAYLOAD}


@pytest.mark.parametrize("service", ["apigateway", "iam", "kms", "mediaconvert", "s3", "sts"])
@pytest.mark.parametrize("expires", [None, 3600], ids=["header", "presigned"])
@pytest.mark.parametrize("token", [None, "a+session/token=="], ids=["long-term", "session"])
def test_botocore_signatures_pass(
    service: str, expires: int | None, token: str | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every service kind, in headers and presigned, with and without a session token, which the claim then holds."""
    body = b"" if expires else b"Action=X&Version=1"
    request = _signed(service, monkeypatch, body=body, token=token, expires=expires, query="b=2&a=1&a=0&c")
    claim = identify(request).claim
    assert claim is not None
    assert (claim.access_key_id, claim.region, claim.service) == ("AKIA/WITH/SLASHES", "eu-west-1", service)
    assert (claim.session_token, claim.expires, claim.is_presigned) == (token, expires, expires is not None)
    assert claim.timestamp == NOW
    assert _passes(request, body)


@pytest.mark.parametrize("expires", [None, 60], ids=["header", "presigned"])
@pytest.mark.parametrize("key", ODD_KEYS)
def test_odd_s3_keys_pass(key: str, expires: int | None, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 paths are signed as sent: nothing is normalised, nothing encoded twice."""
    request = _signed("s3", monkeypatch, method="GET", path=f"/films/{quote(key, safe='/~')}", expires=expires)
    assert _passes(request)


@pytest.mark.parametrize(
    "path", ["/2017-08-29/queues/x%20y%2Fz", "//2017-08-29/./queues/../jobs/", "/tags/arn:aws:x", "/a/..", "/~/é"]
)
def test_other_paths_are_normalised_and_encoded_again(path: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Everywhere but in S3 botocore signs the normalised path, encoded twice; so do we verify it."""
    encoded = quote(path, safe="/~%:")
    assert _passes(_signed("mediaconvert", monkeypatch, method="GET", path=encoded))


def test_a_date_header_will_do(monkeypatch: pytest.MonkeyPatch) -> None:
    """Without x-amz-date the HTTP Date header says when a request was signed."""
    request = _signed("iam", monkeypatch, headers={"Date": "now"})
    assert request.header("x-amz-date") is None
    assert _passes(request)


@pytest.mark.parametrize("write", ["{0}, {1}, {2}", "{1},{0},{2}", "{2}, {0}, {1}", " {0} {1} {2}", "{0}\t,{1} ,\t{2}"])
def test_the_parts_of_the_header_come_in_any_order(write: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """With whatever between them; and each of them once."""
    request = _signed("iam", monkeypatch)
    scheme, _, rest = (request.header("authorization") or "").partition(" ")
    parts = [part.strip() for part in rest.split(",")]
    assert _passes(_authorized(request, f"{scheme} {write.format(*parts)}"))
    for number, part in enumerate(parts):
        doubled = write.format(*parts[:number], f"{part}, {part}", *parts[number + 1 :])
        with pytest.raises(Refused, match="twice"):
            identify(_authorized(request, f"{scheme} {doubled}"))
    with pytest.raises(Refused, match="64 hexadecimal digits"):
        identify(_authorized(request, f"{scheme} {write.format(*parts)}".replace(parts[2], parts[2][:-1])))


def _authorized(request: HttpRequest, authorization: str) -> HttpRequest:
    """The same request with another header."""
    headers = [(name, authorization if name == "authorization" else value) for name, value in request.headers]
    return structs.replace(request, headers=tuple(headers))


def test_spaces_in_headers_collapse(monkeypatch: pytest.MonkeyPatch) -> None:
    """Values are trimmed, inner runs of spaces count as one."""
    assert _passes(_signed("iam", monkeypatch, headers={"X-Amz-Note": "  a   b\t c "}))


@pytest.mark.parametrize("expires", [None, 900], ids=["header", "presigned"])
@pytest.mark.parametrize("service", ["s3", "mediaconvert"])
@given(data=st.data())
def test_nothing_tampered_with_passes(
    service: str, expires: int | None, monkeypatch: pytest.MonkeyPatch, data: st.DataObject
) -> None:
    """Change any one thing of a signed request - a byte of path, query, header or body, its date, region or service,
    an x-amz-* header more - and it is refused."""
    body = b"" if expires else b'{"settings": {}}'
    signed = _signed(
        service, monkeypatch, path="/films/a", query="list-type=2&prefix=a", body=body, expires=expires, token="token"
    )
    assert _passes(signed, body)
    tampered, changed_body = data.draw(_tampering(signed, body, expires is not None))
    assert not _passes(tampered, changed_body)


@st.composite
def _tampering(draw: st.DrawFn, request: HttpRequest, body: bytes, is_presigned: bool) -> tuple[HttpRequest, bytes]:
    places = ["method", "path", "query", "added query", "added header", "host", "scope", "signature"]
    kind = draw(st.sampled_from([*places, "signed header"] if is_presigned else [*places, "signed header", "body"]))
    word = draw(st.text("abcdefgh123", min_size=1, max_size=5))
    match kind:
        case "method":
            return structs.replace(
                request, method=draw(st.sampled_from(["GET", "PUT", "DELETE", "HEAD", "PATCH"]))
            ), body
        case "path":
            return structs.replace(request, raw_path=_changed(draw, request.raw_path)), body
        case "query":
            name, _, value = draw(st.sampled_from(request.raw_query.split("&"))).partition("=")
            changed = f"{name}={_changed(draw, value)}"
            return structs.replace(request, raw_query=request.raw_query.replace(f"{name}={value}", changed)), body
        case "added query":
            return structs.replace(request, raw_query=f"{request.raw_query}&{word}={word}"), body
        case "added header":
            return structs.replace(request, headers=(*request.headers, (f"x-amz-{word}", word))), body
        case "body":
            at = draw(st.integers(0, len(body) - 1))
            return request, body[:at] + bytes([body[at] ^ draw(st.integers(1, 255))]) + body[at + 1 :]
        case "host" | "signed header":
            signed = {"host"} if kind == "host" or is_presigned else {n for n, _ in request.headers if n[:5] == "x-amz"}
            name = draw(st.sampled_from(sorted(signed)))
            headers = tuple((k, _changed(draw, v) if k == name else v) for k, v in request.headers)
            return structs.replace(request, headers=headers), body
        case "scope":
            part = draw(st.sampled_from(["20260131", "eu-west-1", request_service(request)]))
            other = {"20260131": "20260130", "eu-west-1": "eu-west-2", "s3": "kms", "mediaconvert": "iam"}[part]
            return _replaced(request, part, other), body
    signature = identify(request).claim.signature  # type: ignore[union-attr]
    at = draw(st.integers(0, 63))
    digit = draw(st.sampled_from([digit for digit in "0123456789abcdef" if digit != signature[at]]))
    return _replaced(request, signature, signature[:at] + digit + signature[at + 1 :]), body


def request_service(request: HttpRequest) -> str:
    return identify(request).service


def _replaced(request: HttpRequest, old: str, new: str) -> HttpRequest:
    """With `old` replaced inside the credential scope or the signature."""
    headers = tuple((k, v.replace(old, new, 1) if k == "authorization" else v) for k, v in request.headers)
    if headers != request.headers:
        return structs.replace(request, headers=headers)
    # The date stands in the scope and in X-Amz-Date: only the scope's is changed.
    head, _, tail = request.raw_query.partition("X-Amz-Credential")
    return structs.replace(request, raw_query=f"{head}X-Amz-Credential{tail.replace(old, new, 1)}")


def _changed(draw: st.DrawFn, text: str) -> str:
    """`text` with one letter put in, taken out or exchanged, so that it means something else."""
    at = draw(st.integers(0, len(text)))
    if at == len(text) or draw(st.booleans()):
        return text[:at] + draw(st.sampled_from("qwz")) + text[at:]
    letter = draw(st.sampled_from([letter for letter in "QWZ" if letter != text[at]]))
    return text[:at] + letter + text[at + 1 :]


@pytest.mark.parametrize("minutes", [-16, 16])
@pytest.mark.parametrize("service", ["s3", "iam"])
def test_the_clock_may_be_15_minutes_off(service: str, minutes: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A signature that is older or newer than 15 minutes is refused, a younger one is not."""
    request = _signed(service, monkeypatch)
    assert _passes(request, now=NOW + timedelta(minutes=minutes - (1 if minutes > 0 else -1)))
    assert not _passes(request, now=NOW + timedelta(minutes=minutes))


@pytest.mark.parametrize(
    ("declared", "code"),
    [
        ("STREAMING-AWS4-ECDSA-P256-SHA256-PAYLOAD", "NotImplemented"),
        ("STREAMING-NONSENSE", "NotImplemented"),
        ("nonsense", "InvalidRequest"),
        (None, "InvalidRequest"),
    ],
)
def test_payload_hashes_of_s3(declared: str | None, code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """S3 wants a hash in the header; chunked forms that we do not know are refused by name."""
    claim = identify(_signed("s3", monkeypatch)).claim
    assert claim is not None
    request = _signed("s3", monkeypatch)
    with pytest.raises(ApiError) as caught:
        sigv4.payload_hash(request, structs.replace(claim, payload_hash=declared), b"")
    assert caught.value.code == code
    if declared and code == "NotImplemented":
        assert declared in caught.value.message


def test_other_services_hash_the_body_itself(monkeypatch: pytest.MonkeyPatch) -> None:
    """`x-amz-content-sha256: UNSIGNED-PAYLOAD` frees no body outside S3."""
    request = _signed("iam", monkeypatch, headers={"X-Amz-Content-SHA256": "UNSIGNED-PAYLOAD"})
    assert not _passes(request)


def test_s3_mismatch_shows_what_was_signed(monkeypatch: pytest.MonkeyPatch) -> None:
    """The error has the canonical request and the string to sign, as S3 has, and no secret."""
    request = _signed("s3", monkeypatch)
    claim = identify(request).claim
    assert claim is not None
    with pytest.raises(sigv4.SignatureProblem) as caught:
        sigv4.verify(request, claim, secret="other", payload_hash="x", now=NOW)
    facts = caught.value.facts
    assert caught.value.kind is Common.SIGNATURE_MISMATCH
    assert facts["canonical_request"].startswith("POST\n/\n\n")
    assert facts["string_to_sign"].startswith(
        "AWS4-HMAC-SHA256\n20260131T120000Z\n20260131/eu-west-1/s3/aws4_request\n"
    )
    assert "other" not in "".join(facts.values())


def test_signing_keys_are_bounded_and_tell_secrets_apart() -> None:
    """The cache forgets the least recently used key, and holds one for each secret."""
    keys = SigningKeys(limit=2)
    first = keys.key("one", "20260131", "us-east-1", "iam")
    assert keys.key("two", "20260131", "us-east-1", "iam") != first
    assert keys.key("one", "20260131", "us-east-1", "iam") == first
    keys.key("three", "20260131", "us-east-1", "iam")
    assert len(keys) == 2
    assert not any(b"one" in str(entry).encode() for entry in keys._keys)
