"""What is kept to give an answer again: no secret, not for long, not too much; and it gives the right bytes."""

import gc
import weakref
from pathlib import Path

import pytest

from services.edge.reads import BODY, READ, Aws, answer, warmed
from telecine.core.waiting import WouldWait, may_wait
from telecine.testing.disk import WarmDisk


class HalfWarmDisk(WarmDisk):
    """A disk from whose memory one file has gone: the one that is opened as the `cold`th."""

    def __init__(self) -> None:
        super().__init__()
        self.cold = 0
        self._paths: list[Path] = []
        self._opened: dict[int, Path] = {}

    def open(self, path: Path) -> int:
        descriptor = super().open(path)
        if path not in self._paths:
            self._paths.append(path)
        self._opened[descriptor] = path
        return descriptor

    def read(self, descriptor: int, room: memoryview, place: int) -> int:
        if not may_wait() and self._opened[descriptor] in self._paths[self.cold - 1 : self.cold]:
            raise WouldWait
        return super().read(descriptor, room, place)


def test_no_key_of_a_customer_is_kept(films: Aws, decided: list[str]) -> None:
    """A request that brings one is worked out each time."""
    theirs = {"SSECustomerAlgorithm": "AES256", "SSECustomerKey": "k" * 32}
    for _ in range(3):
        assert answer(films, None, "head_object", **theirs) == "400"  # the object is not encrypted with it
        assert decided
        decided.clear()
    headers = {"x-amz-copy-source-server-side-encryption-customer-key": "SECRET"}
    assert [answer(films, None, headers=headers) for _ in range(2)] == [BODY] * 2
    assert len(films.api.pipeline._precedents._known[1]) == 0


def test_no_secret_of_one_request_is_kept(films: Aws, decided: list[str]) -> None:
    """Cookies and tokens are no part of a question: with others it is the same."""
    for number in range(3):
        assert answer(films, None, headers={"cookie": f"session={number}"}) == BODY
    assert decided == ["s3:GetObject"]
    assert "session=" not in str(films.api.pipeline._precedents._known[1].__dict__)


def test_what_is_kept_is_bounded_whatever_a_request_is_long_by(films: Aws) -> None:
    """Its path and query, and the headers that it asks for."""
    s3 = films.client("s3")
    for number in range(40):
        s3.get_object(Bucket="films", Key="a", ResponseContentDisposition=f"{number:03}{'x' * 4000}")
    seen = films.api.pipeline._precedents._known[1]
    assert 40 * 15_000 < seen._size < 40 * 40_000


def test_what_an_answer_stood_on_goes_with_the_next_read(films: Aws, decided: list[str]) -> None:
    """Also when that is denied, or there is nothing to read any more: keys to deleted objects are not kept."""
    warmed(films, films.admin, decided)
    seen = films.api.pipeline._precedents._known[1]
    (kept,) = [weakref.ref(found.body) for found, _ in seen._young.values()]
    del seen
    films.client("s3").delete_object(Bucket="films", Key="a")
    assert answer(films, films.admin) == "NoSuchKey"
    gc.collect()
    assert kept() is None


def parted(films: Aws) -> bytes:
    """An object of two parts, of which a range holds as many bytes as the second one has."""
    s3 = films.client("s3")
    upload = s3.create_multipart_upload(Bucket="films", Key="a")["UploadId"]
    bodies = [b"1" * (5 << 20), b"2" * 1000]
    parts = [
        {
            "PartNumber": number,
            "ETag": s3.upload_part(Bucket="films", Key="a", UploadId=upload, PartNumber=number, Body=body)["ETag"],
        }
        for number, body in enumerate(bodies, 1)
    ]
    s3.complete_multipart_upload(Bucket="films", Key="a", UploadId=upload, MultipartUpload={"Parts": parts})
    return b"".join(bodies)


RANGES = ["bytes=5242380-5243379", "bytes=5242880-5243879", "bytes=-1000", "bytes=-1001", "bytes=0-999"]


@pytest.mark.parametrize("wanted", RANGES)
def test_a_range_over_two_parts_has_its_own_bytes_each_time(films: Aws, wanted: str) -> None:
    """Wherever they lie: a part is a file of its own."""
    whole = parted(films)
    first, last = wanted.removeprefix("bytes=").split("-")
    expected = whole[-int(last) :] if not first else whole[int(first) : int(last) + 1]
    for _ in range(4):
        assert answer(films, None, Range=wanted) == expected


@pytest.mark.parametrize("wanted", RANGES)
def test_a_part_that_is_not_in_memory_is_waited_for(films: Aws, wanted: str) -> None:
    """The body has all its bytes, or there is none."""
    parted(films)
    expected = answer(films, None, Range=wanted)
    disk = films.api.objects._files._disk = HalfWarmDisk()
    for cold in (1, 2, 0):
        disk.cold = cold
        for _ in range(3):
            assert answer(films, None, Range=wanted) == expected


def test_damaged_bytes_are_an_error_and_nothing_else(films: Aws, decided: list[str]) -> None:
    """Also where the answer has been given before: every bit of the file counts, and so does its end."""
    ada = films.user("ada", READ)
    warmed(films, ada, decided)
    (file,) = [path for path in (films.folder / "objects" / "objects").rglob("*") if path.is_file()]
    whole = file.read_bytes()
    changed = [whole[:at] + bytes([whole[at] ^ 1]) + whole[at + 1 :] for at in range(0, len(whole), 13)]
    for damaged in (whole[:-1], whole + b"x", b"", bytes(24) + whole[24:], *changed):
        file.chmod(0o600)
        file.write_bytes(damaged)
        assert answer(films, ada) == "InternalError"
    file.write_bytes(whole)
    assert answer(films, ada) == BODY
    file.unlink()
    assert answer(films, ada) == "InternalError"
