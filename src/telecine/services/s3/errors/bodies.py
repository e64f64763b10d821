"""What is sent as an object's bytes and metadata."""

from telecine.core.errors import ApiError
from telecine.services.s3.errors.requests import invalid_request


def metadata_too_large(size: int, limit: int) -> ApiError:
    return ApiError(
        "MetadataTooLarge",
        "Your metadata headers exceed the maximum allowed metadata size",
        fields={"Size": str(size), "MaxSizeAllowed": str(limit)},
    )


def missing_content_length() -> ApiError:
    return ApiError("MissingContentLength", "You must provide the Content-Length HTTP header.", status=411)


def entity_too_large(size: int, limit: int) -> ApiError:
    return ApiError(
        "EntityTooLarge",
        "Your proposed upload exceeds the maximum allowed size",
        fields={"ProposedSize": str(size), "MaxSizeAllowed": str(limit)},
    )


def incomplete_body() -> ApiError:
    return ApiError(
        "IncompleteBody", "You did not provide the number of bytes specified by the Content-Length HTTP header"
    )


def malformed_trailer() -> ApiError:
    """What follows a body is not what its head had promised."""
    return ApiError(
        "MalformedTrailerError",
        "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    )


def invalid_digest(header: str, value: str) -> ApiError:
    return ApiError("InvalidDigest", f"The {header} you specified was invalid.", fields={header: value})


def bad_digest(name: str, expected: str, calculated: str) -> ApiError:
    """`name` is `Content-MD5` or an algorithm such as `CRC32`."""
    did_not = "did not match what we received." if name == "Content-MD5" else "did not match the calculated checksum."
    return ApiError(
        "BadDigest",
        f"The {name} you specified {did_not}",
        fields={"ExpectedDigest": expected, "CalculatedDigest": calculated},
    )


def unknown_checksum_algorithm() -> ApiError:
    return invalid_request(
        "Checksum algorithm provided is unsupported. Please try again with any of the valid types: "
        "[CRC32, CRC32C, CRC64NVME, SHA1, SHA256]"
    )


def checksum_type_mismatch(expected: str | None, actual: str | None) -> ApiError:
    """An upload was created for one checksum algorithm and a part or its completion brings another, or none."""
    return invalid_request(
        f"Checksum Type mismatch occurred, expected checksum Type: {(expected or 'null').lower()}, "
        f"actual checksum Type: {(actual or 'null').lower()}"
    )
