"""Is the signature the one that the secret makes of this very request?"""

import hashlib
import hmac
import re
import threading
from collections import OrderedDict
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from telecine.wire import models
from telecine.wire.errors import common
from telecine.wire.http import HttpRequest
from telecine.wire.sigv4 import canonical
from telecine.wire.sigv4.claim import ALGORITHM, SignatureClaim, SignatureProblem
from telecine.wire.words import Common

SKEW = timedelta(minutes=15)
UNSIGNED_PAYLOAD = "UNSIGNED-PAYLOAD"
SIGNED_CHUNKS = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"
SIGNED_CHUNKS_AND_TRAILER = "STREAMING-AWS4-HMAC-SHA256-PAYLOAD-TRAILER"
UNSIGNED_CHUNKS = "STREAMING-UNSIGNED-PAYLOAD-TRAILER"
STREAMING = frozenset({SIGNED_CHUNKS, SIGNED_CHUNKS_AND_TRAILER, UNSIGNED_CHUNKS})
"""Bodies in chunks (`wire.framing`)."""

_HASH = re.compile(r"[0-9a-f]{64}")


def payload_hash(_request: HttpRequest, claim: SignatureClaim, body: bytes) -> str:
    """The hash that stands in the canonical request.

    S3 signs the hash that `x-amz-content-sha256` declares (64 hexadecimal digits, `UNSIGNED-PAYLOAD` or the name of a
    form in chunks): whoever receives the body compares it. A presigned URL without one leaves the payload unsigned. All
    other services hash the body itself. Raises `ApiError` for other forms (`STREAMING-AWS4-ECDSA-…`) and for an S3
    request without the header.
    """
    if not models.TRAITS[claim.service].signs_declared_hash:
        return hashlib.sha256(body).hexdigest()
    declared = claim.payload_hash
    if declared is None:
        if claim.is_presigned:
            return UNSIGNED_PAYLOAD
        message = "Missing required header for this request: x-amz-content-sha256"
        raise common(Common.BAD_REQUEST, claim.service, message=message)
    if declared in STREAMING:
        return declared
    if declared.startswith("STREAMING-"):
        raise common(Common.NOT_IMPLEMENTED, claim.service, operation=f"the payload signature {declared[:64]}")
    if declared != UNSIGNED_PAYLOAD and _HASH.fullmatch(declared) is None:
        message = f"x-amz-content-sha256 must be {UNSIGNED_PAYLOAD}, STREAMING-… or a valid sha256 value."
        raise common(Common.BAD_REQUEST, claim.service, message=message)
    return declared


def verify(request: HttpRequest, claim: SignatureClaim, *, secret: str, payload_hash: str, now: datetime) -> None:
    """Return if `secret` made the signature that `claim` holds, for this request and about `now`.

    Raises `SignatureProblem`: SKEWED or EXPIRED_REQUEST by the clock, SCOPE for a date that differs from the scope's,
    UNSIGNED_HEADERS when host or an `x-amz-*` header is not covered, SIGNATURE_MISMATCH for everything else.
    """
    at = basic(claim.timestamp)
    _check_time(claim, at, now)
    headers = canonical.header_values(request.headers)
    _check_covered(claim, headers)
    traits = models.TRAITS[claim.service]
    text = canonical.canonical_request(
        method=request.method,
        path=canonical.path_as_sent(request.raw_path)
        if traits.signs_declared_hash
        else canonical.path_normalised(request.raw_path),
        query=canonical.query_string(request.raw_query, without="X-Amz-Signature" if claim.is_presigned else None),
        headers=headers,
        signed=claim.signed_headers,
        payload_hash=payload_hash,
    )
    digest = hashlib.sha256(text.encode("latin-1", "backslashreplace")).hexdigest()
    string_to_sign = f"{ALGORITHM}\n{at}\n{claim.scope}\n{digest}"
    key = signing_keys.key(secret, claim.date, claim.region, claim.service)
    expected = hmac.digest(key, string_to_sign.encode(), "sha256").hex()
    if not hmac.compare_digest(expected, claim.signature):
        raise SignatureProblem(
            Common.SIGNATURE_MISMATCH,
            access_key_id=claim.access_key_id,
            string_to_sign=string_to_sign,
            canonical_request=text,
            signature=claim.signature,
        )


class SigningKeys:
    """Derived signing keys, the last used ones kept. The secret itself is not: its digest tells entries apart."""

    def __init__(self, limit: int = 4096) -> None:
        self._limit = limit
        self._keys: OrderedDict[tuple[bytes, str, str, str], bytes] = OrderedDict()
        self._lock = threading.Lock()

    def key(self, secret: str, date: str, region: str, service: str) -> bytes:
        """HMAC of date, region, service and `aws4_request`, one after the other."""
        place = (hashlib.sha256(secret.encode()).digest(), date, region, service)
        with self._lock:
            found = self._keys.get(place)
            if found is not None:
                self._keys.move_to_end(place)
                return found
        key = f"AWS4{secret}".encode()
        for part in (date, region, service, "aws4_request"):
            key = hmac.digest(key, part.encode(), "sha256")
        with self._lock:
            self._keys[place] = key
            if len(self._keys) > self._limit:
                self._keys.popitem(last=False)
        return key

    def __len__(self) -> int:
        return len(self._keys)


signing_keys = SigningKeys()
"""The cache of this process. A key that was deleted is not found by its owner's directory, so its entry is dead."""


def _check_time(claim: SignatureClaim, at: str, now: datetime) -> None:
    if claim.timestamp > now + SKEW:
        limit = basic(now + SKEW)
        message = f"Signature not yet current: {at} is still later than {limit} ({basic(now)} + 15 min.)"
        raise SignatureProblem(Common.SKEWED, message=message, **_times(at, now))
    if claim.expires is not None:
        end = claim.timestamp + timedelta(seconds=claim.expires)
        if now > end:
            message = f"Signature expired: {basic(end)} is now earlier than {basic(now)}"
            expires = end.strftime("%Y-%m-%dT%H:%M:%SZ")
            raise SignatureProblem(Common.EXPIRED_REQUEST, message=message, expires=expires, **_times(at, now))
    elif claim.timestamp < now - SKEW:
        limit = basic(now - SKEW)
        message = f"Signature expired: {at} is now earlier than {limit} ({basic(now)} - 15 min.)"
        raise SignatureProblem(Common.SKEWED, message=message, **_times(at, now))
    if not at.startswith(claim.date):
        message = (
            f"Date in Credential scope does not match YYYYMMDD from ISO-8601 version of date from HTTP: "
            f"'{claim.date}' != '{at[:8]}', from '{at}'."
        )
        raise SignatureProblem(Common.SCOPE, message=message)


def _times(at: str, now: datetime) -> dict[str, str]:
    return {"request_time": at, "server_time": now.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")}


def _check_covered(claim: SignatureClaim, headers: dict[str, str]) -> None:
    signed = claim.signed_headers
    bare = [name for name in headers if name not in signed and (name == "host" or name.startswith("x-amz-"))]
    if "host" not in signed and "host" not in bare:
        bare.append("host")
    if bare:
        raise SignatureProblem(Common.UNSIGNED_HEADERS, headers=", ".join(bare))


@lru_cache(maxsize=256)
def basic(moment: datetime) -> str:
    """`20260131T100000Z`."""
    at = moment.astimezone(UTC)
    return f"{at.year:04}{at.month:02}{at.day:02}T{at.hour:02}{at.minute:02}{at.second:02}Z"
