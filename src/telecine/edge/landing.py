"""What the edge answers by itself: health, the words for a browser at the front door, paths of ours that are not."""

from telecine.wire.http import HttpRequest, HttpResponse
from telecine.wire.models import OWN, OWN_PATHS
from telecine.wire.uris import tree

_HEALTH = HttpResponse(status=200, headers=(("content-type", "application/json"),), body=b'{"status":"ok"}\n')
_NOT_FOUND = HttpResponse(
    status=404, headers=(("content-type", "application/json"),), body=b'{"message":"There is nothing here."}\n'
)
_WELCOME = HttpResponse(
    status=200,
    headers=(("content-type", "text/plain; charset=utf-8"), ("x-content-type-options", "nosniff")),
    body=(
        b"This is Telecine, a video transcoding service that speaks the AWS MediaConvert API.\n"
        b"\n"
        b"Point any AWS client at this address: `telecine env --data-dir DIR` prints the settings.\n"
        b"The README that came with it says what it can do; `telecine --help` lists the commands.\n"
    ),
)


def answer(request: HttpRequest) -> HttpResponse | None:
    """The answer, when the request is for us; None when it is for a service, our own operations included."""
    if request.raw_path.startswith(OWN_PATHS):
        if request.raw_path == "/_/health" and request.method in {"GET", "HEAD"}:
            return _HEALTH
        is_operation = any(tree(OWN).matches(request.method, request.raw_path))
        return None if is_operation else _NOT_FOUND
    if request.raw_path == "/" and request.method in {"GET", "HEAD"} and _is_browser(request):
        return _WELCOME
    return None


def _is_browser(request: HttpRequest) -> bool:
    """Unsigned and asking for HTML: `GET /` is also S3's ListBuckets."""
    is_signed = request.header("authorization") is not None or "X-Amz-Signature=" in request.raw_query
    return not is_signed and "text/html" in (request.header("accept") or "")
