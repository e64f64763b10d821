"""PutBucketPolicy, GetBucketPolicy, DeleteBucketPolicy, GetBucketPolicyStatus, and the public access block."""

import json

from telecine.policy import MalformedPolicy, check_resource_policy
from telecine.services.contract import Call, Params, Result
from telecine.services.iam.directory.principals import UnknownPrincipal
from telecine.services.s3 import errors, view
from telecine.services.s3.errors import PublicPolicyBlocked
from telecine.services.s3.exposure import is_public
from telecine.services.s3.model import MAX_POLICY_BYTES, Bucket, PublicAccessBlock
from telecine.services.s3.objects import Objects
from telecine.services.s3.operations import terms

_WILD = ("*", "?", "$")


def put_bucket_policy(face: Objects, call: Call, params: Params) -> Result:
    """Raises MalformedPolicy, and AccessDenied for a public policy on a bucket that takes none."""
    terms.check("PutBucketPolicy", params)
    bucket = _own(face, call, params, "PUT")
    text = params["Policy"]
    _check(bucket, text)
    try:
        face.policies.put(bucket, text)
    except UnknownPrincipal as error:
        raise errors.malformed_policy("Invalid principal in policy", error.principal) from error
    except PublicPolicyBlocked as error:
        raise errors.public_policy(call.caller.principal.arn or "", bucket.arn) from error
    return {}


def get_bucket_policy(face: Objects, call: Call, params: Params) -> Result:
    """The policy as it was written, except that principals which are gone stand there by their unique ids."""
    terms.check("GetBucketPolicy", params)
    return {"Policy": _current(face, _own(face, call, params, "GET"))}


def delete_bucket_policy(face: Objects, call: Call, params: Params) -> Result:
    terms.check("DeleteBucketPolicy", params)
    face.policies.delete(_own(face, call, params, "DELETE").name)
    return {}


def get_bucket_policy_status(face: Objects, _call: Call, params: Params) -> Result:
    terms.check("GetBucketPolicyStatus", params)
    return {"PolicyStatus": {"IsPublic": is_public(_current(face, terms.bucket(face, params)))}}


def put_public_access_block(face: Objects, _call: Call, params: Params) -> Result:
    """Settings that are left out are off."""
    terms.check("PutPublicAccessBlock", params)
    asked = params["PublicAccessBlockConfiguration"]
    block = PublicAccessBlock(
        block_public_acls=asked.get("BlockPublicAcls", False),
        ignore_public_acls=asked.get("IgnorePublicAcls", False),
        block_public_policy=asked.get("BlockPublicPolicy", False),
        restrict_public_buckets=asked.get("RestrictPublicBuckets", False),
    )
    face.policies.set_block(terms.bucket(face, params).name, block)
    return {}


def get_public_access_block(face: Objects, _call: Call, params: Params) -> Result:
    terms.check("GetPublicAccessBlock", params)
    bucket = terms.bucket(face, params)
    if bucket.public_access_block is None:
        raise errors.no_public_access_block(bucket.name)
    return {"PublicAccessBlockConfiguration": view.public_access_block(bucket.public_access_block)}


def delete_public_access_block(face: Objects, _call: Call, params: Params) -> Result:
    terms.check("DeletePublicAccessBlock", params)
    face.policies.set_block(terms.bucket(face, params).name, None)
    return {}


def _own(face: Objects, call: Call, params: Params, method: str) -> Bucket:
    """The bucket, which is of the caller's account.

    S3 API reference, "PutBucketPolicy": who has the permission but another account hears MethodNotAllowed.
    """
    bucket = terms.bucket(face, params)
    if bucket.account != call.account:
        raise errors.owners_alone(method)
    return bucket


def _current(face: Objects, bucket: Bucket) -> str:
    text = face.policies.current(bucket)
    if text is None:
        raise errors.no_such_policy(bucket.name)
    return text


def _check(bucket: Bucket, text: str) -> None:
    try:
        check_resource_policy(text, service="s3", owns=lambda resource: _owns(bucket, resource))
    except MalformedPolicy as problem:
        raise errors.malformed_policy(problem.message) from problem
    # White space is not counted.
    if len(json.dumps(json.loads(text), separators=(",", ":"), ensure_ascii=False).encode()) > MAX_POLICY_BYTES:
        raise errors.policy_too_large()


def _owns(bucket: Bucket, resource: str) -> bool:
    """Whether a pattern is about the bucket or its objects alone: about `films`, `films/…`, or `films*`."""
    place = resource.removeprefix(bucket.arn)
    return place != resource and place[:1] in {"", "/", *_WILD}
