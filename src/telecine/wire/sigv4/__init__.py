"""AWS Signature Version 4, verified: in headers and in the query strings of presigned URLs."""

from telecine.wire.sigv4.chunks import ChunkSeed, seed
from telecine.wire.sigv4.claim import SignatureClaim, SignatureProblem, from_header, from_query
from telecine.wire.sigv4.verify import (
    SIGNED_CHUNKS,
    SIGNED_CHUNKS_AND_TRAILER,
    SKEW,
    STREAMING,
    UNSIGNED_CHUNKS,
    UNSIGNED_PAYLOAD,
    payload_hash,
    verify,
)

__all__ = [
    "SIGNED_CHUNKS",
    "SIGNED_CHUNKS_AND_TRAILER",
    "SKEW",
    "STREAMING",
    "UNSIGNED_CHUNKS",
    "UNSIGNED_PAYLOAD",
    "ChunkSeed",
    "SignatureClaim",
    "SignatureProblem",
    "from_header",
    "from_query",
    "payload_hash",
    "seed",
    "verify",
]
