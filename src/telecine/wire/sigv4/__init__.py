"""AWS Signature Version 4, verified: in headers and in the query strings of presigned URLs."""

from telecine.wire.sigv4.claim import SignatureClaim, SignatureProblem, from_header, from_query
from telecine.wire.sigv4.verify import SKEW, UNSIGNED_PAYLOAD, payload_hash, verify

__all__ = [
    "SKEW",
    "UNSIGNED_PAYLOAD",
    "SignatureClaim",
    "SignatureProblem",
    "from_header",
    "from_query",
    "payload_hash",
    "verify",
]
