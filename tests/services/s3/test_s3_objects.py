"""Objects through boto3: put, read in parts and under conditions, described, deleted."""

import base64
import hashlib
import zlib
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import ClientError

from telecine.services.s3.operations import STREAMS
from telecine.wire.http import BLOCK_BYTES

HOSTILE_KEYS = [
    "../../x",
    "/",
    "//",
    "a//b",
    "%2e%2e/%2e%2e",
    "%41",
    "A",
    "a",
    "a b+c&d=e?f#g",
    "naïve/日本/🎬",
    ".",
    "..",
    "e\u0301",
    "\u00e9",
    "\u00fc" * 512,
    "tab\there",
    "con",
    "back\\slash",
    "x/",
]


def test_a_key_is_a_name_and_never_a_path(s3: Any, world: Any, tmp_path: Any) -> None:
    """Every hostile key keeps its own bytes apart from the others, and no file outside the store's folder appears."""
    before = set(tmp_path.iterdir())
    for key in HOSTILE_KEYS:
        s3.put_object(Bucket="films", Key=key, Body=key.encode())

    assert {key: s3.get_object(Bucket="films", Key=key)["Body"].read().decode() for key in HOSTILE_KEYS} == {
        key: key for key in HOSTILE_KEYS
    }
    listed = [entry["Key"] for entry in s3.list_objects_v2(Bucket="films")["Contents"]]
    assert listed == sorted(HOSTILE_KEYS, key=str.encode)
    assert set(tmp_path.iterdir()) == before
    names = [path.name for path in (tmp_path / "s3" / "objects").rglob("*") if path.is_file()]
    assert all(len(name) == 32 and set(name) <= set("0123456789abcdef") for name in names)


@pytest.mark.parametrize(
    ("key", "code"),
    [("k" * 1025, "KeyTooLongError"), ("ü" * 513, "KeyTooLongError"), ("a\0b", "InvalidURI")],
)
def test_keys_that_cannot_be(s3: Any, refused: Any, key: str, code: str) -> None:
    """1024 bytes of UTF-8 is the most, and NUL is none of them; reading is refused like writing."""
    assert refused(s3.put_object, Bucket="films", Key=key, Body=b"")[:2] == (code, 400)
    assert refused(s3.get_object, Bucket="films", Key=key)[:2] == (code, 400)
    assert refused(s3.delete_object, Bucket="films", Key=key)[:2] == (code, 400)


def test_what_a_writer_says_a_reader_is_told(s3: Any) -> None:
    """Headers and metadata come back from GetObject and HeadObject, and may be overridden by the reader."""
    expires = datetime(2031, 1, 2, 3, 4, 5, tzinfo=UTC)
    said = {
        "ContentType": "video/mp4",
        "CacheControl": "max-age=60",
        "ContentDisposition": 'attachment; filename="a.mp4"',
        "ContentEncoding": "gzip",
        "ContentLanguage": "da",
        "Metadata": {"director": "sacha", "year": "2008"},
    }
    put = s3.put_object(Bucket="films", Key="a", Body=b"hello", Expires=expires, **said)
    got, head = s3.get_object(Bucket="films", Key="a"), s3.head_object(Bucket="films", Key="a")

    for answer in (got, head):
        assert {name: answer[name] for name in said} == said
        assert answer["Expires"] == expires
        assert answer["ETag"] == put["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
        assert answer["ContentLength"] == 5
        assert answer["AcceptRanges"] == "bytes"
        assert answer["LastModified"] <= datetime.now(UTC)
    shown = s3.get_object(Bucket="films", Key="a", ResponseContentType="text/plain", ResponseCacheControl="no-store")
    assert (shown["ContentType"], shown["CacheControl"]) == ("text/plain", "no-store")
    s3.put_object(Bucket="films", Key="plain", Body=b"")
    plain = s3.head_object(Bucket="films", Key="plain")
    assert (plain["ContentType"], plain["Metadata"], plain["ContentLength"]) == ("binary/octet-stream", {}, 0)
    assert s3.get_object(Bucket="films", Key="plain")["Body"].read() == b""


def test_a_body_of_many_blocks(s3: Any) -> None:
    """Bytes come back as they went in, across the boundaries of blocks."""
    body = bytes(range(256)) * (BLOCK_BYTES // 100)
    s3.put_object(Bucket="films", Key="a", Body=body)

    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == body
    start = BLOCK_BYTES - 3
    ranged = s3.get_object(Bucket="films", Key="a", Range=f"bytes={start}-{start + BLOCK_BYTES}")
    assert ranged["Body"].read() == body[start : start + BLOCK_BYTES + 1]


@pytest.mark.parametrize(
    ("header", "body", "content_range"),
    [
        ("bytes=0-0", b"0", "bytes 0-0/10"),
        ("bytes=2-4", b"234", "bytes 2-4/10"),
        ("bytes=7-", b"789", "bytes 7-9/10"),
        ("bytes=7-100", b"789", "bytes 7-9/10"),
        ("bytes=-3", b"789", "bytes 7-9/10"),
        ("bytes=-100", b"0123456789", "bytes 0-9/10"),
        ("bytes=0-", b"0123456789", "bytes 0-9/10"),
        ("bytes=4-2", b"0123456789", None),
        ("bytes=0-1,3-4", b"0123456789", None),
        ("lines=0-1", b"0123456789", None),
        ("bytes=-", b"0123456789", None),
    ],
)
def test_ranges(s3: Any, header: str, body: bytes, content_range: str | None) -> None:
    """A range is sent with its Content-Range; what is no single range of bytes is ignored."""
    s3.put_object(Bucket="films", Key="a", Body=b"0123456789")

    got, head = (
        s3.get_object(Bucket="films", Key="a", Range=header),
        s3.head_object(Bucket="films", Key="a", Range=header),
    )
    assert (got["Body"].read(), got.get("ContentRange")) == (body, content_range)
    assert got["ResponseMetadata"]["HTTPStatusCode"] == (206 if content_range else 200)
    assert (head["ContentLength"], head.get("ContentRange")) == (len(body), content_range)


@pytest.mark.parametrize("operation", ["get_object", "head_object"])
def test_a_range_of_another_version_is_the_whole_of_this_one(s3: Any, operation: str) -> None:
    """If-Range, whether it names an ETag or a date: a download that goes on does not join two versions."""
    stored = s3.put_object(Bucket="films", Key="a", Body=b"0123456789")
    modified = s3.head_object(Bucket="films", Key="a")["ResponseMetadata"]["HTTPHeaders"]["last-modified"]
    earlier = "Tue, 01 Mar 2022 12:00:00 GMT"
    for given, length in (
        (stored["ETag"], 3),
        (modified, 3),
        (f"W/{stored['ETag']}", 10),
        ('"another"', 10),
        (earlier, 10),
    ):

        def add(request: Any, given: str = given, **_event: Any) -> None:
            request.headers["If-Range"] = given

        s3.meta.events.register_first("before-sign.s3", add, unique_id="if-range")
        for _ in range(3):
            got = getattr(s3, operation)(Bucket="films", Key="a", Range="bytes=2-4")
            assert (got["ContentLength"], "ContentRange" in got) == (length, length == 3)
            assert "Body" not in got or len(got["Body"].read()) == length
        s3.meta.events.unregister("before-sign.s3", add, unique_id="if-range")


@pytest.mark.parametrize("header", ["bytes=10-", "bytes=10-20", "bytes=-0"])
def test_ranges_outside_the_object(s3: Any, refused: Any, header: str) -> None:
    """416, for an empty object too."""
    s3.put_object(Bucket="films", Key="a", Body=b"0123456789")
    s3.put_object(Bucket="films", Key="empty", Body=b"")

    assert refused(s3.get_object, Bucket="films", Key="a", Range=header)[:2] == ("InvalidRange", 416)
    assert refused(s3.head_object, Bucket="films", Key="a", Range=header)[:2] == ("416", 416)
    assert refused(s3.get_object, Bucket="films", Key="empty", Range="bytes=-1")[0] == "InvalidRange"


PAST, FUTURE = datetime.now(UTC) - timedelta(days=1), datetime.now(UTC) + timedelta(days=1)
ETAG = f'"{hashlib.md5(b"x").hexdigest()}"'


@pytest.mark.parametrize(
    ("conditions", "status"),
    [
        ({"IfMatch": ETAG}, 200),
        ({"IfMatch": "*"}, 200),
        ({"IfMatch": ETAG.strip('"')}, 200),
        ({"IfMatch": f'"other", {ETAG}'}, 200),
        ({"IfMatch": '"other"'}, 412),
        ({"IfNoneMatch": '"other"'}, 200),
        ({"IfNoneMatch": ETAG}, 304),
        ({"IfNoneMatch": "*"}, 304),
        ({"IfModifiedSince": PAST}, 200),
        ({"IfModifiedSince": FUTURE}, 200),
        ({"IfUnmodifiedSince": FUTURE}, 200),
        ({"IfUnmodifiedSince": PAST}, 412),
        ({"IfMatch": ETAG, "IfUnmodifiedSince": PAST}, 200),
        ({"IfNoneMatch": ETAG, "IfModifiedSince": PAST}, 304),
        ({"IfNoneMatch": '"other"', "IfModifiedSince": PAST}, 200),
    ],
)
def test_conditions_of_reads(s3: Any, refused: Any, conditions: Any, status: int) -> None:
    """GetObject and HeadObject agree on what the conditions come to."""
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    if status == 200:
        assert s3.get_object(Bucket="films", Key="a", **conditions)["Body"].read() == b"x"
        assert s3.head_object(Bucket="films", Key="a", **conditions)["ContentLength"] == 1
    else:
        assert refused(s3.get_object, Bucket="films", Key="a", **conditions)[1] == status
        assert refused(s3.head_object, Bucket="films", Key="a", **conditions)[1] == status


@pytest.mark.parametrize("call", ["get_object", "head_object"])
def test_not_modified_says_which_copy_is_still_good(s3: Any, call: str) -> None:
    """A 304 has the headers that a cache freshens its copy by, and no body."""
    s3.put_bucket_versioning(Bucket="films", VersioningConfiguration={"Status": "Enabled"})
    put = s3.put_object(Bucket="films", Key="a", Body=b"x", CacheControl="max-age=60", Expires=FUTURE)
    told = s3.head_object(Bucket="films", Key="a")["ResponseMetadata"]["HTTPHeaders"]

    with pytest.raises(ClientError) as caught:
        getattr(s3, call)(Bucket="films", Key="a", IfNoneMatch=put["ETag"])
    headers = caught.value.response["ResponseMetadata"]["HTTPHeaders"]
    for name in ("etag", "last-modified", "cache-control", "expires", "x-amz-version-id"):
        assert headers[name] == told[name]
    assert "content-type" not in headers


def test_a_copy_as_new_as_the_object_is_still_good(s3: Any, refused: Any) -> None:
    """If-Modified-Since with the object's own time is 304: its seconds are whole."""
    s3.put_object(Bucket="films", Key="a", Body=b"x")
    modified = s3.head_object(Bucket="films", Key="a")["LastModified"]

    assert refused(s3.get_object, Bucket="films", Key="a", IfModifiedSince=modified)[1] == 304


def test_an_object_that_is_not_there(s3: Any, refused: Any) -> None:
    """404 with the key for whoever may list the bucket; HEAD tells the status alone."""
    assert refused(s3.get_object, Bucket="films", Key="a") == ("NoSuchKey", 404, "The specified key does not exist.")
    assert refused(s3.head_object, Bucket="films", Key="a")[:2] == ("404", 404)
    assert s3.delete_object(Bucket="films", Key="a")["ResponseMetadata"]["HTTPStatusCode"] == 204


CRC = base64.b64encode(zlib.crc32(b"hello").to_bytes(4, "big")).decode()
SHA256 = base64.b64encode(hashlib.sha256(b"hello").digest()).decode()
SHA1 = base64.b64encode(hashlib.sha1(b"hello").digest()).decode()


@pytest.mark.parametrize(
    ("member", "value"), [("ChecksumCRC32", CRC), ("ChecksumSHA1", SHA1), ("ChecksumSHA256", SHA256)]
)
def test_checksums_are_compared_kept_and_told(s3: Any, refused: Any, member: str, value: str) -> None:
    """A checksum that fits is stored and shown when asked for; one that does not refuses the object."""
    put = s3.put_object(Bucket="films", Key="a", Body=b"hello", **{member: value})

    assert (put[member], put["ChecksumType"]) == (value, "FULL_OBJECT")
    assert s3.head_object(Bucket="films", Key="a", ChecksumMode="ENABLED")[member] == value
    assert member not in s3.head_object(Bucket="films", Key="a")
    listed = s3.list_objects_v2(Bucket="films")["Contents"][0]
    assert listed["ChecksumAlgorithm"] == [member.removeprefix("Checksum")]
    code, status, message = refused(s3.put_object, Bucket="films", Key="b", Body=b"other", **{member: value})
    assert (code, status) == ("BadDigest", 400)
    assert member.removeprefix("Checksum") in message
    code, _, message = refused(s3.put_object, Bucket="films", Key="b", Body=b"hello", **{member: "short"})
    assert (code, message) == (
        "InvalidRequest",
        f"Value for x-amz-checksum-{member.removeprefix('Checksum').lower()} header is invalid.",
    )
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="films")["Contents"]] == ["a"]


def test_content_md5_is_compared(s3: Any, refused: Any) -> None:
    """BadDigest for another body, InvalidDigest for what is no MD5."""
    digest = base64.b64encode(hashlib.md5(b"hello").digest()).decode()
    s3.put_object(Bucket="films", Key="a", Body=b"hello", ContentMD5=digest)

    assert refused(s3.put_object, Bucket="films", Key="b", Body=b"jello", ContentMD5=digest)[:2] == ("BadDigest", 400)
    assert refused(s3.put_object, Bucket="films", Key="b", Body=b"hello", ContentMD5="bm8=")[0] == "InvalidDigest"
    assert refused(s3.get_object, Bucket="films", Key="b")[0] == "NoSuchKey"


def test_a_refused_object_leaves_no_file(s3: Any, refused: Any, tmp_path: Any) -> None:
    """Neither a wrong digest nor a failed condition leaves bytes behind, and the old object stays."""
    s3.put_object(Bucket="films", Key="a", Body=b"first")
    digest = base64.b64encode(hashlib.md5(b"hello").digest()).decode()
    refused(s3.put_object, Bucket="films", Key="a", Body=b"jello", ContentMD5=digest)
    refused(s3.put_object, Bucket="films", Key="a", Body=b"second", IfNoneMatch="*")

    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == b"first"
    assert len([path for path in (tmp_path / "s3" / "objects").rglob("*") if path.is_file()]) == 1
    assert list((tmp_path / "s3" / "incoming").iterdir()) == []


def test_conditions_of_writes(s3: Any, refused: Any) -> None:
    """If-None-Match: * only creates, If-Match only replaces what was read."""
    first = s3.put_object(Bucket="films", Key="a", Body=b"1", IfNoneMatch="*")
    assert refused(s3.put_object, Bucket="films", Key="a", Body=b"2", IfNoneMatch="*")[:2] == (
        "PreconditionFailed",
        412,
    )
    second = s3.put_object(Bucket="films", Key="a", Body=b"2", IfMatch=first["ETag"])
    assert refused(s3.put_object, Bucket="films", Key="a", Body=b"3", IfMatch=first["ETag"])[0] == "PreconditionFailed"
    assert refused(s3.put_object, Bucket="films", Key="b", Body=b"3", IfMatch=first["ETag"])[0] == "NoSuchKey"
    assert refused(s3.put_object, Bucket="films", Key="a", Body=b"3", IfNoneMatch=first["ETag"])[:2] == (
        "NotImplemented",
        501,
    )
    assert refused(s3.delete_object, Bucket="films", Key="a", IfMatch=first["ETag"])[0] == "PreconditionFailed"
    s3.delete_object(Bucket="films", Key="a", IfMatch=second["ETag"])
    assert refused(s3.head_object, Bucket="films", Key="a")[1] == 404


@pytest.mark.parametrize(
    ("parameters", "code", "named"),
    [
        ({"ServerSideEncryption": "aws:kms:dsse"}, "NotImplemented", "x-amz-server-side-encryption: aws:kms:dsse"),
        ({"ServerSideEncryption": "rot13"}, "InvalidArgument", "The encryption method specified is not supported"),
        ({"StorageClass": "GLACIER"}, "NotImplemented", "x-amz-storage-class: GLACIER"),
        ({"StorageClass": "CELLAR"}, "InvalidStorageClass", "storage class"),
        ({"ACL": "public-read"}, "AccessControlListNotSupported", "does not allow ACLs"),
        ({"GrantRead": "id=abc"}, "AccessControlListNotSupported", "does not allow ACLs"),
        ({"ObjectLockMode": "GOVERNANCE"}, "NotImplemented", "x-amz-object-lock-mode"),
        ({"WebsiteRedirectLocation": "/b"}, "NotImplemented", "x-amz-website-redirect-location"),
        ({"ChecksumXXHASH64": "AAAAAAAAAAA="}, "NotImplemented", "x-amz-checksum-xxhash64"),
        ({"Metadata": {"a": "b" * 2048}}, "MetadataTooLarge", "maximum allowed metadata size"),
    ],
)
def test_what_objects_cannot_do_is_refused_by_name(
    s3: Any, refused: Any, parameters: Any, code: str, named: str
) -> None:
    """A header that asks for more than we do is never ignored."""
    answer = refused(s3.put_object, Bucket="films", Key="a", Body=b"x", **parameters)

    assert answer[0] == code
    assert answer[1] == (501 if code == "NotImplemented" else 400)
    assert named in answer[2]
    assert s3.list_objects_v2(Bucket="films")["KeyCount"] == 0


def test_neutral_headers_are_taken(s3: Any) -> None:
    """Headers that ask for what happens anyway are honoured."""
    s3.put_object(
        Bucket="films", Key="a", Body=b"x", ACL="bucket-owner-full-control", StorageClass="STANDARD", Tagging=""
    )

    assert s3.head_object(Bucket="films", Key="a", VersionId="null")["ContentLength"] == 1


def test_no_bucket_has_versions(s3: Any, refused: Any) -> None:
    """The one version of an object is called null."""
    s3.put_object(Bucket="films", Key="a", Body=b"x")

    assert refused(s3.get_object, Bucket="films", Key="a", VersionId="abc")[0] == "InvalidArgument"
    assert refused(s3.delete_object, Bucket="films", Key="a", VersionId="abc")[0] == "InvalidArgument"
    s3.delete_object(Bucket="films", Key="a", VersionId="null")
    assert refused(s3.head_object, Bucket="films", Key="a")[1] == 404


def test_many_objects_are_deleted_at_once(s3: Any, refused: Any) -> None:
    """Each key is answered for: deleted, also when it was not there, or refused with a reason."""
    for key in ("a", "b", "c"):
        s3.put_object(Bucket="films", Key=key, Body=key.encode())
    answer = s3.delete_objects(
        Bucket="films",
        Delete={
            "Objects": [
                {"Key": "a"},
                {"Key": "never"},
                {"Key": "b", "ETag": '"other"'},
                {"Key": "c", "VersionId": "abc"},
            ]
        },
    )

    assert [entry["Key"] for entry in answer["Deleted"]] == ["a", "never"]
    assert [(entry["Key"], entry["Code"]) for entry in answer["Errors"]] == [
        ("b", "PreconditionFailed"),
        ("c", "NoSuchVersion"),
    ]
    twice = {"Objects": [{"Key": "c", "VersionId": "abc"}, {"Key": "c", "VersionId": "null"}]}
    answer = s3.delete_objects(Bucket="films", Delete=twice)
    assert answer["Deleted"] == [{"Key": "c", "VersionId": "null"}]
    assert [entry["VersionId"] for entry in answer["Errors"]] == ["abc"]
    s3.put_object(Bucket="films", Key="c", Body=b"c")
    assert "Deleted" not in s3.delete_objects(Bucket="films", Delete={"Objects": [{"Key": "b"}], "Quiet": True})
    assert [entry["Key"] for entry in s3.list_objects_v2(Bucket="films")["Contents"]] == ["c"]
    assert refused(s3.delete_objects, Bucket="films", Delete={"Objects": []})[:2] == ("MalformedXML", 400)
    many = {"Objects": [{"Key": str(number)} for number in range(1001)]}
    assert refused(s3.delete_objects, Bucket="films", Delete=many)[0] == "MalformedXML"


def test_a_body_of_another_length_makes_no_object(world: Any, s3: Any, refused: Any) -> None:
    """Without a length nothing is taken; a body that breaks off makes no object."""
    params = {"Bucket": "films", "Key": "a"}
    call: Any = SimpleNamespace(
        trailing=None, is_secure=False, has_open_length=False, account="", caller=None, pins=frozenset()
    )
    with pytest.raises(Exception, match="MissingContentLength"):
        STREAMS["PutObject"](world.objects, call, dict(params))
    with pytest.raises(Exception, match="EntityTooLarge"):
        STREAMS["PutObject"](world.objects, call, {**params, "ContentLength": (5 << 30) + 1})
    sink = STREAMS["PutObject"](world.objects, call, {**params, "ContentLength": 3})
    sink.write(b"ab")
    with pytest.raises(Exception, match="IncompleteBody"):
        sink.finish({})
    assert refused(s3.head_object, Bucket="films", Key="a")[1] == 404
