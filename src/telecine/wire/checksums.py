"""The checksums that S3 knows: in headers, in trailers, running over blocks, and put together from those of parts.

Hashes and CRC-32 are the standard library's, the other CRCs those of anycrc, which lets hardware do them (4 to 8 GB/s
measured). Not awscrt: where that is installed, boto3 signs and transfers with it.
"""

import base64
import binascii
import hashlib
import zlib
from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from types import MappingProxyType
from typing import NamedTuple, Protocol

import anycrc


class Algorithm(StrEnum):
    """The checksum algorithms that we verify; the model knows more, which are refused by name."""

    CRC32 = "CRC32"
    CRC32C = "CRC32C"
    CRC64NVME = "CRC64NVME"
    SHA1 = "SHA1"
    SHA256 = "SHA256"

    @property
    def member(self) -> str:
        """The member that carries a value in inputs and outputs, such as `ChecksumCRC32`."""
        return f"Checksum{self.value}"

    @property
    def header(self) -> str:
        return f"x-amz-checksum-{self.value.lower()}"

    @property
    def size(self) -> int:
        """Bytes in a value, before base64."""
        return _SIZES[self]


_SIZES: Mapping[Algorithm, int] = MappingProxyType(
    {Algorithm.CRC32: 4, Algorithm.CRC32C: 4, Algorithm.CRC64NVME: 8, Algorithm.SHA1: 20, Algorithm.SHA256: 32}
)

BY_HEADER: Mapping[str, Algorithm] = MappingProxyType({one.header: one for one in Algorithm})


class Running(Protocol):
    """A checksum while bytes pass by."""

    def update(self, block: bytes | bytearray, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc(NamedTuple):
    update: Callable[[bytes | bytearray, int], int]
    """The CRC so far, continued with a block."""
    combine: Callable[[int, int, int], int]
    """The CRC of two pieces, from that of each and the length of the second."""


def _crc(model: str, update: Callable[[bytes | bytearray, int], int] | None = None) -> _Crc:
    found = anycrc.Model(model)
    return _Crc(update or found.calc, found.combine)


_CRCS: Mapping[Algorithm, _Crc] = MappingProxyType(
    {
        Algorithm.CRC32: _crc("CRC32", zlib.crc32),
        Algorithm.CRC32C: _crc("CRC32C"),
        Algorithm.CRC64NVME: _crc("CRC64-NVME"),
    }
)


class _RunningCrc:
    """A CRC in the shape of a hash; big-endian, as S3 writes it."""

    __slots__ = ("_size", "_update", "_value")

    def __init__(self, algorithm: Algorithm) -> None:
        self._update = _CRCS[algorithm].update
        self._size = algorithm.size
        self._value = 0

    def update(self, block: bytes | bytearray, /) -> None:
        self._value = self._update(block, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(self._size, "big")


_STARTS: Mapping[Algorithm, Callable[[], Running]] = MappingProxyType(
    {
        **{algorithm: partial(_RunningCrc, algorithm) for algorithm in _CRCS},
        # SHA-1 guards against accidents here, not against people; it is what the client chose.
        Algorithm.SHA1: partial(hashlib.sha1, usedforsecurity=False),
        Algorithm.SHA256: hashlib.sha256,
    }
)


def start(algorithm: Algorithm) -> Running:
    """The checksum of nothing yet."""
    return _STARTS[algorithm]()


def digest(algorithm: Algorithm, body: bytes) -> bytes:
    """The checksum of `body`."""
    running = start(algorithm)
    running.update(body)
    return running.digest()


def joined(algorithm: Algorithm, first: bytes, second: bytes, second_size: int) -> bytes:
    """The CRC of two pieces put together, from each one's and the size of the second; no byte is read again."""
    value = _CRCS[algorithm].combine(int.from_bytes(first, "big"), int.from_bytes(second, "big"), second_size)
    return value.to_bytes(algorithm.size, "big")


def encode(value: bytes) -> str:
    """As headers and documents carry it."""
    return base64.b64encode(value).decode()


def decode(text: str, size: int) -> bytes | None:
    """The `size` bytes that `text` writes in base64; None when it does not."""
    try:
        value = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):
        return None
    return value if len(value) == size else None
