"""Completing a multipart upload: which parts make the object, and what its ETag and checksum are. Pure.

Rules: S3 API reference, "CompleteMultipartUpload"; S3 user guide, "Checking object integrity for multipart uploads".
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from telecine.services.s3 import errors
from telecine.services.s3.checksums import Algorithm, Checksum, Extent, composite, composite_etag, whole
from telecine.services.s3.model import MIN_PART_BYTES, ClaimedPart, Part, Upload


@dataclass(frozen=True, kw_only=True, slots=True)
class Completion:
    """What a client says of the whole object."""

    claims: Sequence[ClaimedPart]
    checksums: Mapping[Algorithm, str]
    """Values of `x-amz-checksum-…` headers, a composite one with its `-N`."""
    extent: Extent | None = None
    size: int | None = None
    """`x-amz-mp-object-size`."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Assembly:
    """The object that the parts make."""

    parts: Sequence[Part]
    size: int
    etag: str
    checksum: Checksum | None


def assemble(upload: Upload, uploaded: Sequence[Part], completion: Completion) -> Assembly:
    """The object, once every claim has proven true.

    Raises InvalidPartOrder, InvalidPart, EntityTooSmall, BadDigest, InvalidRequest.
    """
    claims = completion.claims
    if any(later.number <= earlier.number for earlier, later in pairwise(claims)):
        raise errors.invalid_part_order(upload.id)
    by_number = {part.number: part for part in uploaded}
    chosen = [_claimed(upload, claim, by_number.get(claim.number)) for claim in claims]
    for part in chosen[:-1]:
        if part.written.size < MIN_PART_BYTES:
            raise errors.entity_too_small(part.written.size, MIN_PART_BYTES, part.number, part.written.etag)
    size = sum(part.written.size for part in chosen)
    if completion.size is not None and completion.size != size:
        raise errors.invalid_request(
            f"The provided 'x-amz-mp-object-size' header value {completion.size} does not match what was computed: "
            f"{size}"
        )
    checksum = _checksum(upload, chosen)
    _check_checksum(upload, completion, checksum)
    return Assembly(
        parts=chosen, size=size, etag=composite_etag([part.written.etag for part in chosen]), checksum=checksum
    )


def _claimed(upload: Upload, claim: ClaimedPart, part: Part | None) -> Part:
    if part is None or part.written.etag != claim.etag:
        raise errors.invalid_part(upload.id, claim.number, claim.etag)
    stored = part.written.checksum
    if upload.algorithm is not None and upload.extent is Extent.COMPOSITE and upload.algorithm not in claim.checksums:
        raise errors.invalid_request(
            f"The upload was created using a {upload.algorithm.lower()} checksum. The complete request must include "
            f"the checksum for each part. It was missing for part {claim.number} in the request."
        )
    for algorithm, value in claim.checksums.items():
        if stored is None or stored.algorithm is not algorithm or stored.value != value:
            raise errors.invalid_part(upload.id, claim.number, claim.etag)
    return part


def _checksum(upload: Upload, chosen: Sequence[Part]) -> Checksum | None:
    if upload.algorithm is None:
        return None
    pairs = [(part.written.checksum.value, part.written.size) for part in chosen if part.written.checksum is not None]
    if upload.extent is Extent.FULL_OBJECT:
        return whole(upload.algorithm, pairs)
    return composite(upload.algorithm, [value for value, _ in pairs])


def _check_checksum(upload: Upload, completion: Completion, computed: Checksum | None) -> None:
    if completion.extent is not None and upload.extent is not None and completion.extent is not upload.extent:
        raise errors.invalid_request(
            f"The upload was created using the {upload.extent} checksum mode. The complete request must use the same "
            "checksum mode."
        )
    for algorithm, value in completion.checksums.items():
        if computed is None or computed.algorithm is not algorithm:
            raise errors.checksum_type_mismatch(upload.algorithm, algorithm)
        if computed.value != value:
            raise errors.bad_digest(algorithm, value, computed.value)
