"""An upload between the opening of its sink and its answer."""

import base64
import hashlib
import logging
import threading
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from telecine.core.errors import ApiError
from telecine.edge.stages import Answered, Opened, Operated, Stage
from telecine.wire.checksums import BY_HEADER, digest, encode
from telecine.wire.form_data import FormReader
from telecine.wire.framing import Unframing
from telecine.wire.http import HttpRequest, HttpResponse

_log = logging.getLogger(__name__)

Travel = Callable[[Stage, Sequence[Callable[[Any], Stage]]], Stage]


class Incoming:
    """An upload under way: its sink is open, its blocks are coming."""

    def __init__(
        self,
        opened: Opened,
        travel: Travel,
        serialize: Callable[[Operated], Answered],
        form: FormReader | None = None,
    ) -> None:
        """`travel` runs stages and turns what goes wrong into an answer; `serialize` is the last stage. `form` is what
        the object's bytes come in, if they do."""
        self._serialize = serialize
        self._mutex = threading.Lock()  # an abort waits for the write, or the finish, that it overtakes
        self._is_finished = False
        """The sink has been told so: from then on the bytes are its business alone."""
        self._opened = opened
        self._travel = travel
        self._sha256 = hashlib.sha256() if opened.payload_hash is not None else None
        self._unframing = form if opened.framing is None else Unframing(opened.framing)
        self._problem: ApiError | None = None
        """What `digest` found to be wrong with the body: `write` and `finish` tell."""

    def unframe(self, received: bytes) -> bytes:
        """The bytes of the object among the next bytes of the body. Raises `ApiError` for a body that is malformed."""
        return received if self._unframing is None else self._unframing.feed(received)

    def digest(self, block: bytes) -> None:
        """Hash the next bytes of the object; may run at the same time as `write`."""
        if self._sha256 is not None:
            self._sha256.update(block)
        if self._unframing is not None and self._problem is None:
            try:
                self._unframing.verify(block)
            except ApiError as error:
                self._problem = error

    def write(self, block: bytes) -> HttpResponse | None:
        """Store the next bytes. An answer means that the upload has ended here, and left nothing."""

        def take(opened: Opened) -> Stage:
            if self._problem is not None:
                raise self._problem
            with self._mutex:
                opened.sink.write(block)
            return opened

        reached = self._travel(self._opened, (take,))
        if isinstance(reached, Answered):
            self.abort()
            return reached.response
        return None

    def finish(self) -> HttpResponse:
        """The answer, once every byte has been written: the object exists if it is a good one."""
        try:
            trailers = self._checked()
        except ApiError as error:
            return self.fail(error)

        def close(opened: Opened) -> Stage:
            with self._mutex:
                self._is_finished = True
                result = opened.sink.finish(trailers)
            return Operated(facts=opened.facts, operation=opened.operation, result=result)

        return self._answer((close, self._serialize))

    def end(self, block: bytes) -> HttpResponse:
        """The answer, with the last bytes, which are few: hashed, stored and finished one after the other."""
        if block:
            self.digest(block)
            refusal = self.write(block)
            if refusal is not None:
                return refusal
        return self.finish()

    def _checked(self) -> Mapping[str, str]:
        """The trailers, once the body has proven to be the one that was signed, from its first byte to its last."""
        if self._problem is not None:
            raise self._problem
        if self._sha256 is not None and self._sha256.hexdigest() != self._opened.payload_hash:
            raise hash_mismatch(self._opened.payload_hash, self._sha256.hexdigest())
        return {} if self._unframing is None else self._unframing.finish()

    def fail(self, error: ApiError) -> HttpResponse:
        """The answer to an upload that cannot be finished; nothing of it is left."""

        def refuse(_opened: Opened) -> Stage:
            raise error

        self.abort()
        return self._answer((refuse,))

    def abort(self) -> None:
        """The client is gone, or the upload failed: leave nothing.

        Once the upload has been finished this does nothing: a row may name the file, though nobody waits for the answer
        any more (a server that stops breaks requests off).
        """
        try:
            with self._mutex:
                if not self._is_finished:
                    self._opened.sink.abort()
        except OSError:
            _log.exception("The upload of request %s left a file behind.", self._opened.facts.request_id)

    def _answer(self, stages: Sequence[Callable[[Any], Stage]]) -> HttpResponse:
        reached = self._travel(self._opened, stages)
        assert isinstance(reached, Answered)
        return reached.response


def check_md5(declared: str | None, body: bytes) -> None:
    """Raise unless the body is the one that its Content-MD5 (RFC 1864) declares. S3's errors: it alone asks for it."""
    if declared is None:
        return
    computed = base64.b64encode(hashlib.md5(body, usedforsecurity=False).digest()).decode()
    if declared.strip() != computed:
        raise ApiError(
            "BadDigest",
            "The Content-MD5 you specified did not match what we received.",
            fields={"ExpectedDigest": declared, "CalculatedDigest": computed},
        )


def check_checksums(request: HttpRequest, body: bytes, *, is_required: bool) -> None:
    """Raise unless the body is the one that its `x-amz-checksum-…` headers declare. S3's errors, again.

    `is_required`: there must be one, or a Content-MD5.
    """
    declared = {name: value for name, value in request.headers if name.startswith("x-amz-checksum-")}
    if is_required and not declared and request.header("content-md5") is None:
        message = "Missing required header for this request: Content-MD5 OR x-amz-checksum-*"
        raise ApiError("InvalidRequest", message)
    for name, value in declared.items():
        algorithm = BY_HEADER.get(name)
        if algorithm is None:
            message = f"A header you provided implies functionality that is not implemented: {name}"
            raise ApiError("NotImplemented", message, status=501, fields={"Header": name})
        computed = encode(digest(algorithm, body))
        if value.strip() != computed:
            raise ApiError(
                "BadDigest",
                f"The {algorithm} you specified did not match the calculated checksum.",
                fields={"ExpectedDigest": value, "CalculatedDigest": computed},
            )


def hash_mismatch(signed: str | None, computed: str) -> ApiError:
    """S3's error; of our services it alone takes the hash of the body from a header."""
    return ApiError(
        "XAmzContentSHA256Mismatch",
        "The provided 'x-amz-content-sha256' header does not match what was computed.",
        fields={"ClientComputedContentSHA256": signed or "", "S3ComputedContentSHA256": computed},
    )
