"""ListObjectsV2 and ListObjects."""

import json
from typing import Any

from telecine.services.contract import Call, Params, Result
from telecine.services.s3 import errors, names, view
from telecine.services.s3.listing import Page, Place, common_prefix, successor
from telecine.services.s3.model import MAX_PAGE, StoredObject
from telecine.services.s3.objects import Objects
from telecine.services.s3.operations import terms

_END = Place("\U0010ffff" * 257)
"""Behind every key: 257 of the last letters make more bytes than a key may have."""


def list_objects_v2(face: Objects, _call: Call, params: Params) -> Result:
    """A page of keys and common prefixes; `NextContinuationToken` when more follow."""
    terms.check("ListObjectsV2", params)
    bucket = terms.bucket(face, params)
    prefix, delimiter = text(params, "Prefix"), text(params, "Delimiter")
    encoding, after = params.get("EncodingType"), text(params, "StartAfter")
    limit = page_size(params, "MaxKeys", "maxKeys")
    scope = f"ListObjectsV2 {json.dumps([bucket.name, prefix, delimiter])}"
    start = Place(after, is_included=not after)
    if "ContinuationToken" in params:
        start = face.place(scope, params["ContinuationToken"])
    page = face.list(bucket.name, prefix=prefix, delimiter=delimiter, start=start, limit=limit)
    result = _page(page, params, limit, encoding, bucket.account if params.get("FetchOwner") else None)
    result |= {"Name": bucket.name, "KeyCount": len(page.rows) + len(page.prefixes)}
    if after:
        result["StartAfter"] = view.encoded(after, encoding)
    if "ContinuationToken" in params:
        result["ContinuationToken"] = params["ContinuationToken"]
    if page.following is not None:
        result["NextContinuationToken"] = face.token(scope, page.following)
    return result


def list_objects(face: Objects, _call: Call, params: Params) -> Result:
    """A page of keys and common prefixes behind `Marker`; with a delimiter, `NextMarker` when more follow."""
    terms.check("ListObjects", params)
    bucket = terms.bucket(face, params)
    prefix, delimiter, marker = text(params, "Prefix"), text(params, "Delimiter"), text(params, "Marker")
    encoding = params.get("EncodingType")
    limit = page_size(params, "MaxKeys", "maxKeys")
    page = face.list(
        bucket.name, prefix=prefix, delimiter=delimiter, start=behind(marker, prefix, delimiter), limit=limit
    )
    result = _page(page, params, limit, encoding, bucket.account)
    result |= {"Name": bucket.name, "Marker": view.encoded(marker, encoding)}
    if delimiter and page.following is not None and page.last is not None:
        last = page.last if isinstance(page.last, str) else page.last.key
        result["NextMarker"] = view.encoded(last, encoding)
    return result


def behind(marker: str, prefix: str, delimiter: str) -> Place:
    """Where a listing goes on behind `marker`; behind the whole common prefix, when `marker` lies in one."""
    if not marker:
        return Place()
    group = common_prefix(marker, prefix, delimiter) if marker.startswith(prefix) else None
    if group is None:
        return Place(marker, is_included=False)
    end = successor(group)
    return _END if end is None else Place(end)


def page_size(params: Params, member: str, name: str) -> int:
    """How many entries a page may have: what is asked for, at most 1000. Raises InvalidArgument."""
    asked: int = params.get(member, MAX_PAGE)
    if asked < 0:
        raise errors.invalid_argument(f"Argument {name} must be an integer between 0 and 2147483647", name, str(asked))
    return min(asked, MAX_PAGE)


def _page(
    page: Page[StoredObject], params: Params, limit: int, encoding: str | None, account: str | None
) -> dict[str, Any]:
    """What both versions tell; entries come with their owner when `account` is given."""
    result: dict[str, Any] = {
        "IsTruncated": page.following is not None,
        "Contents": [view.listed_object(stored, encoding, account) for stored in page.rows],
        "CommonPrefixes": [{"Prefix": view.encoded(prefix, encoding)} for prefix in page.prefixes],
        "Prefix": view.encoded(params.get("Prefix", ""), encoding),
        "MaxKeys": limit,
    }
    if params.get("Delimiter"):
        result["Delimiter"] = view.encoded(params["Delimiter"], encoding)
    if encoding is not None:
        result["EncodingType"] = encoding
    return result


def text(params: Params, member: str) -> str:
    """The text of a member that may be left out. Raises InvalidURI."""
    return names.check_text(params.get(member, ""))
