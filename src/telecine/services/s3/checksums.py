"""Digests of object bodies: the MD5 behind ETags, and the checksums that clients send and ask for.

A checksum is of the whole object (FULL_OBJECT), or of the checksums of its parts (COMPOSITE, written `value-N`); S3
user guide, "Checking object integrity". ETags follow the same pattern: `md5`, or `md5-N` over the MD5s of the parts.
"""

import base64
import hashlib
import zlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from functools import lru_cache
from typing import Protocol

from telecine.services.s3 import errors


class Algorithm(StrEnum):
    """The checksum algorithms that we verify; the model knows more, which are refused by name."""

    CRC32 = "CRC32"
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


_SIZES = {Algorithm.CRC32: 4, Algorithm.SHA1: 20, Algorithm.SHA256: 32}


class Extent(StrEnum):
    """What a checksum is computed over."""

    COMPOSITE = "COMPOSITE"
    FULL_OBJECT = "FULL_OBJECT"


@dataclass(frozen=True, kw_only=True, slots=True)
class Checksum:
    """A checksum as S3 shows it."""

    algorithm: Algorithm
    value: str
    """Base64; a composite one with `-N`, the number of parts, behind it."""
    extent: Extent = Extent.FULL_OBJECT


class _Hash(Protocol):
    def update(self, block: bytes | bytearray, /) -> None: ...

    def digest(self) -> bytes: ...


class _Crc32:
    """zlib's CRC-32 in the shape of a hash; big-endian, as S3 writes it."""

    __slots__ = ("_value",)

    def __init__(self) -> None:
        self._value = 0

    def update(self, block: bytes | bytearray, /) -> None:
        self._value = zlib.crc32(block, self._value)

    def digest(self) -> bytes:
        return self._value.to_bytes(4, "big")


def _start(algorithm: Algorithm) -> _Hash:
    if algorithm is Algorithm.CRC32:
        return _Crc32()
    # SHA-1 guards against accidents here, not against people; it is what the client chose.
    return hashlib.sha1(usedforsecurity=False) if algorithm is Algorithm.SHA1 else hashlib.sha256()


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What a client says of the body that it is about to send."""

    length: int
    md5: bytes | None = None
    """`Content-MD5`."""
    checksums: Mapping[Algorithm, bytes] = field(default_factory=dict)
    """Values of `x-amz-checksum-…` headers."""
    keep: Algorithm | None = None
    """The checksum that is stored with the object or part."""

    @property
    def algorithms(self) -> set[Algorithm]:
        """What is to be computed beside the MD5."""
        return {*self.checksums, *(() if self.keep is None else (self.keep,))}

    def check(self, digests: "Digests", size: int) -> Checksum | None:
        """The checksum to keep, once everything said has proven true. Raises IncompleteBody, BadDigest."""
        if size != self.length:
            raise errors.incomplete_body()
        if self.md5 is not None and self.md5 != digests.md5:
            raise errors.bad_digest("Content-MD5", encode(self.md5), encode(digests.md5))
        for algorithm, value in self.checksums.items():
            if value != digests.value(algorithm):
                raise errors.bad_digest(algorithm, encode(value), encode(digests.value(algorithm)))
        if self.keep is None:
            return None
        return Checksum(algorithm=self.keep, value=encode(digests.value(self.keep)))


class Digests:
    """The MD5 of a body and the checksums asked for, computed as its blocks pass by."""

    def __init__(self, algorithms: Collection[Algorithm], *, with_md5: bool = True) -> None:
        """Without the MD5, which costs more than all else, for a body of which nobody asks it."""
        self._md5 = hashlib.md5(usedforsecurity=False) if with_md5 else None
        self._sums = {algorithm: _start(algorithm) for algorithm in algorithms}

    def update(self, block: bytes | bytearray) -> None:
        if self._md5 is not None:
            self._md5.update(block)
        for running in self._sums.values():
            running.update(block)

    @property
    def md5(self) -> bytes:
        assert self._md5 is not None, "the MD5 is computed only when it was asked for"
        return self._md5.digest()

    def value(self, algorithm: Algorithm) -> bytes:
        """The checksum so far; `algorithm` is one of those asked for."""
        return self._sums[algorithm].digest()


def encode(digest: bytes) -> str:
    return base64.b64encode(digest).decode()


def composite_etag(md5s: Sequence[str]) -> str:
    """The ETag of a multipart object, without quotes: `md5(md5s of the parts)-N`. `md5s` are hexadecimal."""
    joined = b"".join(bytes.fromhex(md5) for md5 in md5s)
    return f"{hashlib.md5(joined, usedforsecurity=False).hexdigest()}-{len(md5s)}"


def composite(algorithm: Algorithm, values: Sequence[str]) -> Checksum:
    """The checksum of the parts' checksums `values` (base64)."""
    running = _start(algorithm)
    for value in values:
        running.update(base64.b64decode(value))
    return Checksum(algorithm=algorithm, value=f"{encode(running.digest())}-{len(values)}", extent=Extent.COMPOSITE)


def whole_crc32(parts: Iterable[tuple[str, int]]) -> Checksum:
    """The CRC-32 of the parts put together, from each one's CRC-32 (base64) and size; no byte is read again."""
    total = 0
    for value, size in parts:
        crc = int.from_bytes(base64.b64decode(value), "big")
        total = _multiply(_x_to_the_bits(size), total) ^ crc
    return Checksum(algorithm=Algorithm.CRC32, value=encode(total.to_bytes(4, "big")))


# A CRC-32 is a polynomial over GF(2), modulo the one below, its lowest power in the highest bit. To append n bytes
# is to multiply by x to the power 8n; then the CRC of what was appended is added.
_MODULUS = 0xEDB88320
_ONE = 1 << 31
_X = 1 << 30


def _multiply(left: int, right: int) -> int:
    product = 0
    for bit in range(31, -1, -1):
        if left >> bit & 1:
            product ^= right
        right = right >> 1 ^ (_MODULUS if right & 1 else 0)
    return product


@lru_cache(maxsize=64)  # parts of an upload are nearly all of one size
def _x_to_the_bits(size: int) -> int:
    """x to the power of 8 * `size`."""
    power, result, exponent = _X, _ONE, 8 * size
    while exponent:
        if exponent & 1:
            result = _multiply(power, result)
        power = _multiply(power, power)
        exponent >>= 1
    return result
