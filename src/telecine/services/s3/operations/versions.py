"""PutBucketVersioning, GetBucketVersioning, ListObjectVersions."""

from typing import Any

from telecine.services.contract import Call, Params, Result
from telecine.services.s3 import errors, names, view
from telecine.services.s3.listing import Place
from telecine.services.s3.model import Version, Versioning
from telecine.services.s3.objects import Objects
from telecine.services.s3.operations import terms
from telecine.services.s3.operations.listings import behind, page_size, text


def put_bucket_versioning(face: Objects, _call: Call, params: Params) -> Result:
    """Raises IllegalVersioningConfigurationException, and NotImplemented for MFA delete."""
    terms.check("PutBucketVersioning", params)
    asked = params["VersioningConfiguration"]
    if asked.get("MFADelete", "Disabled") != "Disabled":
        raise errors.not_implemented("MfaDelete", asked["MFADelete"])
    if "Status" not in asked:
        raise errors.illegal_versioning()
    face.buckets.set_versioning(terms.bucket(face, params).name, Versioning(asked["Status"]))
    return {}


def get_bucket_versioning(face: Objects, _call: Call, params: Params) -> Result:
    """Nothing for a bucket that never kept versions."""
    terms.check("GetBucketVersioning", params)
    versioning = terms.bucket(face, params).versioning
    return {} if versioning is None else {"Status": versioning}


def list_object_versions(face: Objects, _call: Call, params: Params) -> Result:
    """A page of versions, delete markers and common prefixes; the markers of the next page when more follow."""
    terms.check("ListObjectVersions", params)
    bucket = terms.bucket(face, params)
    prefix, delimiter, marker = text(params, "Prefix"), text(params, "Delimiter"), text(params, "KeyMarker")
    version_marker = params.get("VersionIdMarker")
    if version_marker is not None and not marker:
        raise errors.invalid_argument(
            "A version-id marker cannot be specified without a key marker.", "version-id-marker", version_marker
        )
    encoding = params.get("EncodingType")
    limit = page_size(params, "MaxKeys", "maxKeys")
    start = behind(marker, prefix, delimiter)
    # Behind a common prefix there is no version to go on from.
    is_within = bool(version_marker) and start.key == marker and not start.is_included
    page = face.list_versions(
        bucket.name,
        prefix=prefix,
        delimiter=delimiter,
        start=Place(marker) if is_within else start,
        behind=names.check_version(version_marker) if is_within else None,
        limit=limit,
    )
    result: dict[str, Any] = {
        "Name": bucket.name,
        "Prefix": view.encoded(prefix, encoding),
        "KeyMarker": view.encoded(marker, encoding),
        "VersionIdMarker": version_marker or "",
        "MaxKeys": limit,
        "IsTruncated": page.following is not None,
        "CommonPrefixes": [{"Prefix": view.encoded(group, encoding)} for group in page.prefixes],
    }
    for member, is_marker in (("Versions", False), ("DeleteMarkers", True)):
        result[member] = [
            view.listed_version(entry, encoding, bucket.account)
            for entry in page.rows
            if entry.stored.is_delete_marker is is_marker
        ]
    if delimiter:
        result["Delimiter"] = view.encoded(delimiter, encoding)
    if encoding is not None:
        result["EncodingType"] = encoding
    if page.following is not None and page.last is not None:
        last = page.last
        result["NextKeyMarker"] = view.encoded(last.key if isinstance(last, Version) else last, encoding)
        result["NextVersionIdMarker"] = last.stored.version if isinstance(last, Version) else ""
    return result
