"""A server without a socket: requests go straight into the pipeline, on the caller's thread."""

from telecine.core.errors import ApiError
from telecine.edge import landing
from telecine.edge.arrivals import Deferred, Form, Upload
from telecine.edge.incoming import Incoming
from telecine.edge.pipeline import Pipeline
from telecine.edge.stages import Paused
from telecine.wire.form_data import FormReader
from telecine.wire.http import BLOCK_BYTES, HttpRequest, HttpResponse

_FIELDS_BYTES = 1000
"""A form comes in such pieces until its file begins."""


class InProcess:
    """Does what `edge.asgi` does, in the same order, without concurrency."""

    def __init__(self, pipeline: Pipeline) -> None:
        self._pipeline = pipeline

    def call(self, request: HttpRequest, body: bytes = b"") -> HttpResponse:
        """The answer to one request; a streamed body has been read into `body`."""
        response = landing.answer(request) or self._answer(request, body)
        source = response.source
        if source is None:
            return response
        blocks: list[bytes | bytearray] = []
        try:
            while block := source.read():
                blocks.append(block)
        finally:
            source.close()
        return HttpResponse(status=response.status, headers=response.headers, body=b"".join(blocks))

    def _answer(self, request: HttpRequest, body: bytes) -> HttpResponse:
        path = self._pipeline.arrive(request)
        if isinstance(path, HttpResponse):
            return path
        if isinstance(path, Form):
            return self._submit(path, body)
        if not isinstance(path, Upload) or not body:
            glanced = None if body else self._pipeline.glance(path.identified)
            if glanced is None:
                return self._pipeline.answer(path.identified, body)
            return self._pipeline.go_on(glanced) if isinstance(glanced, Paused) else glanced
        taken = self._pipeline.open(path.identified)
        if isinstance(taken, Deferred):
            return self._pipeline.resume(taken, body)
        return self._store(taken, body) if isinstance(taken, Incoming) else taken

    def _submit(self, form: Form, body: bytes) -> HttpResponse:
        reader = FormReader(form.boundary)
        try:
            for at in range(0, len(body), _FIELDS_BYTES):
                reader.feed(body[at : at + _FIELDS_BYTES])
                if reader.file_name is not None:
                    taken = self._pipeline.open_form(form, reader)
                    rest = body[at + _FIELDS_BYTES :]
                    return self._store(taken, rest) if isinstance(taken, Incoming) else taken
            reader.finish()
        except ApiError as error:
            return self._pipeline.refuse(form.identified, error)
        raise AssertionError("a form without a file is refused")

    @staticmethod
    def _store(incoming: Incoming, body: bytes) -> HttpResponse:
        for at in range(0, max(1, len(body)), BLOCK_BYTES):
            try:
                block = incoming.unframe(body[at : at + BLOCK_BYTES])
            except ApiError as error:
                return incoming.fail(error)
            incoming.digest(block)
            refusal = incoming.write(block)
            if refusal is not None:
                return refusal
        return incoming.finish()
