"""Bodies in chunks: published examples, any split of the stream, and nothing malformed or tampered with passes."""

import hashlib
import hmac
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from itertools import pairwise

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec import structs

from telecine.core.errors import ApiError
from telecine.wire import framing, sigv4
from telecine.wire.checksums import Algorithm
from telecine.wire.framing import MIN_CHUNK_BYTES, Framing, Unframing
from telecine.wire.http import HttpRequest
from telecine.wire.sigv4 import SignatureClaim

SECRET = "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY"
CLAIM = SignatureClaim(
    access_key_id="AKIAIOSFODNN7EXAMPLE",
    date="20130524",
    region="us-east-1",
    service="s3",
    timestamp=datetime(2013, 5, 24, tzinfo=UTC),
    signed_headers=("host",),
    signature="0" * 64,
    session_token=None,
    expires=None,
    is_presigned=False,
    payload_hash=None,
)
SUM = "x-amz-checksum-crc32c"


def _framing(length: int, *, signature: str | None = None, trailer: bool = False) -> Framing:
    seed = None if signature is None else sigv4.seed(structs.replace(CLAIM, signature=signature), SECRET)
    return Framing(
        length=length,
        trailer=Algorithm.CRC32C if trailer else None,
        seed=seed,
        is_trailer_signed=trailer and seed is not None,
    )


def _read(body: Sequence[bytes], how: Framing) -> tuple[bytes, Mapping[str, str]]:
    """The object and the trailers in a body that comes in these pieces."""
    unframing = Unframing(how)
    found = []
    for piece in body:
        found.append(unframing.feed(piece))
        unframing.verify(found[-1])
    return b"".join(found), unframing.finish()


def _chunk(data: bytes, signature: str | None = None) -> bytes:
    head = f"{len(data):x}" + ("" if signature is None else f";chunk-signature={signature}")
    return head.encode() + b"\r\n" + data + (b"\r\n" if data else b"")


PUBLISHED = _chunk(b"a" * 65536, "ad80c730a21e5b8d04586a2213dd63b9a0e99e0e2307b0ade35a65485a288648") + _chunk(
    b"a" * 1024, "0055627c9e194cb4542bae2aa5492e3c1575bbb81b612b7d234b86a503ef5497"
)
PUBLISHED_END = _chunk(b"", "b6c6ea8a5354eaf15b3cb7646744f4275b71ea724fed81ceb9323e279d449df9") + b"\r\n"
PUBLISHED_FRAMING = _framing(66560, signature="4f232c4386841ef735655705268965c44a0e4690baa4adea153f7db9fa80a0a9")

TRAILED = (
    _chunk(b"a" * 65536, "b474d8862b1487a5145d686f57f013e54db672cee1c953b3010fb58501ef5aa2")
    + _chunk(b"a" * 1024, "1c1344b170168f8e65b41376b44b20fe354e373826ccbbe2c1d40a8cae51e5c7")
    + _chunk(b"", "2ca2aba2005185cf7159c6277faf83795951dd77a3a99e6e65d5c9f85863f992")
)
TRAILER = f"{SUM}:sOO8/Q=="
TRAILER_SIGNATURE = "x-amz-trailer-signature:d81f82fc3505edab99d459891051a732e8730629a2e4a59689829ca17fe2e435"
TRAILED_FRAMING = _framing(
    66560, signature="106e2a8a18243abcf37539882f36619c00e2dfc72633413f02d3b74544bfeb8e", trailer=True
)


def test_the_published_body_in_signed_chunks() -> None:
    """The example of the S3 API reference, "Transferring payload in multiple chunks"."""
    assert _read([PUBLISHED + PUBLISHED_END], PUBLISHED_FRAMING) == (b"a" * 66560, {})


@pytest.mark.parametrize("line_end", ["\n\r\n", "\r\n"], ids=["as documented", "as clients do"])
def test_the_published_body_with_a_signed_trailer(line_end: str) -> None:
    """The example of the S3 API reference, "Signature calculations for trailing headers"."""
    body = TRAILED + f"{TRAILER}{line_end}{TRAILER_SIGNATURE}\r\n\r\n".encode()

    assert _read([body], TRAILED_FRAMING) == (b"a" * 66560, {SUM: "sOO8/Q=="})


@pytest.mark.parametrize(
    ("tail", "code"),
    [
        (f"{SUM}:AAAAAA==\r\n{TRAILER_SIGNATURE}\r\n\r\n", "SignatureDoesNotMatch"),
        (f"{TRAILER}\r\n\r\n", "MalformedTrailerError"),
        (f"{TRAILER}\r\nx-amz-trailer-signature:{'0' * 64}\r\n\r\n", "SignatureDoesNotMatch"),
        (f"{TRAILER_SIGNATURE}\r\n\r\n", "MalformedTrailerError"),
        ("\r\n", "MalformedTrailerError"),
    ],
)
def test_a_signed_trailer_cannot_be_changed_or_left_out(tail: str, code: str) -> None:
    """Neither the checksum nor its signature."""
    with pytest.raises(ApiError) as caught:
        _read([TRAILED + tail.encode()], TRAILED_FRAMING)

    assert caught.value.code == code


def test_a_body_in_unsigned_chunks() -> None:
    """As boto3 sends it over https."""
    body = b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:mnG7TA==\r\n\r\n"

    assert _read([body], _framing(5, trailer=True)) == (b"hello", {SUM: "mnG7TA=="})
    assert _read([b"0\r\n\r\n"], _framing(0)) == (b"", {})


@pytest.mark.parametrize(
    ("body", "code"),
    [
        (b"", "IncompleteBody"),
        (b"5\r\nhello\r\n", "IncompleteBody"),
        (b"5\r\nhello\r\n0\r\n", "IncompleteBody"),
        (b"5\r\nhello\r\n0\r\n\r", "IncompleteBody"),
        (b"5\r\nhello\r\n0\r\n\r\n0\r\n\r\n", "IncompleteBody"),
        (b"5\r\nhello\r\n0\r\n\r\n ", "IncompleteBody"),
        (b"4\r\nhell\r\n0\r\n\r\n", "IncompleteBody"),
        (b"6\r\nhello!\r\n0\r\n\r\n", "IncompleteBody"),
        (b"5\r\nhelloo\r\n0\r\n\r\n", "IncompleteBody"),
        (b"5\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        (b"5\r\nhello\n0\r\n\r\n", "IncompleteBody"),
        (b"-5\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        (b"0x5\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        (b" 5\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        (b"5 \r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        (b"+5\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        (b"5;a=b\r\nhello\r\n0\r\n\r\n", "IncompleteBody"),
        (b"fffffffffffffffffffff\r\nhello", "IncompleteBody"),
        (b"5" * 1000, "IncompleteBody"),
        (b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", "InvalidChunkSizeError"),
        (b"5\r\nhello\r\n0\r\nx-amz-checksum-crc32c:mnG7TA==\r\n\r\n", "MalformedTrailerError"),
        (b"5\r\nhello\r\n0\r\nnothing\r\n\r\n", "MalformedTrailerError"),
    ],
)  # fmt: skip
def test_malformed_bodies(body: bytes, code: str) -> None:
    """Refused in S3's codes, and none of them is taken for the object `hello`."""
    with pytest.raises(ApiError) as caught:
        _read([body], _framing(5))

    assert caught.value.code == code


@given(
    sizes=st.lists(st.integers(MIN_CHUNK_BYTES, MIN_CHUNK_BYTES + 3), max_size=3),
    last=st.integers(1, 9),
    cuts=st.lists(st.integers(0, 40_000), max_size=12),
    is_signed=st.booleans(),
)
def test_however_the_stream_is_split(sizes: list[int], last: int, cuts: list[int], is_signed: bool) -> None:
    """The same bytes make the same object, in one piece or in many."""
    pieces = [bytes([number]) * size for number, size in enumerate([*sizes, last])]
    body = _framed(pieces, is_signed=is_signed)
    ends = [0, *sorted(min(cut, len(body)) for cut in cuts), len(body)]
    split = [body[start:end] for start, end in pairwise(ends)]
    how = _framing(sum(map(len, pieces)), signature="5" * 64 if is_signed else None)

    assert _read(split, how) == (b"".join(pieces), {})
    assert _read([body[at : at + 1] for at in range(300)] + [body[300:]], how) == (b"".join(pieces), {})


@given(data=st.data())
def test_no_changed_byte_of_a_signed_body_passes(data: st.DataObject) -> None:
    """Change, drop or add one byte anywhere, and the body is refused."""
    pieces = [b"x" * MIN_CHUNK_BYTES, b"yz"]
    body = _framed(pieces, is_signed=True)
    at = data.draw(st.integers(0, len(body) - 1))
    byte = data.draw(st.integers(0, 255))
    kind = data.draw(st.sampled_from(["change", "drop", "add"]))
    changed = body[:at] + (b"" if kind == "drop" else bytes([byte])) + body[at + (kind != "add") :]
    heads = changed.lower() == body.lower() and b"x" * MIN_CHUNK_BYTES in changed  # a hexadecimal digit in capitals
    if changed == body or heads:
        return

    with pytest.raises(ApiError):
        _read([changed], _framing(MIN_CHUNK_BYTES + 2, signature="5" * 64))


def _framed(pieces: Sequence[bytes], *, is_signed: bool) -> bytes:
    """A body as a client frames it, after a request whose signature is all fives; S3 API reference's own words."""
    key = f"AWS4{SECRET}".encode()
    for part in ("20130524", "us-east-1", "s3", "aws4_request"):
        key = hmac.digest(key, part.encode(), "sha256")
    scope, previous, body = "20130524/us-east-1/s3/aws4_request", "5" * 64, b""
    for piece in (*pieces, b""):
        text = "\n".join(
            ["AWS4-HMAC-SHA256-PAYLOAD", "20130524T000000Z", scope, previous]
            + [hashlib.sha256(one).hexdigest() for one in (b"", piece)]
        )
        previous = hmac.digest(key, text.encode(), "sha256").hex()
        body += _chunk(piece, previous if is_signed else None)
    return body + b"\r\n"


def _request(**headers: str) -> HttpRequest:
    named = tuple((name.replace("_", "-"), value) for name, value in headers.items())
    return HttpRequest(method="PUT", raw_path="/films/a", raw_query="", headers=named)


@pytest.mark.parametrize(
    ("content", "headers", "code"),
    [
        (sigv4.UNSIGNED_CHUNKS, {}, "MissingContentLength"),
        (sigv4.UNSIGNED_CHUNKS, {"x_amz_decoded_content_length": "-1"}, "MissingContentLength"),
        (sigv4.UNSIGNED_CHUNKS, {"x_amz_trailer": "x-amz-checksum-crc8"}, "InvalidRequest"),
        (sigv4.UNSIGNED_CHUNKS, {"x_amz_trailer": "authorization"}, "InvalidRequest"),
        (sigv4.SIGNED_CHUNKS, {"x_amz_trailer": "x-amz-checksum-crc32"}, "InvalidRequest"),
    ],
)
def test_heads_that_cannot_be(content: str, headers: dict[str, str], code: str) -> None:
    """What the head says of the body is checked before any of it is received."""
    given_length = {} if code == "MissingContentLength" else {"x_amz_decoded_content_length": "5"}
    with pytest.raises(ApiError) as caught:
        framing.of_request(_request(**given_length, **headers), content, lambda: sigv4.seed(CLAIM, SECRET))

    assert caught.value.code == code


def test_nobody_signs_chunks_without_a_signature() -> None:
    """An anonymous body may come in chunks, but in unsigned ones alone."""
    request = _request(content_encoding="gzip, aws-chunked", x_amz_decoded_content_length="5")
    found = framing.of_request(request, None, None)

    assert found is not None
    assert found.seed is None
    assert framing.of_request(_request(), None, None) is None
    with pytest.raises(ApiError):
        framing.of_request(request, sigv4.SIGNED_CHUNKS, None)
