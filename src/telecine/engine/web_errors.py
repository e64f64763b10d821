"""What can go wrong with an input at a web server, in MediaConvert's codes and words.

They are those of the user guide's "Error codes", 3401 to 3999, which show `REMOVED=true` where the URL has a query.
"""

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus

from telecine.core.errors import TelecineError
from telecine.engine.errors import JobFailed
from telecine.outbound.errors import (
    BadAddress,
    BadUrl,
    BrokenOff,
    ForbiddenAddress,
    NameUnknown,
    OutboundError,
    TlsProblem,
    TooSlow,
    Unreachable,
)
from telecine.outbound.url import Url, shown
from telecine.services.mediaconvert.errors import DISALLOWED_INPUT

log = logging.getLogger(__name__)

_PASSING = {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_MANY_REQUESTS}
_LASTING = {HTTPStatus.NOT_IMPLEMENTED, HTTPStatus.HTTP_VERSION_NOT_SUPPORTED}
_REQUIREMENTS = (
    "For information about HTTP(S) input requirements, see "
    "https://docs.aws.amazon.com/mediaconvert/latest/ug/upload-input-files.html#http-input-requirements."
)


class Passing(TelecineError):
    """What may be over in a moment; `failure` is what the job ends with if it is not."""

    def __init__(self, failure: JobFailed) -> None:
        super().__init__(failure.message)
        self.failure = failure


@contextmanager
def translated(uri: str, url: Url | None) -> Iterator[None]:
    """Turns what can go wrong on the way to `url` into `Passing`, or into the error of the job that names `uri`.

    `url` is None while nobody knows whether `uri` is one.
    """
    try:
        yield
    except OutboundError as problem:
        log.info("%s: %s", shown(uri), problem)  # for the operator: which address it was, which certificate
        failure = _failure(problem, uri, url)
        if isinstance(problem, NameUnknown | Unreachable | BrokenOff | TooSlow):
            raise Passing(failure) from problem
        raise failure from problem


def is_passing(status: int) -> bool:
    """Whether a server that answers so may answer otherwise in a moment."""
    return status in _PASSING or (status >= HTTPStatus.INTERNAL_SERVER_ERROR and status not in _LASTING)


def _failure(problem: OutboundError, uri: str, url: Url | None) -> JobFailed:
    name = shown(uri)
    match problem:
        case BadAddress() | ForbiddenAddress():
            host = url.host if url is not None else name.partition("://")[2].partition("/")[0].partition("?")[0]
            return _error(3456, f"HTTP server address '{host}' for URL '{name}' is invalid.")
        case BadUrl():
            return _error(3452, f"URL '{name}' is malformed.")
        case NameUnknown():
            return _error(3454, f"Name resolution failed when accessing: '{name}'.")
        case Unreachable():
            return _error(3451, f"Server could not be reached when accessing: '{name}'.")
        case TlsProblem():
            return _error(3455, f"SSL failures encountered when accessing: '{name}'.")
        case TooSlow():
            return upload_error("Connection timed out")
        case BrokenOff():
            return upload_error("Connection was closed before the file was complete")
        case _:
            return _error(3999, "Unexpected error when accessing HTTP input: The server sent no valid HTTP response.")


def status_error(status: int, uri: str) -> JobFailed:
    """For an answer that is none to what was asked."""
    name = shown(uri)
    match status:
        case HTTPStatus.UNAUTHORIZED | HTTPStatus.PROXY_AUTHENTICATION_REQUIRED:
            return _error(3401, f"Access to '{name}' requires authorization.")
        case HTTPStatus.FORBIDDEN:
            return _error(3403, f"Access to '{name}' is forbidden.")
        case HTTPStatus.NOT_FOUND | HTTPStatus.GONE:
            return _error(3404, f"'{name}' not found.")
        case _ if HTTPStatus.MULTIPLE_CHOICES <= status < HTTPStatus.BAD_REQUEST:
            return redirect_error(uri)
        case _:
            return _error(3450, f"Error encountered when accessing: '{name}'.")


def redirect_error(uri: str) -> JobFailed:
    """For a redirect that we do not follow: the second one, one that is not 301 or 302, one that leads nowhere."""
    text = f"MediaConvert can't follow redirects when accessing your input: {shown(uri)}. {_REQUIREMENTS}"
    return _error(3453, text)


def disallowed() -> JobFailed:
    """For what the account's input policy forbids by the time it is read: a redirect from http to https, say."""
    return _error(3457, DISALLOWED_INPUT)


def no_ranges(uri: str) -> JobFailed:
    """For a server that sends whole files, or other ranges than it is asked for."""
    return _error(3458, f"The URL you provided doesn't support ranged-GET requests: '{shown(uri)}'.")


def changed() -> JobFailed:
    """For a file that is not the same any more; the guide has no text for it, and lists 3408 for all other reasons."""
    return upload_error("The file changed while it was read")


def upload_error(reason: str) -> JobFailed:
    """For what the other codes do not say."""
    return _error(3408, f"Error uploading file from HTTP source: {reason}.")


def _error(code: int, text: str) -> JobFailed:
    return JobFailed(code, f"{code}: {text}")
