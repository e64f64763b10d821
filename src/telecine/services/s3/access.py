"""Who may call what: for each operation the actions, the ARNs and the condition keys that policy decides on.

Source: service authorization reference, "Actions, resources, and condition keys for Amazon S3"; S3 user guide,
"Required permissions for Amazon S3 API operations". That a bucket does not exist is no secret: its name is taken
among all accounts or free, so NoSuchBucket comes before any decision, as from S3.
"""

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, NamedTuple

from telecine.core.errors import ApiError
from telecine.policy import Context, PrincipalKind, ResourcePolicy, ResourceRule
from telecine.services.contract import Call, Caller, Need, Needs, Params, SignaturePlace
from telecine.services.s3 import errors, names, sse
from telecine.services.s3.exposure import closed, is_public
from telecine.services.s3.model import MAX_BATCH, Bucket, Upload, bucket_arn, object_arn
from telecine.services.s3.names import CopySource
from telecine.services.s3.objects import Objects

_KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
_CONTEXT_MEMBERS = {
    "ACL": "s3:x-amz-acl",
    "CopySource": "s3:x-amz-copy-source",
    "GrantFullControl": "s3:x-amz-grant-full-control",
    "GrantRead": "s3:x-amz-grant-read",
    "GrantReadACP": "s3:x-amz-grant-read-acp",
    "GrantWrite": "s3:x-amz-grant-write",
    "GrantWriteACP": "s3:x-amz-grant-write-acp",
    "IfMatch": "s3:if-match",
    "IfNoneMatch": "s3:if-none-match",
    "BucketNamespace": "s3:x-amz-bucket-namespace",
    "MetadataDirective": "s3:x-amz-metadata-directive",
    "ObjectOwnership": "s3:x-amz-object-ownership",
    "SSECustomerAlgorithm": "s3:x-amz-server-side-encryption-customer-algorithm",
    "SSEKMSKeyId": _KEY_ID,
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "StorageClass": "s3:x-amz-storage-class",
    "VersionId": "s3:VersionId",
}
_LISTING_MEMBERS = {"Prefix": "s3:prefix", "Delimiter": "s3:delimiter", "MaxKeys": "s3:max-keys"}
_UNSIGNED = "UNSIGNED-PAYLOAD"
"""What a presigned URL says of the body when it says nothing."""
_ACL_MEMBERS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP")


class _Guarded(NamedTuple):
    """A bucket, its policy as it counts for the caller, and what conditions may ask of any request to it."""

    bucket: Bucket
    policy: ResourcePolicy | None
    context: Context


def initiator_identity(caller: Caller) -> str:
    """Whom an upload belongs to beside the bucket's owner: the user or the role, whichever session; or the root."""
    return caller.identity_id or caller.principal.account or ""


def _initiating_principal(caller: Caller) -> str | None:
    """How a policy names whom `initiator_identity` stands for: behind a session the role or user, so that boundary and
    session policies still limit it."""
    principal = caller.principal
    return principal.unique_id or principal.issuer_arn or principal.arn


def _list_buckets(_face: Objects, call: Call, _params: Params) -> Sequence[Need]:
    # Policies grant it on `*` or, as S3's own examples do, on `arn:aws:s3:::*`.
    return (Need(action="s3:ListAllMyBuckets", resource=bucket_arn("*"), context=_of_signature(call)),)


def _create_bucket(_face: Objects, call: Call, params: Params) -> Sequence[Need]:
    context = {**_context(params, _CONTEXT_MEMBERS), **_of_signature(call), "s3:ResourceAccount": call.account}
    location = (params.get("CreateBucketConfiguration") or {}).get("LocationConstraint")
    if isinstance(location, str):
        context["s3:LocationConstraint"] = location
    resource = bucket_arn(params["Bucket"])
    need = Need(action="s3:CreateBucket", resource=resource, resource_account=call.account, context=context)
    return (need, *([replace(need, action="s3:PutBucketAcl")] if _gives_acl(params) else []))


def _on_bucket(action: str, members: Mapping[str, str] | None = None) -> Needs[Objects]:
    """A row of one action on the bucket, with condition keys from `members`."""

    def needs(face: Objects, call: Call, params: Params) -> Sequence[Need]:
        on = _bucket(face, call, params["Bucket"])
        return (_need(on, action, on.bucket.arn, _context(params, members or {})),)

    return needs


def _on_policy(action: str) -> Needs[Objects]:
    """A row of one action on a bucket's policy, which cannot keep the owner's root user from it.

    S3 API reference, "PutBucketPolicy": "the root principal in a bucket owner's AWS account can perform the
    GetBucketPolicy, PutBucketPolicy, and DeleteBucketPolicy API actions, even if their bucket policy explicitly denies
    the root principal's access".
    """

    def needs(face: Objects, call: Call, params: Params) -> Sequence[Need]:
        on = _bucket(face, call, params["Bucket"])
        principal = call.caller.principal
        if principal.kind is PrincipalKind.ROOT and principal.account == on.bucket.account:
            on = on._replace(policy=None)
        return (_need(on, action, on.bucket.arn, {}),)

    return needs


def _get(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    return _read(face, call, params, decrypts=True)


def _head(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Headers are not encrypted, but for checksums (S3 API reference, "HeadObject")."""
    return _read(face, call, params, decrypts=params.get("ChecksumMode") == "ENABLED")


def _leave(ask: Callable[[], tuple[Need, ...]]) -> tuple[Need, ...]:
    """What KMS must allow. That a key is gone the operation says, to those whom S3 allows what they ask."""
    try:
        return ask()
    except ApiError:
        return ()


def _read(face: Objects, call: Call, params: Params, *, decrypts: bool) -> Sequence[Need]:
    action = "s3:GetObject" if params.get("VersionId") is None else "s3:GetObjectVersion"
    where = CopySource(params["Bucket"], params["Key"])
    return _reading(face, call, where, action, _context(params, {"VersionId": "s3:VersionId"}), decrypts=decrypts)


def _read_attributes(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """S3 API reference, "GetObjectAttributes": reading the object and reading its attributes, both. A checksum is
    encrypted, as for HeadObject."""
    reading = _read(face, call, params, decrypts="Checksum" in (params.get("ObjectAttributes") or ()))
    attributes = "s3:GetObjectAttributes" if params.get("VersionId") is None else "s3:GetObjectVersionAttributes"
    return (*reading, replace(reading[0], action=attributes))


def _reading(
    face: Objects, call: Call, where: CopySource, action: str, context: Mapping[str, str], *, decrypts: bool
) -> Sequence[Need]:
    """Reading a key that is not there also takes leave to list: else "missing" and "forbidden" look alike."""
    bucket, stored = face.locate(names.check_bucket(where.bucket), names.check_key(where.key))
    on = _guarded(face, call, bucket)
    need = _need(on, action, object_arn(bucket.name, where.key), context)
    if stored is None:
        return (need, _need(on, "s3:ListBucket", bucket.arn, {}))
    return (need, *(_leave(lambda: face.data_keys.leave_to_open(stored, call.caller)) if decrypts else ()))


def _write(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    return _writing(_bucket(face, call, params["Bucket"]), params, {})


def _writing(on: _Guarded, params: Params, context: Mapping[str, str]) -> Sequence[Need]:
    arn = object_arn(on.bucket.name, names.check_key(params["Key"]))
    need = _need(on, "s3:PutObject", arn, {**_context(params, _CONTEXT_MEMBERS), **context})
    return (need, *([replace(need, action="s3:PutObjectAcl")] if _gives_acl(params) else []))


def _put(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Beginning an object, with a data key of its own."""
    on = _bucket(face, call, params["Bucket"])
    try:
        wish = sse.of_write(params, is_secure=call.is_secure)
        plan = face.data_keys.plan(wish, on.bucket, params["Key"], call.account)
    except ApiError:
        # The operation refuses it in the same words, to those who may write there at all.
        return _writing(on, params, {})
    # A key that is named by its id or an alias is compared by its ARN, which is what policies are written with.
    key_id = {} if plan.key is None or wish.key_id is None else {_KEY_ID: plan.key.arn}
    return (*_writing(on, params, key_id), *face.data_keys.leave_to_make(plan, call.caller))


def _put_part(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Adding to an upload: its data key is there already."""
    return (*_write(face, call, params), *_decrypting_upload(face, call, params))


def _complete(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """With a checksum, that of SSE-KMS takes leave to decrypt (S3 API reference, "CompleteMultipartUpload")."""
    upload = _upload(face, params)
    decrypting = () if upload is None or upload.algorithm is None else _decrypting_upload(face, call, params)
    return (*_write(face, call, params), *decrypting)


def _decrypting_upload(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    upload = _upload(face, params)
    return () if upload is None else _leave(lambda: face.data_keys.leave_to_open(upload, call.caller))


def _upload(face: Objects, params: Params) -> Upload | None:
    return face.uploads.find(params["Bucket"], names.check_key(params["Key"]), names.check_text(params["UploadId"]))


def _copy(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    return (*_copying(face, call, params), *_put(face, call, params))


def _copy_part(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    return (*_copying(face, call, params), *_put_part(face, call, params))


def _copying(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    source = names.parse_copy_source(params.get("CopySource", ""))
    return _reading(face, call, source, "s3:GetObject", {}, decrypts=True)


def _named(row: Needs[Objects], what: str) -> Needs[Objects]:
    """`row` for callers with a name: `what` nobody does without, whatever a policy grants."""

    def needs(face: Objects, call: Call, params: Params) -> Sequence[Need]:
        if call.caller.principal.kind is PrincipalKind.ANONYMOUS:
            raise errors.anonymous(what)
        return row(face, call, params)

    return needs


def _delete(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    return (_deletion(_bucket(face, call, params["Bucket"]), params["Key"], params.get("VersionId")),)


def _delete_several(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    on = _bucket(face, call, params["Bucket"])
    chosen = (params.get("Delete") or {}).get("Objects") or ()
    if not 1 <= len(chosen) <= MAX_BATCH:
        # The operation refuses it whole, to those who may delete anything there.
        return (_deletion(on, "*", None),)
    versions = dict.fromkeys(names.version_of(entry) for entry in chosen)
    return [replace(_deletion(on, *version), part=version) for version in versions]


def _deletion(on: _Guarded, key: str, version_id: str | None) -> Need:
    action = "s3:DeleteObject" if version_id is None else "s3:DeleteObjectVersion"
    context = {} if version_id is None else {"s3:VersionId": version_id}
    return _need(on, action, object_arn(on.bucket.name, names.check_key(key)), context)


def _on_upload(action: str) -> Needs[Objects]:
    """A row of one action on an upload's key, which whoever began the upload may do unless a policy denies it.

    S3 user guide, "Uploading and copying objects using multipart upload": "By default, the bucket owner and the
    initiator of the multipart upload are allowed to perform this action."
    """

    def needs(face: Objects, call: Call, params: Params) -> Sequence[Need]:
        on = _bucket(face, call, params["Bucket"])
        key = names.check_key(params["Key"])
        upload = face.uploads.find(on.bucket.name, key, names.check_text(params.get("UploadId", "")))
        on = on._replace(policy=_with_initiator(on.policy, upload, call.caller, action))
        return (_need(on, action, object_arn(on.bucket.name, key), {}),)

    return needs


def _with_initiator(
    policy: ResourcePolicy | None, upload: Upload | None, caller: Caller, action: str
) -> ResourcePolicy | None:
    """`policy` with a statement for whoever began the upload: so that an explicit deny, wherever it is, still counts.

    The statement names no resource, because the need that the policy is for is about this upload alone.
    """
    principal = _initiating_principal(caller)
    if upload is None or principal is None or upload.initiator.identity != initiator_identity(caller):
        return policy
    statement = {"Effect": "Allow", "Principal": {"AWS": principal}, "Action": action, "Resource": "*"}
    document: dict[str, Any] = {"Statement": []} if policy is None else json.loads(policy.text)
    others = document["Statement"]
    # Behind the bucket's own, which keep their places, and so their names in explanations.
    document["Statement"] = [*(others if isinstance(others, list) else [others]), statement]
    name = "multipart upload initiator" if policy is None else policy.name
    return ResourcePolicy(text=json.dumps(document), rule=ResourceRule.SUFFICIENT, name=name)


def _bucket(face: Objects, call: Call, name: str) -> _Guarded:
    return _guarded(face, call, face.buckets.get(names.check_bucket(name)))


def _guarded(face: Objects, call: Call, bucket: Bucket) -> _Guarded:
    text = face.policies.current(bucket)
    block = bucket.public_access_block
    is_outside = call.caller.principal.account != bucket.account
    if text is not None and is_outside and block is not None and block.restrict_public_buckets and is_public(text):
        # It opens the bucket to nobody outside, not even to those whom it names (S3 user guide, "Blocking public
        # access to your Amazon S3 storage").
        text = closed(text)
    policy = None if text is None else ResourcePolicy(text=text, rule=ResourceRule.SUFFICIENT, name=bucket.arn)
    return _Guarded(bucket, policy, {"s3:ResourceAccount": bucket.account, **_of_signature(call)})


def _of_signature(call: Call) -> dict[str, str]:
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


def _need(on: _Guarded, action: str, resource: str, context: Mapping[str, str]) -> Need:
    return Need(
        action=action,
        resource=resource,
        resource_account=on.bucket.account,
        context={**on.context, **context},
        resource_policy=on.policy,
    )


def _context(params: Params, members: Mapping[str, str]) -> dict[str, str]:
    return {key: str(params[member]) for member, key in members.items() if member in params}


def _gives_acl(params: Params) -> bool:
    return any(member in params for member in _ACL_MEMBERS)


ROWS: dict[str, Needs[Objects]] = {
    "AbortMultipartUpload": _on_upload("s3:AbortMultipartUpload"),
    "CompleteMultipartUpload": _complete,
    "CopyObject": _named(_copy, "copy objects"),
    "CreateBucket": _create_bucket,
    "CreateMultipartUpload": _named(_put, "initiate multipart uploads"),
    "DeleteBucket": _on_bucket("s3:DeleteBucket"),
    "DeleteBucketEncryption": _on_bucket("s3:PutEncryptionConfiguration"),
    "DeleteBucketPolicy": _on_policy("s3:DeleteBucketPolicy"),
    "DeleteObject": _delete,
    "DeleteObjects": _delete_several,
    "DeletePublicAccessBlock": _on_bucket("s3:PutBucketPublicAccessBlock"),
    "GetBucketEncryption": _on_bucket("s3:GetEncryptionConfiguration"),
    "GetBucketLocation": _on_bucket("s3:GetBucketLocation"),
    "GetBucketPolicy": _on_policy("s3:GetBucketPolicy"),
    "GetBucketPolicyStatus": _on_bucket("s3:GetBucketPolicyStatus"),
    "GetObject": _get,
    "GetObjectAttributes": _read_attributes,
    "GetPublicAccessBlock": _on_bucket("s3:GetBucketPublicAccessBlock"),
    "HeadBucket": _on_bucket("s3:ListBucket"),
    "HeadObject": _head,
    "ListBuckets": _list_buckets,
    "ListMultipartUploads": _on_bucket("s3:ListBucketMultipartUploads", _LISTING_MEMBERS),
    "ListObjects": _on_bucket("s3:ListBucket", _LISTING_MEMBERS),
    "ListObjectsV2": _on_bucket("s3:ListBucket", _LISTING_MEMBERS),
    "ListParts": _on_upload("s3:ListMultipartUploadParts"),
    "PutBucketEncryption": _on_bucket("s3:PutEncryptionConfiguration"),
    "PutBucketPolicy": _on_policy("s3:PutBucketPolicy"),
    "PutObject": _put,
    "PutPublicAccessBlock": _on_bucket("s3:PutBucketPublicAccessBlock"),
    "UploadPart": _put_part,
    "UploadPartCopy": _named(_copy_part, "copy objects"),
}
