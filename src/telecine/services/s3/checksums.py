"""Digests of object bodies: the MD5 behind ETags, and the checksums that clients send and ask for.

A checksum is of the whole object (FULL_OBJECT), or of the checksums of its parts (COMPOSITE, written `value-N`); S3
user guide, "Checking object integrity". ETags follow the same pattern: `md5`, or `md5-N` over the MD5s of the parts.
"""

import base64
import hashlib
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from telecine.services.s3 import errors
from telecine.wire.checksums import Algorithm, digest, encode, joined, start

__all__ = ["Algorithm", "Checksum", "Digests", "Expected", "Extent", "composite", "composite_etag", "encode", "whole"]


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


def extent_of(algorithm: Algorithm, asked: Extent | None) -> Extent:
    """What a multipart upload's checksum is computed over. Raises InvalidRequest for what S3 does not do.

    S3 user guide, "Checking object integrity for data uploads": full-object checksums are for CRCs alone, because only
    these can be put together from those of the parts, and CRC64NVME is always one.
    """
    extent = asked or (Extent.FULL_OBJECT if algorithm is Algorithm.CRC64NVME else Extent.COMPOSITE)
    only = {
        Algorithm.CRC64NVME: Extent.FULL_OBJECT,
        Algorithm.SHA1: Extent.COMPOSITE,
        Algorithm.SHA256: Extent.COMPOSITE,
    }
    if extent is not only.get(algorithm, extent):
        raise errors.invalid_request(
            f"The {extent} checksum type cannot be used with the {algorithm.lower()} checksum algorithm."
        )
    return extent


@dataclass(frozen=True, kw_only=True, slots=True)
class Expected:
    """What a client says of the body that it is about to send."""

    length: int | None
    """None: that shows when it is there (a form's file). Whoever reads it has a limit for it."""
    md5: bytes | None = None
    """`Content-MD5`."""
    checksums: Mapping[Algorithm, bytes] = field(default_factory=dict)
    """Values of `x-amz-checksum-…` headers."""
    trailing: Algorithm | None = None
    """The checksum whose value comes behind the body."""
    keep: Algorithm | None = None
    """The checksum that is stored with the object or part."""

    @property
    def algorithms(self) -> set[Algorithm]:
        """What is to be computed beside the MD5."""
        return {*self.checksums, *(one for one in (self.trailing, self.keep) if one is not None)}

    def check(self, digests: "Digests", size: int, trailing: bytes | None = None) -> Checksum | None:
        """The checksum to keep, once everything said has proven true, `trailing` (the value that came behind the body)
        included. Raises IncompleteBody, BadDigest."""
        if self.length is not None and size != self.length:
            raise errors.incomplete_body()
        if self.md5 is not None and self.md5 != digests.md5:
            raise errors.bad_digest("Content-MD5", encode(self.md5), encode(digests.md5))
        said = dict(self.checksums)
        if self.trailing is not None:
            if trailing is None:
                raise errors.malformed_trailer()
            said[self.trailing] = trailing
        for algorithm, value in said.items():
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
        self._sums = {algorithm: start(algorithm) for algorithm in algorithms}

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


def composite_etag(md5s: Sequence[str]) -> str:
    """The ETag of a multipart object, without quotes: `md5(md5s of the parts)-N`. `md5s` are hexadecimal."""
    joined_md5s = b"".join(bytes.fromhex(md5) for md5 in md5s)
    return f"{hashlib.md5(joined_md5s, usedforsecurity=False).hexdigest()}-{len(md5s)}"


def composite(algorithm: Algorithm, values: Sequence[str]) -> Checksum:
    """The checksum of the parts' checksums `values` (base64)."""
    value = digest(algorithm, b"".join(base64.b64decode(value) for value in values))
    return Checksum(algorithm=algorithm, value=f"{encode(value)}-{len(values)}", extent=Extent.COMPOSITE)


def whole(algorithm: Algorithm, parts: Iterable[tuple[str, int]]) -> Checksum:
    """The CRC of the parts put together, from each one's CRC (base64) and size; no byte is read again."""
    total = digest(algorithm, b"")
    for value, size in parts:
        total = joined(algorithm, total, base64.b64decode(value), size)
    return Checksum(algorithm=algorithm, value=encode(total))
