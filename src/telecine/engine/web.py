"""Inputs at web servers: found by HEAD, fetched by ranges, all of one and the same file, or an error of MediaConvert's.

What a server must do is in the user guide, "HTTP input requirements": answer HEAD and ranged GET, ask for no
authentication, and redirect at most once, with 301 or 302 and a Location header. Beyond the guide we take URLs with
parameters, and servers that refuse HEAD but not a ranged GET, as those of presigned URLs do.
"""

import re
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, replace
from http import HTTPStatus
from pathlib import Path
from urllib.parse import urljoin

from telecine.engine import web_errors
from telecine.engine.watch import Watch
from telecine.engine.web_errors import Passing
from telecine.outbound.client import Outbound, Response
from telecine.outbound.errors import BadUrl, BrokenOff
from telecine.outbound.url import Url
from telecine.outbound.wire import Limits
from telecine.services.mediaconvert.model import InputPolicy

_PAUSES = (0.5, 1.0, 2.0, 4.0)
"""Seconds before each further try."""
_REST_SECONDS = 0.1
_BLOCK_BYTES = 256 * 1024
_SLACK_BYTES = 1024**2
"""What may come beside a range's own bytes: lengths of chunks, or an error's page."""
_REDIRECTS = {HTTPStatus.MOVED_PERMANENTLY, HTTPStatus.FOUND}
_WANTS_GET = {HTTPStatus.BAD_REQUEST, HTTPStatus.FORBIDDEN, HTTPStatus.METHOD_NOT_ALLOWED, HTTPStatus.NOT_IMPLEMENTED}
"""Answers to HEAD of servers that may answer a GET: presigned URLs are signed for one method."""
_CONTENT_RANGE = re.compile(r"bytes (\d{1,19})-(\d{1,19})/(\d{1,19}|\*)")
_EMPTY_RANGE = re.compile(r"bytes \*/0")
_LENGTH = re.compile(r"\d{1,19}")
_STRONG_ETAG = re.compile(r'"[\x21\x23-\x7e\x80-\xff]*"')


@dataclass(frozen=True, kw_only=True, slots=True)
class WebFile:
    """A file at a web server, as it was when the job began."""

    uri: str
    """As the job names it."""
    url: Url
    """Where it is: there, or where that redirects to."""
    size: int
    """In bytes."""
    etag: str | None
    """With its quotes; None without one that tells byte from byte."""
    modified: str | None
    """Last-Modified, as it came."""


class Web:
    """Fetches from web servers that the guard allows. Methods may be called from several threads."""

    def __init__(
        self, outbound: Outbound, *, limits: Limits | None = None, pauses: tuple[float, ...] = _PAUSES
    ) -> None:
        self._outbound = outbound
        self._limits = limits or Limits()
        self._pauses = pauses

    def look(self, uri: str, policy: InputPolicy, watch: Watch) -> WebFile:
        """What is at `uri`, which may redirect to where the account's `policy` allows inputs to be.

        Raises `JobFailed` with a code from 3401 to 3999, `AttemptStopped`.
        """
        url, answer = self._ask(uri, policy, "HEAD", {}, watch)
        length = _LENGTH.fullmatch(answer.headers.get("content-length", ""))
        if answer.status in _WANTS_GET or (answer.status == HTTPStatus.OK and length is None):
            url, answer = self._ask(uri, policy, "GET", {"Range": "bytes=0-0"}, watch)
            size = _size_by_range(answer, uri)
        elif answer.status != HTTPStatus.OK or length is None:
            raise web_errors.status_error(answer.status, uri)
        elif answer.headers.get("accept-ranges", "").lower() == "none":
            raise web_errors.no_ranges(uri)
        else:
            size = int(length[0])
        etag = answer.headers.get("etag", "")
        return WebFile(
            uri=uri,
            url=url,
            size=size,
            etag=etag if _STRONG_ETAG.fullmatch(etag) else None,
            modified=answer.headers.get("last-modified"),
        )

    def copy(self, file: WebFile, start: int, size: int, target: Path, watch: Watch) -> int:
        """Write `size` bytes from `start` of the file to their place in `target`; their number.

        A connection that breaks off is taken up where it ended. Raises as `look` does; 3408 when the file is not the
        one that `look` has seen.
        """
        done, failures = 0, 0
        while done < size:
            before = done
            try:
                for count in self._blocks(file, start + done, size - done, target, watch):
                    done += count
            except Passing as problem:
                # A server that breaks off every now and then gets there, too.
                failures = 1 if done - before >= _BLOCK_BYTES else failures + 1
                self._rest_after(failures, problem, watch)
        return size

    def _blocks(self, file: WebFile, start: int, size: int, target: Path, watch: Watch) -> Iterator[int]:
        """Fetch and write what comes of one request, block by block: their sizes."""
        headers = {"Range": f"bytes={start}-{start + size - 1}"}
        if file.etag is not None:
            headers["If-Match"] = file.etag
        elif file.modified is not None:
            headers["If-Unmodified-Since"] = file.modified
        with (
            web_errors.translated(file.uri, file.url),
            self._open(file.url, "GET", headers, watch, most=2 * size + _SLACK_BYTES) as answer,
        ):
            size = min(size, _range_of(file, answer, start, size))
            with target.open("r+b") as stream:
                stream.seek(start)
                while size > 0:
                    block = answer.read(min(size, _BLOCK_BYTES))
                    if not block:
                        raise BrokenOff("the body ended early")
                    stream.write(block)
                    size -= len(block)
                    yield len(block)
            if answer.read(1):
                raise web_errors.upload_error("The server sent more than it was asked for")

    def _ask(
        self, uri: str, policy: InputPolicy, method: str, headers: Mapping[str, str], watch: Watch
    ) -> tuple[Url, Response]:
        """Where the answer came from, after one redirect at most, and its head."""
        with web_errors.translated(uri, None):
            given = Url.parse(uri)
        failures = 0
        while True:
            try:
                answer = self._head_of(uri, given, method, headers, watch)
                if not HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
                    return given, answer
                url = _redirected(uri, given, policy, answer)
                answer = self._head_of(uri, url, method, headers, watch)
                if HTTPStatus.MULTIPLE_CHOICES <= answer.status < HTTPStatus.BAD_REQUEST:
                    raise web_errors.redirect_error(uri)
                return url, answer
            except Passing as problem:
                failures += 1
                self._rest_after(failures, problem, watch)

    def _head_of(self, uri: str, url: Url, method: str, headers: Mapping[str, str], watch: Watch) -> Response:
        with web_errors.translated(uri, url), self._open(url, method, headers, watch, most=_SLACK_BYTES) as answer:
            if web_errors.is_passing(answer.status):
                raise Passing(web_errors.status_error(answer.status, uri))
            return answer

    @contextmanager
    def _open(
        self, url: Url, method: str, headers: Mapping[str, str], watch: Watch, *, most: int
    ) -> Iterator[Response]:
        limits = replace(self._limits, most_bytes=most, check=watch.check)
        with self._outbound.open(url, method=method, headers=headers, limits=limits) as answer:
            yield answer

    def _rest_after(self, failures: int, problem: Passing, watch: Watch) -> None:
        """Wait before the next try. Raises the job's error when there is none, `AttemptStopped`."""
        if failures > len(self._pauses):
            raise problem.failure from problem
        until = time.monotonic() + self._pauses[failures - 1]
        while (left := until - time.monotonic()) > 0:
            watch.check()
            time.sleep(min(left, _REST_SECONDS))


def _redirected(uri: str, given: Url, policy: InputPolicy, answer: Response) -> Url:
    location = answer.headers.get("location")
    if answer.status not in _REDIRECTS or not location:
        raise web_errors.redirect_error(uri)
    try:
        url = Url.parse(urljoin(str(given), location))
    except (BadUrl, ValueError) as problem:
        raise web_errors.redirect_error(uri) from problem
    if not policy.allows(str(url)):
        raise web_errors.disallowed()
    if given.scheme == "https" and url.scheme != "https":
        raise web_errors.redirect_error(uri)  # whoever asked for https did not ask for half of it
    return url


def _size_by_range(answer: Response, uri: str) -> int:
    """The whole file's size, by the answer to a request for its first byte."""
    where = answer.headers.get("content-range", "")
    if answer.status == HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE and _EMPTY_RANGE.fullmatch(where):
        return 0
    found = _CONTENT_RANGE.fullmatch(where)
    if answer.status == HTTPStatus.PARTIAL_CONTENT and found is not None and found[3] != "*":
        return int(found[3])
    if answer.status < HTTPStatus.BAD_REQUEST:
        raise web_errors.no_ranges(uri)
    raise web_errors.status_error(answer.status, uri)


def _range_of(file: WebFile, answer: Response, start: int, size: int) -> int:
    """How many bytes from `start` an answer brings: `size`, or fewer. Raises `Passing`, `JobFailed`."""
    if web_errors.is_passing(answer.status):
        raise Passing(web_errors.status_error(answer.status, file.uri))
    if answer.status in {HTTPStatus.PRECONDITION_FAILED, HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE}:
        raise web_errors.changed()
    if answer.status == HTTPStatus.OK:
        raise web_errors.no_ranges(file.uri)
    if answer.status != HTTPStatus.PARTIAL_CONTENT:
        raise web_errors.status_error(answer.status, file.uri)
    found = _CONTENT_RANGE.fullmatch(answer.headers.get("content-range", ""))
    if found is None or int(found[1]) != start or not start <= int(found[2]) < start + size:
        raise web_errors.no_ranges(file.uri)
    # Not every server heeds a condition; what it says of the file has to stay the same.
    etag, modified = answer.headers.get("etag"), answer.headers.get("last-modified")
    is_same = (
        found[3] in {"*", str(file.size)}
        and (None in {etag, file.etag} or etag == file.etag)
        and (None in {modified, file.modified} or modified == file.modified)
    )
    if not is_same:
        raise web_errors.changed()
    count = int(found[2]) - start + 1
    if count < min(size, _BLOCK_BYTES):  # nobody asks for a film byte by byte
        raise web_errors.no_ranges(file.uri)
    if answer.headers.get("content-length", str(count)) != str(count):
        raise web_errors.upload_error("The server announced a range of one length and sent another")
    return count
