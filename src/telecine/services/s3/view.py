"""What S3 tells of its objects: from the model to the members of outputs."""

from collections.abc import Mapping
from urllib.parse import quote

from telecine.services.iam.model import canonical_id
from telecine.services.s3.checksums import Checksum
from telecine.services.s3.encryption import BucketEncryption, CustomerKey, Encryption, Method
from telecine.services.s3.model import (
    STANDARD,
    Bucket,
    Deleted,
    Description,
    Part,
    PublicAccessBlock,
    StoredObject,
    Tags,
    Upload,
    Version,
    Written,
)
from telecine.services.s3.sse import context_header

_URL_SAFE = "/-_.*"


def quoted(etag: str) -> str:
    """An ETag as HTTP writes it."""
    return f'"{etag}"'


def encoded(text: str, encoding: str | None) -> str:
    """A key, prefix or marker as `encoding-type` wants it. Blanks become `%20`, which every decoder understands."""
    return quote(text, safe=_URL_SAFE) if encoding == "url" else text


def owner(account: str) -> dict[str, object]:
    """S3 no longer gives display names (S3 API reference, "Owner")."""
    return {"ID": canonical_id(account)}


def bucket(shown: Bucket, *, with_region: bool) -> dict[str, object]:
    entry: dict[str, object] = {"Name": shown.name, "CreationDate": shown.created_at}
    if with_region:
        entry["BucketRegion"] = shown.region
    return entry


def public_access_block(block: PublicAccessBlock) -> dict[str, object]:
    return {
        "BlockPublicAcls": block.block_public_acls,
        "IgnorePublicAcls": block.ignore_public_acls,
        "BlockPublicPolicy": block.block_public_policy,
        "RestrictPublicBuckets": block.restrict_public_buckets,
    }


def version(stored: StoredObject) -> dict[str, object]:
    """`VersionId`, where there are versions."""
    return {"VersionId": stored.version} if stored.is_versioned else {}


def copy_source_version(source: StoredObject) -> dict[str, object]:
    return {"CopySourceVersionId": source.version} if source.is_versioned else {}


def tag_set(tags: Tags) -> list[dict[str, str]]:
    return [{"Key": key, "Value": value} for key, value in tags.items()]


def checksum(stored: Checksum | None) -> dict[str, object]:
    """`ChecksumCRC32` or the like, and `ChecksumType`; nothing when there is none."""
    return {} if stored is None else {stored.algorithm.member: stored.value, "ChecksumType": stored.extent}


def part_checksum(stored: Checksum | None) -> dict[str, object]:
    """A part's checksum; its type is the upload's."""
    return {} if stored is None else {stored.algorithm.member: stored.value}


def description(shown: Description) -> dict[str, object]:
    """The headers of an object, those that its writer gave."""
    headers: dict[str, object] = {
        "ContentType": shown.content_type,
        "CacheControl": shown.cache_control,
        "ContentDisposition": shown.content_disposition,
        "ContentEncoding": shown.content_encoding,
        "ContentLanguage": shown.content_language,
        "Expires": shown.expires,
    }
    if shown.storage_class != STANDARD:
        headers["StorageClass"] = shown.storage_class
    return {name: value for name, value in headers.items() if value is not None} | {"Metadata": dict(shown.metadata)}


def object_headers(stored: StoredObject, overrides: Mapping[str, object], *, with_checksum: bool) -> dict[str, object]:
    """What GetObject and HeadObject tell of the whole object; `overrides` replace what its writer gave."""
    return {
        "AcceptRanges": "bytes",
        "LastModified": stored.modified_at,
        "ETag": quoted(stored.etag),
        **version(stored),
        **description(stored.description),
        **overrides,
        **(checksum(stored.checksum) if with_checksum else {}),
    }


def listed_object(stored: StoredObject, encoding: str | None, account: str | None) -> dict[str, object]:
    """An entry of `Contents`; with its owner when `account` is given."""
    entry: dict[str, object] = {
        "Key": encoded(stored.key, encoding),
        "LastModified": stored.modified_at,
        "ETag": quoted(stored.etag),
        "Size": stored.size,
        "StorageClass": stored.description.storage_class,
    }
    if stored.checksum is not None:
        entry |= {"ChecksumAlgorithm": [stored.checksum.algorithm], "ChecksumType": stored.checksum.extent}
    if account is not None:
        entry["Owner"] = owner(account)
    return entry


def listed_version(entry: Version, encoding: str | None, account: str) -> dict[str, object]:
    """An entry of `Versions` or of `DeleteMarkers`."""
    stored = entry.stored
    shown: dict[str, object] = {
        "Key": encoded(stored.key, encoding),
        "LastModified": stored.modified_at,
        "Owner": owner(account),
    }
    if not stored.is_delete_marker:
        shown = listed_object(stored, encoding, account)
    return shown | {"VersionId": stored.version, "IsLatest": stored.superseded_at is None}


def initiator(upload: Upload) -> dict[str, object]:
    name = upload.initiator.display_name
    return {"ID": upload.initiator.id, **({} if name is None else {"DisplayName": name})}


def upload_checksum(upload: Upload) -> dict[str, object]:
    return {} if upload.algorithm is None else {"ChecksumAlgorithm": upload.algorithm, "ChecksumType": upload.extent}


def listed_upload(upload: Upload, encoding: str | None, account: str) -> dict[str, object]:
    return {
        "UploadId": upload.id,
        "Key": encoded(upload.key, encoding),
        "Initiated": upload.initiated_at,
        "StorageClass": upload.description.storage_class,
        "Owner": owner(account),
        "Initiator": initiator(upload),
        **upload_checksum(upload),
    }


def listed_part(part: Part) -> dict[str, object]:
    return {
        "PartNumber": part.number,
        "LastModified": part.modified_at,
        "ETag": quoted(part.written.etag),
        "Size": part.written.size,
        **part_checksum(part.written.checksum),
    }


def put_object(stored: StoredObject, customer: CustomerKey | None) -> dict[str, object]:
    return {
        "ETag": quoted(stored.etag),
        **version(stored),
        **checksum(stored.checksum),
        **encryption(stored.encryption, customer, with_context=True),
    }


def encryption(
    stored: Encryption | None, customer: CustomerKey | None, *, with_context: bool = False
) -> dict[str, object]:
    """How an object is encrypted, as every answer about it tells; the context only to those who write it.

    Nothing of an object from before there was encryption. `customer` is the key that the request came with.
    """
    if stored is None:
        return {}
    if stored.method is Method.CUSTOMER:
        # CompleteMultipartUpload, which needs no key, says nothing.
        return {} if customer is None else {"SSECustomerAlgorithm": "AES256", "SSECustomerKeyMD5": customer.md5}
    told: dict[str, object] = {"ServerSideEncryption": stored.method}
    if stored.key_arn is not None:
        told["SSEKMSKeyId"] = stored.key_arn
    if stored.has_bucket_key:
        told["BucketKeyEnabled"] = True
    if with_context and stored.context:
        told["SSEKMSEncryptionContext"] = context_header(stored.context)
    return told


def bucket_encryption(default: BucketEncryption) -> dict[str, object]:
    by_default: dict[str, object] = {"SSEAlgorithm": default.method}
    if default.key_id is not None:
        by_default["KMSMasterKeyID"] = default.key_id
    return {
        "Rules": [
            {
                "ApplyServerSideEncryptionByDefault": by_default,
                "BucketKeyEnabled": default.has_bucket_key,
                "BlockedEncryptionTypes": {
                    "EncryptionType": [Method.CUSTOMER if default.blocks_customer_keys else "NONE"]
                },
            }
        ]
    }


def deleted(outcome: Deleted) -> dict[str, object]:
    """What DeleteObject tells, in headers."""
    told: dict[str, object] = {} if outcome.version is None else {"VersionId": outcome.version}
    return told | ({"DeleteMarker": True} if outcome.is_delete_marker else {})


def deleted_entry(outcome: Deleted) -> dict[str, object]:
    """What DeleteObjects tells beside the key, and the version that was asked for."""
    if not outcome.is_delete_marker:
        return {}
    return {"DeleteMarker": True, "DeleteMarkerVersionId": outcome.version}


def upload_part(written: Written) -> dict[str, object]:
    return {"ETag": quoted(written.etag), **part_checksum(written.checksum)}
