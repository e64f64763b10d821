"""ACLs, and to whom objects belong.

GetBucketAcl, PutBucketAcl, GetObjectAcl, PutObjectAcl; PutBucketOwnershipControls, GetBucketOwnershipControls,
DeleteBucketOwnershipControls. Canned ACLs are taken where the bucket's ownership is not enforced; lists of grants are
not, but for one, which is taken everywhere: that the owner has full control, and nobody else has anything. Objects that
would belong to another account than their bucket are refused.
"""

from telecine.services.contract import Call, Params, Result
from telecine.services.s3 import absences, acls, errors, names, view
from telecine.services.s3.model import Bucket, Ownership
from telecine.services.s3.objects import Objects
from telecine.services.s3.operations import encryption, terms

_GRANTS = {
    "GrantFullControl": "x-amz-grant-full-control",
    "GrantRead": "x-amz-grant-read",
    "GrantReadACP": "x-amz-grant-read-acp",
    "GrantWrite": "x-amz-grant-write",
    "GrantWriteACP": "x-amz-grant-write-acp",
    "AccessControlPolicy": "AccessControlPolicy",
}
_CHANGES_NOTHING = frozenset({acls.PRIVATE, acls.OWNER_FULL_CONTROL})


def of_write(bucket: Bucket, call: Call, params: Params) -> str | None:
    """The canned ACL of an object that is written to the bucket; None for `private`.

    Raises AccessControlListNotSupported, AccessDenied, NotImplemented.
    """
    asked = params.get("ACL")
    if bucket.ownership is Ownership.ENFORCED:
        if asked not in {None, *_CHANGES_NOTHING} or not _GRANTS.keys().isdisjoint(params):
            raise errors.acl_not_supported()
        return None
    is_given_away = bucket.ownership is Ownership.PREFERRED and asked == acls.OWNER_FULL_CONTROL
    if call.caller.principal.account != bucket.account and not is_given_away:
        raise errors.foreign_object(bucket.ownership or Ownership.WRITER)
    return _canned(bucket, params)


def get_bucket_acl(face: Objects, _call: Call, params: Params) -> Result:
    terms.check("GetBucketAcl", params)
    bucket = terms.bucket(face, params)
    return _shown(bucket, bucket.acl)


def put_bucket_acl(face: Objects, _call: Call, params: Params) -> Result:
    """Raises AccessControlListNotSupported, AccessDenied, NotImplemented, MissingSecurityHeader."""
    terms.check("PutBucketAcl", params)
    bucket = terms.bucket(face, params)
    if _is_owners_alone(bucket, params):
        face.buckets.set_acl(bucket.name, None)
        return {}
    _check_open_to_acls(bucket, params)
    face.buckets.set_acl(bucket.name, of_bucket(bucket, params))
    return {}


def of_bucket(bucket: Bucket, params: Params) -> str | None:
    """The canned ACL that a bucket is to have; None for `private`. Raises AccessDenied, NotImplemented."""
    if params.get("ACL") == "public-read-write":
        raise errors.not_implemented("x-amz-acl", params["ACL"])
    return _canned(bucket, params)


def get_object_acl(face: Objects, call: Call, params: Params) -> Result:
    terms.check("GetObjectAcl", params)
    bucket = terms.bucket(face, params)
    stored = face.get(bucket.name, names.check_key(params["Key"]), names.check_version(params.get("VersionId")))
    encryption.check_still(call, stored)
    return _shown(bucket, stored.acl)


def put_object_acl(face: Objects, call: Call, params: Params) -> Result:
    """Raises AccessControlListNotSupported, AccessDenied, NotImplemented, MissingSecurityHeader."""
    terms.check("PutObjectAcl", params)
    bucket = terms.bucket(face, params)
    acl = None
    if not _is_owners_alone(bucket, params):
        _check_open_to_acls(bucket, params)
        acl = _canned(bucket, params)
    version = names.check_version(params.get("VersionId"))
    key = names.check_key(params["Key"])
    face.set_acl(bucket.name, key, version, acl, lambda stored: encryption.check_still(call, stored))
    return {}


def put_bucket_ownership_controls(face: Objects, _call: Call, params: Params) -> Result:
    """Raises MalformedXML, InvalidBucketAclWithObjectOwnership."""
    terms.check("PutBucketOwnershipControls", params)
    rules = params["OwnershipControls"]["Rules"]
    if len(rules) != 1:
        raise errors.malformed_xml()
    ownership = Ownership(rules[0]["ObjectOwnership"])

    def check(bucket: Bucket) -> None:
        if ownership is Ownership.ENFORCED and bucket.acl is not None:
            raise errors.acl_on_owned_bucket()

    face.buckets.set_ownership(terms.bucket(face, params).name, ownership, check)
    return {}


def get_bucket_ownership_controls(face: Objects, _call: Call, params: Params) -> Result:
    """Raises OwnershipControlsNotFoundError."""
    terms.check("GetBucketOwnershipControls", params)
    bucket = terms.bucket(face, params)
    if bucket.ownership is None:
        raise absences.no_ownership_controls(bucket.name)
    return {"OwnershipControls": {"Rules": [{"ObjectOwnership": bucket.ownership}]}}


def delete_bucket_ownership_controls(face: Objects, _call: Call, params: Params) -> Result:
    """From then on it is as with ObjectWriter."""
    terms.check("DeleteBucketOwnershipControls", params)
    face.buckets.set_ownership(terms.bucket(face, params).name, None, lambda _bucket: None)
    return {}


def _is_owners_alone(bucket: Bucket, params: Params) -> bool:
    """Whether the ACL that is asked for gives the owner everything, and nobody else anything.

    S3 user guide, "Controlling ownership of objects": where the owner's is enforced, such ACLs are accepted, canned or
    as XML. Clients send them when they copy an object with its ACL.
    """
    if "AccessControlPolicy" not in params:
        return params.get("ACL") == acls.OWNER_FULL_CONTROL and _GRANTS.keys().isdisjoint(params)
    granted = [
        (grant.get("Grantee", {}).get("ID"), grant.get("Permission"))
        for grant in params["AccessControlPolicy"].get("Grants", ())
    ]
    asks_for_more = any(member in params for member in ("ACL", *_GRANTS) if member != "AccessControlPolicy")
    return not asks_for_more and granted == [(view.owner(bucket.account)["ID"], "FULL_CONTROL")]


def _check_open_to_acls(bucket: Bucket, params: Params) -> None:
    if bucket.ownership is Ownership.ENFORCED:
        raise errors.acl_not_supported()
    if "ACL" not in params and _GRANTS.keys().isdisjoint(params):
        raise errors.missing_acl()


def _canned(bucket: Bucket, params: Params) -> str | None:
    for member, name in _GRANTS.items():
        if member in params:
            raise errors.not_implemented(name)
    asked: str | None = params.get("ACL")
    block = bucket.public_access_block
    if asked in acls.PUBLIC and block is not None and block.block_public_acls:
        raise errors.public_acl()
    return None if asked == acls.PRIVATE else asked


def _shown(bucket: Bucket, acl: str | None) -> Result:
    owner = view.owner(bucket.account)
    counts = bucket.ownership is not Ownership.ENFORCED
    return {"Owner": owner, "Grants": acls.grants(acl if counts else None, owner)}
