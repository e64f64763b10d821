"""Inputs that were encrypted before their upload: AES in three modes, block by block.

Source: MediaConvert user guide, "Implementing client-side encryption". It says which modes and vectors there are, and
leaves the form of the bytes open; ours is that of OpenSSL and of the common libraries:

* AES_CTR: a vector of twelve bytes is followed by a counter of four that begins at zero, as OpenSSL pads it.
* AES_CBC: padded as PKCS #7 says.
* AES_GCM: the last sixteen bytes are the tag; there is no associated data.
"""

from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher, CipherContext
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR, GCM
from cryptography.hazmat.primitives.padding import PKCS7

from telecine.core.errors import TelecineError
from telecine.media.settings import DecryptionMode

KEY_BYTES = frozenset({16, 24, 32})
"""The sizes of AES keys: 128, 192 and 256 bits."""
_BLOCK = 16
_TAG = 16
_CHUNK = 1024**2  # a multiple of AES's block
_LONGEST_GCM = 2**36 - 32


class Garbled(TelecineError):
    """The bytes are not what this key, vector and mode make."""


def decrypt(source: Path, target: Path, mode: DecryptionMode, key: bytes, iv: bytes, check: Callable[[], None]) -> None:
    """Write to `target`, which must not be there, what `source` holds in clear. `check` is called now and then.

    Raises `Garbled`; `target` is then to be thrown away. With AES_GCM that is any change to any bit.
    """
    size = source.stat().st_size
    with source.open("rb") as cipher, target.open("xb") as clear:
        target.chmod(0o600)
        match mode:
            case DecryptionMode.CTR:
                counter = iv.ljust(_BLOCK, b"\0")
                _copy(cipher, clear, size, Cipher(AES(key), CTR(counter)).decryptor(), check)
            case DecryptionMode.CBC:
                _cbc(cipher, clear, size, Cipher(AES(key), CBC(iv)).decryptor(), check)
            case DecryptionMode.GCM:
                _gcm(cipher, clear, size, key, iv, check)


def _cbc(cipher: BinaryIO, clear: BinaryIO, size: int, context: CipherContext, check: Callable[[], None]) -> None:
    if not size or size % _BLOCK:
        raise Garbled(f"{size} bytes are no whole number of blocks")
    _copy(cipher, clear, size - _BLOCK, context, check)
    unpadder = PKCS7(8 * _BLOCK).unpadder()
    try:
        clear.write(unpadder.update(context.update(cipher.read(_BLOCK))) + unpadder.finalize())
    except ValueError as problem:
        raise Garbled("the padding is wrong") from problem


def _gcm(cipher: BinaryIO, clear: BinaryIO, size: int, key: bytes, iv: bytes, check: Callable[[], None]) -> None:
    if not _TAG <= size <= _LONGEST_GCM + _TAG:
        raise Garbled(f"{size} bytes are not what AES-GCM makes")
    context = Cipher(AES(key), GCM(iv)).decryptor()
    _copy(cipher, clear, size - _TAG, context, check)
    try:
        context.finalize_with_tag(cipher.read(_TAG))
    except InvalidTag as problem:
        raise Garbled("the tag is wrong") from problem


def _copy(cipher: BinaryIO, clear: BinaryIO, size: int, context: CipherContext, check: Callable[[], None]) -> None:
    while size:
        check()
        data = cipher.read(min(size, _CHUNK))
        clear.write(context.update(data))
        size -= len(data)
