"""The headers that a presigned URL carries in its query string.

Whoever presigns an upload with metadata or encryption may put these headers into the URL (boto3 with Signature
Version 2, the JavaScript SDK always), and S3 takes them from there: otherwise what the signer asked for would be lost
without a word.
"""

from msgspec.structs import replace

from telecine.wire import forms
from telecine.wire.errors import Common
from telecine.wire.http import HttpRequest
from telecine.wire.sigv4.claim import SignatureProblem

_SIGNING = frozenset(
    f"x-amz-{name}"
    for name in (
        "algorithm",
        "content-sha256",
        "credential",
        "date",
        "expires",
        "signature",
        "signedheaders",
        "user-agent",
    )
)
"""What belongs to the signature itself, or is of no consequence."""
_PLAIN = frozenset({"content-md5", "content-type"})


def with_headers(request: HttpRequest, *, plain: bool) -> HttpRequest:
    """`request` with the `x-amz-*` headers of its query string; with `plain` also Content-MD5 and Content-Type.

    Raises `SignatureProblem` (BAD_REQUEST): a header that is given twice with different values.
    """
    given = dict(request.headers)
    added: dict[str, str] = {}
    for name, text in forms.pairs(request.raw_query):
        lowered = name.lower()
        if lowered in _SIGNING or not (lowered.startswith("x-amz-") or (plain and lowered in _PLAIN)):
            continue
        value = text.encode().decode("latin-1")  # the way in which a head holds its bytes
        if given.get(lowered, value).strip() != value.strip() or lowered in added:
            message = f"The query string and the headers hold different values of {lowered[:64]}."
            raise SignatureProblem(Common.BAD_REQUEST, message=message)
        if lowered not in given:
            added[lowered] = value
    if any("\r" in value or "\n" in value or "\0" in value for value in added.values()):
        raise SignatureProblem(Common.BAD_REQUEST, message="A header in the query string holds a line end.")
    return replace(request, headers=(*request.headers, *added.items())) if added else request
