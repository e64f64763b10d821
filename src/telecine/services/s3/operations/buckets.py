"""CreateBucket, DeleteBucket, HeadBucket, ListBuckets, GetBucketLocation."""

import json
from collections.abc import Mapping
from typing import Any

from telecine.core.errors import ApiError
from telecine.services.contract import Call, Params, Result
from telecine.services.s3 import acls, errors, names, tags, view
from telecine.services.s3.listing import Place
from telecine.services.s3.model import MAX_BUCKET_PAGE, Ownership
from telecine.services.s3.objects import Objects
from telecine.services.s3.operations import terms

HOME_REGION = "us-east-1"
"""The region that a bucket is in when its location constraint is empty."""

_EU = "eu-west-1"
"""What the old constraint `EU` means."""


def create_bucket(face: Objects, call: Call, params: Params) -> Result:
    """`Location`: the path of the bucket in us-east-1, its address elsewhere."""
    terms.check("CreateBucket", params)
    name = names.check_new_bucket(params["Bucket"])
    configuration = params.get("CreateBucketConfiguration") or {}
    _check_location(configuration, call.region)
    given = tags.of_bucket(configuration.get("Tags") or ())
    ownership = Ownership(params.get("ObjectOwnership") or Ownership.ENFORCED)
    _check_acl(ownership, params)
    try:
        face.buckets.create(name, call.account, call.region, tags=given, ownership=ownership)
    except ApiError as error:
        # In its first region S3 still says yes to whoever has the bucket already ("BucketAlreadyOwnedByYou").
        if error.code != "BucketAlreadyOwnedByYou" or call.region != HOME_REGION:
            raise
    return {"Location": f"/{name}" if call.region == HOME_REGION else f"{call.base_url}/{name}"}


def _check_acl(ownership: Ownership, params: Params) -> None:
    """Raise unless the new bucket's ACL is private: every new bucket blocks public ones."""
    if ownership is Ownership.ENFORCED:
        if params.get("ACL") not in {None, acls.PRIVATE} or any(member.startswith("Grant") for member in params):
            raise errors.acl_on_owned_bucket()
        return
    if params.get("ACL") in acls.PUBLIC:
        raise errors.public_acl_on_new_bucket()
    for member in params:
        if member.startswith("Grant"):
            raise errors.not_implemented(member)


def _check_location(configuration: Mapping[str, Any], region: str) -> None:
    for element in configuration:
        if element not in {"LocationConstraint", "Tags"}:
            raise errors.not_implemented(element)
    constraint = configuration.get("LocationConstraint") or None
    asked = _EU if constraint == "EU" else constraint
    if region == HOME_REGION:
        if asked == HOME_REGION:
            raise errors.invalid_location(asked)
        if asked is not None:
            raise errors.illegal_location(constraint)
    elif asked != region:
        raise errors.illegal_location(constraint)


def delete_bucket(face: Objects, _call: Call, params: Params) -> Result:
    terms.check("DeleteBucket", params)
    face.buckets.delete(terms.bucket(face, params).name)
    return {}


def head_bucket(face: Objects, _call: Call, params: Params) -> Result:
    terms.check("HeadBucket", params)
    return {"BucketRegion": terms.bucket(face, params).region, "AccessPointAlias": False}


def get_bucket_location(face: Objects, _call: Call, params: Params) -> Result:
    """`LocationConstraint`: the region; empty for us-east-1."""
    terms.check("GetBucketLocation", params)
    region = terms.bucket(face, params).region
    return {"LocationConstraint": "" if region == HOME_REGION else region}


def list_buckets(face: Objects, call: Call, params: Params) -> Result:
    """The caller's own account's buckets; each with its region when the listing is narrowed or paged."""
    terms.check("ListBuckets", params)
    prefix = names.check_text(params.get("Prefix", ""))
    region = params.get("BucketRegion")
    scope = f"ListBuckets {json.dumps([call.account, prefix, region])}"
    start = face.place(scope, params["ContinuationToken"]) if "ContinuationToken" in params else Place()
    page = face.buckets.list(
        call.account,
        prefix=prefix,
        region=region,
        start=start,
        limit=min(params.get("MaxBuckets", MAX_BUCKET_PAGE), MAX_BUCKET_PAGE),
    )
    result: dict[str, Any] = {
        "Buckets": [view.bucket(bucket, with_region=bool(params)) for bucket in page.rows],
        "Owner": view.owner(call.account),
    }
    if prefix:
        result["Prefix"] = prefix
    if page.following is not None:
        result["ContinuationToken"] = face.token(scope, page.following)
    return result
