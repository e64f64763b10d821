"""Passwords to hashes and back to yes or no, slow on purpose: never inside a transaction."""

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

_AT_ONCE = 4
"""Each hash takes some 64 MiB for as long as it runs: a flood of sign-ins must not take all memory."""


class Hashing:
    """argon2 with one set of parameters, a few at a time."""

    def __init__(self, hasher: PasswordHasher) -> None:
        self._hasher = hasher
        self._turns = threading.BoundedSemaphore(_AT_ONCE)
        self._mutex = threading.Lock()
        self._decoy: str | None = None

    def hash(self, password: str) -> str:
        """A new salted hash of `password`."""
        with self._turns:
            return self._hasher.hash(_bytes(password))

    def matches(self, hashed: str | None, password: str) -> bool:
        """Whether `hashed` is of that password. Without a hash it is not, after as much work as with one: how long
        the answer takes tells nobody who exists."""
        decoy = self._the_decoy()
        with self._turns:
            try:
                self._hasher.verify(hashed or decoy, _bytes(password))
            except (VerificationError, InvalidHashError):
                return False
        return hashed is not None

    def is_outdated(self, hashed: str) -> bool:
        """Whether `hashed` was made with other parameters than those of now."""
        return self._hasher.check_needs_rehash(hashed)

    def _the_decoy(self) -> str:
        """A hash of no password that anybody knows, made before the first check."""
        with self._mutex:
            if self._decoy is None:
                self._decoy = self.hash("nobody's password: `matches` takes no answer from it")
            return self._decoy


def _bytes(password: str) -> bytes:
    """Also of what is no text, half of a surrogate pair: a wrong password like any other."""
    return password.encode("utf-8", "surrogatepass")
