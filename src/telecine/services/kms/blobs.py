"""The ciphertext that KMS hands out: it names its key and material, and authenticates the encryption context. Pure.

    magic 4 | version 1 | key 16 | material 4 | salt 16 | nonce 12 | AES-256-GCM ciphertext and tag 16

Key and material are the key's UUID and the number of its material, big-endian. Each call encrypts with a key of its
own, HKDF-SHA256 of the material with the random salt, so that the uses of one material need no limit: two calls would
have to draw the same 28 bytes. Authenticated with the ciphertext are all bytes before it and the encryption context:
the number of its pairs, then each key and value behind its length, sorted by the bytes of the keys. So no two contexts
look alike.
"""

import struct
from collections.abc import Mapping
from typing import NamedTuple
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from telecine.core.derivation import derived
from telecine.core.errors import TelecineError

MATERIAL_BYTES = 32
RANDOM_BYTES = 28
"""Salt and nonce: what a call draws."""

_MAGIC = b"TCK\xc5"
"""The last byte is no ASCII, so that no text is taken for a ciphertext."""
_FORMAT = 1
_HEADER = struct.Struct(">4sB16sI16s12s")
_TAG_BYTES = 16
_COUNT = struct.Struct(">I")
_PURPOSE = b"telecine/kms/ciphertext/1"


class NoBlob(TelecineError):
    """The bytes are no ciphertext of this service, of a form that this release knows."""


class Damaged(TelecineError):
    """The ciphertext, or the encryption context that came with it, is not what was encrypted."""


class Place(NamedTuple):
    """What a ciphertext says of itself, before anything is verified."""

    key_id: str
    version: int
    """Of the material."""


def seal(material: bytes, place: Place, plaintext: bytes, context: Mapping[str, str], *, randomness: bytes) -> bytes:
    """`plaintext` as a ciphertext of that key; `randomness` are 28 random bytes that nobody has used before."""
    salt, nonce = randomness[:16], randomness[16:]
    header = _HEADER.pack(_MAGIC, _FORMAT, UUID(place.key_id).bytes, place.version, salt, nonce)
    return header + _cipher(material, salt).encrypt(nonce, plaintext, header + authenticated(context))


def locate(blob: bytes) -> Place:
    """The key and the material that a ciphertext names. Raises `NoBlob`."""
    if len(blob) < _HEADER.size + _TAG_BYTES:
        raise NoBlob("It is too short to be a ciphertext.")
    magic, form, key, version, _salt, _nonce = _HEADER.unpack_from(blob)
    if magic != _MAGIC or form != _FORMAT:
        raise NoBlob("It does not begin as a ciphertext does.")
    return Place(str(UUID(bytes=key)), version)


def open_blob(material: bytes, blob: bytes, context: Mapping[str, str]) -> bytes:
    """What was encrypted. Raises `NoBlob`, and `Damaged` for whatever else is not as it was."""
    locate(blob)
    header, body = blob[: _HEADER.size], blob[_HEADER.size :]
    *_, salt, nonce = _HEADER.unpack(header)
    try:
        return _cipher(material, salt).decrypt(nonce, body, header + authenticated(context))
    except InvalidTag as error:
        raise Damaged("It does not open with this material and this encryption context.") from error


def authenticated(context: Mapping[str, str]) -> bytes:
    """An encryption context as bytes; different ones for different contexts."""
    pairs = sorted((key.encode(), value.encode()) for key, value in context.items())
    parts = [_COUNT.pack(len(pairs))]
    for pair in pairs:
        parts += [piece for text in pair for piece in (_COUNT.pack(len(text)), text)]
    return b"".join(parts)


def _cipher(material: bytes, salt: bytes) -> AESGCM:
    return AESGCM(derived(material, salt=salt, info=_PURPOSE))
