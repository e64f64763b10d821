"""CopyObject and UploadPartCopy through boto3."""

import base64
import hashlib
import zlib
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError

MIN = 5 << 20


@pytest.fixture
def source(s3: Any) -> Any:
    """An object to copy."""
    s3.put_object(Bucket="films", Key="a b/ü+1", Body=b"hello", ContentType="video/mp4", Metadata={"take": "1"})
    return {"Bucket": "films", "Key": "a b/ü+1"}


def test_a_copy_is_an_object_of_its_own(s3: Any, source: Any) -> None:
    """Bytes, headers and metadata are taken over, and outlive the source."""
    s3.create_bucket(Bucket="copies")
    copied = s3.copy_object(Bucket="copies", Key="b", CopySource=source)["CopyObjectResult"]
    s3.delete_object(**source)
    got = s3.get_object(Bucket="copies", Key="b")

    assert got["Body"].read() == b"hello"
    assert copied["ETag"] == got["ETag"] == f'"{hashlib.md5(b"hello").hexdigest()}"'
    assert copied["LastModified"] == got["LastModified"]
    assert (got["ContentType"], got["Metadata"]) == ("video/mp4", {"take": "1"})


def test_metadata_may_be_replaced(s3: Any, source: Any, refused: Any) -> None:
    """With REPLACE the request's own headers count, and an object may be copied onto itself."""
    s3.copy_object(
        **source, CopySource=source, MetadataDirective="REPLACE", Metadata={"take": "2"}, ContentType="video/mpeg"
    )
    head = s3.head_object(**source)

    assert (head["Metadata"], head["ContentType"]) == ({"take": "2"}, "video/mpeg")
    code, status, message = refused(s3.copy_object, **source, CopySource=source)
    assert (code, status) == ("InvalidRequest", 400)
    assert message.startswith("This copy request is illegal")


def test_a_multipart_object_is_copied_into_one_piece(s3: Any) -> None:
    """The copy's ETag is the MD5 of its bytes again."""
    upload = {"Bucket": "films", "Key": "big"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    parts = [
        {"PartNumber": number, "ETag": s3.upload_part(**upload, PartNumber=number, Body=body)["ETag"]}
        for number, body in ((1, b"a" * MIN), (2, b"b"))
    ]
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": parts})
    copied = s3.copy_object(Bucket="films", Key="copy", CopySource="films/big")["CopyObjectResult"]

    assert copied["ETag"] == f'"{hashlib.md5(b"a" * MIN + b"b").hexdigest()}"'


def test_conditions_of_the_source_and_of_what_is_replaced(s3: Any, source: Any, refused: Any) -> None:
    """Every condition that does not hold is 412, also those that are 304 for a reader."""
    etag = s3.head_object(**source)["ETag"]
    copy = {"Bucket": "films", "Key": "b", "CopySource": source}
    yesterday = datetime.now(UTC) - timedelta(days=1)

    for condition in (
        {"CopySourceIfMatch": '"other"'},
        {"CopySourceIfNoneMatch": etag},
        {"CopySourceIfUnmodifiedSince": yesterday},
    ):
        assert refused(s3.copy_object, **copy, **condition)[:2] == ("PreconditionFailed", 412)
        with pytest.raises(ClientError) as caught:
            s3.copy_object(**copy, **condition)
        # It is the source that is at fault, which the header says.
        assert caught.value.response["Error"]["Condition"].startswith("x-amz-copy-source-If-")
    s3.copy_object(**copy, CopySourceIfMatch=etag, CopySourceIfModifiedSince=yesterday, IfNoneMatch="*")
    assert refused(s3.copy_object, **copy, IfNoneMatch="*")[0] == "PreconditionFailed"


@pytest.mark.parametrize(
    ("copy_source", "code"),
    [
        ("films", "InvalidArgument"),
        ("films/", "InvalidArgument"),
        ("films/missing", "NoSuchKey"),
        ("nowhere/a", "NoSuchBucket"),
        ("films/a b/ü+1?versionId=abc", "InvalidArgument"),
        ("arn:aws:s3:us-east-1:111122223333:accesspoint/x/object/a", "NotImplemented"),
    ],
)
def test_sources_that_are_none(s3: Any, source: Any, refused: Any, copy_source: str, code: str) -> None:
    """What is missing or malformed is named."""
    assert refused(s3.copy_object, Bucket="films", Key="b", CopySource=copy_source)[0] == code


def test_a_source_with_version_and_slash(s3: Any, source: Any) -> None:
    """A leading slash and the null version are understood."""
    s3.copy_object(Bucket="films", Key="b", CopySource="/films/a b/ü+1?versionId=null")

    assert s3.get_object(Bucket="films", Key="b")["Body"].read() == b"hello"


def test_checksums_of_copies(s3: Any, source: Any) -> None:
    """A copy keeps the algorithm of its source, or gets the one asked for."""
    kept = s3.copy_object(Bucket="films", Key="b", CopySource=source)["CopyObjectResult"]
    asked = s3.copy_object(Bucket="films", Key="c", CopySource=source, ChecksumAlgorithm="SHA256")["CopyObjectResult"]

    assert kept["ChecksumCRC32"] == base64.b64encode(zlib.crc32(b"hello").to_bytes(4, "big")).decode()
    assert asked["ChecksumSHA256"] == base64.b64encode(hashlib.sha256(b"hello").digest()).decode()


def test_parts_are_copied_from_ranges(s3: Any, source: Any, refused: Any) -> None:
    """UploadPartCopy takes the bytes of a range, both ends given and inside."""
    upload = {"Bucket": "films", "Key": "joined"}
    upload["UploadId"] = s3.create_multipart_upload(**upload)["UploadId"]
    part = {**upload, "PartNumber": 1, "CopySource": source}

    copied = s3.upload_part_copy(**part, CopySourceRange="bytes=1-3")["CopyPartResult"]
    assert copied["ETag"] == f'"{hashlib.md5(b"ell").hexdigest()}"'
    for wrong in ("bytes=1-", "bytes=3-1", "bytes=0-5"):
        assert refused(s3.upload_part_copy, **part, CopySourceRange=wrong)[:2] == ("InvalidArgument", 400)
    s3.complete_multipart_upload(**upload, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": copied["ETag"]}]})
    assert s3.get_object(Bucket="films", Key="joined")["Body"].read() == b"ell"


def test_copies_leave_no_bytes_behind(s3: Any, source: Any, refused: Any, tmp_path: Any) -> None:
    """A copy that is refused at its end has removed its file."""
    s3.put_object(Bucket="films", Key="b", Body=b"x")
    refused(s3.copy_object, Bucket="films", Key="b", CopySource=source, IfNoneMatch="*")

    assert len([path for path in (tmp_path / "s3" / "objects").rglob("*") if path.is_file()]) == 2
