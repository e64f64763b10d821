"""Which service a request is for, and what it says about its signature.

The service is the one of the credential scope, from a closed list: a service that is not ours is refused, never
taken for another. Only where nothing is signed is the service guessed, from the protocol.
"""

from msgspec import Struct

from telecine.core.errors import ApiError
from telecine.wire import forms, models, sigv2
from telecine.wire.errors import Common, Refused, common
from telecine.wire.http import HttpRequest
from telecine.wire.models import OWN, OWN_PATHS, SERVICES
from telecine.wire.post_policy import FormClaim
from telecine.wire.sigv2 import UrlClaim
from telecine.wire.sigv4 import SignatureClaim, SignatureProblem, from_header, from_query

_SCHEMES = {
    "AWS4-ECDSA-P256-SHA256": "AWS4-ECDSA-P256-SHA256 (Signature Version 4A)",
    "AWS4-HMAC-SHA256-PAYLOAD": "AWS4-HMAC-SHA256-PAYLOAD",
}
_V2 = "AWS Signature Version 2"

Claim = SignatureClaim | UrlClaim | FormClaim


class Identified(Struct, frozen=True, kw_only=True):
    """A request whose service is known."""

    service: str
    """The signing name: one of `models.SERVICES`, or `models.OWN` for our own paths."""
    claim: Claim | None
    """None for an unsigned request."""


def identify(request: HttpRequest) -> Identified:
    """The service of `request` and its claim, not verified.

    Raises `Refused`: a scheme that is not Signature Version 4 (named), a claim that is incomplete, two claims at
    once, a service that is not ours, two hosts.
    """
    if not request.has_several_hosts:
        return _identify(request)
    try:
        service = _identify(request).service
    except Refused as refused:
        service = refused.service
    raise Refused(service, common(Common.BAD_REQUEST, service, message="The request has more than one Host header."))


def _identify(request: HttpRequest) -> Identified:
    authorizations = [value for name, value in request.headers if name == "authorization"]
    try:
        query = forms.pairs(request.raw_query)
    except forms.MalformedForm as error:
        raise _refused(request, Common.BAD_REQUEST, message=f"The query string cannot be read: {error}.") from error
    keys = {key for key, _ in query}
    is_presigned = not keys.isdisjoint({"X-Amz-Algorithm", "X-Amz-Credential", "X-Amz-Signature"})
    is_version_2 = not keys.isdisjoint(sigv2.CLAIMING)
    if len(authorizations) + is_presigned + is_version_2 > 1:
        message = "Only one auth mechanism allowed: the X-Amz-Algorithm query parameter or the Authorization header."
        raise _refused(request, Common.BAD_REQUEST, message=message)
    try:
        if authorizations:
            return _scoped(request, _from_header(request, authorizations[0]))
        if is_presigned:
            return _scoped(request, _from_query(request, query))
        if is_version_2:
            return _version_2(request, query)
    except SignatureProblem as problem:
        raise _refused(request, problem.kind, **problem.facts) from problem
    return Identified(service=guess(request), claim=None)


def _version_2(request: HttpRequest, query: forms.Pairs) -> Identified:
    """A URL that is presigned in the old way, which S3 alone takes."""
    if guess(request) != "s3":
        raise SignatureProblem(Common.UNSUPPORTED_SIGNATURE, scheme=_V2)
    return Identified(service="s3", claim=sigv2.from_query(query))


def guess(request: HttpRequest) -> str:
    """The service whose protocol an unsigned or unreadable request speaks; S3 for everything that no other claims."""
    if request.raw_path.startswith(OWN_PATHS):
        return OWN
    if request.header("x-amz-target") is not None:
        return "kms"
    if request.raw_path.startswith("/2017-08-29/"):
        return "mediaconvert"
    content_type = request.header("content-type") or ""
    if "Action=" in request.raw_query:
        return "iam" if f"Version={models.TRAITS['iam'].version}" in request.raw_query else "sts"
    if request.raw_path == "/" and content_type.startswith("application/x-www-form-urlencoded"):
        # IAM or STS: the body, which would tell, has not arrived. STS has the operations that need no signature.
        return "sts"
    return "s3"


def _from_header(request: HttpRequest, authorization: str) -> SignatureClaim:
    scheme = authorization.split(None, 1)[0].rstrip(",") if authorization.strip() else ""
    if scheme == "AWS4-HMAC-SHA256":
        return from_header(request, authorization.strip())
    raise SignatureProblem(Common.UNSUPPORTED_SIGNATURE, scheme=_V2 if scheme == "AWS" else _named(scheme))


def _from_query(request: HttpRequest, query: forms.Pairs) -> SignatureClaim:
    scheme = dict(query).get("X-Amz-Algorithm", "")
    if scheme == "AWS4-HMAC-SHA256":
        return from_query(request, query)
    raise SignatureProblem(Common.UNSUPPORTED_SIGNATURE, scheme=_named(scheme))


def _named(scheme: str) -> str:
    return _SCHEMES.get(scheme, f"The scheme '{scheme[:64]}'")


def _scoped(request: HttpRequest, claim: SignatureClaim) -> Identified:
    known = (OWN,) if request.raw_path.startswith(OWN_PATHS) else SERVICES
    if claim.service in known:
        return Identified(service=claim.service, claim=claim)
    message = f"Credential should be scoped to a service of this server ({', '.join(known)}), not '{claim.service}'."
    raise _refused(request, Common.SCOPE, message=message)


def _refused(request: HttpRequest, kind: Common, **facts: str) -> Refused:
    service = guess(request)
    error: ApiError = common(kind, service, **facts)
    return Refused(service, error)
