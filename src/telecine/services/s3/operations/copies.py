"""CopyObject and UploadPartCopy: bytes go from one object to another without leaving the server."""

import re
from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace

from telecine.core.names import ObjectKey
from telecine.services.contract import Call, Params, Result
from telecine.services.s3 import errors, names, tags, view
from telecine.services.s3.checksums import Algorithm, Expected
from telecine.services.s3.model import MAX_PUT_BYTES, Labels, Part, StoredObject, Written
from telecine.services.s3.names import CopySource
from telecine.services.s3.objects import DataKey, Objects, OpenObject
from telecine.services.s3.operations import acl, bodies, conditions, encryption, terms
from telecine.services.s3.operations.multipart import part_number
from telecine.services.s3.ranges import Span

_RANGE = re.compile(r"bytes=(\d{1,19})-(\d{1,19})", re.ASCII)


def copy_object(face: Objects, call: Call, params: Params) -> Result:
    """`CopyObjectResult` with the new object's ETag, time and checksum."""
    terms.check("CopyObject", params)
    source, bucket = _source(face, params), terms.bucket(face, params)
    canned = acl.of_write(bucket, call, params)
    key = ObjectKey(names.check_key(params["Key"]))
    replaces = params.get("MetadataDirective") == "REPLACE"
    is_same = (source.bucket, source.key, source.version) == (bucket.name, key, None)
    if is_same and not (replaces or "StorageClass" in params or encryption.is_asked_for(params)):
        raise errors.invalid_request(
            "This copy request is illegal because it is trying to copy an object to itself without changing the "
            "object's metadata, storage class, website redirect location or encryption attributes."
        )
    condition, given = conditions.of_write(params), bodies.description(params)
    retags, tagged = params.get("TaggingDirective") == "REPLACE", tags.of_header(params.get("Tagging"))
    plan = encryption.plan(face, call, params, bucket)

    def choose(stored: StoredObject, _parts: Sequence[Part]) -> Span:
        conditions.check_copy_source(params, stored, call.now)
        encryption.check_readable(face, call, stored)
        return Span(0, stored.size)

    customer = encryption.customer_key(call, params, "CopySource")
    opened = face.open(source.bucket, source.key, choose, source.version, customer)
    # From here on it is to be closed, whatever else is refused: the algorithm, or the key of where it goes.
    with closing(opened.source):
        asked = params.get("ChecksumAlgorithm")
        held = opened.stored.checksum
        kept = None if held is None else held.algorithm
        keep = bodies.supported(asked, "x-amz-checksum-algorithm") if asked else kept
        data_key = face.new_key(plan)
        written = _copied(face, opened, keep, data_key)
    description = given if replaces else replace(opened.stored.description, storage_class=given.storage_class)
    labels = Labels(tags=tagged if retags else opened.stored.tags, acl=canned)
    stored = face.put(bucket, key, written, description, data_key, condition, labels)
    return {
        **view.copy_source_version(opened.stored),
        **view.version(stored),
        **view.encryption(stored.encryption, plan.customer, with_context=True),
        "CopyObjectResult": {
            "ETag": view.quoted(stored.etag),
            "LastModified": stored.modified_at,
            **view.checksum(stored.checksum),
        },
    }


def upload_part_copy(face: Objects, call: Call, params: Params) -> Result:
    """`CopyPartResult` with the part's ETag, time and checksum."""
    terms.check("UploadPartCopy", params)
    number = part_number(params)
    source, bucket = _source(face, params), terms.bucket_name(face, params)
    upload = face.uploads.get(bucket, names.check_key(params["Key"]), names.check_text(params["UploadId"]))
    customer = encryption.customer_key_of_part(face, call, params)
    encryption.check_readable(face, call, upload)
    data_key = face.uploads.data_key(upload, customer)

    def choose(stored: StoredObject, _parts: Sequence[Part]) -> Span:
        conditions.check_copy_source(params, stored, call.now)
        encryption.check_readable(face, call, stored)
        return _source_span(params.get("CopySourceRange"), stored.size)

    source_key = encryption.customer_key(call, params, "CopySource")
    opened = face.open(source.bucket, source.key, choose, source.version, source_key)
    with closing(opened.source):
        written = _copied(face, opened, upload.algorithm, data_key)
    part = face.uploads.put_part(upload, number, written)
    return {
        **view.copy_source_version(opened.stored),
        **view.encryption(upload.encryption, customer),
        "CopyPartResult": {
            "ETag": view.quoted(part.written.etag),
            "LastModified": part.modified_at,
            **view.part_checksum(part.written.checksum),
        },
    }


def _source(face: Objects, params: Params) -> CopySource:
    source = names.parse_copy_source(params["CopySource"])
    if "ExpectedSourceBucketOwner" in params:
        terms.check_owner(face.buckets.get(source.bucket), params["ExpectedSourceBucketOwner"])
    return source


def _source_span(header: str | None, size: int) -> Span:
    """The bytes that `x-amz-copy-source-range` asks for: unlike a `Range`, both ends are given and inside."""
    if header is None:
        return Span(0, size)
    match = _RANGE.fullmatch(header)
    if match is None or int(match.group(2)) < int(match.group(1)):
        raise errors.invalid_argument(
            "The x-amz-copy-source-range value must be of the form bytes=first-last where first and last are the "
            "zero-based offsets of the first and last bytes to copy",
            "x-amz-copy-source-range",
            header,
        )
    first, last = int(match.group(1)), int(match.group(2))
    if last >= size:
        raise errors.invalid_argument(
            f"Range specified is not valid for source object of size: {size}", "x-amz-copy-source-range", header
        )
    return Span(first, last - first + 1)


def _copied(face: Objects, opened: OpenObject, keep: Algorithm | None, data_key: DataKey | None) -> Written:
    """A new file with the opened bytes, under `data_key`, that of where they go.

    Raises InvalidRequest when they are more than 5 GiB.
    """
    if opened.span.length > MAX_PUT_BYTES:
        raise errors.copy_source_too_large(MAX_PUT_BYTES)
    incoming = face.receive(Expected(length=opened.span.length, keep=keep), data_key)
    try:
        while block := opened.source.read():
            incoming.write(block)
        return incoming.keep()
    except BaseException:
        incoming.drop()
        raise
