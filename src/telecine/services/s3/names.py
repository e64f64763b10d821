"""Names that callers choose: buckets, keys, versions and copy sources, checked before they reach the database.

Rules: S3 user guide, "General purpose bucket naming rules", "Naming Amazon S3 objects".
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import AddressValueError, IPv4Address
from urllib.parse import unquote

from telecine.core.names import is_bucket_name
from telecine.services.s3 import errors

MAX_KEY_BYTES = 1024
UNVERSIONED = "null"
"""The id of the one version that an object has in a bucket that does not keep versions."""

_UNSTORABLE = re.compile(r"[\x00\ud800-\udfff]")
_VERSION = re.compile(r"[0-9a-f]{32}")
_RESERVED_PREFIXES = ("xn--", "sthree-", "amzn-s3-demo-")
_RESERVED_SUFFIXES = ("-s3alias", "--ol-s3", ".mrap", "--x-s3", "--table-s3")


def check_bucket(name: str) -> str:
    """The name, when a bucket could have it. Raises InvalidBucketName."""
    if not is_bucket_name(name):
        raise errors.invalid_bucket_name(name)
    return name


def check_new_bucket(name: str) -> str:
    """The name, when a new bucket may have it. Raises InvalidBucketName."""
    check_bucket(name)
    if name.startswith(_RESERVED_PREFIXES) or name.endswith(_RESERVED_SUFFIXES) or _is_address(name):
        raise errors.invalid_bucket_name(name)
    return name


def check_key(key: str) -> str:
    """The key, when an object could have it. Raises KeyTooLongError, InvalidURI."""
    size = len(check_text(key).encode())
    if size > MAX_KEY_BYTES:
        raise errors.key_too_long(size, MAX_KEY_BYTES)
    return key


def check_text(text: str) -> str:
    """The text, when UTF-8 and the database can hold it: no NUL, no surrogate. Raises InvalidURI."""
    if _UNSTORABLE.search(text) is not None:
        raise errors.invalid_uri()
    return text


def version_of(entry: Mapping[str, str]) -> tuple[str, str | None]:
    """The key and the version that an entry of DeleteObjects names: what is allowed or refused as one."""
    return entry.get("Key", ""), entry.get("VersionId")


def check_version(version_id: str | None) -> str | None:
    """The id, when a version could have it; None stays None. Raises InvalidArgument."""
    if version_id is not None and version_id != UNVERSIONED and not _VERSION.fullmatch(version_id):
        raise errors.invalid_argument("Invalid version id specified", "versionId", version_id)
    return version_id


def ordinal_of(version_id: str) -> int | None:
    """Which of its key's versions it is, or was; None for `null`, which says nothing about that."""
    return int(version_id[:8], 16) if _VERSION.fullmatch(version_id) else None


@dataclass(frozen=True, slots=True)
class CopySource:
    """What an object is copied from."""

    bucket: str
    key: str
    version: str | None = None
    """None: the current one."""


def parse_copy_source(header: str) -> CopySource:
    """The source that `x-amz-copy-source` names: `bucket/key`, percent-encoded, with `?versionId=…` behind it or not.

    Raises InvalidArgument, and what the checks of bucket, key and version raise.
    """
    path, _, query = header.partition("?")
    bucket, _, key = unquote(path).removeprefix("/").partition("/")
    if bucket.startswith("arn:"):
        raise errors.not_implemented("x-amz-copy-source", bucket)
    if not bucket or not key:
        raise errors.invalid_argument(
            "Copy Source must mention the source bucket and key: sourcebucket/sourcekey", "x-amz-copy-source", header
        )
    version = None
    if query:
        name, _, given = query.partition("=")
        if name != "versionId":
            raise errors.invalid_argument("Unsupported copy source parameter.", "x-amz-copy-source", header)
        version = check_version(unquote(given))
    return CopySource(check_bucket(bucket), check_key(key), version)


def _is_address(name: str) -> bool:
    try:
        IPv4Address(name)
    except AddressValueError:
        return False
    return True
