"""Opaque page tokens: the sort key of the last row, bound to the listing that made it.

A token is `base64url(version | tag | JSON of the sort key)`, where the tag is an HMAC over the listing's scope
(operation, account, filters) and the key. A token from another listing, or changed by a hair, is refused: a caller
can neither guess a position nor carry one across accounts.
"""

import base64
import binascii
import hashlib
import hmac
import json

from telecine.core.errors import TelecineError

_VERSION = b"\x01"
_TAG_BYTES = 16

SortKey = list[str | int]


class InvalidPageToken(TelecineError):
    """The token was not made by this server for this listing."""


class PageTokens:
    """Writes and reads page tokens with one secret key."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def write(self, scope: str, last: SortKey) -> str:
        """The token that continues the listing `scope` after the row with sort key `last`."""
        payload = json.dumps(last, separators=(",", ":")).encode()
        return base64.urlsafe_b64encode(_VERSION + self._tag(scope, payload) + payload).decode().rstrip("=")

    def read(self, scope: str, token: str) -> SortKey:
        """The sort key inside `token`. Raises `InvalidPageToken` unless it belongs to `scope`."""
        try:
            raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
        except (binascii.Error, ValueError) as error:
            raise InvalidPageToken(token) from error
        tag, payload = raw[1 : 1 + _TAG_BYTES], raw[1 + _TAG_BYTES :]
        if raw[:1] != _VERSION or not hmac.compare_digest(tag, self._tag(scope, payload)):
            raise InvalidPageToken(token)
        key: SortKey = json.loads(payload)
        return key

    def _tag(self, scope: str, payload: bytes) -> bytes:
        digest = hashlib.blake2b(key=self._key, digest_size=_TAG_BYTES)
        digest.update(len(scope.encode()).to_bytes(4, "big") + scope.encode() + payload)
        return digest.digest()
