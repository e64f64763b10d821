"""One 256-bit key, in a file of its own, under which secrets in the database are sealed.

A sealed value is `version (1) | nonce (12) | AES-256-GCM ciphertext and tag`. The text that says what it is about
(`iam/access-key/AKIA…`) is authenticated with it, so that a sealed value moved to another row does not open.
"""

import os
import stat
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from telecine.core.errors import TelecineError

_VERSION = b"\x01"
_KEY_BYTES = 32
_NONCE_BYTES = 12


class RootKeyProblem(TelecineError):
    """The root key file cannot be used; the message says why and what to do."""


class BrokenSeal(TelecineError):
    """A sealed value does not open: another root key, another row, or changed bytes."""


class RootKey:
    """Seals and unseals with one key, which it never shows."""

    def __init__(self, key: bytes) -> None:
        if len(key) != _KEY_BYTES:
            raise RootKeyProblem(f"A root key has {_KEY_BYTES} bytes, this one has {len(key)}.")
        # A subkey per purpose: the file's key itself is used for derivation alone.
        self._key = key
        self._cipher = AESGCM(self.derive("seal"))

    @classmethod
    def load(cls, path: Path) -> Self:
        """The key in the file `path`. Raises `RootKeyProblem` when it is missing, damaged or open to others."""
        try:
            mode = stat.S_IMODE(path.stat().st_mode)
            text = path.read_bytes()
        except OSError as error:
            raise RootKeyProblem(f"The root key {path} cannot be read: {error.strerror}.") from error
        if mode & 0o077:
            raise RootKeyProblem(f"The root key {path} is open to others (mode {mode:04o}). Run: chmod 600 {path}")
        try:
            return cls(bytes.fromhex(text.decode().strip()))
        except ValueError as error:
            raise RootKeyProblem(f"The root key {path} is damaged: it must hold 64 hexadecimal digits.") from error

    @classmethod
    def create(cls, path: Path) -> Self:
        """A new random key, written to `path` (mode 0600) before it is used. Fails if the file exists."""
        key = os.urandom(_KEY_BYTES)
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            file.write(key.hex() + "\n")
            file.flush()
            os.fsync(file.fileno())
        folder = os.open(path.parent, os.O_RDONLY)
        try:
            os.fsync(folder)
        finally:
            os.close(folder)
        return cls(key)

    def wrap(self, plaintext: bytes, *, about: str) -> bytes:
        """`plaintext` sealed; `about` must be given again, letter for letter, to open it."""
        nonce = os.urandom(_NONCE_BYTES)
        return _VERSION + nonce + self._cipher.encrypt(nonce, plaintext, _VERSION + about.encode())

    def unwrap(self, sealed: bytes, *, about: str) -> bytes:
        """What `wrap` sealed. Raises `BrokenSeal`."""
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        if sealed[:1] != _VERSION:
            raise BrokenSeal(f"The sealed value of {about} has an unknown version.")
        try:
            return self._cipher.decrypt(nonce, ciphertext, _VERSION + about.encode())
        except InvalidTag as error:
            raise BrokenSeal(f"The sealed value of {about} does not open with this root key.") from error

    def derive(self, label: str) -> bytes:
        """A 32-byte key for another purpose (`page-tokens`), from which this one cannot be computed."""
        return HKDF(SHA256(), length=_KEY_BYTES, salt=None, info=b"telecine/" + label.encode()).derive(self._key)
