"""What guards a bucket: its policy and ACL as they count for the caller, and what conditions may ask of every request.

That a bucket does not exist is no secret: its name is taken among all accounts or free, so NoSuchBucket comes before
any decision, as from S3.
"""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from telecine.policy import PrincipalKind, ResourcePolicy, ResourceRule
from telecine.services.contract import Call, Need, Needs, Params
from telecine.services.s3 import acls, circumstances, errors, names
from telecine.services.s3.exposure import closed, is_public
from telecine.services.s3.model import Bucket
from telecine.services.s3.names import CopySource
from telecine.services.s3.objects import Objects

KEY_ID = "s3:x-amz-server-side-encryption-aws-kms-key-id"
CONTEXT_MEMBERS = {
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
    "SSEKMSKeyId": KEY_ID,
    "ServerSideEncryption": "s3:x-amz-server-side-encryption",
    "StorageClass": "s3:x-amz-storage-class",
    "VersionId": "s3:VersionId",
}
"""What writing requests say, and the condition key of each."""
LISTING_MEMBERS = {"Prefix": "s3:prefix", "Delimiter": "s3:delimiter", "MaxKeys": "s3:max-keys"}
_ACL_MEMBERS = ("ACL", "GrantFullControl", "GrantRead", "GrantReadACP", "GrantWriteACP")
ACL_KEYS = {member: CONTEXT_MEMBERS[member] for member in (*_ACL_MEMBERS, "GrantWrite")}


class Guarded(NamedTuple):
    """A bucket, its policy as it counts for the caller, and what conditions may ask of any request to it."""

    bucket: Bucket
    policy: ResourcePolicy | None
    context: dict[str, str | Sequence[str]]


def of_bucket(face: Objects, call: Call, name: str) -> Guarded:
    """The bucket `name`. Raises InvalidBucketName, NoSuchBucket."""
    return guard(face, call, face.buckets.get(names.check_bucket(name)))


def guard(face: Objects, call: Call, bucket: Bucket) -> Guarded:
    """`bucket`, which is there, for whoever calls."""
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
    return Guarded(
        bucket,
        policy,
        {"s3:ResourceAccount": bucket.account, **circumstances.bucket_tags(bucket), **circumstances.of_signature(call)},
    )


def need(on: Guarded, action: str, resource: str, context: Mapping[str, str | Sequence[str]]) -> Need:
    """`action` on the bucket, or on something in it."""
    return Need(
        action=action,
        resource=resource,
        resource_account=on.bucket.account,
        context={**on.context, **context},
        resource_policy=on.policy,
    )


def said(params: Params, members: Mapping[str, str]) -> dict[str, str | Sequence[str]]:
    """What a request says, as condition keys: member to key by `members`."""
    return {key: str(params[member]) for member, key in members.items() if member in params}


def gives_acl(params: Params) -> bool:
    """Whether the request writes an ACL, too."""
    return any(member in params for member in _ACL_MEMBERS)


def versioned(action: str, where: CopySource) -> str:
    """`s3:GetObjectTagging`, of a version `s3:GetObjectVersionTagging`."""
    return f"s3:{action}" if where.version is None else f"s3:{action.replace('Object', 'ObjectVersion')}"


def named(row: Needs[Objects], what: str) -> Needs[Objects]:
    """`row` for callers with a name: `what` nobody does without, whatever a policy grants."""

    def needs(face: Objects, call: Call, params: Params) -> Sequence[Need]:
        if call.caller.principal.kind is PrincipalKind.ANONYMOUS:
            raise errors.anonymous(what)
        return row(face, call, params)

    return needs
