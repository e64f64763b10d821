"""Multipart uploads."""

from telecine.core.errors import ApiError
from telecine.services.s3.errors.requests import invalid_argument

PART_NUMBER = "Part number must be an integer between 1 and 10000, inclusive"
"""S3's words for a part number out of range."""


def no_such_upload(upload_id: str) -> ApiError:
    return ApiError(
        "NoSuchUpload",
        "The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or "
        "completed.",
        status=404,
        fields={"UploadId": upload_id},
    )


def invalid_part(upload_id: str, number: int, etag: str) -> ApiError:
    return ApiError(
        "InvalidPart",
        "One or more of the specified parts could not be found.  The part may not have been uploaded, or the "
        "specified entity tag may not match the part's entity tag.",
        fields={"UploadId": upload_id, "PartNumber": str(number), "ETag": etag},
    )


def invalid_part_order(upload_id: str) -> ApiError:
    return ApiError(
        "InvalidPartOrder",
        "The list of parts was not in ascending order. Parts must be ordered by part number.",
        fields={"UploadId": upload_id},
    )


def entity_too_small(size: int, limit: int, number: int, etag: str) -> ApiError:
    return ApiError(
        "EntityTooSmall",
        "Your proposed upload is smaller than the minimum allowed size",
        fields={
            "ProposedSize": str(size),
            "MinSizeAllowed": str(limit),
            "PartNumber": str(number),
            "ETag": etag,
        },
    )


def invalid_part_number_argument(value: int) -> ApiError:
    return invalid_argument(PART_NUMBER, "partNumber", str(value))
