"""What AWS calls the errors that no service owns: code, HTTP status and words, by protocol. Data alone.

From the public IAM, STS and S3 documentation and the SDKs' lists of error codes. `{…}` are facts given by the caller.
"""

from collections.abc import Mapping
from enum import StrEnum
from types import MappingProxyType

from telecine.wire.models import Protocol


class Common(StrEnum):
    """What goes wrong outside the services. The facts that a message shows stand behind each name."""

    ACCESS_DENIED = "access denied"  # message
    MISSING_TOKEN = "missing token"  # noqa: S105 - no secret: the name of an error
    UNKNOWN_KEY = "unknown key"
    EXPIRED_TOKEN = "expired token"  # noqa: S105
    BAD_TOKEN = "bad token"  # noqa: S105
    SIGNATURE_MISMATCH = "signature mismatch"  # access_key_id, string_to_sign, canonical_request, signature
    SKEWED = "skewed"  # message, request_time, server_time
    EXPIRED_REQUEST = "expired request"  # message, expires, server_time
    INCOMPLETE_SIGNATURE = "incomplete signature"  # message
    INCOMPLETE_QUERY = "incomplete query"  # message; the signature is in a presigned URL
    UNSIGNED_HEADERS = "unsigned headers"  # headers
    SCOPE = "scope"  # message
    WRONG_REGION = "wrong region"  # expected
    UNSUPPORTED_SIGNATURE = "unsupported signature"  # scheme
    UNKNOWN_OPERATION = "unknown operation"  # operation, version
    NOT_IMPLEMENTED = "not implemented"  # operation
    BAD_REQUEST = "bad request"  # message
    BODY_TOO_LARGE = "body too large"
    TOO_DEEP = "too deep"  # limit
    INTERNAL = "internal"
    UNAVAILABLE = "unavailable"
    SLOW_DOWN = "slow down"


Words = tuple[str, int, str]
"""Code, HTTP status, message."""

_QUERY = (Protocol.QUERY,)
_JSON = (Protocol.JSON, Protocol.REST_JSON)
_REST_JSON = (Protocol.REST_JSON,)
# Its statuses tell whose fault an error is, 400 or 500, and its names all else: so KMS answers, whatever its error.
_RPC_JSON = (Protocol.JSON,)
_XML = (Protocol.REST_XML,)

_INVALID_TOKEN = "The security token included in the request is invalid."  # noqa: S105
_EXPIRED_TOKEN = "The security token included in the request is expired"  # noqa: S105
_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. "
    "Check your AWS Secret Access Key and signing method. Consult the service documentation for details."
)
_S3_MISMATCH = (
    "The request signature we calculated does not match the signature you provided. Check your key and signing method."
)
_S3_SKEWED = "The difference between the request time and the current time is too large."
_S3_UNKNOWN_KEY = "The AWS Access Key Id you provided does not exist in our records."
_S3_NOT_SIGNED = "There were headers present in the request which were not signed"
_S3_NO_METHOD = "The specified method is not allowed against this resource."
_S3_WRONG_REGION = "The authorization header is malformed; the region is wrong; expecting '{expected}'"
_NOT_SIGNED = "'{headers}' must be a 'SignedHeader' in the AWS Authorization."
_SCHEME = "{scheme} is not supported. Please sign with AWS4-HMAC-SHA256 (AWS Signature Version 4)."
_WRONG_REGION = "Credential should be scoped to a valid region: '{expected}'."
_NO_OPERATION = "Could not find operation {operation} for version {version}"
_NOT_HERE = "This server does not implement {operation}."
_TOO_LARGE = "The body of the request is too large."
_TOO_DEEP = "The body is nested deeper than {limit} levels."
_UNAVAILABLE = "The server cannot do this now: its database is full, busy or away. Try again later."
_SLOW_DOWN = "Rate exceeded: too many requests wait for the end of their bodies. Try again later."
_INTERNAL = "An internal error occurred. The request id leads to its record in the server's log."

_ROWS: Mapping[Common, Mapping[tuple[Protocol, ...], Words]] = {
    Common.ACCESS_DENIED: {
        (*_QUERY, *_XML): ("AccessDenied", 403, "{message}"),
        _REST_JSON: ("AccessDeniedException", 403, "{message}"),
        _RPC_JSON: ("AccessDeniedException", 400, "{message}"),
    },
    Common.MISSING_TOKEN: {
        _QUERY: ("MissingAuthenticationToken", 403, "Request is missing Authentication Token"),
        _REST_JSON: ("MissingAuthenticationTokenException", 403, "Missing Authentication Token"),
        _RPC_JSON: ("MissingAuthenticationTokenException", 400, "Missing Authentication Token"),
        _XML: ("AccessDenied", 403, "Access Denied"),
    },
    Common.UNKNOWN_KEY: {
        _QUERY: ("InvalidClientTokenId", 403, _INVALID_TOKEN),
        _REST_JSON: ("UnrecognizedClientException", 403, _INVALID_TOKEN),
        _RPC_JSON: ("UnrecognizedClientException", 400, _INVALID_TOKEN),
        _XML: ("InvalidAccessKeyId", 403, _S3_UNKNOWN_KEY),
    },
    Common.EXPIRED_TOKEN: {
        _QUERY: ("ExpiredToken", 403, _EXPIRED_TOKEN),
        _REST_JSON: ("ExpiredTokenException", 403, _EXPIRED_TOKEN),
        _RPC_JSON: ("ExpiredTokenException", 400, _EXPIRED_TOKEN),
        _XML: ("ExpiredToken", 400, "The provided token has expired."),
    },
    Common.BAD_TOKEN: {
        _QUERY: ("InvalidClientTokenId", 403, _INVALID_TOKEN),
        _REST_JSON: ("UnrecognizedClientException", 403, _INVALID_TOKEN),
        _RPC_JSON: ("UnrecognizedClientException", 400, _INVALID_TOKEN),
        _XML: ("InvalidToken", 400, "The provided token is malformed or otherwise invalid."),
    },
    Common.SIGNATURE_MISMATCH: {
        _QUERY: ("SignatureDoesNotMatch", 403, _MISMATCH),
        _REST_JSON: ("InvalidSignatureException", 403, _MISMATCH),
        _RPC_JSON: ("InvalidSignatureException", 400, _MISMATCH),
        _XML: ("SignatureDoesNotMatch", 403, _S3_MISMATCH),
    },
    Common.SKEWED: {
        _QUERY: ("SignatureDoesNotMatch", 403, "{message}"),
        _REST_JSON: ("InvalidSignatureException", 403, "{message}"),
        _RPC_JSON: ("InvalidSignatureException", 400, "{message}"),
        _XML: ("RequestTimeTooSkewed", 403, _S3_SKEWED),
    },
    Common.EXPIRED_REQUEST: {
        _QUERY: ("SignatureDoesNotMatch", 403, "{message}"),
        _REST_JSON: ("InvalidSignatureException", 403, "{message}"),
        _RPC_JSON: ("InvalidSignatureException", 400, "{message}"),
        _XML: ("AccessDenied", 403, "Request has expired"),
    },
    Common.INCOMPLETE_SIGNATURE: {
        _QUERY: ("IncompleteSignature", 400, "{message}"),
        _JSON: ("IncompleteSignatureException", 400, "{message}"),
        _XML: ("AuthorizationHeaderMalformed", 400, "{message}"),
    },
    Common.INCOMPLETE_QUERY: {
        _QUERY: ("IncompleteSignature", 400, "{message}"),
        _JSON: ("IncompleteSignatureException", 400, "{message}"),
        _XML: ("AuthorizationQueryParametersError", 400, "{message}"),
    },
    Common.UNSIGNED_HEADERS: {
        _QUERY: ("SignatureDoesNotMatch", 403, _NOT_SIGNED),
        _REST_JSON: ("InvalidSignatureException", 403, _NOT_SIGNED),
        _RPC_JSON: ("InvalidSignatureException", 400, _NOT_SIGNED),
        _XML: ("AccessDenied", 403, _S3_NOT_SIGNED),
    },
    Common.SCOPE: {
        _QUERY: ("SignatureDoesNotMatch", 403, "{message}"),
        _REST_JSON: ("InvalidSignatureException", 403, "{message}"),
        _RPC_JSON: ("InvalidSignatureException", 400, "{message}"),
        _XML: ("AuthorizationHeaderMalformed", 400, "{message}"),
    },
    Common.WRONG_REGION: {
        _QUERY: ("SignatureDoesNotMatch", 403, _WRONG_REGION),
        _REST_JSON: ("InvalidSignatureException", 403, _WRONG_REGION),
        _RPC_JSON: ("InvalidSignatureException", 400, _WRONG_REGION),
        _XML: ("AuthorizationHeaderMalformed", 400, _S3_WRONG_REGION),
    },
    Common.UNSUPPORTED_SIGNATURE: {
        _QUERY: ("IncompleteSignature", 400, _SCHEME),
        _JSON: ("IncompleteSignatureException", 400, _SCHEME),
        _XML: ("InvalidRequest", 400, _SCHEME),
    },
    Common.UNKNOWN_OPERATION: {
        _QUERY: ("InvalidAction", 400, _NO_OPERATION),
        (Protocol.JSON,): ("UnknownOperationException", 400, "{operation} is no operation of this service."),
        (Protocol.REST_JSON,): ("UnknownOperationException", 404, "No operation of this service is at {operation}."),
        _XML: ("MethodNotAllowed", 405, _S3_NO_METHOD),
    },
    Common.NOT_IMPLEMENTED: {
        (*_QUERY, *_XML): ("NotImplemented", 501, _NOT_HERE),
        _JSON: ("NotImplementedException", 501, _NOT_HERE),
    },
    Common.BAD_REQUEST: {
        _QUERY: ("MalformedInput", 400, "{message}"),
        (Protocol.JSON,): ("SerializationException", 400, "{message}"),
        (Protocol.REST_JSON,): ("BadRequestException", 400, "{message}"),
        _XML: ("InvalidRequest", 400, "{message}"),
    },
    Common.BODY_TOO_LARGE: {
        (*_QUERY, *_JSON): ("RequestEntityTooLargeException", 413, _TOO_LARGE),
        _XML: ("MaxMessageLengthExceeded", 400, "Your request was too big."),
    },
    Common.TOO_DEEP: {
        _QUERY: ("MalformedInput", 400, _TOO_DEEP),
        (Protocol.JSON,): ("SerializationException", 400, _TOO_DEEP),
        (Protocol.REST_JSON,): ("BadRequestException", 400, _TOO_DEEP),
        _XML: ("MalformedXML", 400, _TOO_DEEP),
    },
    Common.INTERNAL: {
        (*_QUERY, Protocol.JSON): ("InternalFailure", 500, _INTERNAL),
        (Protocol.REST_JSON,): ("InternalServerErrorException", 500, _INTERNAL),
        _XML: ("InternalError", 500, _INTERNAL),
    },
    Common.SLOW_DOWN: {
        _QUERY: ("Throttling", 503, _SLOW_DOWN),
        _JSON: ("ThrottlingException", 503, _SLOW_DOWN),
        _XML: ("SlowDown", 503, "Please reduce your request rate."),
    },
    # 503, which every SDK tries again after a while.
    Common.UNAVAILABLE: {
        (*_QUERY, *_XML): ("ServiceUnavailable", 503, _UNAVAILABLE),
        _JSON: ("ServiceUnavailableException", 503, _UNAVAILABLE),
    },
}

WORDS: Mapping[tuple[Common, Protocol], Words] = MappingProxyType(
    {
        (kind, protocol): words
        for kind, groups in _ROWS.items()
        for protocols, words in groups.items()
        for protocol in protocols
    }
)

FIELDS: Mapping[tuple[Common, Protocol], Mapping[str, str]] = MappingProxyType(
    {
        (Common.SIGNATURE_MISMATCH, Protocol.REST_XML): {
            "AWSAccessKeyId": "access_key_id",
            "StringToSign": "string_to_sign",
            "SignatureProvided": "signature",
            "CanonicalRequest": "canonical_request",
        },
        (Common.SKEWED, Protocol.REST_XML): {"RequestTime": "request_time", "ServerTime": "server_time"},
        (Common.EXPIRED_REQUEST, Protocol.REST_XML): {"Expires": "expires", "ServerTime": "server_time"},
        (Common.UNSIGNED_HEADERS, Protocol.REST_XML): {"HeadersNotSigned": "headers"},
        (Common.WRONG_REGION, Protocol.REST_XML): {"Region": "expected"},
    }
)
"""Further members of S3's errors: wire name to fact."""
