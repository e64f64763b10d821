"""Tags of objects and of buckets, and whether policies may ask for a bucket's ("ABAC").

PutObjectTagging, GetObjectTagging, DeleteObjectTagging; PutBucketTagging, GetBucketTagging, DeleteBucketTagging;
PutBucketAbac, GetBucketAbac.
"""

from telecine.services.contract import Call, Params, Result
from telecine.services.s3 import errors, names, tags, view
from telecine.services.s3.model import Bucket, StoredObject
from telecine.services.s3.objects import Objects
from telecine.services.s3.operations import encryption, terms


def put_object_tagging(face: Objects, call: Call, params: Params) -> Result:
    """The tags take the place of those that the object has. Raises InvalidTag, BadRequest."""
    terms.check("PutObjectTagging", params)
    return view.version(_retagged(face, call, params, tags.of_object(params["Tagging"]["TagSet"])))


def get_object_tagging(face: Objects, call: Call, params: Params) -> Result:
    terms.check("GetObjectTagging", params)
    bucket = terms.bucket_name(face, params)
    key, version = names.check_key(params["Key"]), names.check_version(params.get("VersionId"))
    found = face.find(bucket, key, version)
    if found is not None and found.is_delete_marker:
        # Not as with other reads: S3 says so, too, when nobody asked for the marker by its version.
        raise errors.is_delete_marker(key, found.version, found.modified_at)
    stored = found or face.get(bucket, key, version)
    encryption.check_still(call, stored)
    return {"TagSet": view.tag_set(stored.tags), **view.version(stored)}


def delete_object_tagging(face: Objects, call: Call, params: Params) -> Result:
    terms.check("DeleteObjectTagging", params)
    return view.version(_retagged(face, call, params, {}))


def put_bucket_tagging(face: Objects, _call: Call, params: Params) -> Result:
    """The tags take the place of those that the bucket has. Raises InvalidTag, BadRequest, InvalidRequest."""
    terms.check("PutBucketTagging", params)
    given = tags.of_bucket(params["Tagging"]["TagSet"])
    face.buckets.set_tags(_open_to_tags(face, params).name, given)
    return {}


def get_bucket_tagging(face: Objects, _call: Call, params: Params) -> Result:
    """Raises NoSuchTagSet."""
    terms.check("GetBucketTagging", params)
    bucket = terms.bucket(face, params)
    if not bucket.tags:
        raise errors.no_such_tag_set(bucket.name)
    return {"TagSet": view.tag_set(bucket.tags)}


def delete_bucket_tagging(face: Objects, _call: Call, params: Params) -> Result:
    terms.check("DeleteBucketTagging", params)
    face.buckets.set_tags(_open_to_tags(face, params).name, {})
    return {}


def put_bucket_abac(face: Objects, _call: Call, params: Params) -> Result:
    terms.check("PutBucketAbac", params)
    is_enabled = params["AbacStatus"].get("Status") == "Enabled"
    face.buckets.set_tag_governed(terms.bucket(face, params).name, is_tag_governed=is_enabled)
    return {}


def get_bucket_abac(face: Objects, _call: Call, params: Params) -> Result:
    terms.check("GetBucketAbac", params)
    is_enabled = terms.bucket(face, params).is_tag_governed
    return {"AbacStatus": {"Status": "Enabled" if is_enabled else "Disabled"}}


def _retagged(face: Objects, call: Call, params: Params, given: dict[str, str]) -> StoredObject:
    bucket = terms.bucket_name(face, params)
    version = names.check_version(params.get("VersionId"))
    key = names.check_key(params["Key"])
    return face.set_tags(bucket, key, version, given, lambda stored: encryption.check_still(call, stored))


def _open_to_tags(face: Objects, params: Params) -> Bucket:
    """The bucket, when its tags decide about nothing.

    S3 API reference, "PutBucketAbac": with ABAC they are managed by TagResource and UntagResource, which want other
    permissions, and which this server does not have.
    """
    bucket = terms.bucket(face, params)
    if bucket.is_tag_governed:
        raise errors.tag_governed()
    return bucket
