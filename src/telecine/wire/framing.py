"""Bodies in `aws-chunked`: chunks of an object, each with its size and perhaps its signature, and trailers behind.

    10000;chunk-signature=<64 digits>\\r\\n<65,536 bytes>\\r\\n0;chunk-signature=<64 digits>\\r\\n<trailers>\\r\\n

This is a coding inside the HTTP body and ends with it: what HTTP takes for the end of the request does not depend on
anything here. Errors are S3's, which alone has this coding. Sources: S3 API reference, "Authenticating requests: using
the Authorization header" and the pages on chunked uploads under it.
"""

import hashlib
import re
from collections import deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from telecine.core.errors import ApiError
from telecine.wire.checksums import BY_HEADER, Algorithm
from telecine.wire.errors import Common, common
from telecine.wire.http import HttpRequest
from telecine.wire.sigv4.chunks import Chain, ChunkSeed
from telecine.wire.sigv4.verify import SIGNED_CHUNKS, SIGNED_CHUNKS_AND_TRAILER, STREAMING, UNSIGNED_CHUNKS

MIN_CHUNK_BYTES = 8192
"""Every chunk but the last is at least so long."""
_LINE_BYTES = 512
"""The longest line between chunks; the longest legitimate one is a chunk's head with its signature, some 100 bytes."""
_TRAILER_LINES = 4
"""One checksum, its signature, and room for a client that sends the form's optional extra line end."""

_HEAD = re.compile(rb"([0-9a-fA-F]{1,12})\r\n")
_SIGNED_HEAD = re.compile(rb"([0-9a-fA-F]{1,12});chunk-signature=([0-9a-f]{64})\r\n")
# The API reference shows a line feed before the line end of a trailer; clients send it or not.
_TRAILER = re.compile(rb"([0-9A-Za-z-]{1,64})[ \t]*:[ \t]*([!-~]{1,128})[ \t]*\n?\r\n")
_TRAILER_SIGNATURE = "x-amz-trailer-signature"
_LENGTH = re.compile(r"[0-9]{1,15}")


@dataclass(frozen=True, kw_only=True, slots=True)
class Framing:
    """How a body comes, as the head of its request says."""

    length: int
    """How long the object in it is (`x-amz-decoded-content-length`)."""
    trailer: Algorithm | None
    """The checksum that follows the body (`x-amz-trailer`)."""
    seed: ChunkSeed | None
    """Of a body whose chunks are signed: the signature that theirs go on from."""
    is_trailer_signed: bool


def of_request(request: HttpRequest, content: str | None, seed: Callable[[], ChunkSeed] | None) -> Framing | None:
    """How the body of `request` is framed; None for one that comes as it is.

    `content` is what the request says of it in `x-amz-content-sha256`; `seed` finds the seed of its signature, None
    where nobody signed. Raises `ApiError`: MissingContentLength, InvalidRequest.
    """
    if seed is None and content is None and _is_chunked(request):
        # Clients without credentials send no hash, but frame the body all the same.
        content = UNSIGNED_CHUNKS
    if content not in STREAMING:
        return None
    if content != UNSIGNED_CHUNKS and seed is None:
        raise _invalid("Chunks can only be signed in a signed request.")
    length = request.header("x-amz-decoded-content-length")
    if length is None or _LENGTH.fullmatch(length) is None:
        raise ApiError("MissingContentLength", "You must provide the Content-Length HTTP header.", status=411)
    return Framing(
        length=int(length),
        trailer=_trailer(request, content),
        seed=seed() if seed is not None and content != UNSIGNED_CHUNKS else None,
        is_trailer_signed=content == SIGNED_CHUNKS_AND_TRAILER,
    )


def _is_chunked(request: HttpRequest) -> bool:
    codings = (request.header("content-encoding") or "").lower().split(",")
    return "aws-chunked" in {coding.strip() for coding in codings}


def _trailer(request: HttpRequest, content: str) -> Algorithm | None:
    declared = request.header("x-amz-trailer")
    if declared is None:
        return None
    algorithm = BY_HEADER.get(declared.strip().lower())
    if algorithm is None or content == SIGNED_CHUNKS:
        raise _invalid("The value specified in the x-amz-trailer header is not supported")
    return algorithm


class Unframing:
    """Takes the object out of one framed body, in whatever pieces that comes.

    `feed` has the bytes of the body, and gives those of the object; `verify` has these, in the same order, and hashes
    them where chunks are signed: it may run elsewhere, but not at the same time as `feed`. `finish` ends both. Each
    raises `ApiError` for a body that is not what it should be, which is then of no use any more.
    """

    def __init__(self, framing: Framing) -> None:
        self._framing = framing
        self._chain = None if framing.seed is None else Chain(framing.seed)
        self._head = _HEAD if self._chain is None else _SIGNED_HEAD
        self._read: Callable[[bytes], None] = self._read_head
        """What the next line is."""
        self._line = b""
        """The beginning of a line whose end has not come yet."""
        self._left = 0
        """How many bytes of the chunk are still to come."""
        self._size = 0
        """How many bytes of the object its chunks so far hold, the present one whole."""
        self._previous: int | None = None
        """The size of the chunk before, if there is one."""
        self._count = 0
        self._is_whole = False
        self._trailers: dict[str, str] = {}
        self._trailer_signature: str | None = None
        self._signatures: deque[tuple[int, str]] = deque()
        """Of chunks not verified yet: where in the object they end, and their signatures."""
        self._sha256 = hashlib.sha256()
        """Of the chunk that is being verified."""
        self._verified = 0
        """How many bytes of the object have been hashed."""

    def feed(self, data: bytes) -> bytes:
        """The bytes of the object among the next bytes of the body. Raises IncompleteBody and its kin."""
        found: list[bytes] = []
        at = 0
        while at < len(data):
            if self._is_whole:
                raise _malformed()
            if self._left:
                piece = data[at : at + self._left]
                self._left -= len(piece)
                at += len(piece)
                found.append(piece)
                continue
            end = data.find(b"\n", at) + 1
            self._line += data[at : end or len(data)]
            at = end or len(data)
            if len(self._line) > _LINE_BYTES:
                raise _malformed()
            if self._line.endswith(b"\r\n"):
                line, self._line = self._line, b""
                self._read(line)
        return found[0] if len(found) == 1 else b"".join(found)

    def verify(self, payload: bytes) -> None:
        """Hash the next bytes of the object. Raises SignatureDoesNotMatch at the end of a chunk that was changed."""
        if self._chain is None:
            return
        rest = memoryview(payload)
        while self._signatures:
            end, signature = self._signatures[0]
            piece = rest[: end - self._verified]
            self._sha256.update(piece)
            self._verified += len(piece)
            rest = rest[len(piece) :]
            if self._verified < end:
                return
            self._signatures.popleft()
            self._chain.check_chunk(self._sha256.hexdigest(), signature)
            self._sha256 = hashlib.sha256()

    def finish(self) -> Mapping[str, str]:
        """The trailers by name, once the body has ended where it should and everything in it has been verified.

        Raises IncompleteBody, MalformedTrailerError, SignatureDoesNotMatch.
        """
        if not self._is_whole:
            raise _malformed()
        self.verify(b"")
        if self._signatures:
            raise _malformed()
        self._check_trailers()
        return self._trailers

    def _read_head(self, line: bytes) -> None:
        match = self._head.fullmatch(line)
        if match is None:
            raise _malformed()
        size = int(match[1], 16)
        self._count += 1
        if size and self._previous is not None and self._previous < MIN_CHUNK_BYTES:
            raise _too_small(self._count, self._previous)
        self._previous = size
        self._left = size
        self._size += size
        if self._size > self._framing.length:
            raise _malformed()
        if self._chain is not None:
            self._signatures.append((self._size, match[2].decode()))
        if size:
            self._read = self._read_end
        elif self._size != self._framing.length:
            raise _malformed()
        else:
            self._read = self._read_trailer

    def _read_end(self, line: bytes) -> None:
        if line != b"\r\n":
            raise _malformed()
        self._read = self._read_head

    def _read_trailer(self, line: bytes) -> None:
        if line == b"\r\n":
            self._end()
            return
        match = _TRAILER.fullmatch(line)
        if match is None or len(self._trailers) >= _TRAILER_LINES:
            raise _malformed_trailer()
        name = match[1].decode().lower()
        if name in self._trailers:
            raise _malformed_trailer()
        self._trailers[name] = match[2].decode()

    def _end(self) -> None:
        if self._framing.is_trailer_signed:
            self._trailer_signature = self._trailers.pop(_TRAILER_SIGNATURE, None)
        declared = self._framing.trailer
        if set(self._trailers) != ({declared.header} if declared is not None else set()):
            raise _malformed_trailer()
        self._is_whole = True

    def _check_trailers(self) -> None:
        """Where there is something to sign it is signed, and what is signed is right."""
        if self._chain is None or not self._framing.is_trailer_signed:
            return
        if self._trailer_signature is None:
            if self._trailers:
                raise _malformed_trailer()
            return
        text = "".join(f"{name}:{value}\n" for name, value in self._trailers.items())
        self._chain.check_trailer(text, self._trailer_signature)


def _malformed() -> ApiError:
    return ApiError("IncompleteBody", "The request body terminated unexpectedly")


def _malformed_trailer() -> ApiError:
    return ApiError(
        "MalformedTrailerError",
        "The request contained trailing data that was not well-formed or did not conform to our published schema.",
    )


def _too_small(number: int, size: int) -> ApiError:
    return ApiError(
        "InvalidChunkSizeError",
        f"Only the last chunk is allowed to have a size less than {MIN_CHUNK_BYTES} bytes",
        fields={"Chunk": str(number), "BadChunkSize": str(size)},
    )


def _invalid(message: str) -> ApiError:
    return common(Common.BAD_REQUEST, "s3", message=message)
