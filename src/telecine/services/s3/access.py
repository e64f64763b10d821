"""Who may call what: for each operation the actions, the ARNs and the condition keys that policy decides on.

Source: service authorization reference, "Actions, resources, and condition keys for Amazon S3"; S3 user guide,
"Required permissions for Amazon S3 API operations". That a bucket does not exist is no secret: its name is taken
among all accounts or free, so NoSuchBucket comes before any decision, as from S3.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

from telecine.core.errors import ApiError
from telecine.policy import PrincipalKind, ResourcePolicy, ResourceRule
from telecine.services.contract import Call, Caller, Need, Needs, Params
from telecine.services.s3 import acls, circumstances, errors, names, sse, tags
from telecine.services.s3.exposure import closed, is_public
from telecine.services.s3.model import MAX_BATCH, Bucket, StoredObject, Upload, bucket_arn, object_arn
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
_CREATES = "s3:ObjectCreationOperation"
TAG_COUNT = "tag count"
"""The part of a read that tells how many tags an object has."""
_ACL_MEMBERS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP")
_ACL_KEYS = {member: _CONTEXT_MEMBERS[member] for member in (*_ACL_MEMBERS, "GrantWrite")}


class _Guarded(NamedTuple):
    """A bucket, its policy as it counts for the caller, and what conditions may ask of any request to it."""

    bucket: Bucket
    policy: ResourcePolicy | None
    context: dict[str, str | Sequence[str]]


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
    return (Need(action="s3:ListAllMyBuckets", resource=bucket_arn("*"), context=circumstances.of_signature(call)),)


def _create_bucket(_face: Objects, call: Call, params: Params) -> Sequence[Need]:
    context = {
        **_context(params, _CONTEXT_MEMBERS),
        **circumstances.of_signature(call),
        "s3:ResourceAccount": call.account,
    }
    location = (params.get("CreateBucketConfiguration") or {}).get("LocationConstraint")
    own: dict[str, str | Sequence[str]] = {"s3:LocationConstraint": location} if isinstance(location, str) else {}
    given = tags.said((params.get("CreateBucketConfiguration") or {}).get("Tags"))
    tagged: dict[str, str | Sequence[str]] = {f"aws:RequestTag/{key}": value for key, value in given.items()}
    if given:
        tagged["aws:TagKeys"] = tuple(given)
    resource = bucket_arn(params["Bucket"])
    need = Need(
        action="s3:CreateBucket",
        resource=resource,
        resource_account=call.account,
        context={**context, **own, **tagged},
    )
    needs = [need]
    if _gives_acl(params):
        needs.append(replace(need, action="s3:PutBucketAcl", context={**context, **own}))
    if given:
        signed = {**circumstances.of_signature(call), "s3:ResourceAccount": call.account}
        needs.append(replace(need, action="s3:TagResource", context={**signed, **tagged}))
    return needs


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
    where = CopySource(params["Bucket"], params["Key"], params.get("VersionId"))
    context = _context(params, {"VersionId": "s3:VersionId"})
    needs = _reading(face, call, where, _versioned("GetObject", where), context, decrypts=decrypts)
    if any(key.startswith(circumstances.EXISTING_TAG) for key in needs[0].context):
        # How many tags an object has is told to those who may read them.
        return (*needs, replace(needs[0], action=_versioned("GetObjectTagging", where), part=TAG_COUNT))
    return needs


def _read_attributes(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """S3 API reference, "GetObjectAttributes": reading the object and reading its attributes, both. A checksum is
    encrypted, as for HeadObject."""
    reading = _read(face, call, params, decrypts="Checksum" in (params.get("ObjectAttributes") or ()))
    where = CopySource(params["Bucket"], params["Key"], params.get("VersionId"))
    return (*reading, replace(reading[0], action=_versioned("GetObjectAttributes", where)))


def _reading(
    face: Objects,
    call: Call,
    where: CopySource,
    action: str,
    context: Mapping[str, str | Sequence[str]],
    *,
    decrypts: bool = False,
) -> Sequence[Need]:
    """Reading what is not there also takes leave to list: else "missing" and "forbidden" look alike."""
    on, stored = _stored(face, call, where)
    if stored is not None and stored.acl is not None:
        on = on._replace(policy=acls.opened(on.policy, on.bucket, stored.acl, acls.OBJECT_READ))
    need = _need(on, action, object_arn(on.bucket.name, where.key), {**context, **circumstances.existing_tags(stored)})
    if stored is None or (where.version is None and stored.is_delete_marker):
        return (need, _need(on, "s3:ListBucket", on.bucket.arn, {}))
    return (need, *(_leave(lambda: face.data_keys.leave_to_open(stored, call.caller)) if decrypts else ()))


def _stored(face: Objects, call: Call, where: CopySource) -> tuple[_Guarded, StoredObject | None]:
    """The bucket, and what is asked for if it is there: it may be a delete marker. Raises NoSuchBucket."""
    version = names.check_version(where.version)
    bucket, stored = face.locate(names.check_bucket(where.bucket), names.check_key(where.key), version)
    return _guarded(face, call, bucket), stored


def _on_object(action: str, members: Mapping[str, str] | None = None) -> Needs[Objects]:
    """A row of one action on an object, or with a version of its namesake on versions (`GetObjectVersionTagging`),
    with condition keys from `members`."""
    versioned = action.replace("Object", "ObjectVersion")

    def needs(face: Objects, call: Call, params: Params) -> Sequence[Need]:
        where = CopySource(params["Bucket"], params["Key"], params.get("VersionId"))
        context = _context(params, {"VersionId": "s3:VersionId", **(members or {})})
        if action == "s3:PutObjectTagging":
            context |= circumstances.request_tags(tags.said((params.get("Tagging") or {}).get("TagSet")))
        return _reading(face, call, where, action if where.version is None else versioned, context)

    return needs


def _write(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    return _writing(_bucket(face, call, params["Bucket"]), params, {})


def _writing(on: _Guarded, params: Params, resolved: Mapping[str, str]) -> Sequence[Need]:
    arn = object_arn(on.bucket.name, names.check_key(params["Key"]))
    context = {**_context(params, _CONTEXT_MEMBERS), **resolved}
    given = circumstances.request_tags(_header_tags(params))
    created = {_CREATES: "false" if "PartNumber" in params else "true"}
    needs = [_need(on, "s3:PutObject", arn, {**context, **created, **given})]
    if _gives_acl(params):
        needs.append(_need(on, "s3:PutObjectAcl", arn, context))
    if given:
        needs.append(_need(on, "s3:PutObjectTagging", arn, given))
    return needs


def _begin(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    """Beginning an upload creates no object yet (S3 user guide, "Enforce conditional writes on Amazon S3 buckets")."""
    first, *others = _put(face, call, params)
    return (replace(first, context={**first.context, _CREATES: "false"}), *others)


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
    """A copy that takes the source's tags along must be allowed to read them there and to set them here.

    Source: S3 user guide, "Required permissions for Amazon S3 API operations", CopyObject.
    """
    source = names.parse_copy_source(params.get("CopySource", ""))
    reading, writing = _copying(face, call, source), _put(face, call, params)
    context = reading[0].context
    taken = {
        key.removeprefix(circumstances.EXISTING_TAG): str(value)
        for key, value in context.items()
        if key.startswith(circumstances.EXISTING_TAG)
    }
    if not taken or params.get("TaggingDirective") == "REPLACE":
        return (*reading, *writing)
    return (
        *reading,
        replace(reading[0], action=_versioned("GetObjectTagging", source)),
        *writing,
        replace(
            writing[0],
            action="s3:PutObjectTagging",
            context={**_bucket(face, call, params["Bucket"]).context, **circumstances.request_tags(taken)},
        ),
    )


def _copy_part(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    source = names.parse_copy_source(params.get("CopySource", ""))
    return (*_copying(face, call, source), *_put_part(face, call, params))


def _copying(face: Objects, call: Call, source: CopySource) -> Sequence[Need]:
    version = {} if source.version is None else {"s3:VersionId": source.version}
    return _reading(face, call, source, _versioned("GetObject", source), version, decrypts=True)


def _versioned(action: str, where: CopySource) -> str:
    """`s3:GetObjectTagging`, of a version `s3:GetObjectVersionTagging`."""
    return f"s3:{action}" if where.version is None else f"s3:{action.replace('Object', 'ObjectVersion')}"


def _header_tags(params: Params) -> Mapping[str, str]:
    return tags.of_header(params.get("Tagging")) if isinstance(params.get("Tagging"), str) else {}


def _named(row: Needs[Objects], what: str) -> Needs[Objects]:
    """`row` for callers with a name: `what` nobody does without, whatever a policy grants."""

    def needs(face: Objects, call: Call, params: Params) -> Sequence[Need]:
        if call.caller.principal.kind is PrincipalKind.ANONYMOUS:
            raise errors.anonymous(what)
        return row(face, call, params)

    return needs


def _delete(face: Objects, call: Call, params: Params) -> Sequence[Need]:
    need = _deletion(_bucket(face, call, params["Bucket"]), params["Key"], params.get("VersionId"))
    if params.get("VersionId") is None:
        need = replace(need, context={**need.context, **_context(params, {"IfMatch": "s3:if-match"})})
    return (need,)


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
    return acls.with_statement(policy, statement, "multipart upload initiator")


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
    if bucket.acl is not None:
        policy = acls.opened(policy, bucket, bucket.acl, acls.BUCKET_READ)
    return _Guarded(
        bucket,
        policy,
        {"s3:ResourceAccount": bucket.account, **circumstances.bucket_tags(bucket), **circumstances.of_signature(call)},
    )


def _need(on: _Guarded, action: str, resource: str, context: Mapping[str, str | Sequence[str]]) -> Need:
    return Need(
        action=action,
        resource=resource,
        resource_account=on.bucket.account,
        context={**on.context, **context},
        resource_policy=on.policy,
    )


def _context(params: Params, members: Mapping[str, str]) -> dict[str, str | Sequence[str]]:
    return {key: str(params[member]) for member, key in members.items() if member in params}


def _gives_acl(params: Params) -> bool:
    return any(member in params for member in _ACL_MEMBERS)


ROWS: dict[str, Needs[Objects]] = {
    "AbortMultipartUpload": _on_upload("s3:AbortMultipartUpload"),
    "CompleteMultipartUpload": _complete,
    "CopyObject": _named(_copy, "copy objects"),
    "CreateBucket": _create_bucket,
    "CreateMultipartUpload": _named(_begin, "initiate multipart uploads"),
    "DeleteBucket": _on_bucket("s3:DeleteBucket"),
    "DeleteBucketCors": _on_bucket("s3:PutBucketCORS"),
    "DeleteBucketEncryption": _on_bucket("s3:PutEncryptionConfiguration"),
    "DeleteBucketLifecycle": _on_bucket("s3:PutLifecycleConfiguration"),
    "DeleteBucketOwnershipControls": _on_bucket("s3:PutBucketOwnershipControls"),
    "DeleteBucketPolicy": _on_policy("s3:DeleteBucketPolicy"),
    "DeleteBucketTagging": _on_bucket("s3:PutBucketTagging"),
    "DeleteObject": _delete,
    "DeleteObjectTagging": _on_object("s3:DeleteObjectTagging"),
    "DeleteObjects": _delete_several,
    "DeletePublicAccessBlock": _on_bucket("s3:PutBucketPublicAccessBlock"),
    "GetBucketAbac": _on_bucket("s3:GetBucketAbac"),
    "GetBucketAccelerateConfiguration": _on_bucket("s3:GetAccelerateConfiguration"),
    "GetBucketAcl": _on_bucket("s3:GetBucketAcl"),
    "GetBucketAnalyticsConfiguration": _on_bucket("s3:GetAnalyticsConfiguration"),
    "GetBucketCors": _on_bucket("s3:GetBucketCORS"),
    "GetBucketEncryption": _on_bucket("s3:GetEncryptionConfiguration"),
    "GetBucketIntelligentTieringConfiguration": _on_bucket("s3:GetIntelligentTieringConfiguration"),
    "GetBucketInventoryConfiguration": _on_bucket("s3:GetInventoryConfiguration"),
    "GetBucketLifecycleConfiguration": _on_bucket("s3:GetLifecycleConfiguration"),
    "GetBucketLocation": _on_bucket("s3:GetBucketLocation"),
    "GetBucketLogging": _on_bucket("s3:GetBucketLogging"),
    "GetBucketMetricsConfiguration": _on_bucket("s3:GetMetricsConfiguration"),
    "GetBucketNotificationConfiguration": _on_bucket("s3:GetBucketNotification"),
    "GetBucketOwnershipControls": _on_bucket("s3:GetBucketOwnershipControls"),
    "GetBucketPolicy": _on_policy("s3:GetBucketPolicy"),
    "GetBucketPolicyStatus": _on_bucket("s3:GetBucketPolicyStatus"),
    "GetBucketReplication": _on_bucket("s3:GetReplicationConfiguration"),
    "GetBucketRequestPayment": _on_bucket("s3:GetBucketRequestPayment"),
    "GetBucketTagging": _on_bucket("s3:GetBucketTagging"),
    "GetBucketVersioning": _on_bucket("s3:GetBucketVersioning"),
    "GetBucketWebsite": _on_bucket("s3:GetBucketWebsite"),
    "GetObject": _get,
    "GetObjectAcl": _on_object("s3:GetObjectAcl"),
    "GetObjectAttributes": _read_attributes,
    "GetObjectLockConfiguration": _on_bucket("s3:GetBucketObjectLockConfiguration"),
    "GetObjectTagging": _on_object("s3:GetObjectTagging"),
    "GetPublicAccessBlock": _on_bucket("s3:GetBucketPublicAccessBlock"),
    "HeadBucket": _on_bucket("s3:ListBucket"),
    "HeadObject": _head,
    "ListBucketAnalyticsConfigurations": _on_bucket("s3:GetAnalyticsConfiguration"),
    "ListBucketIntelligentTieringConfigurations": _on_bucket("s3:GetIntelligentTieringConfiguration"),
    "ListBucketInventoryConfigurations": _on_bucket("s3:GetInventoryConfiguration"),
    "ListBucketMetricsConfigurations": _on_bucket("s3:GetMetricsConfiguration"),
    "ListBuckets": _list_buckets,
    "ListMultipartUploads": _on_bucket("s3:ListBucketMultipartUploads", _LISTING_MEMBERS),
    "ListObjectVersions": _on_bucket("s3:ListBucketVersions", _LISTING_MEMBERS),
    "ListObjects": _on_bucket("s3:ListBucket", _LISTING_MEMBERS),
    "ListObjectsV2": _on_bucket("s3:ListBucket", _LISTING_MEMBERS),
    "ListParts": _on_upload("s3:ListMultipartUploadParts"),
    "PutBucketAbac": _on_bucket("s3:PutBucketAbac"),
    "PutBucketAcl": _on_bucket("s3:PutBucketAcl", _ACL_KEYS),
    "PutBucketCors": _on_bucket("s3:PutBucketCORS"),
    "PutBucketEncryption": _on_bucket("s3:PutEncryptionConfiguration"),
    "PutBucketLifecycleConfiguration": _on_bucket("s3:PutLifecycleConfiguration"),
    "PutBucketOwnershipControls": _on_bucket("s3:PutBucketOwnershipControls"),
    "PutBucketPolicy": _on_policy("s3:PutBucketPolicy"),
    "PutBucketTagging": _on_bucket("s3:PutBucketTagging"),
    "PutBucketVersioning": _on_bucket("s3:PutBucketVersioning"),
    "PutObject": _put,
    "PutObjectAcl": _on_object("s3:PutObjectAcl", _ACL_KEYS),
    "PutObjectTagging": _on_object("s3:PutObjectTagging"),
    "PutPublicAccessBlock": _on_bucket("s3:PutBucketPublicAccessBlock"),
    "UploadPart": _put_part,
    "UploadPartCopy": _named(_copy_part, "copy objects"),
}
