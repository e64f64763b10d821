"""PutBucketEncryption, GetBucketEncryption, DeleteBucketEncryption, and how a request's object is to be encrypted."""

from collections.abc import Mapping, Sequence
from typing import Any

from telecine.services.contract import Call, Need, Params, Result
from telecine.services.s3 import circumstances, errors, sse, view
from telecine.services.s3.encryption import BucketEncryption, CustomerKey, Method
from telecine.services.s3.errors import sse as sse_errors
from telecine.services.s3.model import Bucket, StoredObject, Upload, object_arn
from telecine.services.s3.objects import Objects, Plan, check_decided
from telecine.services.s3.operations import terms

_MEMBERS = frozenset({"BucketKeyEnabled", "SSECustomerAlgorithm", "SSEKMSKeyId", "ServerSideEncryption"})


def put_bucket_encryption(face: Objects, _call: Call, params: Params) -> Result:
    """Replace the bucket's default. A KMS key is not looked up before an object is written (S3 API reference)."""
    terms.check("PutBucketEncryption", params)
    bucket = terms.bucket(face, params)
    rules: Sequence[Mapping[str, Any]] = params["ServerSideEncryptionConfiguration"].get("Rules") or ()
    if len(rules) != 1:
        raise errors.malformed_xml()
    face.buckets.set_encryption(bucket.name, _default(rules[0], bucket.encryption))
    return {}


def get_bucket_encryption(face: Objects, _call: Call, params: Params) -> Result:
    """The bucket's default; SSE-S3 where nobody has set any."""
    terms.check("GetBucketEncryption", params)
    return {"ServerSideEncryptionConfiguration": view.bucket_encryption(terms.bucket(face, params).encryption)}


def delete_bucket_encryption(face: Objects, _call: Call, params: Params) -> Result:
    """Back to what a new bucket begins with."""
    terms.check("DeleteBucketEncryption", params)
    face.buckets.set_encryption(terms.bucket(face, params).name, BucketEncryption())
    return {}


def _default(rule: Mapping[str, Any], before: BucketEncryption) -> BucketEncryption:
    """What `rule` asks for. Whether SSE-C is blocked stays as it is when the rule says nothing of it."""
    by_default = rule.get("ApplyServerSideEncryptionByDefault") or {"SSEAlgorithm": Method.S3}
    algorithm, key_id = by_default["SSEAlgorithm"], by_default.get("KMSMasterKeyID")
    if algorithm not in {Method.S3, Method.KMS}:
        raise errors.not_implemented("SSEAlgorithm", algorithm)
    if key_id is not None and algorithm != Method.KMS:
        raise errors.invalid_argument(
            "a KMSMasterKeyID is not applicable if the default sse algorithm is not aws:kms or aws:kms:dsse",
            "ApplyServerSideEncryptionByDefault",
            "null",
        )
    blocked = (rule.get("BlockedEncryptionTypes") or {}).get("EncryptionType")
    return BucketEncryption(
        method=Method(algorithm),
        key_id=key_id,
        has_bucket_key=rule.get("BucketKeyEnabled", False),
        blocks_customer_keys=before.blocks_customer_keys if blocked is None else Method.CUSTOMER in blocked,
    )


def plan(face: Objects, call: Call, params: Params, bucket: Bucket) -> Plan:
    """How the object, or upload, that the request begins is to be encrypted.

    Raises what `sse.of_write` and `DataKeys.plan` raise, AccessDenied for SSE-C where the bucket takes none, and
    ServiceUnavailable when it is another key than the one that has been decided on.
    """
    wish = sse.of_write(params, is_secure=call.is_secure)
    if wish.customer is not None:
        check_customer_allowed(call, bucket, params["Key"])
    planned = face.data_keys.plan(wish, bucket, params["Key"], call.account)
    _check_leave(call, face.data_keys.leave_to_make(planned, call.caller))
    return planned


def check_readable(face: Objects, call: Call, of: StoredObject | Upload) -> None:
    """Raise unless it has been decided that the caller may use the key of these bytes, and read such an object.

    Raises KMS.NotFoundException, InvalidArgument, ServiceUnavailable.
    """
    if isinstance(of, StoredObject):
        check_still(call, of)
    _check_leave(call, face.data_keys.leave_to_open(of, call.caller))


def check_still(call: Call, stored: StoredObject) -> None:
    """Raise ServiceUnavailable when the decision was on an object that others might read."""
    if circumstances.pin(stored) not in call.pins:
        raise sse_errors.changed_meanwhile()


def _check_leave(call: Call, needs: tuple[Need, ...]) -> None:
    if needs and (call.signature is None or not call.signature.version.startswith("AWS4-")):
        raise sse_errors.signature_needed()
    check_decided(needs, call.pins)


def check_customer_allowed(call: Call, bucket: Bucket, key: str) -> None:
    """Raise AccessDenied when the bucket takes nothing that is written with SSE-C."""
    if bucket.encryption.blocks_customer_keys:
        arn = object_arn(bucket.name, key)
        raise sse_errors.customer_keys_blocked(call.caller.principal.arn or "anonymous", "s3:PutObject", arn)


def customer_key_of_part(face: Objects, call: Call, params: Params) -> CustomerKey | None:
    """The key that a part comes with. Raises what `sse.customer_key` raises, and AccessDenied as `plan` does."""
    customer = customer_key(call, params)
    if customer is not None:
        check_customer_allowed(call, terms.bucket(face, params), params["Key"])
    return customer


def is_asked_for(params: Params) -> bool:
    """Whether the request says anything of its object's encryption."""
    return not _MEMBERS.isdisjoint(params)


def customer_key(call: Call, params: Params, prefix: str = "") -> CustomerKey | None:
    """The key that a request brings for what is there already; `prefix`: `CopySource` for a copy's source."""
    return sse.customer_key(params, is_secure=call.is_secure, prefix=prefix)
