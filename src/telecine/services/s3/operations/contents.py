"""PutObject, GetObject, HeadObject, DeleteObject, DeleteObjects."""

from collections.abc import Mapping, Sequence
from typing import Any

from telecine.core.errors import ApiError
from telecine.policy import PrincipalKind
from telecine.services.contract import Call, Params, Result
from telecine.services.s3 import errors, names, ranges, tags, view
from telecine.services.s3.access.objects import TAG_COUNT
from telecine.services.s3.encryption import CustomerKey
from telecine.services.s3.model import MAX_BATCH, Deleted, Deletion, Labels, Part, StoredObject, WriteCondition, Written
from telecine.services.s3.objects import Objects, check_customer
from telecine.services.s3.operations import acl, bodies, conditions, encryption, terms
from telecine.services.s3.ranges import Span
from telecine.wire.http import Sink

_OVERRIDES = {
    "ResponseCacheControl": "CacheControl",
    "ResponseContentDisposition": "ContentDisposition",
    "ResponseContentEncoding": "ContentEncoding",
    "ResponseContentLanguage": "ContentLanguage",
    "ResponseContentType": "ContentType",
    "ResponseExpires": "Expires",
}


def put_object(face: Objects, call: Call, params: Params) -> Sink:
    """A sink whose result is the object's `ETag` and checksum."""
    terms.check("PutObject", params)
    bucket = terms.bucket(face, params)
    labels = Labels(tags=tags.of_header(params.get("Tagging")), acl=acl.of_write(bucket, call, params))
    key = names.check_key(params["Key"])
    description = bodies.description(params)
    condition = conditions.of_write(params)
    expected = bodies.expected(call, params)
    plan = encryption.plan(face, call, params, bucket)
    data_key = face.new_key(plan)

    def put(written: Written) -> dict[str, object]:
        stored = face.put(bucket, key, written, description, data_key, condition, labels)
        return view.put_object(stored, plan.customer)

    return bodies.receive(face, expected, data_key, put)


def get_object(face: Objects, call: Call, params: Params) -> Result:
    """The object's headers, and in `Body` a source of the bytes asked for.

    With a range or a part number `ContentRange` says which they are (and the status is 206).
    """
    terms.check("GetObject", params)
    _check_overrides(call, params)
    bucket = terms.bucket_name(face, params)
    version = names.check_version(params.get("VersionId"))
    customer = encryption.customer_key(call, params)

    def choose(stored: StoredObject, parts: Sequence[Part]) -> Span:
        conditions.check_read(params, stored, call.now)
        encryption.check_readable(face, call, stored)
        return _span(conditions.ranged(params, call.if_range, stored), stored, parts) or Span(0, stored.size)

    opened = face.open(bucket, names.check_key(params["Key"]), choose, version, customer)
    asked = conditions.ranged(params, call.if_range, opened.stored)
    return {**_headers(call, asked, opened.stored, opened.span, customer), "Body": opened.source}


def head_object(face: Objects, call: Call, params: Params) -> Result:
    """What GetObject tells, without the bytes."""
    terms.check("HeadObject", params)
    _check_overrides(call, params)
    bucket = terms.bucket_name(face, params)
    version = names.check_version(params.get("VersionId"))
    key = names.check_key(params["Key"])
    parts: Sequence[Part] = ()
    if "PartNumber" in params:
        stored, parts = face.look(bucket, key, version)
    else:
        stored = face.get(bucket, key, version)
    encryption.check_still(call, stored)
    customer = encryption.customer_key(call, params)
    check_customer(stored.encryption, customer)
    conditions.check_read(params, stored, call.now)
    if stored.checksum is not None and params.get("ChecksumMode") == "ENABLED":
        # S3 API reference, "HeadObject": with SSE-KMS that takes leave to decrypt, and a key that does.
        encryption.check_readable(face, call, stored)
        face.check_key(stored, customer)
    asked = conditions.ranged(params, call.if_range, stored)
    return _headers(call, asked, stored, _span(asked, stored, parts) or Span(0, stored.size), customer)


def _check_overrides(call: Call, params: Params) -> None:
    """Who signs may ask for other headers (S3 API reference, "GetObject": "You must sign the request")."""
    if call.caller.principal.kind is PrincipalKind.ANONYMOUS and not _OVERRIDES.keys().isdisjoint(params):
        raise errors.invalid_request("Request specific response headers cannot be used for anonymous GET requests.")


def _span(params: Params, stored: StoredObject, parts: Sequence[Part]) -> Span | None:
    """The bytes that are asked for; None for all of them. Raises InvalidRange, InvalidPartNumber."""
    number = params.get("PartNumber")
    if number is None:
        return ranges.parse(params["Range"], stored.size) if "Range" in params else None
    if "Range" in params:
        raise errors.invalid_request("Cannot specify both Range header and partNumber query parameter")
    if number < 1:
        raise errors.invalid_part_number_argument(number)
    start = 0
    for part in parts:
        if part.number == number:
            return Span(start, part.written.size)
        start += part.written.size
    raise errors.invalid_part_number(number, len(parts))


def _headers(
    call: Call, params: Params, stored: StoredObject, span: Span, customer: CustomerKey | None
) -> dict[str, Any]:
    is_partial = span.length != stored.size
    overrides = {name: params[member] for member, name in _OVERRIDES.items() if member in params}
    with_checksum = params.get("ChecksumMode") == "ENABLED" and not is_partial
    headers = view.object_headers(stored, overrides, with_checksum=with_checksum)
    headers |= view.encryption(stored.encryption, customer)
    headers["ContentLength"] = span.length
    if stored.tags and TAG_COUNT not in call.refused:
        headers["TagCount"] = len(stored.tags)
    if "PartNumber" in params and stored.part_count is not None:
        headers["PartsCount"] = stored.part_count
    # Asking for a range is enough for a partial answer, even when it holds every byte; an empty part has no range.
    if span.length and (is_partial or "PartNumber" in params or _is_ranged(params, stored)):
        headers["ContentRange"] = span.content_range(stored.size)
    return headers


def _is_ranged(params: Params, stored: StoredObject) -> bool:
    return "Range" in params and ranges.parse(params["Range"], stored.size) is not None


def delete_object(face: Objects, _call: Call, params: Params) -> Result:
    """`VersionId` and `DeleteMarker` where versions are kept; the same whether there was such an object or not."""
    terms.check("DeleteObject", params)
    bucket = terms.bucket_name(face, params)
    version = names.check_version(params.get("VersionId"))
    key = names.check_key(params["Key"])
    condition = _condition(version, params.get("IfMatch"), "If-Match")
    (outcome,) = face.delete(bucket, [Deletion(key=key, version=version, condition=condition)])
    if isinstance(outcome, ApiError):
        raise outcome
    return view.deleted(outcome)


def delete_objects(face: Objects, call: Call, params: Params) -> Result:
    """`Deleted`, unless it is to be quiet, and `Errors`: each entry is in one of them."""
    terms.check("DeleteObjects", params)
    bucket = terms.bucket_name(face, params)
    chosen: Sequence[Mapping[str, Any]] = params["Delete"].get("Objects") or ()
    if not 1 <= len(chosen) <= MAX_BATCH:
        raise errors.malformed_xml()
    wanted: dict[int, Deletion] = {}
    outcomes: dict[int, Deleted | ApiError] = {}
    for place, entry in enumerate(chosen):
        names.check_key(entry["Key"])
        try:
            wanted[place] = _deletion(call, entry)
        except ApiError as refused:
            outcomes[place] = refused
    outcomes |= zip(wanted, face.delete(bucket, list(wanted.values())), strict=True)
    deleted: list[dict[str, Any]] = []
    reasons: list[dict[str, Any]] = []
    for place, entry in enumerate(chosen):
        outcome = outcomes[place]
        if isinstance(outcome, ApiError):
            reasons.append(_named(entry) | {"Code": outcome.code, "Message": outcome.message})
        else:
            deleted.append(_named(entry) | view.deleted_entry(outcome))
    return {
        **({} if params["Delete"].get("Quiet") else {"Deleted": deleted}),
        **({"Errors": reasons} if reasons else {}),
    }


def _deletion(call: Call, entry: Mapping[str, Any]) -> Deletion:
    """What is to be deleted. Raises the reason for which it must stay, if there is one."""
    if (denied := call.refused.get(names.version_of(entry))) is not None:
        raise denied
    for element in ("LastModifiedTime", "Size"):
        if element in entry:
            raise errors.not_implemented(element)
    version = entry.get("VersionId")
    try:
        names.check_version(version)
    except ApiError as unknown:
        raise errors.no_such_version(entry["Key"], entry["VersionId"]) from unknown
    return Deletion(key=entry["Key"], version=version, condition=_condition(version, entry.get("ETag"), "ETag"))


def _condition(version: str | None, etag: str | None, name: str) -> WriteCondition:
    """What must hold of the object that is deleted. Conditions are about the current version alone (S3 user guide, "How
    to perform conditional deletes"): raises NotImplemented for another, as S3 does."""
    if version is not None and etag is not None:
        raise errors.not_implemented(name, etag)
    return WriteCondition(etag=None if etag is None else conditions.unquoted(etag))


def _named(entry: Mapping[str, Any]) -> dict[str, Any]:
    return {name: entry[name] for name in ("Key", "VersionId") if name in entry}
