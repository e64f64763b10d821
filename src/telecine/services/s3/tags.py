"""Tags of objects and buckets: read from headers and elements, and checked. Pure.

Rules: S3 user guide, "Categorizing your objects using tags", "Using cost allocation S3 bucket tags".
"""

import re
from collections.abc import Iterable, Mapping
from urllib.parse import parse_qsl

from telecine.services.s3 import errors

MAX_OBJECT_TAGS = 10
MAX_BUCKET_TAGS = 50
_MAX_KEY, _MAX_VALUE = 128, 256
_ALLOWED = re.compile(r"[\w\s+\-=.:/@]*")
_RESERVED = "aws:"


def of_header(header: str | None) -> dict[str, str]:
    """The tags that `x-amz-tagging` gives an object: `Team=film&Take=1`, percent-encoded.

    Raises InvalidArgument, InvalidTag, BadRequest.
    """
    if not header:
        return {}
    try:
        pairs = parse_qsl(header, keep_blank_values=True, strict_parsing=True, errors="strict")
    except ValueError as error:
        raise errors.invalid_tagging_header(header) from error
    if len({key for key, _ in pairs}) < len(pairs):
        raise errors.invalid_tagging_header(header)
    return _checked(pairs, MAX_OBJECT_TAGS, "Object tags cannot be greater than 10")


def of_object(tag_set: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The tags of `<TagSet>` for an object. Raises InvalidTag, BadRequest."""
    return _checked(_pairs(tag_set), MAX_OBJECT_TAGS, "Object tags cannot be greater than 10")


def of_bucket(tag_set: Iterable[Mapping[str, str]]) -> dict[str, str]:
    """The tags of `<TagSet>` for a bucket. Raises InvalidTag, BadRequest."""
    return _checked(_pairs(tag_set), MAX_BUCKET_TAGS, "Bucket tag count cannot be greater than 50")


def said(tag_set: Iterable[Mapping[str, str]] | None) -> dict[str, str]:
    """What an input's tags say, good or not: for conditions, which are looked at before the tags are checked."""
    return {tag["Key"]: tag["Value"] for tag in tag_set or () if "Key" in tag and "Value" in tag}


def _pairs(tag_set: Iterable[Mapping[str, str]]) -> list[tuple[str, str]]:
    return [(tag["Key"], tag["Value"]) for tag in tag_set]


def _checked(pairs: list[tuple[str, str]], limit: int, too_many: str) -> dict[str, str]:
    for key, value in pairs:
        if not 1 <= len(key) <= _MAX_KEY or not _ALLOWED.fullmatch(key):
            raise errors.invalid_tag("The TagKey you have provided is invalid", key, value)
        if len(value) > _MAX_VALUE or not _ALLOWED.fullmatch(value):
            raise errors.invalid_tag("The TagValue you have provided is invalid", key, value)
        if key.lower().startswith(_RESERVED):
            raise errors.invalid_tag("System tags cannot be added/updated by requester", key, value)
    tags = dict(pairs)
    if len(tags) < len(pairs):
        key, value = next(pair for at, pair in enumerate(pairs) if pair[0] in dict(pairs[:at]))
        raise errors.invalid_tag("Cannot provide multiple Tags with the same key", key, value)
    if len(tags) > limit:
        raise errors.too_many_tags(too_many)
    return tags
