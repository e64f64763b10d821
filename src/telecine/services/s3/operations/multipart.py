"""CreateMultipartUpload, UploadPart, CompleteMultipartUpload, AbortMultipartUpload, ListMultipartUploads, ListParts."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any
from urllib.parse import quote

from telecine.policy import PrincipalKind
from telecine.services.contract import Call, Caller, Params, Result
from telecine.services.iam.model import canonical_id
from telecine.services.s3 import errors, names, tags, view
from telecine.services.s3.access.uploads import initiator_identity
from telecine.services.s3.assembly import Completion
from telecine.services.s3.checksums import Algorithm, Extent, extent_of
from telecine.services.s3.listing import Place
from telecine.services.s3.model import (
    MAX_PARTS,
    ClaimedPart,
    Initiator,
    Labels,
    StoredObject,
    Upload,
    Written,
)
from telecine.services.s3.objects import Objects
from telecine.services.s3.operations import acl, bodies, conditions, encryption, terms
from telecine.services.s3.operations.listings import behind, page_size
from telecine.wire.http import Sink


def create_multipart_upload(face: Objects, call: Call, params: Params) -> Result:
    terms.check("CreateMultipartUpload", params)
    bucket, key = terms.bucket(face, params), names.check_key(params["Key"])
    labels = Labels(tags=tags.of_header(params.get("Tagging")), acl=acl.of_write(bucket, call, params))
    algorithm, extent = _promised(params)
    plan = encryption.plan(face, call, params, bucket)
    upload = face.uploads.begin(
        bucket.name,
        key,
        _initiator(call.caller),
        bodies.description(params),
        plan=plan,
        algorithm=algorithm,
        extent=extent,
        labels=labels,
    )
    return {
        "Bucket": upload.bucket,
        "Key": upload.key,
        "UploadId": upload.id,
        **view.upload_checksum(upload),
        **view.encryption(upload.encryption, plan.customer, with_context=True),
    }


def _promised(params: Params) -> tuple[Algorithm | None, Extent | None]:
    """The checksum that the parts will carry, and what the object's will be computed over."""
    asked = params.get("ChecksumType")
    if "ChecksumAlgorithm" not in params:
        if asked is not None:
            raise errors.invalid_request(
                "The x-amz-checksum-type header can only be used with the x-amz-checksum-algorithm header."
            )
        return None, None
    algorithm = bodies.supported(params["ChecksumAlgorithm"], "x-amz-checksum-algorithm")
    return algorithm, extent_of(algorithm, None if asked is None else Extent(asked))


def _initiator(caller: Caller) -> Initiator:
    principal = caller.principal
    identity = initiator_identity(caller)
    if principal.arn is None or principal.kind is PrincipalKind.ROOT:
        return Initiator(id=canonical_id(principal.account or ""), display_name=None, identity=identity)
    name = principal.arn.rpartition("/")[2]
    return Initiator(id=principal.arn, display_name=name, identity=identity)


def upload_part(face: Objects, call: Call, params: Params) -> Sink:
    """A sink whose result is the part's `ETag` and checksum."""
    terms.check("UploadPart", params)
    number = part_number(params)
    upload = _upload(face, params)
    expected = bodies.expected(call, params)
    if expected.keep is None and upload.extent is Extent.FULL_OBJECT:
        # The client may leave it to us to compute what the whole object's will be made of.
        expected = replace(expected, keep=upload.algorithm)
    # A part carries the checksum that its upload was created for.
    if upload.algorithm is not None and expected.keep is not upload.algorithm:
        raise errors.checksum_type_mismatch(upload.algorithm, expected.keep)

    customer = encryption.customer_key_of_part(face, call, params)
    encryption.check_readable(face, call, upload)
    data_key = face.uploads.data_key(upload, customer)

    def put(written: Written) -> dict[str, object]:
        return {
            **view.upload_part(face.uploads.put_part(upload, number, written).written),
            **view.encryption(upload.encryption, customer),
        }

    return bodies.receive(face, expected, data_key, put)


def part_number(params: Params) -> int:
    """Raises InvalidArgument."""
    number: int = params["PartNumber"]
    if not 1 <= number <= MAX_PARTS:
        raise errors.invalid_part_number_argument(number)
    return number


def complete_multipart_upload(face: Objects, call: Call, params: Params) -> Result:
    terms.check("CompleteMultipartUpload", params)
    bucket = terms.bucket_name(face, params)
    entries = (params.get("MultipartUpload") or {}).get("Parts") or ()
    if not entries:
        raise errors.malformed_xml()
    completion = Completion(
        claims=[_claim(entry) for entry in entries],
        checksums={algorithm: params[algorithm.member] for algorithm in Algorithm if algorithm.member in params},
        extent=Extent(params["ChecksumType"]) if "ChecksumType" in params else None,
        size=params.get("MpuObjectSize"),
    )
    _check_customer(face, call, params)
    stored = face.uploads.complete(
        bucket,
        names.check_key(params["Key"]),
        names.check_text(params["UploadId"]),
        completion,
        conditions.of_write(params),
    )
    return _completed(call, stored)


def _check_customer(face: Objects, call: Call, params: Params) -> None:
    """Raise InvalidRequest for a customer's key that is not the upload's; without one there is nothing to compare."""
    customer = encryption.customer_key(call, params)
    upload = None if customer is None else face.uploads.find(params["Bucket"], params["Key"], params["UploadId"])
    if upload is not None:
        face.uploads.data_key(upload, customer)


def _completed(call: Call, stored: StoredObject) -> Result:
    return {
        "Location": f"{call.base_url}/{stored.bucket}/{quote(stored.key, safe='/-_.~')}",
        "Bucket": stored.bucket,
        "Key": stored.key,
        "ETag": view.quoted(stored.etag),
        **view.version(stored),
        **view.checksum(stored.checksum),
        **view.encryption(stored.encryption, None),
    }


def _claim(entry: Mapping[str, Any]) -> ClaimedPart:
    if "PartNumber" not in entry or "ETag" not in entry:
        raise errors.malformed_xml()
    for member in entry:
        if member in terms.HEADERS:
            raise errors.not_implemented(member)
    return ClaimedPart(
        number=entry["PartNumber"],
        etag=conditions.unquoted(entry["ETag"]),
        checksums={algorithm: entry[algorithm.member] for algorithm in Algorithm if algorithm.member in entry},
    )


def abort_multipart_upload(face: Objects, _call: Call, params: Params) -> Result:
    terms.check("AbortMultipartUpload", params)
    bucket = terms.bucket_name(face, params)
    face.uploads.abort(bucket, names.check_key(params["Key"]), names.check_text(params["UploadId"]))
    return {}


def list_parts(face: Objects, call: Call, params: Params) -> Result:
    """The parts uploaded so far, by number, those above `PartNumberMarker`."""
    terms.check("ListParts", params)
    bucket = terms.bucket(face, params)
    upload = _upload(face, params)
    _check_customer(face, call, params)
    encryption.check_readable(face, call, upload)
    limit = page_size(params, "MaxParts", "max-parts")
    after = params.get("PartNumberMarker", 0)
    if after < 0:
        raise errors.invalid_argument(
            "Argument part-number-marker must be an integer between 0 and 2147483647",
            "part-number-marker",
            str(after),
        )
    found = face.uploads.parts(upload, after=after, limit=limit + 1)
    shown = found[:limit]
    return {
        "Bucket": upload.bucket,
        "Key": upload.key,
        "UploadId": upload.id,
        "PartNumberMarker": after,
        "NextPartNumberMarker": shown[-1].number if shown else 0,
        "MaxParts": limit,
        "IsTruncated": limit > 0 and len(found) > limit,
        "Parts": [view.listed_part(part) for part in shown],
        "Initiator": view.initiator(upload),
        "Owner": view.owner(bucket.account),
        "StorageClass": upload.description.storage_class,
        **view.upload_checksum(upload),
    }


def list_multipart_uploads(face: Objects, _call: Call, params: Params) -> Result:
    """Uploads under way by key, those of one key by age; behind `KeyMarker`, or behind that upload of it."""
    terms.check("ListMultipartUploads", params)
    bucket = terms.bucket(face, params)
    prefix, delimiter, marker, upload_marker = (
        names.check_text(params.get(member, "")) for member in ("Prefix", "Delimiter", "KeyMarker", "UploadIdMarker")
    )
    encoding = params.get("EncodingType")
    limit = page_size(params, "MaxUploads", "max-uploads")
    start = behind(marker, prefix, delimiter)
    if marker and upload_marker and not start.is_included:
        start = Place(marker, is_included=False, tie=upload_marker)
    page = face.uploads.list(bucket.name, prefix=prefix, delimiter=delimiter, start=start, limit=limit)
    result: dict[str, Any] = {
        "Bucket": bucket.name,
        "KeyMarker": view.encoded(marker, encoding),
        "UploadIdMarker": upload_marker if marker else "",
        "Prefix": view.encoded(prefix, encoding),
        "MaxUploads": limit,
        "IsTruncated": page.following is not None,
        "Uploads": [view.listed_upload(upload, encoding, bucket.account) for upload in page.rows],
        "CommonPrefixes": [{"Prefix": view.encoded(group, encoding)} for group in page.prefixes],
    }
    if delimiter:
        result["Delimiter"] = view.encoded(delimiter, encoding)
    if encoding is not None:
        result["EncodingType"] = encoding
    if page.following is not None and page.last is not None:
        last = page.last
        result["NextKeyMarker"] = view.encoded(last if isinstance(last, str) else last.key, encoding)
        result["NextUploadIdMarker"] = "" if isinstance(last, str) else last.id
    return result


def _upload(face: Objects, params: Params) -> Upload:
    bucket = terms.bucket_name(face, params)
    return face.uploads.get(bucket, names.check_key(params["Key"]), names.check_text(params["UploadId"]))
