"""Tags."""

from telecine.core.errors import ApiError
from telecine.services.s3.errors.requests import invalid_argument, invalid_request


def invalid_tag(message: str, key: str, value: str) -> ApiError:
    return ApiError("InvalidTag", message, fields={"TagKey": key, "TagValue": value})


def invalid_tagging_header(header: str) -> ApiError:
    return invalid_argument(
        "The header 'x-amz-tagging' shall be encoded as UTF-8 then URLEncoded URL query parameters without tag name "
        "duplicates.",
        "x-amz-tagging",
        header,
    )


def too_many_tags(message: str) -> ApiError:
    return ApiError("BadRequest", message)


def tag_governed() -> ApiError:
    """Our words: S3 documents the refusal, but not its text."""
    return invalid_request(
        "The tags of a bucket with ABAC enabled cannot be changed by PutBucketTagging and DeleteBucketTagging. Disable "
        "ABAC with PutBucketAbac first."
    )


def no_such_tag_set(bucket: str) -> ApiError:
    return ApiError("NoSuchTagSet", "The TagSet does not exist", status=404, fields={"BucketName": bucket})
