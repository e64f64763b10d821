"""S3's errors about server-side encryption (S3 API reference, "Error responses"; S3 user guide, "Using server-side
encryption with customer-provided keys (SSE-C)")."""

from collections.abc import Iterator
from contextlib import contextmanager

from telecine.core.errors import ApiError
from telecine.services.s3.errors.requests import invalid_argument, invalid_request

CUSTOMER_KEYS = "Requests specifying Server Side Encryption with Customer provided keys"
_SSE = "x-amz-server-side-encryption"


def argument(message: str, value: str | None) -> ApiError:
    """Headers about server-side encryption contradict each other, or one of them is of no use."""
    return invalid_argument(message, _SSE, "null" if value is None else value)


def invalid_algorithm(value: str) -> ApiError:
    return ApiError(
        "InvalidEncryptionAlgorithmError",
        "The Encryption request you specified is not valid. Supported value: AES256.",
        fields={"ArgumentName": _SSE, "ArgumentValue": value},
    )


def invalid_context(value: str) -> ApiError:
    return invalid_argument(
        f"The header '{_SSE}-context' shall be Base64-encoded UTF-8 string holding JSON which represents a "
        "string-string map",
        f"{_SSE}-context",
        value,
    )


def customer_key_in_clear() -> ApiError:
    return invalid_request(f"{CUSTOMER_KEYS} must be made over a secure connection.")


def customer_key_missing() -> ApiError:
    return invalid_request(
        "The object was stored using a form of Server Side Encryption. The correct parameters must be provided to "
        "retrieve the object."
    )


def customer_key_not_applicable() -> ApiError:
    return invalid_request("The encryption parameters are not applicable to this object.")


def customer_key_wrong() -> ApiError:
    return ApiError("AccessDenied", f"{CUSTOMER_KEYS} must provide the correct secret key.", status=403)


def customer_key_of_upload_missing() -> ApiError:
    """A part comes without the headers that its upload was created with, or with ones that it was not."""
    return invalid_request(
        "The multipart upload initiate requested encryption. Subsequent part requests must include the appropriate "
        "encryption parameters."
    )


def customer_key_of_upload_wrong() -> ApiError:
    return invalid_request("The provided encryption parameters did not match the ones used originally.")


def customer_keys_blocked(caller: str, action: str, arn: str) -> ApiError:
    """The bucket takes no objects that are written with SSE-C."""
    return ApiError(
        "AccessDenied",
        f'User: {caller} is not authorized to perform: {action} on resource: "{arn}" because this bucket has blocked '
        "upload requests that specify Server Side Encryption with Customer provided keys (SSE-C). Please specify a "
        "different server-side encryption type",
        status=403,
    )


@contextmanager
def of_kms() -> Iterator[None]:
    """What KMS refuses, as S3 passes it on: its code behind `KMS.` (S3 API reference, "Error responses")."""
    try:
        yield
    except ApiError as refused:
        raise ApiError(f"KMS.{refused.code}", refused.message) from refused


def signature_needed() -> ApiError:
    """Keys of KMS are used on behalf of somebody: not of anonymous callers, nor of those who sign as of old."""
    return invalid_argument(
        "Requests specifying Server Side Encryption with AWS KMS managed keys require AWS Signature Version 4.",
        "Authorization",
        "null",
    )


def changed_meanwhile() -> ApiError:
    """Between the decision on the request and its operation something became another: to be tried again."""
    return ApiError(
        "ServiceUnavailable",
        "The object has changed while you asked for it. Please try again.",
        status=503,
    )
