"""What a request says about its signature, before anything of it is believed."""

import re
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from typing import NamedTuple

from msgspec import Struct

from telecine.core.errors import TelecineError
from telecine.wire import timestamps
from telecine.wire.http import HttpRequest
from telecine.wire.words import Common

ALGORITHM = "AWS4-HMAC-SHA256"
MAX_EXPIRES = 604_800
"""A presigned URL lives a week at the longest."""

# Anybody may write here, and what stands here goes into the log: keys have up to 128 letters in IAM's model.
SCOPE = re.compile(
    r"(?P<key>[!-~]{1,128})/(?P<date>[0-9]{8})/(?P<region>[A-Za-z0-9-]{1,64})/(?P<service>[a-z0-9-]{1,64})"
    r"/aws4_request"
)
# Credential=…, SignedHeaders=…, Signature=… in any order, with any spacing around commas and equals signs.
_PARTS = re.compile(r"(?:^|[,\s])\s*(Credential|SignedHeaders|Signature)\s*=\s*([^,\s]+)")
_SIGNATURE = re.compile(r"[0-9a-f]{64}")
_LAST = " Signature="
_SOME_SIGNATURE = "0" * 64
_LONGEST_KEPT = 512
"""Characters of a header that is remembered."""
_TIME = re.compile(r"[0-9]{8}T[0-9]{6}Z")
_EXPIRES = re.compile(r"-?[0-9]{1,9}")


class SignatureClaim(Struct, frozen=True, kw_only=True):
    """Who says to have signed what, when, and for which region and service."""

    access_key_id: str
    date: str
    """The day of the credential scope, `20260131`."""
    region: str
    service: str
    timestamp: datetime
    """When the request says it was signed."""
    signed_headers: tuple[str, ...]
    """The names of the headers that the signature covers, in lower case, as given."""
    signature: str
    """64 hexadecimal digits."""
    session_token: str | None
    expires: int | None
    """Seconds that a presigned URL lives; None for a signature in the headers."""
    is_presigned: bool
    payload_hash: str | None
    """`x-amz-content-sha256`, from the header or the query string, as given."""

    @property
    def scope(self) -> str:
        return f"{self.date}/{self.region}/{self.service}/aws4_request"


class _Signer(NamedTuple):
    access_key_id: str
    date: str
    region: str
    service: str
    signed_headers: tuple[str, ...]


class SignatureProblem(TelecineError):
    """A signature that is no good. `facts` are what the message of `kind` shows."""

    def __init__(self, kind: Common, **facts: str) -> None:
        super().__init__(f"{kind}: {facts.get('message', '')}")
        self.kind = kind
        self.facts: Mapping[str, str] = facts


def from_header(request: HttpRequest, authorization: str) -> SignatureClaim:
    """The claim in `Authorization: AWS4-HMAC-SHA256 Credential=…, SignedHeaders=…, Signature=…`.

    Raises `SignatureProblem` (INCOMPLETE_SIGNATURE) when a part is missing, doubled or malformed.
    """
    moment = request.header("x-amz-date") or request.header("date")
    parts, mark, signature = authorization.rpartition(_LAST)
    if not mark or moment is None or len(parts) > _LONGEST_KEPT or _SIGNATURE.fullmatch(signature) is None:
        signer, signature = _signer(authorization, has_moment=moment is not None)
    else:  # as clients write it: all day long the same, but for these last 64 digits
        signer = _signer_before(parts)
    return _claim(
        signer,
        signature,
        _timestamp(moment or ""),
        session_token=request.header("x-amz-security-token"),
        expires=None,
        is_presigned=False,
        payload_hash=request.header("x-amz-content-sha256"),
    )


def _signer(authorization: str, *, has_moment: bool = True) -> tuple[_Signer, str]:
    """What the header says, and the signature."""
    found = _PARTS.findall(authorization.removeprefix(ALGORITHM))
    parts = dict(found)
    missing = [name for name in ("Credential", "Signature", "SignedHeaders") if name not in parts]
    lacks = [f"Authorization header requires '{name}' parameter." for name in missing]
    if not has_moment:
        lacks.append("Authorization header requires existence of either a 'X-Amz-Date' or a 'Date' header.")
    if lacks or len(found) != 3:
        raise _incomplete(" ".join(lacks) or "Authorization header has a parameter twice.")
    return _scoped(parts["Credential"], parts["SignedHeaders"]), parts["Signature"]


@lru_cache(maxsize=256)
def _signer_before(parts: str) -> _Signer:
    """What a header says whose signature comes last: from all that stands before it."""
    signer, _ = _signer(f"{parts}{_LAST}{_SOME_SIGNATURE}")
    return signer


def from_query(request: HttpRequest, query: Sequence[tuple[str, str]]) -> SignatureClaim:
    """The claim in the query string of a presigned URL. Raises `SignatureProblem` (INCOMPLETE_QUERY)."""
    try:
        return _from_query(request, query)
    except SignatureProblem as problem:
        raise SignatureProblem(Common.INCOMPLETE_QUERY, **problem.facts) from problem


def _from_query(request: HttpRequest, query: Sequence[tuple[str, str]]) -> SignatureClaim:
    values: dict[str, str] = {}
    for key, value in query:
        if key.lower().startswith("x-amz-") and key in values:
            raise _incomplete(f"The query parameter '{key}' is given more than once.")
        values[key] = value
    names = ("X-Amz-Credential", "X-Amz-Date", "X-Amz-Expires", "X-Amz-SignedHeaders", "X-Amz-Signature")
    missing = [name for name in names if not values.get(name)]
    if missing:
        raise _incomplete(f"Query-string authentication requires the parameters {', '.join(missing)}.")
    expires = values["X-Amz-Expires"]
    if _EXPIRES.fullmatch(expires) is None:
        raise _incomplete("X-Amz-Expires should be a number")
    if not 1 <= int(expires) <= MAX_EXPIRES:
        raise _incomplete(f"X-Amz-Expires must be between 1 and {MAX_EXPIRES} seconds (a week).")
    token, header_token = values.get("X-Amz-Security-Token"), request.header("x-amz-security-token")
    if token is not None and header_token not in (None, token):
        raise _incomplete("The query string and the headers hold different session tokens.")
    return _claim(
        _scoped(values["X-Amz-Credential"], values["X-Amz-SignedHeaders"]),
        values["X-Amz-Signature"],
        _timestamp(values["X-Amz-Date"]),
        session_token=token or header_token,
        expires=int(expires),
        is_presigned=True,
        payload_hash=request.header("x-amz-content-sha256") or values.get("X-Amz-Content-Sha256"),
    )


def _scoped(credential: str, signed_headers: str) -> _Signer:
    scope = SCOPE.fullmatch(credential)
    if scope is None:
        raise _incomplete(
            "Credential must have five slash-delimited elements: access key id, date (YYYYMMDD), region, service "
            "and 'aws4_request'."
        )
    names = tuple(signed_headers.lower().split(";"))
    return _Signer(scope["key"], scope["date"], scope["region"], scope["service"], names)


def _claim(
    signer: _Signer,
    signature: str,
    timestamp: datetime,
    *,
    session_token: str | None,
    expires: int | None,
    is_presigned: bool,
    payload_hash: str | None,
) -> SignatureClaim:
    if _SIGNATURE.fullmatch(signature) is None:
        raise _incomplete("Signature must be 64 hexadecimal digits in lower case.")
    return SignatureClaim(
        access_key_id=signer.access_key_id,
        date=signer.date,
        region=signer.region,
        service=signer.service,
        timestamp=timestamp,
        signed_headers=signer.signed_headers,
        signature=signature,
        session_token=session_token,
        expires=expires,
        is_presigned=is_presigned,
        payload_hash=payload_hash,
    )


def _timestamp(text: str) -> datetime:
    """`20260131T100000Z`, or HTTP's own form in a Date header."""
    try:
        return _basic(text) if _TIME.fullmatch(text) is not None else timestamps.from_rfc822(text)
    except ValueError as error:
        raise _incomplete("Date must be in ISO-8601 'basic format', such as 20260131T100000Z.") from error


@lru_cache(maxsize=256)  # of one second there are many requests
def _basic(text: str) -> datetime:
    day, time = text[:8], text[9:15]
    return datetime(int(day[:4]), int(day[4:6]), int(day[6:]), int(time[:2]), int(time[2:4]), int(time[4:]), tzinfo=UTC)


def _incomplete(message: str) -> SignatureProblem:
    return SignatureProblem(Common.INCOMPLETE_SIGNATURE, message=message)
