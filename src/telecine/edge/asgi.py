"""The only async module: moves bytes between clients and the synchronous pipeline.

No thread waits for a client. A read that finds everything in memory is answered here (`Pipeline.glance`). Any other
control call's body is gathered here and the call runs as one hop to the control pool; blocks of an object, 1 or 2 MiB
each, are written and read by a pool of their own, and a stream that waits for its client holds no thread at all. A slow
client costs memory for a few blocks and nothing else, until it is too slow.
"""

import asyncio
import logging
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TypeVar

from telecine.core.errors import ApiError
from telecine.edge import landing
from telecine.edge.ahead import Places, ReadAhead
from telecine.edge.arrivals import Deferred, Form, Upload
from telecine.edge.body import Body, Budget, ClientGone, Message, NoMemory, Patience, Receive, TooLong, TooSlow
from telecine.edge.incoming import Incoming
from telecine.edge.limits import SHORT_BYTES
from telecine.edge.metrics import MetricsDoor
from telecine.edge.pipeline import Pipeline
from telecine.edge.pool import Pool
from telecine.edge.stages import Identified, Paused, Routed
from telecine.wire.errors import Common, common
from telecine.wire.form_data import FormReader
from telecine.wire.http import BLOCK_BYTES, HttpRequest, HttpResponse, Source

Send = Callable[[Message], Awaitable[None]]
T = TypeVar("T")

_log = logging.getLogger(__name__)

CONTROL_PATIENCE_SECONDS = 0.002
"""A control call that needs no disk is over by then; one that waits for a commit is not, and lets others by."""


UNVERIFIED_BYTES = 64 << 20
"""So much of the bodies of calls whose signature covers the body, and so is not verified yet, or that have none, waits
in memory."""
VERIFIED_BYTES = 256 << 20
"""And so much of the bodies of those whose callers are known by then."""
STREAMS_AHEAD = 5
"""So many answers read ahead at a time: at most 30 MiB for clients that take nothing."""


class Application:
    """The ASGI application of one `Pipeline`."""

    def __init__(
        self,
        pipeline: Pipeline,
        *,
        control_threads: int = 8,
        block_threads: int = 8,
        patience: Patience | None = None,
        unverified_bytes: int = UNVERIFIED_BYTES,
        metrics: MetricsDoor | None = None,
    ) -> None:
        self._pipeline = pipeline
        self._metrics = metrics
        self._control = Pool(control_threads, "control", patience=CONTROL_PATIENCE_SECONDS)
        self._blocks = Pool(block_threads, "block")
        self._patience = patience or Patience()
        self._unverified = Budget(unverified_bytes)
        self._verified = Budget(VERIFIED_BYTES)
        self._ahead = Places(STREAMS_AHEAD)

    def close(self) -> None:
        """Stop the pools once what they run has ended."""
        self._control.close()
        self._blocks.close()

    async def __call__(self, scope: Message, receive: Receive, send: Send) -> None:
        """Answer one request."""
        if scope["type"] != "http":
            raise RuntimeError(f"Telecine speaks HTTP, not {scope['type']}.")
        request = _head(scope)
        body = Body(request, receive, self._patience)
        if body.is_whole and request.header("expect") is not None:
            await receive()  # there is nothing to wait for, but some clients wait to be told so
        try:
            response = await self._beside(request) or await self._answer(request, body)
            try:
                await send(_start(response, must_hang_up=body.must_hang_up))
            except BaseException:
                if response.source is not None:  # nobody else lets its files go
                    await asyncio.shield(self._blocks.hop(response.source.close))
                raise
            if response.source is None:
                is_bodyless = request.method == "HEAD" or response.status in {204, 304}
                await send({"type": "http.response.body", "body": b"" if is_bodyless else response.body})
            else:
                await self._send_source(response.source, receive, send)
        except ClientGone:
            _log.debug("%s %s: the client left.", request.method, request.raw_path)
        except TooSlow:
            _log.info("%s %s: the client was too slow, we hung up.", request.method, request.raw_path)

    async def _beside(self, request: HttpRequest) -> HttpResponse | None:
        """The answer to what is none of the services': None when it is for one of them, or has no one host."""
        if request.has_several_hosts:
            return None  # no door of its own has the words for that
        if self._metrics is not None and self._metrics.is_for(request):
            return await self._control.hop(self._metrics.answer, request)
        return landing.answer(request)

    async def _answer(self, request: HttpRequest, body: Body) -> HttpResponse:
        path = self._pipeline.arrive(request)
        if isinstance(path, HttpResponse):
            return path
        if isinstance(path, Form):
            return await self._submit(path, body)
        if body.is_whole:
            glanced = self._pipeline.glance(path.identified)
            if glanced is None:
                return await self._control.hop(self._pipeline.answer, path.identified, b"")
            return await self._control.hop(self._pipeline.go_on, glanced) if isinstance(glanced, Paused) else glanced
        if isinstance(path, Upload):
            taken = await self._control.hop(self._pipeline.open, path.identified)
            if isinstance(taken, Incoming):
                return await self._upload(taken, body)
            if isinstance(taken, Deferred):
                resume = partial(self._pipeline.resume, taken)
                budget = self._verified if taken.has_caller else self._unverified
                return await self._gather(taken.routed, body, taken.limit, budget, resume)
            return taken
        answer = partial(self._pipeline.answer, path.identified)
        return await self._gather(path.identified, body, path.limit, self._unverified, answer)

    async def _gather(
        self, at: Identified | Routed, body: Body, limit: int, budget: Budget, answer: Callable[[bytes], HttpResponse]
    ) -> HttpResponse:
        """The answer to a control call, once its body is there; until it has been given the body costs `budget`."""
        with budget.share() as share:
            try:
                received = await body.whole(limit, share)
            except TooLong:
                error = common(Common.BODY_TOO_LARGE, at.facts.service)
            except NoMemory:
                error = common(Common.SLOW_DOWN, at.facts.service)
            except TooSlow:
                error = _request_timeout()
            else:
                return await self._control.hop(answer, received)
        return await self._control.hop(self._pipeline.refuse, at, error)

    async def _submit(self, form: Form, body: Body) -> HttpResponse:
        """The answer to a form: its fields are gathered, which are few, and its file is an upload like others."""
        reader = FormReader(form.boundary)
        try:
            async for chunk in body.chunks():
                reader.feed(chunk)
                if reader.file_name is not None:
                    break
            else:
                reader.finish()  # it holds no file: this says so
            taken = await self._control.hop(self._pipeline.open_form, form, reader)
        except ApiError as error:
            return await self._control.hop(self._pipeline.refuse, form.identified, error)
        except TooSlow:
            return await self._control.hop(self._pipeline.refuse, form.identified, _request_timeout())
        return await self._upload(taken, body) if isinstance(taken, Incoming) else taken

    async def _upload(self, incoming: Incoming, body: Body) -> HttpResponse:
        """The answer to an upload, once its body has gone block by block into `incoming`."""
        block = bytearray()
        try:
            block += incoming.unframe(b"")  # of a form's file the first bytes have come already
            async for chunk in body.chunks():
                block += incoming.unframe(chunk)
                if len(block) >= BLOCK_BYTES or (body.is_whole and len(block) > SHORT_BYTES):
                    refusal = await self._store(incoming, bytes(block))
                    if refusal is not None:
                        return refusal
                    block.clear()
            return await self._blocks.hop(incoming.end, bytes(block))
        except ApiError as error:
            return await self._blocks.hop(incoming.fail, error)
        except TooSlow:
            return await self._blocks.hop(incoming.fail, _request_timeout())
        except (ClientGone, asyncio.CancelledError):
            await asyncio.shield(self._blocks.hop(incoming.abort))
            raise

    async def _store(self, incoming: Incoming, block: bytes) -> HttpResponse | None:
        """Hash and write a block, side by side: both let go of the interpreter's lock."""
        _, refusal = await asyncio.gather(
            self._blocks.hop(incoming.digest, block), self._blocks.hop(incoming.write, block)
        )
        return refusal

    async def _send_source(self, source: Source, receive: Receive, send: Send) -> None:
        """Send a body block by block. Raises `ClientGone` and `TooSlow`; the connection then ends in the middle."""
        gone = asyncio.ensure_future(_until_gone(receive))
        blocks = ReadAhead(source, self._blocks, self._ahead)
        try:
            while block := await blocks.next():
                if gone.done():
                    raise ClientGone
                try:
                    async with asyncio.timeout(self._patience.seconds_for(len(block))):
                        await send({"type": "http.response.body", "body": block, "more_body": True})
                except TimeoutError as error:
                    raise TooSlow from error
            await send({"type": "http.response.body", "body": b""})
        finally:
            gone.cancel()
            await blocks.close()


def _head(scope: Message) -> HttpRequest:
    client = scope.get("client")
    return HttpRequest(
        method=scope["method"],
        raw_path=scope["raw_path"].decode("latin-1"),
        raw_query=scope["query_string"].decode("latin-1"),
        headers=tuple((name.decode("latin-1"), value.decode("latin-1")) for name, value in scope["headers"]),
        scheme=scope["scheme"],
        client_address=client[0] if client else "",
    )


def _start(response: HttpResponse, *, must_hang_up: bool) -> Message:
    headers = [(name.lower().encode("latin-1"), _header_bytes(value)) for name, value in response.headers]
    names = {name for name, _value in headers}
    if b"content-length" not in names and response.status not in {204, 304}:
        length = len(response.body) if response.source is None else response.source.length
        headers.append((b"content-length", str(length).encode()))
    if must_hang_up:
        headers.append((b"connection", b"close"))
    return {"type": "http.response.start", "status": response.status, "headers": headers}


def _header_bytes(value: str) -> bytes:
    """Header values come in as latin-1 and go out the same way; what is not latin-1 (a name in a body) as UTF-8."""
    try:
        return value.encode("latin-1")
    except UnicodeEncodeError:
        return value.encode()


async def _until_gone(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


def _request_timeout() -> ApiError:
    """S3's words; no other service of ours documents any."""
    return ApiError(
        "RequestTimeout",
        "Your socket connection to the server was not read from or written to within the timeout period. "
        "Idle connections will be closed.",
    )
