"""Encryption at rest through boto3: what is on the disk, what answers tell, and what damage does."""

import base64
import hashlib
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from telecine.services.s3 import tables
from telecine.services.s3.packets import PACKET_BYTES, sealed_size
from telecine.services.s3.ranges import Span
from telecine.services.s3.reading import DamagedFile

BODY = b"a secret scene " * 20
KEY, OTHER_KEY = b"k" * 32, b"o" * 32
SSE_C = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": KEY}
TOLD = ("ServerSideEncryption", "SSECustomerAlgorithm", "SSECustomerKeyMD5", "SSEKMSKeyId", "BucketKeyEnabled")


@pytest.fixture
def secure(world: Any, s3: Any) -> Any:
    """A client that speaks https."""
    return world.root(scheme="https")


def on_disk(folder: Path) -> list[Path]:
    return [path for path in (folder / "s3" / "objects").rglob("*") if path.is_file()]


def told(answer: Any) -> dict[str, Any]:
    return {name: answer[name] for name in TOLD if name in answer}


def test_every_object_is_encrypted(s3: Any, tmp_path: Path) -> None:
    """Without being asked: its bytes are not on the disk, every answer says AES256, its ETag is its MD5."""
    put = s3.put_object(Bucket="films", Key="a", Body=BODY)
    asked = s3.put_object(Bucket="films", Key="b", Body=BODY, ServerSideEncryption="AES256")
    copied = s3.copy_object(Bucket="films", Key="c", CopySource="films/a")
    upload = s3.create_multipart_upload(Bucket="films", Key="d")
    place = {"Bucket": "films", "Key": "d", "UploadId": upload["UploadId"]}
    part = s3.upload_part(**place, PartNumber=1, Body=BODY)
    second = s3.upload_part_copy(**place, PartNumber=2, CopySource="films/a")
    etags = [{"PartNumber": 1, "ETag": part["ETag"]}]
    done = s3.complete_multipart_upload(**place, MultipartUpload={"Parts": etags})
    got, head = s3.get_object(Bucket="films", Key="d"), s3.head_object(Bucket="films", Key="d")

    answers = (put, asked, copied, upload, part, second, done, got, head)
    assert [told(answer) for answer in answers] == [{"ServerSideEncryption": "AES256"}] * len(answers)
    assert got["Body"].read() == BODY
    assert put["ETag"] == f'"{hashlib.md5(BODY).hexdigest()}"'
    assert [path.stat().st_size for path in on_disk(tmp_path)] == [sealed_size(len(BODY))] * 4
    assert not any(b"secret" in path.read_bytes() for path in on_disk(tmp_path))
    assert len({path.read_bytes() for path in on_disk(tmp_path)}) == 4


def test_objects_from_before_stay_readable(world: Any, s3: Any, tmp_path: Path) -> None:
    """A plain file without a word on encryption in its row is read as it is, and nothing is told of it."""
    s3.put_object(Bucket="films", Key="old", Body=BODY)
    on_disk(tmp_path)[0].write_bytes(BODY)
    plain = {"encryption": None, "sealed_key": None, "key_blob": None}
    world.database.write(lambda connection: connection.execute(tables.objects.update().values(plain)))

    got = s3.get_object(Bucket="films", Key="old", Range="bytes=2-7")
    assert (got["Body"].read(), told(got)) == (b"secret", {})
    assert told(s3.copy_object(Bucket="films", Key="new", CopySource="films/old")) == {"ServerSideEncryption": "AES256"}
    assert s3.get_object(Bucket="films", Key="new")["Body"].read() == BODY


def test_uploads_from_before_end_as_they_began(world: Any, s3: Any, tmp_path: Path) -> None:
    """Their object is plain, whole: it is never half one thing and half the other."""
    place = {"Bucket": "films", "Key": "old"}
    place["UploadId"] = s3.create_multipart_upload(**place)["UploadId"]
    plain = {"encryption": None, "sealed_key": None, "key_blob": None}
    world.database.write(lambda connection: connection.execute(tables.uploads.update().values(plain)))
    part = s3.upload_part(**place, PartNumber=1, Body=BODY)
    s3.complete_multipart_upload(**place, MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": part["ETag"]}]})

    assert s3.get_object(Bucket="films", Key="old")["Body"].read() == BODY
    assert on_disk(tmp_path)[0].read_bytes() == BODY


def test_ranges_at_the_borders_of_packets(s3: Any) -> None:
    """Any range of an object of several packets and parts is exactly those bytes."""
    body = b"".join(number.to_bytes(4, "big") for number in range((PACKET_BYTES * 3) // 4)) + b"end"
    s3.put_object(Bucket="films", Key="a", Body=body)
    for start in (0, 1, PACKET_BYTES - 1, PACKET_BYTES, 2 * PACKET_BYTES + 7, len(body) - 1):
        for length in (1, 2, PACKET_BYTES, PACKET_BYTES + 1, len(body)):
            got = s3.get_object(Bucket="films", Key="a", Range=f"bytes={start}-{start + length - 1}")
            assert got["Body"].read() == body[start : start + length]


def test_a_range_reads_its_own_packets_alone(s3: Any, tmp_path: Path) -> None:
    """Damage elsewhere in the file does not matter to it; damage in it is an error before the answer begins."""
    s3.put_object(Bucket="films", Key="a", Body=bytes(4 * PACKET_BYTES))
    file = on_disk(tmp_path)[0]
    damaged = bytearray(file.read_bytes())
    damaged[PACKET_BYTES // 2] ^= 1
    file.write_bytes(damaged)

    third = f"bytes={2 * PACKET_BYTES}-{3 * PACKET_BYTES - 1}"
    assert s3.get_object(Bucket="films", Key="a", Range=third)["Body"].read() == bytes(PACKET_BYTES)
    with pytest.raises(s3.exceptions.ClientError, match="InternalError"):
        s3.get_object(Bucket="films", Key="a")


def test_files_of_objects_cannot_be_exchanged(s3: Any, tmp_path: Path) -> None:
    """An object in another's place, sealed under the same root key, is an error; so is an older one of the same name."""
    s3.put_object(Bucket="films", Key="a", Body=b"one")
    first = on_disk(tmp_path)[0]
    s3.put_object(Bucket="films", Key="b", Body=b"two")
    second = next(path for path in on_disk(tmp_path) if path != first)
    one, two = first.read_bytes(), second.read_bytes()
    first.write_bytes(two)
    second.write_bytes(one)

    for key in ("a", "b"):
        with pytest.raises(s3.exceptions.ClientError, match="InternalError"):
            s3.get_object(Bucket="films", Key=key)


def test_a_data_key_belongs_to_its_object(world: Any, s3: Any) -> None:
    """A sealed key that was moved to another row does not open."""
    s3.put_object(Bucket="films", Key="a", Body=b"one")
    s3.put_object(Bucket="films", Key="b", Body=b"two")
    sealed = world.objects.get("films", "a").encryption.sealed_key
    world.database.write(lambda connection: connection.execute(tables.objects.update().values(sealed_key=sealed)))

    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == b"one"
    with pytest.raises(s3.exceptions.ClientError, match="InternalError"):
        s3.get_object(Bucket="films", Key="b")


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_wrong_byte_is_ever_read(world: Any, s3: Any, tmp_path: Path, data: st.DataObject) -> None:
    """Whatever happens to an object's file, and wherever one reads: its own bytes up to the damage, then an error."""
    body = b"".join(number.to_bytes(4, "big") for number in range(PACKET_BYTES // 2))
    if world.objects.find("films", "a") is None:
        s3.put_object(Bucket="films", Key="a", Body=body)
        (tmp_path / "whole").write_bytes(on_disk(tmp_path)[0].read_bytes())
    whole = (tmp_path / "whole").read_bytes()
    changed = bytearray(whole)
    for _ in range(data.draw(st.integers(1, 3))):
        at = data.draw(st.integers(0, len(whole) - 1))
        length = data.draw(st.integers(1, PACKET_BYTES))
        match data.draw(st.sampled_from(("flip", "move", "cut", "zero"))):
            case "flip":
                changed[min(at, len(changed) - 1)] ^= data.draw(st.integers(1, 255))
            case "move":
                piece, to = changed[at : at + length], data.draw(st.integers(0, len(whole) - 1))
                changed[to : to + len(piece)] = piece
            case "cut":
                del changed[at + 1 : at + 1 + length]
            case _:
                changed[at : at + length] = bytes(len(changed[at : at + length]))
    on_disk(tmp_path)[0].write_bytes(changed)
    start = data.draw(st.integers(0, len(body) - 1))
    wanted = Span(start, data.draw(st.integers(1, len(body) - start)))
    got = bytearray()
    try:
        source = world.objects.open("films", "a", lambda _stored, _parts: wanted).source
        with_end = False
        try:
            while block := source.read():
                got += block
            with_end = True
        finally:
            source.close()
    except DamagedFile:
        with_end = False

    assert got == body[wanted.start : wanted.start + len(got)]
    assert len(got) == wanted.length if with_end else changed != whole


def test_customer_keys(secure: Any, tmp_path: Path) -> None:
    """SSE-C: the key comes with every request and is not kept; the ETag is no MD5, and two writes are not alike."""
    first = secure.put_object(Bucket="films", Key="a", Body=BODY, **SSE_C)
    second = secure.put_object(Bucket="films", Key="a", Body=BODY, **SSE_C)
    got, head = (call(Bucket="films", Key="a", **SSE_C) for call in (secure.get_object, secure.head_object))

    answers = (first, second, got, head)
    assert [set(told(answer)) for answer in answers] == [{"SSECustomerAlgorithm", "SSECustomerKeyMD5"}] * 4
    assert len({answer["SSECustomerKeyMD5"] for answer in answers}) == 1
    assert got["Body"].read() == BODY
    etags = {first["ETag"], second["ETag"], f'"{hashlib.md5(BODY).hexdigest()}"'}
    assert len(etags) == 3
    assert {len(etag) for etag in etags} == {34}
    kept = (tmp_path / "s3").rglob("*"), tmp_path.glob("*.db*")
    assert not any(KEY in path.read_bytes() for paths in kept for path in paths if path.is_file())


def test_customer_keys_that_are_wrong_or_missing(s3: Any, secure: Any, refused: Any) -> None:
    """S3's own codes and words for each."""
    secure.put_object(Bucket="films", Key="a", Body=BODY, **SSE_C)
    secure.put_object(Bucket="films", Key="plain", Body=BODY)
    at = {"Bucket": "films", "Key": "a"}
    wrong = {**SSE_C, "SSECustomerKey": OTHER_KEY}

    code, status, message = refused(secure.get_object, **at)
    assert (code, status) == ("InvalidRequest", 400)
    assert message.startswith("The object was stored using a form of Server Side Encryption.")
    assert refused(secure.head_object, **at)[1] == 400
    code, status, message = refused(secure.get_object, **at, **wrong)
    assert (code, status) == ("AccessDenied", 403)
    assert message.endswith("must provide the correct secret key.")
    assert refused(secure.head_object, **at, **wrong)[1] == 403
    assert refused(secure.get_object, Bucket="films", Key="plain", **SSE_C)[0] == "InvalidRequest"
    assert refused(secure.copy_object, Bucket="films", Key="b", CopySource="films/a")[0] == "InvalidRequest"
    for parameters, code in (
        ({"SSECustomerKey": KEY}, "InvalidArgument"),
        ({"SSECustomerAlgorithm": "AES256"}, "InvalidArgument"),
        ({"SSECustomerAlgorithm": "AES512", "SSECustomerKey": KEY}, "InvalidEncryptionAlgorithmError"),
        ({"SSECustomerAlgorithm": "AES256", "SSECustomerKey": b"short"}, "InvalidArgument"),
        ({**SSE_C, "SSECustomerKey": "a2tr", "SSECustomerKeyMD5": "AAAA"}, "InvalidArgument"),
        ({**SSE_C, "ServerSideEncryption": "AES256"}, "InvalidArgument"),
    ):
        assert refused(secure.put_object, **at, Body=b"x", **parameters)[:2] == (code, 400), parameters
    code, status, message = refused(s3.put_object, **at, Body=b"x", **SSE_C)
    assert (code, status) == ("InvalidRequest", 400)
    assert message.endswith("must be made over a secure connection.")
    assert secure.get_object(**at, **SSE_C)["Body"].read() == BODY


def _said(key: bytes) -> dict[str, str]:
    """The headers of SSE-C, where boto3 does not make them of a key."""
    md5 = base64.b64encode(hashlib.md5(key).digest()).decode()
    return {
        "SSECustomerAlgorithm": "AES256",
        "SSECustomerKey": base64.b64encode(key).decode(),
        "SSECustomerKeyMD5": md5,
    }


def test_customer_keys_of_uploads(secure: Any, refused: Any) -> None:
    """Every part comes with the key that its upload began with."""
    place = {"Bucket": "films", "Key": "a"}
    upload = secure.create_multipart_upload(**place, **SSE_C)
    assert upload["SSECustomerAlgorithm"] == "AES256"
    place["UploadId"] = upload["UploadId"]
    part = {**place, "PartNumber": 1, "Body": BODY}
    code, status, message = refused(secure.upload_part, **part)
    assert (code, status) == ("InvalidRequest", 400)
    assert message.startswith("The multipart upload initiate requested encryption.")
    wrong = {**SSE_C, "SSECustomerKey": OTHER_KEY}
    assert refused(secure.upload_part, **part, **wrong)[2].startswith("The provided encryption parameters did not")
    etag = secure.upload_part(**part, **SSE_C)["ETag"]
    assert etag != f'"{hashlib.md5(BODY).hexdigest()}"'
    parts = {"Parts": [{"PartNumber": 1, "ETag": etag}]}
    for call, more in ((secure.list_parts, {}), (secure.complete_multipart_upload, {"MultipartUpload": parts})):
        assert refused(call, **place, **more, **_said(OTHER_KEY))[2].startswith(
            "The provided encryption parameters did not"
        )
    assert len(secure.list_parts(**place, **_said(KEY))["Parts"]) == 1
    assert told(secure.complete_multipart_upload(**place, MultipartUpload=parts)) == {}

    assert secure.get_object(Bucket="films", Key="a", **SSE_C)["Body"].read() == BODY


def test_a_copy_is_encrypted_anew(secure: Any) -> None:
    """From a customer's key to ours, to another customer's key, and in place: copies are as their writer says."""
    secure.put_object(Bucket="films", Key="a", Body=BODY, **SSE_C)
    source = {"CopySource": "films/a"} | {f"CopySource{name}": value for name, value in SSE_C.items()}
    ours = secure.copy_object(Bucket="films", Key="b", **source)
    theirs = secure.copy_object(
        Bucket="films", Key="a", **source, SSECustomerAlgorithm="AES256", SSECustomerKey=OTHER_KEY
    )

    assert told(ours) == {"ServerSideEncryption": "AES256"}
    assert ours["CopyObjectResult"]["ETag"] == f'"{hashlib.md5(BODY).hexdigest()}"'
    assert secure.get_object(Bucket="films", Key="b")["Body"].read() == BODY
    assert set(told(theirs)) == {"SSECustomerAlgorithm", "SSECustomerKeyMD5"}
    got = secure.get_object(Bucket="films", Key="a", SSECustomerAlgorithm="AES256", SSECustomerKey=OTHER_KEY)
    assert got["Body"].read() == BODY


def default(s3: Any) -> dict[str, Any]:
    rules: list[dict[str, Any]] = s3.get_bucket_encryption(Bucket="films")["ServerSideEncryptionConfiguration"]["Rules"]
    return rules[0]


def test_a_buckets_default_encryption(s3: Any, refused: Any) -> None:
    """SSE-S3 from the beginning, what was written afterwards, and SSE-S3 again when that is deleted."""
    new = {
        "ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"},
        "BucketKeyEnabled": False,
        "BlockedEncryptionTypes": {"EncryptionType": ["NONE"]},
    }
    assert default(s3) == new
    rule = {"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "AES256"}, "BucketKeyEnabled": True}
    s3.put_bucket_encryption(Bucket="films", ServerSideEncryptionConfiguration={"Rules": [rule]})
    assert default(s3) == {**new, "BucketKeyEnabled": True}
    s3.delete_bucket_encryption(Bucket="films")
    assert default(s3) == new

    with_key = {"SSEAlgorithm": "AES256", "KMSMasterKeyID": "k"}
    for rules, code in (
        ([], "MalformedXML"),
        ([rule, rule], "MalformedXML"),
        ([{"ApplyServerSideEncryptionByDefault": with_key}], "InvalidArgument"),
        ([{"ApplyServerSideEncryptionByDefault": {"SSEAlgorithm": "aws:kms:dsse"}}], "NotImplemented"),
    ):
        answer = refused(s3.put_bucket_encryption, Bucket="films", ServerSideEncryptionConfiguration={"Rules": rules})
        assert answer[0] == code


def test_a_bucket_can_block_customer_keys(secure: Any, refused: Any) -> None:
    """Nothing is written with SSE-C then; what is there is still read, and the block outlives other changes."""
    secure.put_object(Bucket="films", Key="a", Body=BODY, **SSE_C)
    upload = secure.create_multipart_upload(Bucket="films", Key="b", **SSE_C)["UploadId"]

    def set_rule(**rule: Any) -> None:
        secure.put_bucket_encryption(Bucket="films", ServerSideEncryptionConfiguration={"Rules": [rule]})

    set_rule(BlockedEncryptionTypes={"EncryptionType": ["SSE-C"]})
    set_rule(ApplyServerSideEncryptionByDefault={"SSEAlgorithm": "AES256"})
    code, status, message = refused(secure.put_object, Bucket="films", Key="c", Body=b"x", **SSE_C)
    assert (code, status) == ("AccessDenied", 403)
    assert "because this bucket has blocked upload requests" in message
    part = {"Bucket": "films", "Key": "b", "UploadId": upload, "PartNumber": 1, "Body": b"x"}
    assert refused(secure.upload_part, **part, **SSE_C)[0] == "AccessDenied"
    assert secure.get_object(Bucket="films", Key="a", **SSE_C)["Body"].read() == BODY
    set_rule(BlockedEncryptionTypes={"EncryptionType": ["NONE"]})
    secure.put_object(Bucket="films", Key="c", Body=b"x", **SSE_C)
