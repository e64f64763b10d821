"""What a signature proves: for each kind of claim that the key's secret made it, and what it says of the body."""

import re
from collections.abc import Sequence
from datetime import datetime

from msgspec import Struct

from telecine.services.contract import Signature, SignaturePlace
from telecine.wire import framing, models, post_policy, presigned, routing, sigv2, sigv4
from telecine.wire.framing import Framing
from telecine.wire.http import HttpRequest
from telecine.wire.identify import Claim
from telecine.wire.post_policy import FormClaim
from telecine.wire.sigv2 import UrlClaim
from telecine.wire.sigv4 import SignatureClaim

_HASH = re.compile(r"[0-9a-f]{64}")


class Proof(Struct, frozen=True, kw_only=True):
    """A request whose signature is good; or one without, which proves nothing."""

    request: HttpRequest
    """With the headers that a presigned URL carries in its query string."""
    payload_hash: str | None = None
    """The SHA-256 that the body must have, still to be compared."""
    framing: Framing | None = None
    signature: Signature | None = None
    file_size: tuple[int, int | None] = (0, None)
    """The least and the most bytes that the policy of a form allows its file."""


def unsigned(request: HttpRequest) -> Proof:
    """What is known of a request that nobody signed. Raises `ApiError` for a body that cannot come as it says."""
    content = request.header("x-amz-content-sha256")
    return Proof(request=request, payload_hash=_hash(content), framing=framing.of_request(request, content, None))


def prove(
    request: HttpRequest, claim: Claim, body: bytes, *, secret: str, now: datetime, base_domains: Sequence[str]
) -> Proof:
    """The proof. Raises `SignatureProblem` for a signature that is no good, `ApiError` for a body that cannot be."""
    if isinstance(claim, SignatureClaim):
        return _version_4(request, claim, body, secret, now)
    if isinstance(claim, FormClaim):
        return _form(request, claim, secret, now)
    return _version_2(request, claim, secret, now, base_domains)


def _version_4(request: HttpRequest, claim: SignatureClaim, body: bytes, secret: str, now: datetime) -> Proof:
    signed_hash = sigv4.payload_hash(request, claim, body)
    sigv4.verify(request, claim, secret=secret, payload_hash=signed_hash, now=now)
    if claim.is_presigned and models.TRAITS[claim.service].signs_declared_hash:
        request = presigned.with_headers(request, plain=False)
    return Proof(
        request=request,
        # Where the body itself was hashed there is nothing left to compare.
        payload_hash=_hash(signed_hash) if signed_hash == claim.payload_hash else None,
        framing=framing.of_request(request, signed_hash, lambda: sigv4.seed(claim, secret)),
        signature=Signature(
            place=SignaturePlace.QUERY if claim.is_presigned else SignaturePlace.HEADER,
            signed_at=claim.timestamp,
            content=claim.payload_hash,
        ),
    )


def _version_2(request: HttpRequest, claim: UrlClaim, secret: str, now: datetime, base_domains: Sequence[str]) -> Proof:
    request = presigned.with_headers(request, plain=True)
    bucket = routing.host_bucket(request, base_domains)
    sigv2.verify(request, claim, secret=secret, bucket=bucket, now=now)
    content = request.header("x-amz-content-sha256")
    return Proof(
        request=request,
        payload_hash=_hash(content),
        framing=framing.of_request(request, content, None),
        signature=Signature(place=SignaturePlace.QUERY, version="AWS", signed_at=None, content=content),
    )


def _form(request: HttpRequest, claim: FormClaim, secret: str, now: datetime) -> Proof:
    post_policy.verify(claim, secret=secret, now=now)
    return Proof(
        request=request,
        signature=Signature(place=SignaturePlace.FORM, version=claim.version, signed_at=claim.signed_at, content=None),
        file_size=post_policy.check(claim, now),
    )


def _hash(content: str | None) -> str | None:
    return content if content is not None and _HASH.fullmatch(content) is not None else None
