"""What the headers of a request ask of server-side encryption (S3 API reference, "PutObject"; S3 user guide,
"Specifying server-side encryption with …"). Pure."""

import base64
import binascii
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from telecine.services.s3 import errors
from telecine.services.s3.encryption import CustomerKey, Method
from telecine.services.s3.errors import sse as sse_errors

_ALGORITHM = "AES256"
_KEY_BYTES = 32
HEADER = "x-amz-server-side-encryption"


@dataclass(frozen=True, kw_only=True, slots=True)
class Wish:
    """What a writer says of an object's encryption."""

    method: Method | None = None
    """None: the bucket's default."""
    key_id: str | None = None
    context: Mapping[str, str] = field(default_factory=dict)
    has_bucket_key: bool | None = None
    """None: as the bucket has it."""
    customer: CustomerKey | None = None


def of_write(params: Mapping[str, Any], *, is_secure: bool) -> Wish:
    """What the writer of an object wishes. Raises InvalidArgument, InvalidRequest, NotImplemented."""
    customer = customer_key(params, is_secure=is_secure)
    asked = params.get("ServerSideEncryption")
    if customer is not None:
        if asked is not None:
            raise sse_errors.argument(
                "Server Side Encryption with Customer provided key is incompatible with the encryption method "
                "specified",
                asked,
            )
        method: Method | None = Method.CUSTOMER
    else:
        method = None if asked is None else _method(asked)
    key_id, context = params.get("SSEKMSKeyId"), params.get("SSEKMSEncryptionContext")
    if method is not Method.KMS and not (key_id is None and context is None):
        raise sse_errors.argument(
            "Server Side Encryption with AWS KMS managed key requires HTTP header x-amz-server-side-encryption : "
            "aws:kms",
            asked,
        )
    return Wish(
        method=method,
        key_id=key_id,
        context={} if context is None else _context(context),
        has_bucket_key=params.get("BucketKeyEnabled"),
        customer=customer,
    )


def customer_key(params: Mapping[str, Any], *, is_secure: bool, prefix: str = "") -> CustomerKey | None:
    """The key of SSE-C that came with a request; `prefix` `CopySource` for that of a copy's source.

    Raises InvalidArgument, InvalidEncryptionAlgorithmError, InvalidRequest.
    """
    algorithm = params.get(f"{prefix}SSECustomerAlgorithm")
    text, md5 = params.get(f"{prefix}SSECustomerKey"), params.get(f"{prefix}SSECustomerKeyMD5")
    if algorithm is None and text is None and md5 is None:
        return None
    if not is_secure:
        raise sse_errors.customer_key_in_clear()
    if algorithm is None:
        raise sse_errors.argument(f"{sse_errors.CUSTOMER_KEYS} must provide a valid encryption algorithm.", None)
    if algorithm != _ALGORITHM:
        raise sse_errors.invalid_algorithm(algorithm)
    if text is None:
        raise sse_errors.argument(f"{sse_errors.CUSTOMER_KEYS} must provide an appropriate secret key.", None)
    key = _decoded(text)
    if md5 is None:
        raise sse_errors.argument(
            f"{sse_errors.CUSTOMER_KEYS} must provide the client calculated MD5 of the secret key.", None
        )
    computed = base64.b64encode(hashlib.md5(key, usedforsecurity=False).digest()).decode()
    if not hmac.compare_digest(computed.encode(), md5.strip().encode()):
        raise sse_errors.argument("The calculated MD5 hash of the key did not match the hash that was provided.", None)
    if len(key) != _KEY_BYTES:
        raise sse_errors.argument("The secret key was invalid for the specified algorithm.", None)
    return CustomerKey(key=key, md5=computed)


def _method(asked: str) -> Method:
    if asked == "aws:kms:dsse":
        raise errors.not_implemented(HEADER, asked)
    if asked not in {Method.S3, Method.KMS}:
        raise sse_errors.argument("The encryption method specified is not supported", asked)
    return Method(asked)


def _context(header: str) -> dict[str, str]:
    """The pairs in `x-amz-server-side-encryption-context`: base64 of a JSON object of texts."""
    try:
        pairs = json.loads(base64.b64decode(header, validate=True))
    except (binascii.Error, ValueError, RecursionError) as error:
        raise sse_errors.invalid_context(header) from error
    if not isinstance(pairs, dict) or not all(isinstance(value, str) for value in pairs.values()):
        raise sse_errors.invalid_context(header)
    return pairs


def context_header(pairs: Mapping[str, str]) -> str:
    """`pairs` as the header carries them."""
    return base64.b64encode(json.dumps(pairs, separators=(",", ":"), ensure_ascii=False).encode()).decode()


def _decoded(text: str) -> bytes:
    try:
        return base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:
        raise sse_errors.argument("The secret key was invalid for the specified algorithm.", None) from error
