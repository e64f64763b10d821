"""What S3 can do: one function per operation."""

from telecine.services.contract import Operation, StreamOperation
from telecine.services.s3.objects import Objects
from telecine.services.s3.operations import (
    attributes,
    buckets,
    contents,
    copies,
    encryption,
    listings,
    multipart,
    policies,
)

HEADERS = {"content-security-policy": "sandbox", "x-content-type-options": "nosniff"}
"""Whoever may write objects writes pages and scripts, too. A browser that is led to one must not give it the powers of
what else answers at this address: it runs nothing, belongs to no origin, and is what its content type says."""

OPERATIONS: dict[str, Operation[Objects]] = {
    "AbortMultipartUpload": multipart.abort_multipart_upload,
    "CompleteMultipartUpload": multipart.complete_multipart_upload,
    "CopyObject": copies.copy_object,
    "CreateBucket": buckets.create_bucket,
    "CreateMultipartUpload": multipart.create_multipart_upload,
    "DeleteBucket": buckets.delete_bucket,
    "DeleteBucketEncryption": encryption.delete_bucket_encryption,
    "DeleteBucketPolicy": policies.delete_bucket_policy,
    "DeleteObject": contents.delete_object,
    "DeleteObjects": contents.delete_objects,
    "DeletePublicAccessBlock": policies.delete_public_access_block,
    "GetBucketEncryption": encryption.get_bucket_encryption,
    "GetBucketLocation": buckets.get_bucket_location,
    "GetBucketPolicy": policies.get_bucket_policy,
    "GetBucketPolicyStatus": policies.get_bucket_policy_status,
    "GetObject": contents.get_object,
    "GetObjectAttributes": attributes.get_object_attributes,
    "GetPublicAccessBlock": policies.get_public_access_block,
    "HeadBucket": buckets.head_bucket,
    "HeadObject": contents.head_object,
    "ListBuckets": buckets.list_buckets,
    "ListMultipartUploads": multipart.list_multipart_uploads,
    "ListObjects": listings.list_objects,
    "ListObjectsV2": listings.list_objects_v2,
    "ListParts": multipart.list_parts,
    "PutBucketEncryption": encryption.put_bucket_encryption,
    "PutBucketPolicy": policies.put_bucket_policy,
    "PutPublicAccessBlock": policies.put_public_access_block,
    "UploadPartCopy": copies.upload_part_copy,
}

DIGESTED = frozenset({"DeleteObjects"})
"""A document that lost its end on the way could delete what nobody meant (S3 API reference, "DeleteObjects")."""

STREAMS: dict[str, StreamOperation[Objects]] = {
    "PutObject": contents.put_object,
    "UploadPart": multipart.upload_part,
}
