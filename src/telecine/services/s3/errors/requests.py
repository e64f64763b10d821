"""Requests that are wrong in themselves, that nobody may make, or that the disk cannot serve."""

from telecine.core.errors import ApiError


def invalid_argument(message: str, name: str, value: str) -> ApiError:
    return ApiError("InvalidArgument", message, fields={"ArgumentName": name, "ArgumentValue": value})


def invalid_token(name: str, token: str) -> ApiError:
    return invalid_argument("The continuation token provided is incorrect", name, token)


def invalid_request(message: str) -> ApiError:
    return ApiError("InvalidRequest", message)


def not_implemented(name: str, value: str | None = None) -> ApiError:
    """`name` is the header (or element) that asks for what we do not do, `value` what it asks for.

    S3 gives the name in `Header` alone; clients show nothing but the message, so it stands there too.
    """
    shown = name if value is None else f"{name}: {value}"
    return ApiError(
        "NotImplemented",
        f"A header you provided implies functionality that is not implemented: {shown}",
        status=501,
        fields={"Header": name},
    )


def malformed_xml() -> ApiError:
    return ApiError(
        "MalformedXML", "The XML you provided was not well-formed or did not validate against our published schema"
    )


def invalid_uri() -> ApiError:
    return ApiError("InvalidURI", "Couldn't parse the specified URI.")


def access_denied() -> ApiError:
    """The bucket is not of the account that the caller expects (`x-amz-expected-bucket-owner`)."""
    return ApiError("AccessDenied", "Access Denied", status=403)


def anonymous(what: str) -> ApiError:
    """`what` nobody does without a name, whatever a policy grants."""
    return ApiError("AccessDenied", f"Anonymous users cannot {what}.  Please authenticate.", status=403)


def store_full() -> ApiError:
    """There is no room for an object: none on the disk, or none within the owner's quota of it.

    S3 is never full and has no words for it. 503 is what SDKs try again after a while, and by then room may have been
    made; they give up at once on 507, which says so in HTTP.
    """
    return ApiError("ServiceUnavailable", "The disk of this server is full. Please try again later.", status=503)


def store_unavailable(reason: str) -> ApiError:
    """The disk refused to do its work; `reason` is the system's own word for it."""
    return ApiError(
        "ServiceUnavailable",
        f"The disk of this server cannot be used ({reason}). Please try again later.",
        status=503,
    )
