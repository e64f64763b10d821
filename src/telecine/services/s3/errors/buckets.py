"""Buckets, and how they are configured."""

from telecine.core.errors import ApiError


def no_such_bucket(bucket: str) -> ApiError:
    return ApiError("NoSuchBucket", "The specified bucket does not exist", status=404, fields={"BucketName": bucket})


def bucket_taken(bucket: str) -> ApiError:
    return ApiError(
        "BucketAlreadyExists",
        "The requested bucket name is not available. The bucket namespace is shared by all users of the system. "
        "Please select a different name and try again.",
        status=409,
        fields={"BucketName": bucket},
    )


def bucket_owned_by_you(bucket: str) -> ApiError:
    return ApiError(
        "BucketAlreadyOwnedByYou",
        "Your previous request to create the named bucket succeeded and you already own it.",
        status=409,
        fields={"BucketName": bucket},
    )


def bucket_not_empty(bucket: str) -> ApiError:
    return ApiError(
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty",
        status=409,
        fields={"BucketName": bucket},
    )


def versions_not_empty(bucket: str) -> ApiError:
    """Versions or delete markers are left."""
    return ApiError(
        "BucketNotEmpty",
        "The bucket you tried to delete is not empty. You must delete all versions in the bucket.",
        status=409,
        fields={"BucketName": bucket},
    )


def invalid_bucket_name(bucket: str) -> ApiError:
    return ApiError("InvalidBucketName", "The specified bucket is not valid.", fields={"BucketName": bucket})


def illegal_location(constraint: str | None) -> ApiError:
    """The region asked for, or left open (None), is not the one that this server is."""
    return ApiError(
        "IllegalLocationConstraintException",
        f"The {constraint or 'unspecified'} location constraint is incompatible for the region specific endpoint this "
        "request was sent to.",
    )


def invalid_location(constraint: str) -> ApiError:
    return ApiError(
        "InvalidLocationConstraint",
        "The specified location-constraint is not valid",
        fields={"LocationConstraint": constraint},
    )


def illegal_versioning() -> ApiError:
    return ApiError(
        "IllegalVersioningConfigurationException",
        "The Versioning element must be specified",
    )


def cors_refused(reason: str, method: str, *, is_object: bool) -> ApiError:
    return ApiError(
        "AccessForbidden",
        f"CORSResponse: {reason}",
        status=403,
        fields={"Method": method, "ResourceType": "OBJECT" if is_object else "BUCKET"},
    )


def no_origin() -> ApiError:
    return ApiError("BadRequest", "Insufficient information. Origin request header needed.")


def no_cors_method(method: str | None) -> ApiError:
    return ApiError("BadRequest", f"Invalid Access-Control-Request-Method: {method or 'null'}")
