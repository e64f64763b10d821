"""Which members of an input each operation honours. Any other member is refused by its header's name, never ignored.

A member with a neutral value, which asks for what happens anyway, is honoured everywhere.
"""

from collections.abc import Mapping

from telecine.core.errors import ApiError
from telecine.services.contract import Params
from telecine.services.s3 import errors
from telecine.services.s3.checksums import Algorithm
from telecine.services.s3.model import Bucket
from telecine.services.s3.objects import Objects

HEADERS: Mapping[str, str] = {
    "AnnotationDirective": "x-amz-object-annotation-directive",
    "BucketNamespace": "x-amz-bucket-namespace",
    "BypassGovernanceRetention": "x-amz-bypass-governance-retention",
    "ChecksumMD5": "x-amz-checksum-md5",
    "ChecksumSHA512": "x-amz-checksum-sha512",
    "ChecksumXXHASH128": "x-amz-checksum-xxhash128",
    "ChecksumXXHASH3": "x-amz-checksum-xxhash3",
    "ChecksumXXHASH64": "x-amz-checksum-xxhash64",
    "IfMatchInitiatedTime": "x-amz-if-match-initiated-time",
    "IfMatchLastModifiedTime": "x-amz-if-match-last-modified-time",
    "IfMatchSize": "x-amz-if-match-size",
    "MFA": "x-amz-mfa",
    "ObjectLockEnabledForBucket": "x-amz-bucket-object-lock-enabled",
    "ObjectLockEventHold": "x-amz-object-lock-event-hold",
    "ObjectLockEventHoldDurationDays": "x-amz-object-lock-event-hold-duration-days",
    "ObjectLockEventHoldDurationYears": "x-amz-object-lock-event-hold-duration-years",
    "ObjectLockLegalHoldStatus": "x-amz-object-lock-legal-hold",
    "ObjectLockMode": "x-amz-object-lock-mode",
    "ObjectLockRetainUntilDate": "x-amz-object-lock-retain-until-date",
    "WebsiteRedirectLocation": "x-amz-website-redirect-location",
    "WriteOffsetBytes": "x-amz-write-offset-bytes",
}
"""The headers of members that no operation honours yet."""

_NEUTRAL: Mapping[str, frozenset[object]] = {
    "BucketNamespace": frozenset({"global"}),
    "BypassGovernanceRetention": frozenset({False}),
    "ObjectLockEnabledForBucket": frozenset({False}),
}
"""Values that ask for what happens anyway."""

# ACLs are taken or refused as the bucket's ownership has it: see `acl`.
_OBJECT_ACL = frozenset({"ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP"})
_BUCKET_ACL = _OBJECT_ACL | {"GrantWrite"}
_BUCKET = frozenset({"Bucket", "ExpectedBucketOwner"})
# Checksums of a request's whole body, not of an object: the edge compares what was signed, and Content-MD5.
_CONFIGURATION = _BUCKET | {"ChecksumAlgorithm", "ContentMD5"}
# Requests are never charged to the requester, so a caller that offers to pay (RequestPayer) gets what it asks for.
_PAID = _BUCKET | {"RequestPayer"}
_OBJECT = _PAID | {"Key"}
_SUMS = frozenset(algorithm.member for algorithm in Algorithm)
_BODY = _SUMS | {"Body", "ChecksumAlgorithm", "ContentLength", "ContentMD5"}
_DESCRIPTION = frozenset(
    {
        "CacheControl",
        "ContentDisposition",
        "ContentEncoding",
        "ContentLanguage",
        "ContentType",
        "Expires",
        "Metadata",
        "StorageClass",
    }
)
_CUSTOMER_KEY = frozenset({"SSECustomerAlgorithm", "SSECustomerKey", "SSECustomerKeyMD5"})
_ENCRYPTION = _CUSTOMER_KEY | {"BucketKeyEnabled", "SSEKMSEncryptionContext", "SSEKMSKeyId", "ServerSideEncryption"}
_WRITE_CONDITION = frozenset({"IfMatch", "IfNoneMatch"})
_READ = (
    _OBJECT
    | _CUSTOMER_KEY
    | {
        "ChecksumMode",
        "IfMatch",
        "IfModifiedSince",
        "IfNoneMatch",
        "IfUnmodifiedSince",
        "PartNumber",
        "Range",
        "ResponseCacheControl",
        "ResponseContentDisposition",
        "ResponseContentEncoding",
        "ResponseContentLanguage",
        "ResponseContentType",
        "ResponseExpires",
        "VersionId",
    }
)
# OptionalObjectAttributes can ask for one thing, the state of a restore, which only archived objects have.
_LIST = _PAID | {"Delimiter", "EncodingType", "MaxKeys", "OptionalObjectAttributes", "Prefix"}
_SOURCE = frozenset(
    {
        "CopySource",
        "CopySourceIfMatch",
        "CopySourceIfModifiedSince",
        "CopySourceIfNoneMatch",
        "CopySourceIfUnmodifiedSince",
        "CopySourceSSECustomerAlgorithm",
        "CopySourceSSECustomerKey",
        "CopySourceSSECustomerKeyMD5",
        "ExpectedSourceBucketOwner",
    }
)
_UPLOAD = _OBJECT | {"UploadId"}

HONOURED: Mapping[str, frozenset[str]] = {
    "AbortMultipartUpload": _UPLOAD,
    "CompleteMultipartUpload": _UPLOAD
    | _CUSTOMER_KEY
    | _SUMS
    | _WRITE_CONDITION
    | {"ChecksumType", "MpuObjectSize", "MultipartUpload"},
    "CopyObject": _OBJECT
    | _SOURCE
    | _DESCRIPTION
    | _ENCRYPTION
    | _WRITE_CONDITION
    | _OBJECT_ACL
    | {"ChecksumAlgorithm", "MetadataDirective", "Tagging", "TaggingDirective"},
    "CreateBucket": _BUCKET_ACL | {"Bucket", "CreateBucketConfiguration", "ObjectOwnership"},
    "CreateMultipartUpload": _OBJECT
    | _DESCRIPTION
    | _ENCRYPTION
    | _OBJECT_ACL
    | {"ChecksumAlgorithm", "ChecksumType", "Tagging"},
    "DeleteBucket": _BUCKET,
    "DeleteBucketCors": _BUCKET,
    "DeleteBucketEncryption": _BUCKET,
    "DeleteBucketLifecycle": _BUCKET,
    "DeleteBucketOwnershipControls": _BUCKET,
    "DeleteBucketPolicy": _BUCKET,
    "DeleteBucketTagging": _BUCKET,
    "DeleteObject": _OBJECT | {"IfMatch", "VersionId"},
    # Its checksum is of the request's body, not of an object: the edge compares it.
    "DeleteObjects": _PAID | {"ChecksumAlgorithm", "Delete"},
    "DeleteObjectTagging": _BUCKET | {"Key", "VersionId"},
    "DeletePublicAccessBlock": _BUCKET,
    "GetBucketAbac": _BUCKET,
    "GetBucketAccelerateConfiguration": _PAID,
    "GetBucketAcl": _BUCKET,
    "GetBucketAnalyticsConfiguration": _BUCKET | {"Id"},
    "GetBucketCors": _BUCKET,
    "GetBucketEncryption": _BUCKET,
    "GetBucketIntelligentTieringConfiguration": _BUCKET | {"Id"},
    "GetBucketInventoryConfiguration": _BUCKET | {"Id"},
    "GetBucketLifecycleConfiguration": _BUCKET,
    "GetBucketLocation": _BUCKET,
    "GetBucketLogging": _BUCKET,
    "GetBucketMetricsConfiguration": _BUCKET | {"Id"},
    "GetBucketNotificationConfiguration": _BUCKET,
    "GetBucketOwnershipControls": _BUCKET,
    "GetBucketPolicy": _BUCKET,
    "GetBucketPolicyStatus": _BUCKET,
    "GetBucketReplication": _BUCKET,
    "GetBucketRequestPayment": _BUCKET,
    "GetBucketTagging": _BUCKET,
    "GetBucketVersioning": _BUCKET,
    "GetBucketWebsite": _BUCKET,
    "GetObject": _READ,
    "GetObjectAttributes": _OBJECT | _CUSTOMER_KEY | {"MaxParts", "ObjectAttributes", "PartNumberMarker", "VersionId"},
    "GetObjectAcl": _OBJECT | {"VersionId"},
    "GetObjectLockConfiguration": _BUCKET,
    "GetObjectTagging": _OBJECT | {"VersionId"},
    "GetPublicAccessBlock": _BUCKET,
    "HeadBucket": _BUCKET,
    "HeadObject": _READ,
    "ListBucketAnalyticsConfigurations": _BUCKET | {"ContinuationToken"},
    "ListBucketIntelligentTieringConfigurations": _BUCKET | {"ContinuationToken"},
    "ListBucketInventoryConfigurations": _BUCKET | {"ContinuationToken"},
    "ListBucketMetricsConfigurations": _BUCKET | {"ContinuationToken"},
    "ListBuckets": frozenset({"BucketRegion", "ContinuationToken", "MaxBuckets", "Prefix"}),
    "ListMultipartUploads": _PAID
    | {"Delimiter", "EncodingType", "KeyMarker", "MaxUploads", "Prefix", "UploadIdMarker"},
    "ListObjectVersions": _LIST | {"KeyMarker", "VersionIdMarker"},
    "ListObjects": _LIST | {"Marker"},
    "ListObjectsV2": _LIST | {"ContinuationToken", "FetchOwner", "StartAfter"},
    "ListParts": _UPLOAD | _CUSTOMER_KEY | {"MaxParts", "PartNumberMarker"},
    "PutBucketAbac": _CONFIGURATION | {"AbacStatus"},
    "PutBucketAcl": _CONFIGURATION | _BUCKET_ACL | {"AccessControlPolicy"},
    "PutBucketCors": _CONFIGURATION | {"CORSConfiguration"},
    "PutBucketEncryption": _CONFIGURATION | {"ServerSideEncryptionConfiguration"},
    # Its default minimum size is about transitions, which are refused.
    "PutBucketLifecycleConfiguration": _BUCKET
    | {"ChecksumAlgorithm", "LifecycleConfiguration", "TransitionDefaultMinimumObjectSize"},
    "PutBucketOwnershipControls": _CONFIGURATION | {"OwnershipControls"},
    # Nobody is asked for the confirmation: whoever may write the policy may also lock themselves out with it.
    "PutBucketPolicy": _CONFIGURATION | {"ConfirmRemoveSelfBucketAccess", "Policy"},
    "PutBucketTagging": _CONFIGURATION | {"Tagging"},
    "PutBucketVersioning": _CONFIGURATION | {"VersioningConfiguration"},
    "PutObject": _OBJECT | _BODY | _DESCRIPTION | _ENCRYPTION | _WRITE_CONDITION | _OBJECT_ACL | {"Tagging"},
    "PutObjectAcl": _CONFIGURATION | _BUCKET_ACL | {"AccessControlPolicy", "Key", "RequestPayer", "VersionId"},
    "PutObjectTagging": _CONFIGURATION | {"Key", "RequestPayer", "Tagging", "VersionId"},
    "PutPublicAccessBlock": _CONFIGURATION | {"PublicAccessBlockConfiguration"},
    "UploadPart": _UPLOAD | _BODY | _CUSTOMER_KEY | {"PartNumber"},
    "UploadPartCopy": _UPLOAD | _SOURCE | _CUSTOMER_KEY | {"CopySourceRange", "PartNumber"},
}


def check(operation: str, params: Params) -> None:
    """Raise NotImplemented (501) for the first member that `operation` cannot honour."""
    honoured = HONOURED[operation]
    for member, value in params.items():
        if member in honoured or value in _NEUTRAL.get(member, ()):
            continue
        raise _refusal(member, value)


def _refusal(member: str, value: object) -> ApiError:
    shown = value if member == "StorageClass" and isinstance(value, str) else None
    return errors.not_implemented(HEADERS.get(member, member), shown)


def bucket(face: Objects, params: Params) -> Bucket:
    """The bucket that is meant. Raises NoSuchBucket, or AccessDenied when its owner is not the expected one."""
    found = face.buckets.get(params["Bucket"])
    check_owner(found, params.get("ExpectedBucketOwner"))
    return found


def bucket_name(face: Objects, params: Params) -> str:
    """The name of the bucket that is meant: its row is read only for a caller that expects an owner.

    That it exists the access row has found out, and what changes it finds out again. Raises what `bucket` raises.
    """
    return bucket(face, params).name if "ExpectedBucketOwner" in params else params["Bucket"]


def check_owner(found: Bucket, expected: str | None) -> None:
    """Raise AccessDenied when the bucket is not of the account `expected`; None expects nobody."""
    if expected not in {None, found.account}:
        raise errors.access_denied()
