"""The conditions of reads, writes and copies: `If-Match` and its kin (RFC 9110, section 13; S3 user guide,
"Conditional requests")."""

from collections.abc import Callable
from datetime import datetime
from email.utils import format_datetime

from telecine.core.errors import ApiError
from telecine.services.contract import Params
from telecine.services.s3 import errors, view
from telecine.services.s3.model import StoredObject, WriteCondition


def check_read(params: Params, stored: StoredObject, now: datetime) -> None:
    """Raise PreconditionFailed (412) or NotModified (304) unless the object may be sent."""
    _check(params, "", stored, now, lambda _condition: errors.not_modified(_named(stored)))


def _named(stored: StoredObject) -> dict[str, str]:
    """What a cache needs to know of a copy that is still good (RFC 9110, "304 Not Modified")."""
    headers = {"ETag": view.quoted(stored.etag), "Last-Modified": format_datetime(stored.modified_at, usegmt=True)}
    if stored.description.cache_control is not None:
        headers["Cache-Control"] = stored.description.cache_control
    if stored.description.expires is not None:
        headers["Expires"] = format_datetime(stored.description.expires, usegmt=True)
    if stored.is_versioned:
        headers["x-amz-version-id"] = stored.version
    return headers


def check_copy_source(params: Params, stored: StoredObject, now: datetime) -> None:
    """Raise PreconditionFailed unless the object may be copied."""
    _check(
        params,
        "CopySource",
        stored,
        now,
        errors.precondition_failed,
    )


def _check(
    params: Params, prefix: str, stored: StoredObject, now: datetime, unchanged: Callable[[str], ApiError]
) -> None:
    place = "x-amz-copy-source-" if prefix else ""
    match, unmodified = params.get(f"{prefix}IfMatch"), params.get(f"{prefix}IfUnmodifiedSince")
    if match is not None:
        # A match outweighs a later change: If-Unmodified-Since is not looked at.
        if not _matches(match, stored.etag):
            raise errors.precondition_failed(f"{place}If-Match")
    elif unmodified is not None and stored.modified_at > unmodified:
        raise errors.precondition_failed(f"{place}If-Unmodified-Since")
    none_match, modified = params.get(f"{prefix}IfNoneMatch"), params.get(f"{prefix}IfModifiedSince")
    if none_match is not None:
        if _matches(none_match, stored.etag):
            raise unchanged(f"{place}If-None-Match")
    elif modified is not None and stored.modified_at <= modified <= now:
        # A date in the future says nothing.
        raise unchanged(f"{place}If-Modified-Since")


def ranged(params: Params, if_range: str | None, stored: StoredObject) -> Params:
    """What is asked for, without its range if that is one of another version: then the whole object is sent, and a
    download that goes on does not join two versions (RFC 9110, "If-Range": strong ETags and equal dates alone match).
    """
    if if_range is None or "Range" not in params:
        return params
    given = if_range.strip()
    if given in {view.quoted(stored.etag), format_datetime(stored.modified_at, usegmt=True)}:
        return params
    return {name: value for name, value in params.items() if name != "Range"}


def of_write(params: Params) -> WriteCondition:
    """What must hold of the object that is replaced. Raises NotImplemented for what S3 does not do either."""
    match, none_match = params.get("IfMatch"), params.get("IfNoneMatch")
    if none_match is not None and none_match.strip() != "*":
        raise errors.not_implemented("If-None-Match", none_match)
    if match is not None and none_match is not None:
        raise errors.not_implemented("If-Match", match)
    return WriteCondition(etag=None if match is None else unquoted(match), must_be_absent=none_match is not None)


def unquoted(etag: str) -> str:
    """The ETag without quotes, however a client wrote it."""
    return etag.strip().removeprefix("W/").strip('"')


def _matches(header: str, etag: str) -> bool:
    given = [unquoted(item) for item in header.split(",")]
    return "*" in given or etag in given
