"""Who may call what: for each operation the actions, the ARNs and the condition keys that policy decides on.

Source: service authorization reference, "Actions, resources, and condition keys for Amazon S3"; S3 user guide,
"Required permissions for Amazon S3 API operations". That a bucket does not exist is no secret: its name is taken
among all accounts or free, so NoSuchBucket comes before any decision, as from S3.
"""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from telecine.policy import ResourcePolicy, ResourceRule
from telecine.services.contract import Call, Caller, Need, Needs, Params
from telecine.services.s3 import names
from telecine.services.s3.model import MAX_BATCH, Bucket, Upload, bucket_arn, object_arn
from telecine.services.s3.objects import Objects

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
    "MetadataDirective": "s3:x-amz-metadata-directive",
    "ObjectOwnership": "s3:x-amz-object-ownership",
    "SSECustomerAlgorithm": "s3:x-amz-server-side-encryption-customer-algorithm",
    "SSEKMSKeyId": "s3:x-amz-server-side-encryption-aws-kms-key-id",
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "StorageClass": "s3:x-amz-storage-class",
    "VersionId": "s3:VersionId",
}
_LISTING_MEMBERS = {"Prefix": "s3:prefix", "Delimiter": "s3:delimiter", "MaxKeys": "s3:max-keys"}
_ACL_MEMBERS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP")


def initiator_identity(caller: Caller) -> str:
    """Whom an upload belongs to beside the bucket's owner: the user or the role, whichever session; or the root."""
    return caller.identity_id or caller.principal.account or ""


def _list_buckets(_face: Objects, _call: Call, _params: Params) -> Sequence[Need]:
    # Policies grant it on `*` or, as S3's own examples do, on `arn:aws:s3:::*`.
    return (Need(action="s3:ListAllMyBuckets", resource=bucket_arn("*")),)


def _create_bucket(_face: Objects, call: Call, params: Params) -> Sequence[Need]:
    context = _context(params, _CONTEXT_MEMBERS)
    location = (params.get("CreateBucketConfiguration") or {}).get("LocationConstraint")
    if isinstance(location, str):
        context["s3:LocationConstraint"] = location
    resource = bucket_arn(params["Bucket"])
    need = Need(action="s3:CreateBucket", resource=resource, resource_account=call.account, context=context)
    return (need, *([_also(need, "s3:PutBucketAcl")] if _gives_acl(params) else []))


def _on_bucket(action: str, members: Mapping[str, str] | None = None) -> Needs[Objects]:
    """A row of one action on the bucket, with condition keys from `members`."""

    def needs(face: Objects, _call: Call, params: Params) -> Sequence[Need]:
        bucket = _bucket(face, params["Bucket"])
        return (_need(bucket, action, bucket.arn, _context(params, members or {})),)

    return needs


def _read(face: Objects, _call: Call, params: Params) -> Sequence[Need]:
    action = "s3:GetObject" if params.get("VersionId") is None else "s3:GetObjectVersion"
    return _reading(face, params["Bucket"], params["Key"], action, _context(params, {"VersionId": "s3:VersionId"}))


def _reading(face: Objects, bucket_name: str, key: str, action: str, context: Mapping[str, str]) -> Sequence[Need]:
    """Reading a key that is not there also takes leave to list: else "missing" and "forbidden" look alike."""
    bucket, stored = face.locate(names.check_bucket(bucket_name), names.check_key(key))
    need = _need(bucket, action, object_arn(bucket.name, key), context)
    return (need,) if stored is not None else (need, _need(bucket, "s3:ListBucket", bucket.arn, {}))


def _write(face: Objects, _call: Call, params: Params) -> Sequence[Need]:
    bucket = _bucket(face, params["Bucket"])
    arn = object_arn(bucket.name, names.check_key(params["Key"]))
    need = _need(bucket, "s3:PutObject", arn, _context(params, _CONTEXT_MEMBERS))
    return (need, *([_also(need, "s3:PutObjectAcl")] if _gives_acl(params) else []))


def _copy(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    source = names.parse_copy_source(params.get("CopySource", ""))
    reading = _reading(face, source.bucket, source.key, "s3:GetObject", {})
    return (*reading, *_write(face, call, params))


def _delete(face: Objects, _call: Call, params: Params) -> Sequence[Need]:
    bucket = _bucket(face, params["Bucket"])
    return (_deletion(bucket, params["Key"], params.get("VersionId")),)


def _delete_several(face: Objects, _call: Call, params: Params) -> Sequence[Need]:
    bucket = _bucket(face, params["Bucket"])
    chosen = (params.get("Delete") or {}).get("Objects") or ()
    if not 1 <= len(chosen) <= MAX_BATCH:
        # The operation refuses it whole, to those who may delete anything there.
        return (_deletion(bucket, "*", None),)
    versions = dict.fromkeys(names.version_of(entry) for entry in chosen)
    return [replace(_deletion(bucket, *version), part=version) for version in versions]


def _deletion(bucket: Bucket, key: str, version_id: str | None) -> Need:
    action = "s3:DeleteObject" if version_id is None else "s3:DeleteObjectVersion"
    context = {} if version_id is None else {"s3:VersionId": version_id}
    return _need(bucket, action, object_arn(bucket.name, names.check_key(key)), context)


def _on_upload(action: str) -> Needs[Objects]:
    """A row of one action on an upload's key, which whoever began the upload may do unless a policy denies it.

    S3 user guide, "Uploading and copying objects using multipart upload": "By default, the bucket owner and the
    initiator of the multipart upload are allowed to perform this action."
    """

    def needs(face: Objects, call: Call, params: Params) -> Sequence[Need]:
        bucket = _bucket(face, params["Bucket"])
        key = names.check_key(params["Key"])
        upload = face.uploads.find(bucket.name, key, names.check_text(params.get("UploadId", "")))
        arn = object_arn(bucket.name, key)
        return (_need(bucket, action, arn, {}, policy=_initiators_policy(upload, call.caller, action, arn)),)

    return needs


def _initiators_policy(upload: Upload | None, caller: Caller, action: str, arn: str) -> ResourcePolicy | None:
    """What stands on an upload for its initiator: as a policy, so that an explicit deny elsewhere still counts."""
    principal = caller.principal.arn
    if upload is None or principal is None or upload.initiator.identity != initiator_identity(caller):
        return None
    statement = {
        "Sid": "Initiator",
        "Effect": "Allow",
        "Principal": {"AWS": principal},
        "Action": action,
        # The key may hold `*`, `?` or `$`, which are no letters in a policy; the rest of the ARN needs no quoting.
        "Resource": "".join(f"${{{letter}}}" if letter in "*?$" else letter for letter in arn),
    }
    document = {"Version": "2012-10-17", "Statement": [statement]}
    return ResourcePolicy(text=json.dumps(document), rule=ResourceRule.SUFFICIENT, name="multipart upload initiator")


def _bucket(face: Objects, name: str) -> Bucket:
    return face.buckets.get(names.check_bucket(name))


def _need(
    bucket: Bucket, action: str, resource: str, context: Mapping[str, str], *, policy: ResourcePolicy | None = None
) -> Need:
    return Need(
        action=action,
        resource=resource,
        resource_account=bucket.account,
        context={**context, "s3:ResourceAccount": bucket.account},
        resource_policy=policy,
    )


def _also(need: Need, action: str) -> Need:
    return Need(action=action, resource=need.resource, resource_account=need.resource_account, context=need.context)


def _context(params: Params, members: Mapping[str, str]) -> dict[str, str]:
    return {key: str(params[member]) for member, key in members.items() if member in params}


def _gives_acl(params: Params) -> bool:
    return any(member in params for member in _ACL_MEMBERS)


ROWS: dict[str, Needs[Objects]] = {
    "AbortMultipartUpload": _on_upload("s3:AbortMultipartUpload"),
    "CompleteMultipartUpload": _write,
    "CopyObject": _copy,
    "CreateBucket": _create_bucket,
    "CreateMultipartUpload": _write,
    "DeleteBucket": _on_bucket("s3:DeleteBucket"),
    "DeleteObject": _delete,
    "DeleteObjects": _delete_several,
    "GetBucketLocation": _on_bucket("s3:GetBucketLocation"),
    "GetObject": _read,
    "HeadBucket": _on_bucket("s3:ListBucket"),
    "HeadObject": _read,
    "ListBuckets": _list_buckets,
    "ListMultipartUploads": _on_bucket("s3:ListBucketMultipartUploads", _LISTING_MEMBERS),
    "ListObjects": _on_bucket("s3:ListBucket", _LISTING_MEMBERS),
    "ListObjectsV2": _on_bucket("s3:ListBucket", _LISTING_MEMBERS),
    "ListParts": _on_upload("s3:ListMultipartUploadParts"),
    "PutObject": _write,
    "UploadPart": _write,
    "UploadPartCopy": _copy,
}
