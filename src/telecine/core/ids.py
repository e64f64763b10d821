"""Ids, keys and secrets in AWS's forms, from a source of randomness that the caller gives."""

import base64
import os
from collections.abc import Callable
from datetime import datetime
from functools import partial

from telecine.core.clock import epoch_ms
from telecine.core.names import AccessKeyId, JobId, RequestId, UniqueId

_BASE32 = "ABCDEFGHIJKLMNOPQRSTUVWXYZ234567"
_BASE36 = "0123456789abcdefghijklmnopqrstuvwxyz"


class _Numbers:
    """Random numbers of 16 bytes for what is no secret and seals nothing: requests need two such numbers each, and a
    system call for each costs more than all else that is done to make them."""

    def __init__(self) -> None:
        self._ready: list[bytes] = []
        # A process that was forked off must not use the numbers that its parent uses.
        os.register_at_fork(after_in_child=self._ready.clear)

    def __call__(self) -> bytes:
        try:
            return self._ready.pop()  # one step: no other thread gets the same
        except IndexError:
            many = os.urandom(64 * _NUMBER_BYTES)
            self._ready += [many[at : at + _NUMBER_BYTES] for at in range(_NUMBER_BYTES, len(many), _NUMBER_BYTES)]
            return many[:_NUMBER_BYTES]


_NUMBER_BYTES = 16
_numbers = _Numbers()


class Ids:
    """Makes every id and secret of the house.

    `random_bytes` is the system's in production and a seeded source in tests.
    """

    def __init__(self, random_bytes: Callable[[int], bytes] = os.urandom) -> None:
        self._bytes = random_bytes
        self._number = _numbers if random_bytes is os.urandom else partial(random_bytes, _NUMBER_BYTES)

    def request_id(self) -> RequestId:
        return RequestId(self.uuid())

    def uuid(self) -> str:
        """A version 4 UUID (RFC 9562), made here: `uuid.UUID` costs five times as much, and requests need two."""
        number = bytearray(self._number())
        number[6] = number[6] & 0x0F | 0x40
        number[8] = number[8] & 0x3F | 0x80
        text = number.hex()
        return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"

    def unique_id(self, prefix: str) -> UniqueId:
        """An IAM entity's id: a four-letter prefix (`AIDA`, `AROA`, `ANPA`) and 17 characters."""
        return UniqueId(prefix + self._letters(_BASE32, 17))

    def access_key_id(self, prefix: str = "AKIA") -> AccessKeyId:
        """`AKIA` (long-term) or `ASIA` (temporary) and 16 characters."""
        return AccessKeyId(prefix + self._letters(_BASE32, 16))

    def secret_access_key(self) -> str:
        """40 characters of base64: 240 random bits."""
        return base64.b64encode(self._bytes(30)).decode()

    def session_token(self) -> str:
        """An opaque session token: 384 random bits; only its digest is stored."""
        return base64.b64encode(self._bytes(48)).decode()

    def password(self) -> str:
        """A password to be typed by hand: 20 base32 characters in groups, 100 random bits."""
        letters = self._letters(_BASE32.lower(), 20)
        return "-".join(letters[at : at + 5] for at in range(0, 20, 5))

    def job_id(self, now: datetime) -> JobId:
        return JobId(f"{epoch_ms(now)}-{self._letters(_BASE36, 6)}")

    def token(self, size: int = 16) -> str:
        """`size` random bytes in hexadecimal: upload ids, file names, lease owners."""
        return self._bytes(size).hex()

    def random(self, size: int) -> bytes:
        return self._bytes(size)

    def _letters(self, alphabet: str, count: int) -> str:
        # Rejection keeps every letter equally likely for alphabets whose size does not divide 256.
        limit = 256 - 256 % len(alphabet)
        letters: list[str] = []
        while len(letters) < count:
            letters += [alphabet[byte % len(alphabet)] for byte in self._bytes(count) if byte < limit]
        return "".join(letters[:count])
