"""GetObjectAttributes: what HeadObject tells and more, in a document, and only what is asked for."""

from collections.abc import Mapping, Sequence
from typing import Any

from telecine.services.contract import Call, Params, Result
from telecine.services.s3 import errors, names, view
from telecine.services.s3.access.objects import CHECKSUM_ATTRIBUTES
from telecine.services.s3.model import MAX_PAGE, Part, StoredObject
from telecine.services.s3.objects import Objects, check_customer
from telecine.services.s3.operations import encryption, terms


def get_object_attributes(face: Objects, call: Call, params: Params) -> Result:
    """Of `ETag` (here without quotes), `Checksum`, `ObjectParts`, `StorageClass`, `ObjectSize` those asked for."""
    terms.check("GetObjectAttributes", params)
    bucket = terms.bucket_name(face, params)
    version = names.check_version(params.get("VersionId"))
    limit, after = _page(params)
    stored, parts = face.look(bucket, names.check_key(params["Key"]), version)
    customer = encryption.customer_key(call, params)
    check_customer(stored.encryption, customer)
    asked = set(params["ObjectAttributes"])
    if stored.checksum is not None and not CHECKSUM_ATTRIBUTES.isdisjoint(asked):
        encryption.check_readable(face, call, stored)
        face.check_key(stored, customer)
    encryption.check_still(call, stored)
    told: Mapping[str, Any] = {
        "ETag": stored.etag,
        "Checksum": view.checksum(stored.checksum) or None,
        "ObjectParts": _parts(stored, parts, limit, after),
        "StorageClass": stored.description.storage_class,
        "ObjectSize": stored.size,
    }
    found = {name: value for name, value in told.items() if name in asked and value is not None}
    return {"LastModified": stored.modified_at, **view.version(stored), **found}


def _page(params: Params) -> tuple[int, int]:
    limit, after = params.get("MaxParts", MAX_PAGE), params.get("PartNumberMarker", 0)
    for header, value in (("x-amz-max-parts", limit), ("x-amz-part-number-marker", after)):
        if value < 0:
            raise errors.invalid_argument("Argument must be an integer between 0 and 2147483647", header, str(value))
    return min(limit, MAX_PAGE), after


def _parts(stored: StoredObject, parts: Sequence[Part], limit: int, after: int) -> Mapping[str, Any] | None:
    """The parts of a multipart object; each one by itself only where parts carry checksums (S3 API reference)."""
    if stored.part_count is None:
        return None
    answer: dict[str, Any] = {"TotalPartsCount": stored.part_count}
    if stored.checksum is None:
        return answer
    behind = [part for part in parts if part.number > after]
    shown = behind[:limit]
    return answer | {
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": limit,
        "IsTruncated": len(behind) > len(shown),
        "Parts": [
            {"PartNumber": part.number, "Size": part.written.size, **view.part_checksum(part.written.checksum)}
            for part in shown
        ],
    }
