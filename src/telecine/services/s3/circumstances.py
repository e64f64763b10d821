"""What conditions may ask of any request to a bucket: how it was signed, and which tags there are. Pure."""

from collections.abc import Hashable, Mapping, Sequence

from telecine.services.contract import Call, SignaturePlace
from telecine.services.s3.model import Bucket, StoredObject

EXISTING_TAG = "s3:ExistingObjectTag/"
_BUCKET_TAG = ("aws:ResourceTag", "s3:BucketTag")
_UNSIGNED = "UNSIGNED-PAYLOAD"
"""What a presigned URL says of the body when it says nothing."""


def existing_tags(stored: StoredObject | None) -> dict[str, str]:
    return {} if stored is None else {f"{EXISTING_TAG}{key}": value for key, value in stored.tags.items()}


def pin(stored: StoredObject | None) -> Hashable:
    """What of an object decides on who may read it.

    Between decision and operation another one may take its place, which is not for everybody.
    """
    acl, tags = (None, {}) if stored is None else (stored.acl, stored.tags)
    return "s3:object", acl, frozenset(tags.items())


def request_tags(given: Mapping[str, str]) -> dict[str, str | Sequence[str]]:
    """S3 user guide, "Tagging and access control policies"."""
    if not given:
        return {}
    single = {f"s3:RequestObjectTag/{key}": value for key, value in given.items()}
    return {**single, "s3:RequestObjectTagKeys": tuple(given)}


def bucket_tags(bucket: Bucket) -> dict[str, str]:
    """S3 user guide, "Enabling ABAC in general purpose buckets": without it tags decide about nothing."""
    if not bucket.is_tag_governed:
        return {}
    return {f"{prefix}/{key}": value for key, value in bucket.tags.items() for prefix in _BUCKET_TAG}


def of_signature(call: Call) -> dict[str, str]:
    """S3 API reference, "Amazon S3 Signature Version 4 Authentication Specific Policy Keys"."""
    signature = call.signature
    if signature is None:
        return {}
    context = {
        "s3:authType": signature.place.value,
        "s3:signatureversion": signature.version,
    }
    # Of presigned URLs those of Version 4 alone say when they were signed, and that the body is left open.
    moment = signature.signed_at if signature.place is SignaturePlace.QUERY else None
    if moment is not None:
        context["s3:signatureAge"] = str(round((call.now - moment).total_seconds() * 1000))
    content = signature.content or (None if moment is None else _UNSIGNED)
    return context if content is None else {**context, "s3:x-amz-content-sha256": content}
