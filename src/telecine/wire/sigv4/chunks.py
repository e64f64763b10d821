"""The signatures of a body that is signed chunk by chunk: each covers its chunk and the signature before it.

S3 API reference, "Signature calculations for the Authorization header: transferring payload in multiple chunks" and
"Signature calculations for trailing headers". The first signature is that of the request itself.
"""

import hashlib
import hmac
from dataclasses import dataclass, field

from telecine.core.errors import ApiError
from telecine.wire.errors import Common, common
from telecine.wire.sigv4.claim import SignatureClaim
from telecine.wire.sigv4.verify import basic, signing_keys

_EMPTY = hashlib.sha256().hexdigest()


@dataclass(frozen=True, kw_only=True, slots=True)
class ChunkSeed:
    """From where a chain of chunk signatures goes on: a verified signature, and the key that made it."""

    claim: SignatureClaim
    key: bytes = field(repr=False)


def seed(claim: SignatureClaim, secret: str) -> ChunkSeed:
    """The seed of a verified `claim`."""
    return ChunkSeed(claim=claim, key=signing_keys.key(secret, claim.date, claim.region, claim.service))


class Chain:
    """Verifies the signatures of one body, in order."""

    def __init__(self, start: ChunkSeed) -> None:
        self._claim = start.claim
        self._key = start.key
        self._previous = start.claim.signature
        self._place = f"{basic(start.claim.timestamp)}\n{start.claim.scope}"

    def check_chunk(self, digest: str, signature: str) -> None:
        """`digest` is the SHA-256 of the chunk's data in hexadecimal. Raises SignatureDoesNotMatch."""
        self._check(f"AWS4-HMAC-SHA256-PAYLOAD\n{self._place}\n{self._previous}\n{_EMPTY}\n{digest}", signature)

    def check_trailer(self, text: str, signature: str) -> None:
        """`text` is a line `name:value` for each trailer. Raises SignatureDoesNotMatch."""
        digest = hashlib.sha256(text.encode()).hexdigest()
        self._check(f"AWS4-HMAC-SHA256-TRAILER\n{self._place}\n{self._previous}\n{digest}", signature)

    def _check(self, string_to_sign: str, signature: str) -> None:
        expected = hmac.digest(self._key, string_to_sign.encode(), "sha256").hex()
        if not hmac.compare_digest(expected, signature):
            raise self._mismatch(string_to_sign, signature)
        self._previous = signature

    def _mismatch(self, string_to_sign: str, signature: str) -> ApiError:
        return common(
            Common.SIGNATURE_MISMATCH,
            self._claim.service,
            access_key_id=self._claim.access_key_id,
            string_to_sign=string_to_sign,
            signature=signature,
        )
