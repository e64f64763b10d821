"""What S3 says of a configuration that a bucket does not have: 404, in a code of its own for each."""

from telecine.core.errors import ApiError


def _none(code: str, message: str, bucket: str) -> ApiError:
    """The bucket was never told to do that."""
    return ApiError(code, message, status=404, fields={"BucketName": bucket})


def no_such_cors(bucket: str) -> ApiError:
    return _none("NoSuchCORSConfiguration", "The CORS configuration does not exist", bucket)


def no_such_lifecycle(bucket: str) -> ApiError:
    return _none("NoSuchLifecycleConfiguration", "The lifecycle configuration does not exist", bucket)


def no_ownership_controls(bucket: str) -> ApiError:
    return _none("OwnershipControlsNotFoundError", "The bucket ownership controls were not found", bucket)


def no_replication(bucket: str) -> ApiError:
    return _none("ReplicationConfigurationNotFoundError", "The replication configuration was not found", bucket)


def no_website(bucket: str) -> ApiError:
    return _none("NoSuchWebsiteConfiguration", "The specified bucket does not have a website configuration", bucket)


def no_object_lock(bucket: str) -> ApiError:
    return _none(
        "ObjectLockConfigurationNotFoundError", "Object Lock configuration does not exist for this bucket", bucket
    )


def no_such_configuration(bucket: str) -> ApiError:
    return _none("NoSuchConfiguration", "The specified configuration does not exist.", bucket)
