"""Objects and their versions, and the conditions and ranges that they are asked with."""

from collections.abc import Mapping
from datetime import datetime
from email.utils import format_datetime

from telecine.core.errors import ApiError
from telecine.services.s3.errors.requests import invalid_request


def no_such_key(key: str) -> ApiError:
    return ApiError("NoSuchKey", "The specified key does not exist.", status=404, fields={"Key": key})


def no_such_version(key: str, version_id: str) -> ApiError:
    return ApiError(
        "NoSuchVersion",
        "The specified version does not exist.",
        status=404,
        fields={"Key": key, "VersionId": version_id},
    )


def deleted(key: str, marker: str) -> ApiError:
    """The current version of `key` is the delete marker `marker`."""
    gone = no_such_key(key)
    headers = {"x-amz-delete-marker": "true", "x-amz-version-id": marker}
    return ApiError(gone.code, gone.message, status=gone.status, fields=gone.fields, headers=headers)


def is_delete_marker(key: str, marker: str, made_at: datetime) -> ApiError:
    """What is asked for by its version, `marker`, is a delete marker, which can only be deleted."""
    return ApiError(
        "MethodNotAllowed",
        "The specified method is not allowed against this resource.",
        status=405,
        fields={"Key": key, "ResourceType": "DeleteMarker"},
        headers={
            "x-amz-delete-marker": "true",
            "x-amz-version-id": marker,
            "Allow": "DELETE",
            "Last-Modified": format_datetime(made_at, usegmt=True),
        },
    )


def key_too_long(size: int, limit: int) -> ApiError:
    return ApiError("KeyTooLongError", "Your key is too long", fields={"Size": str(size), "MaxSizeAllowed": str(limit)})


def precondition_failed(condition: str) -> ApiError:
    return ApiError(
        "PreconditionFailed",
        "At least one of the pre-conditions you specified did not hold",
        status=412,
        fields={"Condition": condition},
    )


def not_modified(headers: Mapping[str, str]) -> ApiError:
    """Not a fault, but an answer without a body: the caller's copy is still good. `headers` say which one it is."""
    return ApiError("NotModified", "Not Modified", status=304, headers=headers)


def invalid_range(asked: str, size: int) -> ApiError:
    return ApiError(
        "InvalidRange",
        "The requested range is not satisfiable",
        status=416,
        fields={"RangeRequested": asked, "ActualObjectSize": str(size)},
    )


def invalid_part_number(asked: int, count: int) -> ApiError:
    return ApiError(
        "InvalidPartNumber",
        "The requested partnumber is not satisfiable",
        status=416,
        fields={"PartNumberRequested": str(asked), "ActualPartCount": str(count)},
    )


def copy_source_too_large(limit: int) -> ApiError:
    return invalid_request(
        f"The specified copy source is larger than the maximum allowable size for a copy source: {limit}"
    )
