"""How objects are encrypted, and how a bucket wants them to be. Values alone; the data keys are `objects.datakeys`."""

import base64
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any


class Method(StrEnum):
    """Who keeps the key that an object's data key is sealed under."""

    S3 = "AES256"
    """We do: the root key (SSE-S3)."""
    KMS = "aws:kms"
    """KMS does (SSE-KMS)."""
    CUSTOMER = "SSE-C"
    """The customer does, and sends it with every request."""

    @property
    def has_md5_etag(self) -> bool:
        """Whether an object's ETag is its MD5 (S3 API reference, "Object": of SSE-S3 alone)."""
        return self is Method.S3


@dataclass(frozen=True, kw_only=True, slots=True)
class BucketEncryption:
    """What happens to objects of whose encryption their writer says nothing."""

    method: Method = Method.S3
    """SSE-S3 or SSE-KMS."""
    key_id: str | None = None
    """The KMS key as it was written: id, ARN or alias, looked up for whoever writes an object. None: `aws/s3`."""
    has_bucket_key: bool = False
    """SSE-KMS asks KMS for a key for the bucket, not for every object."""
    blocks_customer_keys: bool = False
    """No object may be written with SSE-C."""


@dataclass(frozen=True, kw_only=True, slots=True)
class CustomerKey:
    """The key of SSE-C, for one request."""

    key: bytes = field(repr=False)
    """32 bytes."""
    md5: str
    """Base64, as the answer repeats it."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Encryption:
    """How the bytes of one object, or of the parts of one upload, are encrypted."""

    method: Method
    sealed_key: bytes | None = field(default=None, repr=False)
    """SSE-S3: the data key under the root key."""
    key_blob: bytes | None = field(default=None, repr=False)
    """SSE-KMS: the data key, or the bucket's key that it is derived from, under the KMS key."""
    key_arn: str | None = None
    """SSE-KMS: the KMS key."""
    context: Mapping[str, str] = field(default_factory=dict)
    """SSE-KMS: the pairs that the writer added to the encryption context."""
    has_bucket_key: bool = False
    salt: bytes | None = field(default=None, repr=False)
    """SSE-C: random; the data key is derived from it and the customer's key."""
    check: bytes | None = field(default=None, repr=False)
    """SSE-C: an HMAC by which the customer's key is known again, and from which it cannot be computed."""


def bucket_json(encryption: BucketEncryption) -> Mapping[str, object]:
    """`encryption` as a row holds it."""
    return {
        "method": encryption.method,
        "key_id": encryption.key_id,
        "has_bucket_key": encryption.has_bucket_key,
        "blocks_customer_keys": encryption.blocks_customer_keys,
    }


def of_bucket(said: Mapping[str, Any] | None) -> BucketEncryption:
    """The value in a row; None is what a new bucket begins with."""
    if said is None:
        return BucketEncryption()
    return BucketEncryption(**{**said, "method": Method(said["method"])})


def columns(encryption: Encryption | None) -> dict[str, object]:
    """`encryption` as the columns of a row: what must be readable in any SQL shell as JSON, sealed bytes apart."""
    if encryption is None:
        return {"encryption": None, "sealed_key": None, "key_blob": None}
    said: dict[str, object] = {"method": encryption.method}
    if encryption.key_arn is not None:
        said |= {"key_arn": encryption.key_arn, "has_bucket_key": encryption.has_bucket_key}
    if encryption.context:
        said["context"] = dict(encryption.context)
    if encryption.salt is not None and encryption.check is not None:
        said |= {"salt": _text(encryption.salt), "check": _text(encryption.check)}
    return {"encryption": said, "sealed_key": encryption.sealed_key, "key_blob": encryption.key_blob}


def of_columns(said: Mapping[str, Any] | None, sealed_key: bytes | None, key_blob: bytes | None) -> Encryption | None:
    """The value in a row; None for objects from before there was encryption."""
    if said is None:
        return None
    return Encryption(
        method=Method(said["method"]),
        sealed_key=sealed_key,
        key_blob=key_blob,
        key_arn=said.get("key_arn"),
        context=said.get("context", {}),
        has_bucket_key=said.get("has_bucket_key", False),
        salt=_bytes(said.get("salt")),
        check=_bytes(said.get("check")),
    )


def _text(value: bytes) -> str:
    return base64.b64encode(value).decode()


def _bytes(text: str | None) -> bytes | None:
    return None if text is None else base64.b64decode(text)
