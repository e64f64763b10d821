"""One 256-bit key, in a file of its own, under which secrets in the database are sealed.

A sealed value is `version 2 (1) | key id (8) | nonce (12) | AES-256-GCM ciphertext and tag`. The key id is derived from
the key, so that a value names what it was sealed with. The text that says what it is about
(`iam/access-key/AKIA…`) is authenticated with it, so that a sealed value moved to another row does not open. Version 1,
which Telecine 0.1 wrote, has no key id: every key at hand is tried.

While a rotation is under way the file holds several keys. A process looks at the file before it seals, and when it
meets a key id that it does not know: so all of them take up a new key by themselves, and never seal under an old one.
"""

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from telecine.seal import key_file
from telecine.seal.problems import BrokenSeal, RootKeyProblem

_NAMELESS = b"\x01"
_NAMED = b"\x02"
_ID_BYTES = 8
_NONCE_BYTES = 12
PREFIX_BYTES = len(_NAMED) + _ID_BYTES
"""What a sealed value begins with: version and key id."""


class _Key:
    """One of the keys at hand."""

    __slots__ = ("cipher", "id", "prefix")

    def __init__(self, key: bytes) -> None:
        key_file.check_length(key)
        # A subkey per purpose: the file's key itself is used for derivation alone.
        self.cipher = AESGCM(_derived(key, "seal"))
        self.id = _derived(key, "key-id")[:_ID_BYTES]
        self.prefix = _NAMED + self.id


class _Ring:
    """The keys at hand, as the file had them when we last looked."""

    def __init__(self, keys: Sequence[bytes], path: Path | None, stamp: key_file.Stamp | None) -> None:
        self._path = path
        self._state = (tuple(_Key(key) for key in keys), stamp)

    @property
    def keys(self) -> tuple[_Key, ...]:
        return self._state[0]

    @property
    def place(self) -> str:
        return str(self._path) if self._path else "given"

    def look(self) -> bool:
        """Read the file again if it has changed; whether there are other keys now.

        A file that cannot be read now changes nothing: what we hold was right when we started.
        """
        if self._path is None:
            return False
        before, seen = self._state
        current = key_file.stamp(self._path)
        if current is None or current == seen:
            return False
        try:
            keys = tuple(_Key(key) for key in key_file.read(self._path))
        except RootKeyProblem:
            return False
        self._state = (keys, current)
        return [key.id for key in keys] != [key.id for key in before]


class RootKey:
    """Seals and unseals with the keys of one file, which it never shows."""

    def __init__(self, *keys: bytes) -> None:
        """The first of `keys` seals, the others only open."""
        self._ring = _Ring(keys, None, None)
        self._secret = keys[0]

    @classmethod
    def load(cls, path: Path) -> Self:
        """What is in the file `path`. Raises `RootKeyProblem` when it is missing, damaged or open to others."""
        stamp = key_file.stamp(path)
        keys = key_file.read(path)
        loaded = cls(*keys)
        loaded._ring = _Ring(keys, path, stamp)
        return loaded

    @classmethod
    def create(cls, path: Path) -> Self:
        """A new random key, written to `path` (mode 0600) before it is used. Raises `FileExistsError`."""
        key_file.create(path, [os.urandom(key_file.KEY_BYTES)])
        return cls.load(path)

    def rooted(self, secret: bytes) -> "RootKey":
        """The same keys, from now on with `derive` standing on `secret`, which a rotation does not change."""
        other = RootKey(secret)
        other._ring = self._ring
        return other

    @property
    def id(self) -> str:
        """The id of the key that seals, in hexadecimal. Tells nothing about the key."""
        return self._ring.keys[0].id.hex()

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of all keys at hand, the sealing one first."""
        return tuple(key.id.hex() for key in self._ring.keys)

    @property
    def place(self) -> str:
        """Where the keys come from, for messages."""
        return self._ring.place

    @property
    def prefix(self) -> bytes:
        """What every value begins with that is sealed under the current key."""
        return self._ring.keys[0].prefix

    def look(self) -> bool:
        """Take up the file's keys as they are now; whether they are others than before."""
        return self._ring.look()

    def wrap(self, plaintext: bytes, *, about: str) -> bytes:
        """`plaintext` sealed; `about` must be given again, letter for letter, to open it."""
        self._ring.look()
        key = self._ring.keys[0]
        nonce = os.urandom(_NONCE_BYTES)
        return key.prefix + nonce + key.cipher.encrypt(nonce, plaintext, key.prefix + about.encode())

    def unwrap(self, sealed: bytes, *, about: str) -> bytes:
        """What `wrap` sealed. Raises `BrokenSeal`."""
        version = sealed[:1]
        if version == _NAMED:
            return self._unwrap_named(sealed, about)
        if version == _NAMELESS:
            return self._unwrap_nameless(sealed, about)
        raise BrokenSeal(f"The sealed value of {about} has an unknown version.")

    def derive(self, label: str) -> bytes:
        """A 32-byte key for another purpose (`page-tokens`), from which nothing else can be computed.

        On a server it stands on a secret of the database (see `rooted`): what was made with it outlives a rotation.
        """
        return _derived(self._secret, label)

    def _unwrap_named(self, sealed: bytes, about: str) -> bytes:
        prefix, nonce = sealed[:PREFIX_BYTES], sealed[PREFIX_BYTES : PREFIX_BYTES + _NONCE_BYTES]
        key = self._named(prefix)
        if key is None and self._ring.look():
            key = self._named(prefix)
        if key is None:
            raise BrokenSeal(f"The sealed value of {about} names root key {named_key(sealed)}, which is not at hand.")
        try:
            return key.cipher.decrypt(nonce, sealed[PREFIX_BYTES + _NONCE_BYTES :], prefix + about.encode())
        except InvalidTag as error:
            raise BrokenSeal(f"The sealed value of {about} does not open: it was changed or moved.") from error

    def _named(self, prefix: bytes) -> _Key | None:
        return next((key for key in self._ring.keys if key.prefix == prefix), None)

    def _unwrap_nameless(self, sealed: bytes, about: str) -> bytes:
        nonce, ciphertext = sealed[1 : 1 + _NONCE_BYTES], sealed[1 + _NONCE_BYTES :]
        for _attempt in range(2):
            for key in self._ring.keys:
                try:
                    return key.cipher.decrypt(nonce, ciphertext, _NAMELESS + about.encode())
                except InvalidTag:
                    continue
            if not self._ring.look():
                break
        raise BrokenSeal(f"The sealed value of {about} does not open with this root key.")


def named_key(sealed: bytes) -> str | None:
    """The id of the root key that a value was sealed with, in hexadecimal; None when the value does not name it."""
    return sealed[1:PREFIX_BYTES].hex() if sealed[:1] == _NAMED else None


def _derived(key: bytes, label: str) -> bytes:
    info = b"telecine/" + label.encode()
    return HKDF(SHA256(), length=key_file.KEY_BYTES, salt=None, info=info).derive(key)
