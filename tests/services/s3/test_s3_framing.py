"""Bodies in chunks: boto3 over https, which sends trailers, and clients that sign every chunk."""

import base64
import hashlib
import hmac
import zlib
from typing import Any

import pytest
from botocore import UNSIGNED
from botocore.auth import S3SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from services.s3.conftest import SECRET
from telecine.wire.checksums import Algorithm, digest, encode
from telecine.wire.http import HttpRequest, HttpResponse

BODY = bytes(range(256)) * 12_000
CRC32 = encode(digest(Algorithm.CRC32, BODY))


@pytest.fixture
def secure(world: Any, s3: Any) -> Any:
    """The client of `s3` over https: boto3 then sends checksums behind the body."""
    return world.root(scheme="https")


def test_boto3_over_https(secure: Any) -> None:
    """What comes in chunks is stored without them, and what encoded the way is no encoding of the object."""
    put = secure.put_object(Bucket="films", Key="a", Body=BODY, ContentEncoding="gzip")
    got = secure.get_object(Bucket="films", Key="a", ChecksumMode="ENABLED")

    assert (put["ChecksumCRC32"], put["ChecksumType"]) == (CRC32, "FULL_OBJECT")
    assert put["ETag"] == f'"{hashlib.md5(BODY).hexdigest()}"'
    assert (got["ContentEncoding"], got["ContentLength"], got["ChecksumCRC32"]) == ("gzip", len(BODY), CRC32)
    assert got["Body"].read() == BODY
    secure.put_object(Bucket="films", Key="empty", Body=b"", ChecksumAlgorithm="SHA256")
    head = secure.head_object(Bucket="films", Key="empty", ChecksumMode="ENABLED")
    assert "ContentEncoding" not in head
    assert head["ChecksumSHA256"] == base64.b64encode(hashlib.sha256().digest()).decode()


def test_parts_over_https(secure: Any) -> None:
    """Parts bring their checksums behind them, too."""
    upload = secure.create_multipart_upload(Bucket="films", Key="a", ChecksumAlgorithm="SHA1")["UploadId"]
    where = {"Bucket": "films", "Key": "a", "UploadId": upload}
    part = secure.upload_part(**where, PartNumber=1, Body=BODY, ChecksumAlgorithm="SHA1")
    claim = {"PartNumber": 1, "ETag": part["ETag"], "ChecksumSHA1": part["ChecksumSHA1"]}
    secure.complete_multipart_upload(**where, MultipartUpload={"Parts": [claim]})

    assert part["ChecksumSHA1"] == encode(hashlib.sha1(BODY).digest())
    assert secure.get_object(Bucket="films", Key="a")["Body"].read() == BODY


@pytest.mark.parametrize(
    ("old", "new", "code"),
    [
        (b"\x00\x01\x02\x03", b"\x00\x01\x02\x04", "BadDigest"),
        (CRC32.encode(), b"AAAAAA==", "BadDigest"),
        (CRC32.encode(), b"AAAA", "InvalidRequest"),
        (b"x-amz-checksum-crc32:", b"x-amz-checksum-sha1:", "MalformedTrailerError"),
        (b"\r\n0\r\n", b"\r\n", "IncompleteBody"),
        (b"100000\r\n", b"0fffff\r\n", "IncompleteBody"),
        (b"100000\r\n", b"000001\r\n", "IncompleteBody"),
    ],
)
def test_what_is_wrong_is_not_stored(
    world: Any, secure: Any, s3: Any, refused: Any, tmp_path: Any, old: bytes, new: bytes, code: str
) -> None:
    """A body that is not what its checksum says, or whose chunks do not add up, leaves neither object nor file."""
    world.tamper = lambda body: body.replace(old, new, 1)
    answer = refused(secure.put_object, Bucket="films", Key="a", Body=BODY)
    world.tamper = lambda body: body

    assert answer[:2] == (code, 400)
    assert s3.list_objects_v2(Bucket="films")["KeyCount"] == 0
    assert not [path for path in (tmp_path / "s3").rglob("*") if path.is_file() and path.name != "opened"]


def test_an_anonymous_body_in_chunks(world: Any, s3: Any) -> None:
    """Who may write without a name may do it in chunks."""
    s3.delete_public_access_block(Bucket="films")
    s3.put_bucket_policy(
        Bucket="films",
        Policy='{"Version":"2012-10-17","Statement":{"Effect":"Allow","Principal":"*","Action":"s3:PutObject",'
        '"Resource":"arn:aws:s3:::films/*"}}',
    )
    world.root(scheme="https", signature_version=UNSIGNED).put_object(Bucket="films", Key="a", Body=BODY)

    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == BODY


class ChunkedAuth(S3SigV4Auth):
    """botocore's signer, for a body that is signed chunk by chunk."""

    def payload(self, request: AWSRequest) -> str:
        return "STREAMING-AWS4-HMAC-SHA256-PAYLOAD"


def _put_signed(world: Any, chunks: list[bytes], *, tamper: Any = None, operation: str = "/films/a") -> HttpResponse:
    """A PUT whose chunks are signed as the S3 API reference says; `tamper` changes the body on its way."""
    size = str(sum(map(len, chunks)))
    request = AWSRequest(
        method="PUT", url=f"http://127.0.0.1:7700{operation}", headers={"x-amz-decoded-content-length": size}
    )
    signer = ChunkedAuth(Credentials(f"AKIA{111122223333}ROOT", SECRET), "s3", "us-east-1")
    signer.add_auth(request)
    date = request.headers["X-Amz-Date"]
    scope, previous = signer.credential_scope(request), request.headers["Authorization"][-64:]
    body = b""
    key = f"AWS4{SECRET}".encode()
    for part in scope.split("/"):
        key = hmac.digest(key, part.encode(), "sha256")
    for chunk in (*chunks, b""):
        hashes = "\n".join(hashlib.sha256(one).hexdigest() for one in (b"", chunk))
        text = f"AWS4-HMAC-SHA256-PAYLOAD\n{date}\n{scope}\n{previous}\n{hashes}"
        previous = hmac.digest(key, text.encode(), "sha256").hex()
        body += f"{len(chunk):x};chunk-signature={previous}\r\n".encode() + chunk + b"\r\n"
    headers = tuple((name.lower(), str(value)) for name, value in request.headers.items())
    return world.server.call(
        HttpRequest(method="PUT", raw_path=operation, raw_query="", headers=(("host", "127.0.0.1:7700"), *headers)),
        body if tamper is None else tamper(body),
    )


def test_signed_chunks(world: Any, s3: Any) -> None:
    """Each chunk is verified, and together they are the object."""
    assert _put_signed(world, [BODY, BODY, b"end"]).status == 200
    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == BODY + BODY + b"end"


@pytest.mark.parametrize("place", [b"\x07\x08", b"end"], ids=["first chunk", "last chunk"])
def test_a_changed_chunk_makes_no_object(world: Any, s3: Any, tmp_path: Any, place: bytes) -> None:
    """A byte changed on the way is a wrong signature, wherever it is, and what had come before is gone."""
    answer = _put_signed(world, [BODY, b"end"], tamper=lambda body: body.replace(place, b"!" * len(place), 1))

    assert answer.status == 403
    assert b"<Code>SignatureDoesNotMatch</Code>" in answer.body
    assert s3.list_objects_v2(Bucket="films")["KeyCount"] == 0
    assert not [path for path in (tmp_path / "s3").rglob("*") if path.is_file() and path.name != "opened"]


def test_chunks_are_for_objects(world: Any, s3: Any) -> None:
    """An operation whose body is a document takes none."""
    assert _put_signed(world, [b"{}"], operation="/newbucket").status == 501
    assert _put_signed(world, [b"x"], tamper=lambda _body: b"").status == 400


@pytest.mark.parametrize("algorithm", [*Algorithm])
def test_every_algorithm_in_a_header(s3: Any, refused: Any, algorithm: Algorithm) -> None:
    """It is verified, kept with the object, and told again; a wrong one makes no object."""
    right, wrong = encode(digest(algorithm, BODY)), encode(digest(algorithm, b"another"))

    assert refused(s3.put_object, Bucket="films", Key="a", Body=BODY, **{algorithm.member: wrong})[0] == "BadDigest"
    assert s3.put_object(Bucket="films", Key="a", Body=BODY, **{algorithm.member: right})[algorithm.member] == right
    assert s3.head_object(Bucket="films", Key="a", ChecksumMode="ENABLED")[algorithm.member] == right
    entry = s3.list_objects_v2(Bucket="films")["Contents"][0]
    assert (entry["ChecksumAlgorithm"], entry["ChecksumType"]) == ([algorithm], "FULL_OBJECT")
    assert zlib.crc32(s3.get_object(Bucket="films", Key="a")["Body"].read()) == zlib.crc32(BODY)


def test_documents_are_verified_too(world: Any, s3: Any, refused: Any) -> None:
    """DeleteObjects comes with a digest; a document that is another one than was sent does nothing."""
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    doomed = {"Objects": [{"Key": "a"}]}

    def strip(request: Any, **_: object) -> None:
        del request.headers["x-amz-checksum-crc32"]

    careless = world.root()
    careless.meta.events.register("before-sign.s3.DeleteObjects", strip)
    assert refused(careless.delete_objects, Bucket="films", Delete=doomed)[2].startswith("Missing required header")
    wrong = {"Bucket": "films", "Delete": doomed, "ChecksumAlgorithm": "SHA256"}

    def falsify(request: Any, **_: object) -> None:
        del request.headers["x-amz-checksum-sha256"]
        request.headers["x-amz-checksum-sha256"] = encode(bytes(32))

    careless.meta.events.register("before-sign.s3.DeleteObjects", falsify)
    assert refused(careless.delete_objects, **wrong)[0] == "BadDigest"
    assert s3.list_objects_v2(Bucket="films")["KeyCount"] == 1
    for algorithm in ("SHA1", "SHA256", "CRC32"):
        s3.delete_objects(Bucket="films", Delete=doomed, ChecksumAlgorithm=algorithm)
    assert s3.list_objects_v2(Bucket="films")["KeyCount"] == 0
