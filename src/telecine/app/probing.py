"""What Probe reads with and looks with: S3 as the caller may use it, and the media tools in their sandbox.

Source of the decision: the service has no role for Probe, so that it acts as its caller, as services do that pass a
caller's session on (IAM user guide, "Forward access sessions").
"""

import logging
import tempfile
import threading
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime
from email.utils import parsedate_to_datetime
from pathlib import Path
from typing import Any

from msgspec import structs

from telecine.app.tools import find_tools
from telecine.core.errors import ApiError, TelecineError
from telecine.core.ids import Ids
from telecine.core.names import MEDIACONVERT_PRINCIPAL
from telecine.engine.errors import AttemptStopped, JobFailed
from telecine.engine.owner import Owner, is_alive
from telecine.engine.survey import survey
from telecine.engine.tools.sandbox import SandboxUnavailable
from telecine.engine.tools.toolbox import Toolbox
from telecine.engine.watch import Watch
from telecine.engine.web import Web
from telecine.engine.workspace import Workspaces
from telecine.services.contract import Call, Need, Params
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.model import InputFile, InputPolicy
from telecine.services.s3 import access as s3_access
from telecine.services.s3 import operations as s3_operations
from telecine.services.s3.objects import Objects

_log = logging.getLogger(__name__)

_WEB_SECONDS = 20.0
"""How long a web server may take, all told: a thread that answers requests waits for it."""
_LARGEST = 5 * 1024**4
"""As large as an object of S3 can be. What a web server claims beyond it no file system here could hold, either."""
_FORWARDED = {
    "aws:ViaAWSService": "true",
    "aws:CalledVia": [MEDIACONVERT_PRINCIPAL],
    "aws:CalledViaFirst": MEDIACONVERT_PRINCIPAL,
    "aws:CalledViaLast": MEDIACONVERT_PRINCIPAL,
}
"""What a request carries that a service makes for its caller (IAM user guide, "AWS global condition context keys")."""


class ObjectReader:
    """Reads objects of this server's S3: S3's own access row says what that takes, its own operation does it."""

    def __init__(self, objects: Objects) -> None:
        self._objects = objects

    def needs(self, call: Call, bucket: str, key: str) -> Sequence[Need]:
        """What GetObject needs. Of a bucket that is not there the operation tells, to those who may probe at all."""
        try:
            found = s3_access.ROWS["GetObject"](self._objects, call, {"Bucket": bucket, "Key": key})
        except ApiError:
            return ()
        return [structs.replace(need, context={**need.context, **_FORWARDED}) for need in found if need.part is None]

    def open(self, call: Call, bucket: str, key: str) -> InputFile:
        """The object as it is now. Raises S3's `ApiError`, also when it is replaced before all is read."""
        head = s3_operations.OPERATIONS["HeadObject"](self._objects, call, {"Bucket": bucket, "Key": key})
        etag = head["ETag"]

        def read(start: int, size: int) -> bytes:
            return self._read(
                call,
                {"Bucket": bucket, "Key": key, "IfMatch": etag, "Range": f"bytes={start}-{start + size - 1}"},
            )

        return InputFile(
            size=head["ContentLength"],
            etag=etag.strip('"'),
            last_modified=head.get("LastModified"),
            mime_type=head.get("ContentType"),
            read=read,
        )

    def _read(self, call: Call, params: Params) -> bytes:
        source = s3_operations.OPERATIONS["GetObject"](self._objects, call, params)["Body"]
        blocks: list[bytes | bytearray] = []
        try:
            while block := source.read():
                blocks.append(block)
        finally:
            source.close()
        return b"".join(blocks)


class WebReader:
    """Reads files at web servers that the guard allows, as inputs of jobs are read."""

    def __init__(self, web: Web) -> None:
        self._web = web

    def __call__(self, address: str, policy: InputPolicy) -> InputFile:
        """The file as it is now, wherever `policy` lets its server redirect to.

        Raises `ApiError` with the words of the job's error.
        """
        deadline = time.monotonic() + _WEB_SECONDS
        watch = Watch(should_stop=lambda: time.monotonic() > deadline, advance=lambda _share, _frames: None)
        with _told():
            found = self._web.look(address, policy, watch)
        if found.size > _LARGEST:
            raise ApiError("InputUnreadable", "It is larger than any file that can be read.")

        def read(start: int, size: int) -> bytes:
            with _told(), tempfile.TemporaryFile() as target:
                self._web.copy(found, start, size, Path(f"/proc/self/fd/{target.fileno()}"), watch)
                target.seek(start)
                return target.read(size)

        modified = None if found.modified is None else _moment(found.modified)
        etag = None if found.etag is None else found.etag.strip('"')
        return InputFile(size=found.size, etag=etag, last_modified=modified, mime_type=None, read=read)


@contextmanager
def _told() -> Iterator[None]:
    """Turns an input's error of a job into one of the request."""
    try:
        yield
    except JobFailed as problem:
        raise ApiError("InputUnreadable", problem.message) from problem
    except AttemptStopped as problem:
        raise ApiError("InputUnreadable", "It took too long.") from problem


def _moment(text: str) -> datetime | None:
    try:
        return parsedate_to_datetime(text)
    except (ValueError, OverflowError):
        return None


class Surveyor:
    """Looks into files with ffprobe. Its sandbox is tried the first time: most servers are never asked to probe."""

    def __init__(self, sandbox: str, ids: Ids) -> None:
        self._mode = sandbox
        self._ids = ids
        self._lock = threading.Lock()
        self._ready: tuple[Toolbox, Workspaces] | None = None

    def __call__(self, file: InputFile) -> Mapping[str, Any]:
        """A `Container` and its `TrackMappings`. Raises `ApiError`."""
        try:
            tools, workspaces = self._prepare()
            with workspaces.borrow(f"probe-{self._ids.token(8)}") as folder:
                return survey(tools, file.read, file.size, folder)
        except SandboxUnavailable as problem:
            _log.warning("a probe was refused: %s", problem)
            raise errors.no_probes() from problem
        except ApiError:
            raise
        except (TelecineError, OSError) as problem:
            _log.warning("a probe failed: %s", problem)
            raise errors.no_probes() from problem

    def _prepare(self) -> tuple[Toolbox, Workspaces]:
        with self._lock:
            if self._ready is None:
                workspaces = Workspaces(None, str(Owner.of_this_process()))
                workspaces.prepare(is_alive)
                with workspaces.borrow("canary") as scratch:
                    self._ready = (find_tools(self._mode, scratch), workspaces)
            return self._ready
