"""Multipart uploads through boto3: parts become one object, and every false claim is refused."""

import base64
import hashlib
import io
import zlib
from typing import Any

import pytest
from boto3.s3.transfer import TransferConfig

from telecine.services.s3.packets import sealed_size
from telecine.wire.checksums import Algorithm, encode
from telecine.wire.checksums import digest as checksum

MIN = 5 << 20
BIG, SMALL = b"a" * MIN, b"end"


def begin(s3: Any, key: str = "film.mp4", **more: Any) -> str:
    upload_id: str = s3.create_multipart_upload(Bucket="films", Key=key, **more)["UploadId"]
    return upload_id


def send(s3: Any, upload_id: str, number: int, body: bytes, key: str = "film.mp4", **more: Any) -> dict[str, Any]:
    answer = s3.upload_part(Bucket="films", Key=key, UploadId=upload_id, PartNumber=number, Body=body, **more)
    sums = {name: answer[name] for name in answer if name.startswith("Checksum")}
    return {"PartNumber": number, "ETag": answer["ETag"], **sums}


def complete(s3: Any, upload_id: str, *parts: dict[str, Any], key: str = "film.mp4", **more: Any) -> Any:
    return s3.complete_multipart_upload(
        Bucket="films", Key=key, UploadId=upload_id, MultipartUpload={"Parts": list(parts)}, **more
    )


def digest(number: int) -> str:
    return base64.b64encode(number.to_bytes(4, "big")).decode()


def test_parts_become_one_object(s3: Any, tmp_path: Any) -> None:
    """Parts in any order and with gaps make one object with a composite ETag; what it was not made of is gone."""
    upload = begin(s3, ContentType="video/mp4", Metadata={"take": "2"})
    last = send(s3, upload, 7, SMALL)
    send(s3, upload, 2, b"old")
    first = send(s3, upload, 2, BIG)
    send(s3, upload, 9, b"unused")
    done = complete(s3, upload, first, last)

    md5s = hashlib.md5(BIG).digest() + hashlib.md5(SMALL).digest()
    assert done["ETag"] == f'"{hashlib.md5(md5s).hexdigest()}-2"'
    assert (done["Bucket"], done["Key"]) == ("films", "film.mp4")
    assert done["Location"].endswith("/films/film.mp4")
    got = s3.get_object(Bucket="films", Key="film.mp4")
    assert got["Body"].read() == BIG + SMALL
    assert (got["ContentType"], got["Metadata"]) == ("video/mp4", {"take": "2"})
    across = s3.get_object(Bucket="films", Key="film.mp4", Range=f"bytes={MIN - 2}-{MIN + 1}")
    assert across["Body"].read() == b"aaen"
    sizes = sorted(path.stat().st_size for path in (tmp_path / "s3" / "objects").rglob("*") if path.is_file())
    assert sizes == [sealed_size(len(SMALL)), sealed_size(MIN)]


def test_a_part_can_be_read_by_its_number(s3: Any, refused: Any) -> None:
    """partNumber asks for one part's bytes; a number that is not there is 416."""
    upload = begin(s3)
    complete(s3, upload, send(s3, upload, 1, BIG), send(s3, upload, 3, SMALL))

    part = s3.get_object(Bucket="films", Key="film.mp4", PartNumber=3)
    assert part["Body"].read() == SMALL
    assert (part["PartsCount"], part["ContentRange"]) == (2, f"bytes {MIN}-{MIN + 2}/{MIN + 3}")
    assert s3.head_object(Bucket="films", Key="film.mp4", PartNumber=1)["ContentLength"] == MIN
    assert refused(s3.get_object, Bucket="films", Key="film.mp4", PartNumber=2)[:2] == ("InvalidPartNumber", 416)
    both = {"PartNumber": 1, "Range": "bytes=0-1"}
    assert refused(s3.get_object, Bucket="films", Key="film.mp4", **both)[0] == "InvalidRequest"
    s3.put_object(Bucket="films", Key="single", Body=b"x")
    single = s3.get_object(Bucket="films", Key="single", PartNumber=1)
    assert (single["Body"].read(), "PartsCount" in single) == (b"x", False)


def test_false_claims_are_refused(s3: Any, refused: Any) -> None:
    """Order, ETags, presence and size of the parts are checked; afterwards the upload is still there."""
    upload = begin(s3)
    first, second, small = send(s3, upload, 1, BIG), send(s3, upload, 2, SMALL), send(s3, upload, 3, SMALL)
    claim = {"Bucket": "films", "Key": "film.mp4", "UploadId": upload}

    def told(*parts: Any, **more: Any) -> tuple[str, int]:
        code, status, _ = refused(s3.complete_multipart_upload, **claim, MultipartUpload={"Parts": list(parts)}, **more)
        return code, status

    assert told(second, first) == ("InvalidPartOrder", 400)
    assert told(first, first) == ("InvalidPartOrder", 400)
    assert told(first, {"PartNumber": 5, "ETag": first["ETag"]}) == ("InvalidPart", 400)
    assert told({**first, "ETag": second["ETag"]}) == ("InvalidPart", 400)
    assert told({**first, "ChecksumCRC32": digest(1)}) == ("InvalidPart", 400)
    assert told(first, second, small) == ("EntityTooSmall", 400)
    assert told() == ("MalformedXML", 400)
    assert told({"PartNumber": 1}) == ("MalformedXML", 400)
    assert told(first, second, MpuObjectSize=7) == ("InvalidRequest", 400)
    assert refused(s3.head_object, Bucket="films", Key="film.mp4")[1] == 404
    complete(s3, upload, first, small, MpuObjectSize=MIN + 3)


def test_completing_twice_gives_the_same_answer(s3: Any, refused: Any) -> None:
    """A client that lost the answer may ask again; with other parts, or after the object was replaced, it may not."""
    upload = begin(s3)
    first, second = send(s3, upload, 1, BIG), send(s3, upload, 2, SMALL)
    done = complete(s3, upload, first, second)

    again = complete(s3, upload, first, second)
    assert again["ETag"] == done["ETag"]
    other = {"Bucket": "films", "Key": "film.mp4", "UploadId": upload, "MultipartUpload": {"Parts": [first]}}
    assert refused(s3.complete_multipart_upload, **other)[:2] == ("NoSuchUpload", 404)
    s3.put_object(Bucket="films", Key="film.mp4", Body=b"new")
    other["MultipartUpload"] = {"Parts": [first, second]}
    assert refused(s3.complete_multipart_upload, **other)[0] == "NoSuchUpload"


def test_an_aborted_upload_leaves_nothing(s3: Any, refused: Any, tmp_path: Any) -> None:
    """Its parts are gone, and every later call on it is NoSuchUpload."""
    upload = begin(s3)
    part = send(s3, upload, 1, SMALL)
    answer = s3.abort_multipart_upload(Bucket="films", Key="film.mp4", UploadId=upload)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 204
    assert [path for path in (tmp_path / "s3" / "objects").rglob("*") if path.is_file()] == []
    gone = {"Bucket": "films", "Key": "film.mp4", "UploadId": upload}
    assert refused(s3.abort_multipart_upload, **gone)[:2] == ("NoSuchUpload", 404)
    assert refused(s3.list_parts, **gone)[0] == "NoSuchUpload"
    assert refused(s3.upload_part, **gone, PartNumber=1, Body=b"x")[0] == "NoSuchUpload"
    parts = {"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]}
    assert refused(s3.complete_multipart_upload, **gone, MultipartUpload=parts)[0] == "NoSuchUpload"


def test_an_upload_belongs_to_its_key(s3: Any, refused: Any) -> None:
    """An upload id says nothing under another key or in another bucket."""
    upload = begin(s3)
    s3.create_bucket(Bucket="others")

    assert refused(s3.list_parts, Bucket="films", Key="other", UploadId=upload)[0] == "NoSuchUpload"
    assert refused(s3.abort_multipart_upload, Bucket="others", Key="film.mp4", UploadId=upload)[0] == "NoSuchUpload"


@pytest.mark.parametrize("number", [0, 10_001])
def test_part_numbers(s3: Any, refused: Any, number: int) -> None:
    """1 to 10,000."""
    upload = begin(s3)

    code, _, message = refused(
        s3.upload_part, Bucket="films", Key="film.mp4", UploadId=upload, PartNumber=number, Body=b"x"
    )
    assert (code, message) == ("InvalidArgument", "Part number must be an integer between 1 and 10000, inclusive")


def test_parts_are_listed_page_by_page(s3: Any) -> None:
    """By number, behind a marker; with the storage class that the object is to have."""
    upload = begin(s3, StorageClass="STANDARD_IA")
    for number in (5, 1, 3):
        send(s3, upload, number, str(number).encode())

    where = {"Bucket": "films", "Key": "film.mp4", "UploadId": upload}
    first = s3.list_parts(**where, MaxParts=2)
    assert [(part["PartNumber"], part["Size"]) for part in first["Parts"]] == [(1, 1), (3, 1)]
    assert (first["IsTruncated"], first["NextPartNumberMarker"], first["MaxParts"]) == (True, 3, 2)
    second = s3.list_parts(**where, PartNumberMarker=3)
    assert [part["PartNumber"] for part in second["Parts"]] == [5]
    assert (second["IsTruncated"], second["StorageClass"]) == (False, "STANDARD_IA")
    assert second["Initiator"]["ID"] == second["Owner"]["ID"]


def test_uploads_are_listed_page_by_page(s3: Any) -> None:
    """By key, then by age; rolled up behind a delimiter; behind a key, or behind one of its uploads."""
    ids = {key: begin(s3, key) for key in ("a", "dir/x", "dir/y", "z")}
    twice = sorted([ids["z"], begin(s3, "z")])

    everything = s3.list_multipart_uploads(Bucket="films")["Uploads"]
    assert [upload["Key"] for upload in everything] == ["a", "dir/x", "dir/y", "z", "z"]
    first = s3.list_multipart_uploads(Bucket="films", Delimiter="/", MaxUploads=2)
    assert [upload["Key"] for upload in first["Uploads"]] == ["a"]
    assert first["CommonPrefixes"] == [{"Prefix": "dir/"}]
    assert (first["IsTruncated"], first["NextKeyMarker"]) == (True, "dir/")
    second = s3.list_multipart_uploads(Bucket="films", Delimiter="/", MaxUploads=1, KeyMarker=first["NextKeyMarker"])
    assert [upload["UploadId"] for upload in second["Uploads"]] == twice[:1]
    third = s3.list_multipart_uploads(
        Bucket="films", KeyMarker=second["NextKeyMarker"], UploadIdMarker=second["NextUploadIdMarker"]
    )
    assert [upload["UploadId"] for upload in third["Uploads"]] == twice[1:]
    assert "Uploads" not in s3.list_multipart_uploads(Bucket="films", Prefix="nothing")


def test_a_composite_checksum(s3: Any, refused: Any) -> None:
    """Created with an algorithm, every part carries it, every claim repeats it, and the object's is made of them."""
    upload = begin(s3, ChecksumAlgorithm="SHA256")
    first = send(s3, upload, 1, BIG, ChecksumAlgorithm="SHA256")
    second = send(s3, upload, 2, SMALL, ChecksumAlgorithm="SHA256")
    wrong = {"Bucket": "films", "Key": "film.mp4", "UploadId": upload, "PartNumber": 3, "Body": b"x"}
    code, _, message = refused(s3.upload_part, **wrong, ChecksumAlgorithm="CRC32")
    assert (code, message) == (
        "InvalidRequest",
        "Checksum Type mismatch occurred, expected checksum Type: sha256, actual checksum Type: crc32",
    )
    bare = {"Parts": [{"PartNumber": 1, "ETag": first["ETag"]}]}
    code, _, message = refused(
        s3.complete_multipart_upload, Bucket="films", Key="film.mp4", UploadId=upload, MultipartUpload=bare
    )
    assert code == "InvalidRequest"
    assert "using a sha256 checksum" in message
    done = complete(s3, upload, first, second)

    sums = hashlib.sha256(BIG).digest() + hashlib.sha256(SMALL).digest()
    expected = base64.b64encode(hashlib.sha256(sums).digest()).decode() + "-2"
    assert (done["ChecksumSHA256"], done["ChecksumType"]) == (expected, "COMPOSITE")
    assert s3.head_object(Bucket="films", Key="film.mp4", ChecksumMode="ENABLED")["ChecksumSHA256"] == expected


def test_a_checksum_of_the_whole(s3: Any, refused: Any) -> None:
    """CRC32 of the full object is put together from the parts, compared with the client's, and kept."""
    upload = begin(s3, ChecksumAlgorithm="CRC32", ChecksumType="FULL_OBJECT")
    first, second = send(s3, upload, 1, BIG), send(s3, upload, 2, SMALL)
    expected = digest(zlib.crc32(BIG + SMALL))

    parts = {"Parts": [first, second]}
    claim = {"Bucket": "films", "Key": "film.mp4", "UploadId": upload, "MultipartUpload": parts}
    assert refused(s3.complete_multipart_upload, **claim, ChecksumCRC32=digest(1))[0] == "BadDigest"
    assert refused(s3.complete_multipart_upload, **claim, ChecksumType="COMPOSITE")[0] == "InvalidRequest"
    done = complete(s3, upload, first, second, ChecksumCRC32=expected, ChecksumType="FULL_OBJECT")
    assert (done["ChecksumCRC32"], done["ChecksumType"]) == (expected, "FULL_OBJECT")
    got = s3.get_object(Bucket="films", Key="film.mp4", ChecksumMode="ENABLED")
    assert got["ChecksumCRC32"] == expected
    assert len(got["Body"].read()) == MIN + 3  # boto3 compares the checksum here


@pytest.mark.parametrize(
    ("parameters", "code"),
    [
        ({"ChecksumAlgorithm": "SHA256", "ChecksumType": "FULL_OBJECT"}, "InvalidRequest"),
        ({"ChecksumType": "FULL_OBJECT"}, "InvalidRequest"),
        ({"ChecksumAlgorithm": "CRC64NVME", "ChecksumType": "COMPOSITE"}, "InvalidRequest"),
        ({"ChecksumAlgorithm": "SHA512"}, "NotImplemented"),
        ({"StorageClass": "DEEP_ARCHIVE"}, "NotImplemented"),
        ({"ACL": "public-read"}, "AccessControlListNotSupported"),
    ],
)
def test_uploads_that_cannot_be(s3: Any, refused: Any, parameters: Any, code: str) -> None:
    """Refused when they begin, by name."""
    assert refused(s3.create_multipart_upload, Bucket="films", Key="a", **parameters)[0] == code


def test_conditions_of_completion(s3: Any, refused: Any) -> None:
    """If-None-Match: * completes only where there is no object; the upload survives the refusal."""
    s3.put_object(Bucket="films", Key="film.mp4", Body=b"there")
    upload = begin(s3)
    part = send(s3, upload, 1, SMALL)
    claim = {"Bucket": "films", "Key": "film.mp4", "UploadId": upload, "MultipartUpload": {"Parts": [part]}}

    assert refused(s3.complete_multipart_upload, **claim, IfNoneMatch="*")[:2] == ("PreconditionFailed", 412)
    assert s3.get_object(Bucket="films", Key="film.mp4")["Body"].read() == b"there"
    complete(s3, upload, part)
    assert s3.get_object(Bucket="films", Key="film.mp4")["Body"].read() == SMALL


def test_boto3s_own_transfers(s3: Any) -> None:
    """upload_fileobj, download_fileobj and copy, multipart as boto3 does them."""
    body = bytes(range(256)) * (12 << 12)
    config = TransferConfig(multipart_threshold=MIN, multipart_chunksize=MIN, use_threads=False)
    s3.upload_fileobj(io.BytesIO(body), "films", "film.mp4", Config=config)
    s3.copy({"Bucket": "films", "Key": "film.mp4"}, "films", "copy.mp4", Config=config)
    fetched = io.BytesIO()
    s3.download_fileobj("films", "copy.mp4", fetched, Config=config)

    assert fetched.getvalue() == body
    assert s3.head_object(Bucket="films", Key="film.mp4")["ETag"].endswith('-3"')


@pytest.mark.parametrize("kind", ["CRC64NVME", "CRC32C", "SHA256"])
def test_attributes_of_an_object(s3: Any, refused: Any, kind: str) -> None:
    """Those asked for are told: its parts page by page, each with its checksum."""
    member = f"Checksum{kind}"
    started = s3.create_multipart_upload(Bucket="films", Key="film.mp4", ChecksumAlgorithm=kind)
    extent = "COMPOSITE" if kind == "SHA256" else started["ChecksumType"]
    where = {"Bucket": "films", "Key": "film.mp4", "UploadId": started["UploadId"]}
    sums = [encode(checksum(Algorithm(kind), body)) for body in (BIG, SMALL)]
    parts = []
    for number, (body, value) in enumerate(zip((BIG, SMALL), sums, strict=True), 1):
        part = s3.upload_part(**where, PartNumber=number, Body=body, **{member: value})
        parts.append({"PartNumber": number, "ETag": part["ETag"], member: value})
    done = s3.complete_multipart_upload(**where, MultipartUpload={"Parts": parts})
    asked = ["ETag", "Checksum", "ObjectParts", "ObjectSize", "StorageClass"]
    told = s3.get_object_attributes(Bucket="films", Key="film.mp4", ObjectAttributes=asked, MaxParts=1)

    if kind == "CRC64NVME":
        assert done[member] == encode(checksum(Algorithm.CRC64NVME, BIG + SMALL))
    assert told["Checksum"] == {member: done[member], "ChecksumType": extent}
    assert (told["ETag"], told["ObjectSize"], told["StorageClass"]) == (done["ETag"].strip('"'), MIN + 3, "STANDARD")
    assert told["ObjectParts"] == {
        "TotalPartsCount": 2,
        "PartNumberMarker": 0,
        "NextPartNumberMarker": 1,
        "MaxParts": 1,
        "IsTruncated": True,
        "Parts": [{"PartNumber": 1, "Size": MIN, member: sums[0]}],
    }
    size = s3.get_object_attributes(Bucket="films", Key="film.mp4", ObjectAttributes=["ObjectSize"])
    assert "ETag" not in size
    wrong = refused(s3.get_object_attributes, Bucket="films", Key="film.mp4", ObjectAttributes=["ETag", "Colour"])
    assert wrong == ("InvalidArgument", 400, "Invalid attribute name specified.")
    assert refused(s3.get_object_attributes, Bucket="films", Key="b", ObjectAttributes=["ETag"])[:2] == (
        "NoSuchKey",
        404,
    )
