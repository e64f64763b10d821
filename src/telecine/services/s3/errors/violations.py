"""How S3 words a violation of its model's constraints."""

from collections.abc import Sequence

from telecine.core.errors import ApiError
from telecine.services.s3.errors.bodies import unknown_checksum_algorithm
from telecine.services.s3.errors.buckets import invalid_location
from telecine.services.s3.errors.requests import invalid_argument, malformed_xml
from telecine.services.s3.errors.uploads import PART_NUMBER
from telecine.wire.validate import Rule, Violation

_WORDS = {
    "encoding-type": "Invalid Encoding Method specified in Request",
    "x-amz-object-attributes": "Invalid attribute name specified.",
    "x-amz-metadata-directive": "Unknown metadata directive.",
    "x-amz-tagging-directive": "Unknown tagging directive.",
    "x-amz-server-side-encryption": "The encryption method specified is not supported",
    "max-keys": "Provided max-keys not an integer or within integer range",
    "max-parts": "Provided max-parts not an integer or within integer range",
    "max-uploads": "Provided max-uploads not an integer or within integer range",
    "part-number-marker": "Provided part-number-marker not an integer or within integer range",
    "partNumber": PART_NUMBER,
}
"""S3's words for a header or query parameter with a value outside its type, range or closed set."""
_LISTS = frozenset({"x-amz-object-attributes", "x-amz-optional-object-attributes"})
"""Headers that are lists: what is wrong with them is wrong with one of their items."""


def invalid(violations: Sequence[Violation]) -> ApiError:
    """How S3 words a violation of its model's constraints: the first one found, in the code of its kind."""
    violation = violations[0]
    name = "" if violation.member is not None or not violation.path else str(violation.path[0])
    value = "" if violation.value is None else str(violation.value)
    if violation.path and violation.path[-1] == "locationConstraint":
        return invalid_location(value)
    if name in _LISTS:
        return invalid_argument(_WORDS.get(name, "Invalid Argument"), name, value)
    if violation.rule is Rule.REQUIRED or len(violation.path) > 1:
        # Headers, labels and query parameters that are required route the request: this is an element of the body.
        return malformed_xml()
    if name == "x-amz-storage-class":
        return ApiError("InvalidStorageClass", "The storage class you specified is not valid")
    if name in {"x-amz-checksum-algorithm", "x-amz-sdk-checksum-algorithm"}:
        return unknown_checksum_algorithm()
    return invalid_argument(_WORDS.get(name, "Invalid Argument"), name, value)
