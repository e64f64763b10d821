"""What S3 can do: one function per operation."""

from telecine.services.contract import CrossOrigin, Lasting, Operation, StreamOperation
from telecine.services.s3.objects import Objects
from telecine.services.s3.operations import (
    acl,
    attributes,
    buckets,
    configurations,
    contents,
    copies,
    cors,
    encryption,
    lifecycle,
    listings,
    multipart,
    policies,
    tagging,
    versions,
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
    "DeleteBucketCors": cors.delete_bucket_cors,
    "DeleteBucketEncryption": encryption.delete_bucket_encryption,
    "DeleteBucketLifecycle": lifecycle.delete_bucket_lifecycle,
    "DeleteBucketOwnershipControls": acl.delete_bucket_ownership_controls,
    "DeleteBucketPolicy": policies.delete_bucket_policy,
    "DeleteBucketTagging": tagging.delete_bucket_tagging,
    "DeleteObject": contents.delete_object,
    "DeleteObjectTagging": tagging.delete_object_tagging,
    "DeleteObjects": contents.delete_objects,
    "DeletePublicAccessBlock": policies.delete_public_access_block,
    "GetBucketAbac": tagging.get_bucket_abac,
    "GetBucketAcl": acl.get_bucket_acl,
    "GetBucketCors": cors.get_bucket_cors,
    "GetBucketEncryption": encryption.get_bucket_encryption,
    "GetBucketLifecycleConfiguration": lifecycle.get_bucket_lifecycle_configuration,
    "GetBucketLocation": buckets.get_bucket_location,
    "GetBucketOwnershipControls": acl.get_bucket_ownership_controls,
    "GetBucketPolicy": policies.get_bucket_policy,
    "GetBucketPolicyStatus": policies.get_bucket_policy_status,
    "GetBucketTagging": tagging.get_bucket_tagging,
    "GetBucketVersioning": versions.get_bucket_versioning,
    "GetObject": contents.get_object,
    "GetObjectAcl": acl.get_object_acl,
    "GetObjectAttributes": attributes.get_object_attributes,
    "GetObjectTagging": tagging.get_object_tagging,
    "GetPublicAccessBlock": policies.get_public_access_block,
    "HeadBucket": buckets.head_bucket,
    "HeadObject": contents.head_object,
    "ListBuckets": buckets.list_buckets,
    "ListMultipartUploads": multipart.list_multipart_uploads,
    "ListObjectVersions": versions.list_object_versions,
    "ListObjects": listings.list_objects,
    "ListObjectsV2": listings.list_objects_v2,
    "ListParts": multipart.list_parts,
    "PutBucketAbac": tagging.put_bucket_abac,
    "PutBucketAcl": acl.put_bucket_acl,
    "PutBucketCors": cors.put_bucket_cors,
    "PutBucketEncryption": encryption.put_bucket_encryption,
    "PutBucketLifecycleConfiguration": lifecycle.put_bucket_lifecycle_configuration,
    "PutBucketOwnershipControls": acl.put_bucket_ownership_controls,
    "PutBucketPolicy": policies.put_bucket_policy,
    "PutBucketTagging": tagging.put_bucket_tagging,
    "PutBucketVersioning": versions.put_bucket_versioning,
    "PutObjectAcl": acl.put_object_acl,
    "PutObjectTagging": tagging.put_object_tagging,
    "PutPublicAccessBlock": policies.put_public_access_block,
    "UploadPartCopy": copies.upload_part_copy,
    **configurations.OPERATIONS,
}

DIGESTED = frozenset({"DeleteObjects"})
"""A document that lost its end on the way could delete what nobody meant (S3 API reference, "DeleteObjects")."""

STREAMS: dict[str, StreamOperation[Objects]] = {
    "PutObject": contents.put_object,
    "UploadPart": multipart.upload_part,
}

LASTING = Lasting(
    operations=frozenset({"GetObject", "HeadObject"}),
    unless=frozenset(
        {
            *("if-modified-since", "if-unmodified-since"),
            *("x-amz-server-side-encryption-customer-key", "x-amz-copy-source-server-side-encryption-customer-key"),
        }
    ),
)
"""A date in the future asks for nothing, until it is past; a customer's key is not ours to keep."""

CROSS_ORIGIN = CrossOrigin(preflight=cors.preflight, shared=cors.shared)
