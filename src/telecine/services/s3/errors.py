"""S3's errors in AWS's codes, words and statuses (S3 API reference, "Error responses", "List of error codes").

Further members of an error (`BucketName`, `Key`, …) are those that S3 puts into the `<Error>` element.
"""

from collections.abc import Sequence
from datetime import datetime
from email.utils import format_datetime

from telecine.core.errors import ApiError, TelecineError
from telecine.wire.validate import Rule, Violation


class PublicPolicyBlocked(TelecineError):
    """A policy would open a bucket to everybody, and the bucket's settings forbid that."""


def no_such_bucket(bucket: str) -> ApiError:
    return ApiError("NoSuchBucket", "The specified bucket does not exist", status=404, fields={"BucketName": bucket})


def no_such_key(key: str) -> ApiError:
    return ApiError("NoSuchKey", "The specified key does not exist.", status=404, fields={"Key": key})


def no_such_upload(upload_id: str) -> ApiError:
    return ApiError(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
        "completed.",
        status=404,
        fields={"UploadId": upload_id},
    )


def no_such_version(key: str, version_id: str) -> ApiError:
    return ApiError(
        "NoSuchVersion",
        "The specified version does not exist.",
        status=404,
        fields={"Key": key, "VersionId": version_id},
    )


def deleted(key: str, marker: str) -> ApiError:
    """The current version of `key` is the delete marker `marker`."""
    gone = no_such_key(key)
    headers = {"x-amz-delete-marker": "true", "x-amz-version-id": marker}
    return ApiError(gone.code, gone.message, status=gone.status, fields=gone.fields, headers=headers)


def is_delete_marker(key: str, marker: str, made_at: datetime) -> ApiError:
    """What is asked for by its version, `marker`, is a delete marker, which can only be deleted."""
    return ApiError(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        status=405,
        fields={"Key": key, "ResourceType": "DeleteMarker"},
        headers={
            "x-amz-delete-marker": "true",
            "x-amz-version-id": marker,
            "Allow": "DELETE",
            "Last-Modified": format_datetime(made_at, usegmt=True),
        },
    )


def versions_not_empty(bucket: str) -> ApiError:
    """Versions or delete markers are left."""
    return ApiError(
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
        status=409,
        fields={"BucketName": bucket},
    )


def invalid_tag(message: str, key: str, value: str) -> ApiError:
    return ApiError("InvalidTag", message, fields={"TagKey": key, "TagValue": value})


def invalid_tagging_header(header: str) -> ApiError:
    return invalid_argument(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name "
        "duplicates.",
        "x-amz-tagging",
        header,
    )


def too_many_tags(message: str) -> ApiError:
    return ApiError("BadRequest", message)


def tag_governed() -> ApiError:
    """Our words: S3 documents the refusal, but not its text."""
    return invalid_request(
        "The tags of a bucket with ABAC enabled cannot be changed by PutBucketTagging and DeleteBucketTagging. Disable "
        "ABAC with PutBucketAbac first."
    )


def no_such_tag_set(bucket: str) -> ApiError:
    return ApiError("NoSuchTagSet", "The TagSet does not exist", status=404, fields={"BucketName": bucket})


def illegal_versioning() -> ApiError:
    return ApiError(
        "IllegalVersioningConfigurationException",
        "The Versioning element must be specified",
    )


def cors_refused(reason: str, method: str, *, is_object: bool) -> ApiError:
    return ApiError(
        "AccessForbidden",
        f"CORSResponse: {reason}",
        status=403,
        fields={"Method": method, "ResourceType": "OBJECT" if is_object else "BUCKET"},
    )


def no_origin() -> ApiError:
    return ApiError("BadRequest", "Insufficient information. Origin request header needed.")


def no_cors_method(method: str | None) -> ApiError:
    return ApiError("BadRequest", f"Invalid Access-Control-Request-Method: {method or 'null'}")


def public_acl() -> ApiError:
    """The bucket takes no ACL that opens anything to everybody."""
    return ApiError(
        "AccessDenied",
        "Access Denied: public ACLs are prevented by the BlockPublicAcls setting in S3 Block Public Access",
        status=403,
    )


def public_acl_on_new_bucket() -> ApiError:
    return ApiError(
        "InvalidBucketAclWithBlockPublicAccessError",
        "Bucket cannot have public ACLs set with BlockPublicAccess enabled",
    )


def missing_acl() -> ApiError:
    return ApiError("MissingSecurityHeader", "Your request was missing a required header")


def foreign_object(ownership: str) -> ApiError:
    """Our words: the object would belong to its writer, and here every object belongs to its bucket's owner."""
    return ApiError(
        "NotImplemented",
        f"With ObjectOwnership {ownership} the object would belong to the account that writes it, which is not "
        "implemented. Set BucketOwnerEnforced on the bucket, or BucketOwnerPreferred and write with the ACL "
        "bucket-owner-full-control.",
        status=501,
    )


def bucket_taken(bucket: str) -> ApiError:
    return ApiError(
        "BucketAlreadyExists",
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again.",
        status=409,
        fields={"BucketName": bucket},
    )


def bucket_owned_by_you(bucket: str) -> ApiError:
    return ApiError(
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
        status=409,
        fields={"BucketName": bucket},
    )


def bucket_not_empty(bucket: str) -> ApiError:
    return ApiError(
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty",
        status=409,
        fields={"BucketName": bucket},
    )


def invalid_bucket_name(bucket: str) -> ApiError:
    return ApiError("InvalidBucketName", "The specified bucket is not valid.", fields={"BucketName": bucket})


def illegal_location(constraint: str | None) -> ApiError:
    """The region asked for, or left open (None), is not the one that this server is."""
    return ApiError(
        "IllegalLocationConstraintException",
        f"The {constraint or 'unspecified'} location constraint is incompatible for the region specific endpoint this "
        "request was sent to.",
    )


def invalid_location(constraint: str) -> ApiError:
    return ApiError(
        "InvalidLocationConstraint",
        "The specified location-constraint is not valid",
        fields={"LocationConstraint": constraint},
    )


def acl_on_owned_bucket() -> ApiError:
    return ApiError(
        "InvalidBucketAclWithObjectOwnership",
        "Bucket cannot have ACLs set with ObjectOwnership's BucketOwnerEnforced setting",
    )


def acl_not_supported() -> ApiError:
    """The bucket has its owner's ownership enforced, so only ACLs that change nothing are taken."""
    return ApiError("AccessControlListNotSupported", "The bucket does not allow ACLs")


def not_implemented(name: str, value: str | None = None) -> ApiError:
    """`name` is the header (or element) that asks for what we do not do, `value` what it asks for.

    S3 gives the name in `Header` alone; clients show nothing but the message, so it stands there too.
    """
    shown = name if value is None else f"{name}: {value}"
    return ApiError(
        "NotImplemented",
        f"A header you provided implies functionality that is not implemented: {shown}",
        status=501,
        fields={"Header": name},
    )


def access_denied() -> ApiError:
    """The bucket is not of the account that the caller expects (`x-amz-expected-bucket-owner`)."""
    return ApiError("AccessDenied", "Access Denied", status=403)


def store_full() -> ApiError:
    """There is no room for an object: none on the disk, or none within the owner's quota of it.

    S3 is never full and has no words for it. 503 is what SDKs try again after a while, and by then room may have been
    made; they give up at once on 507, which says so in HTTP.
    """
    return ApiError("ServiceUnavailable", "The disk of this server is full. Please try again later.", status=503)


def store_unavailable(reason: str) -> ApiError:
    """The disk refused to do its work; `reason` is the system's own word for it."""
    return ApiError(
        "ServiceUnavailable",
        f"The disk of this server cannot be used ({reason}). Please try again later.",
        status=503,
    )


def malformed_policy(message: str, principal: str | None = None) -> ApiError:
    """`principal` is the one that does not exist."""
    fields = {} if principal is None else {"Detail": f'"AWS" : "{principal}"'}
    return ApiError("MalformedPolicy", message, fields=fields)


def policy_too_large() -> ApiError:
    return malformed_policy("Policy exceeds the maximum allowed document size.")


def no_such_policy(bucket: str) -> ApiError:
    return ApiError("NoSuchBucketPolicy", "The bucket policy does not exist", status=404, fields={"BucketName": bucket})


def no_public_access_block(bucket: str) -> ApiError:
    return ApiError(
        "NoSuchPublicAccessBlockConfiguration",
        "The public access block configuration was not found",
        status=404,
        fields={"BucketName": bucket},
    )


def public_policy(caller: str, bucket_arn: str) -> ApiError:
    """The bucket takes no policy that opens it to everybody."""
    return ApiError(
        "AccessDenied",
        f'User: {caller} is not authorized to perform: s3:PutBucketPolicy on resource: "{bucket_arn}" because public '
        "policies are prevented by the BlockPublicPolicy setting in S3 Block Public Access",
        status=403,
    )


def owners_alone(method: str) -> ApiError:
    """Whatever a bucket policy grants, callers of other accounts cannot work on the policy itself."""
    return ApiError(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        status=405,
        fields={"Method": method, "ResourceType": "BUCKETPOLICY"},
    )


def anonymous(what: str) -> ApiError:
    """`what` nobody does without a name, whatever a policy grants."""
    return ApiError("AccessDenied", f"Anonymous users cannot {what}.  Please authenticate.", status=403)


def invalid_argument(message: str, name: str, value: str) -> ApiError:
    return ApiError("InvalidArgument", message, fields={"ArgumentName": name, "ArgumentValue": value})


def invalid_token(name: str, token: str) -> ApiError:
    return invalid_argument("The continuation token provided is incorrect", name, token)


def invalid_request(message: str) -> ApiError:
    return ApiError("InvalidRequest", message)


def malformed_xml() -> ApiError:
    return ApiError(
        "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
    )


def invalid_uri() -> ApiError:
    return ApiError("InvalidURI", "Couldn't parse the specified URI.")


def key_too_long(size: int, limit: int) -> ApiError:
    return ApiError("KeyTooLongError", "Your key is too long", fields={"Size": str(size), "MaxSizeAllowed": str(limit)})


def metadata_too_large(size: int, limit: int) -> ApiError:
    return ApiError(
        "MetadataTooLarge",
        "Your metadata headers exceed the maximum allowed metadata size",
        fields={"Size": str(size), "MaxSizeAllowed": str(limit)},
    )


def missing_content_length() -> ApiError:
    return ApiError("MissingContentLength", "You must provide the Content-Length HTTP header.", status=411)


def entity_too_large(size: int, limit: int) -> ApiError:
    return ApiError(
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed size",
        fields={"ProposedSize": str(size), "MaxSizeAllowed": str(limit)},
    )


def copy_source_too_large(limit: int) -> ApiError:
    return invalid_request(
        f"The specified copy source is larger than the maximum allowable size for a copy source: {limit}"
    )


def incomplete_body() -> ApiError:
    return ApiError(
        "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"
    )


def malformed_trailer() -> ApiError:
    """What follows a body is not what its head had promised."""
    return ApiError(
        "MalformedTrailerError",
        "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    )


def invalid_digest(header: str, value: str) -> ApiError:
    return ApiError("InvalidDigest", f"The {header} you specified was invalid.", fields={header: value})


def bad_digest(name: str, expected: str, calculated: str) -> ApiError:
    """`name` is `Content-MD5` or an algorithm such as `CRC32`."""
    did_not = "did not match what we received." if name == "Content-MD5" else "did not match the calculated checksum."
    return ApiError(
        "BadDigest",
        f"The {name} you specified {did_not}",
        fields={"ExpectedDigest": expected, "CalculatedDigest": calculated},
    )


def checksum_type_mismatch(expected: str | None, actual: str | None) -> ApiError:
    """An upload was created for one checksum algorithm and a part or its completion brings another, or none."""
    return invalid_request(
        f"Checksum Type mismatch occurred, expected checksum Type: {(expected or 'null').lower()}, "
        f"actual checksum Type: {(actual or 'null').lower()}"
    )


def precondition_failed(condition: str) -> ApiError:
    return ApiError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        status=412,
        fields={"Condition": condition},
    )


def not_modified() -> ApiError:
    """Not a fault, but an answer without a body: the caller's copy is still good."""
    return ApiError("NotModified", "Not Modified", status=304)


def invalid_range(asked: str, size: int) -> ApiError:
    return ApiError(
        "InvalidRange",
        "The requested range is not satisfiable",
        status=416,
        fields={"RangeRequested": asked, "ActualObjectSize": str(size)},
    )


def invalid_part_number(asked: int, count: int) -> ApiError:
    return ApiError(
        "InvalidPartNumber",
        "The requested partnumber is not satisfiable",
        status=416,
        fields={"PartNumberRequested": str(asked), "ActualPartCount": str(count)},
    )


def invalid_part(upload_id: str, number: int, etag: str) -> ApiError:
    return ApiError(
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
        "specified entity tag may not match the part's entity tag.",
        fields={"UploadId": upload_id, "PartNumber": str(number), "ETag": etag},
    )


def invalid_part_order(upload_id: str) -> ApiError:
    return ApiError(
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
        fields={"UploadId": upload_id},
    )


def entity_too_small(size: int, limit: int, number: int, etag: str) -> ApiError:
    return ApiError(
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
        fields={
            "ProposedSize": str(size),
            "MinSizeAllowed": str(limit),
            "PartNumber": str(number),
            "ETag": etag,
        },
    )


def unknown_checksum_algorithm() -> ApiError:
    return invalid_request(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
        "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
    )


_PART_NUMBER = "Part number must be an integer between 1 and 10000, inclusive"
_WORDS = {
    "encoding-type": "Invalid Encoding Method specified in Request",
    "x-amz-metadata-directive": "Unknown metadata directive.",
    "x-amz-tagging-directive": "Unknown tagging directive.",
    "x-amz-server-side-encryption": "The encryption method specified is not supported",
    "max-keys": "Provided max-keys not an integer or within integer range",
    "max-parts": "Provided max-parts not an integer or within integer range",
    "max-uploads": "Provided max-uploads not an integer or within integer range",
    "part-number-marker": "Provided part-number-marker not an integer or within integer range",
    "partNumber": _PART_NUMBER,
}
"""S3's words for a header or query parameter with a value outside its type, range or closed set."""


def invalid_part_number_argument(value: int) -> ApiError:
    return invalid_argument(_PART_NUMBER, "partNumber", str(value))


def invalid(violations: Sequence[Violation]) -> ApiError:
    """How S3 words a violation of its model's constraints: the first one found, in the code of its kind."""
    violation = violations[0]
    name = "" if violation.member is not None or not violation.path else str(violation.path[0])
    value = "" if violation.value is None else str(violation.value)
    if violation.path and violation.path[-1] == "locationConstraint":
        return invalid_location(value)
    if violation.rule is Rule.REQUIRED or len(violation.path) > 1:
        # Headers, labels and query parameters that are required route the request: this is an element of the body.
        return malformed_xml()
    if name == "x-amz-storage-class":
        return ApiError("InvalidStorageClass", "The storage class you specified is not valid")
    if name in {"x-amz-checksum-algorithm", "x-amz-sdk-checksum-algorithm"}:
        return unknown_checksum_algorithm()
    return invalid_argument(_WORDS.get(name, "Invalid Argument"), name, value)
