"""Disks that are full, read-only, broken or without power: an error in words, and nothing that was acknowledged is lost."""

import errno
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.s3.conftest import World
from telecine.db import Database
from telecine.testing.disk import ForgetfulDisk, PowerCut

WRITING = ("create", "write", "sync", "rename", "sync_folder")
PART = b"p" * (5 << 20)


def files(world: World) -> dict[str, int]:
    """Size by name of every file there is, finished or not."""
    paths = [path for path in world.folder.rglob("*") if path.is_file() and path.name != "opened"]
    return {path.name: path.stat().st_size for path in paths}


def age(world: World) -> None:
    """Let time pass: a start tells what was there before it by the file system's clock, which is a coarse one."""
    for path in world.folder.rglob("*"):
        if path.is_file():
            os.utime(path, (0, 0))


def failing(step: str, code: int) -> Callable[[str], None]:
    """What makes a disk fail in `step`."""

    def before(name: str) -> None:
        if name == step:
            raise OSError(code, os.strerror(code))

    return before


def _put(client: Any, key: str) -> None:
    client.put_object(Bucket="films", Key=key, Body=b"new")


def _copy(client: Any, key: str) -> None:
    client.copy_object(Bucket="films", Key=key, CopySource={"Bucket": "films", "Key": "new"})


def _delete(client: Any, key: str) -> None:
    client.delete_object(Bucket="films", Key=key)


def _multipart(client: Any, key: str) -> None:
    upload = client.create_multipart_upload(Bucket="films", Key=key)["UploadId"]
    parts = []
    for number, body in ((1, b"to be replaced"), (2, b"not used"), (1, b"new")):
        etag = client.upload_part(Bucket="films", Key=key, UploadId=upload, PartNumber=number, Body=body)["ETag"]
        parts = [{"PartNumber": number, "ETag": etag}]
    client.complete_multipart_upload(Bucket="films", Key=key, UploadId=upload, MultipartUpload={"Parts": parts})


def _aborted(client: Any, key: str) -> None:
    upload = client.create_multipart_upload(Bucket="films", Key=key)["UploadId"]
    client.upload_part(Bucket="films", Key=key, UploadId=upload, PartNumber=1, Body=b"part")
    client.abort_multipart_upload(Bucket="films", Key=key, UploadId=upload)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (errno.ENOSPC, "The disk of this server is full"),
        (errno.EDQUOT, "The disk of this server is full"),
        (errno.EROFS, "Read-only file system"),
        (errno.EACCES, "Permission denied"),
        (errno.EIO, "Input/output error"),
    ],
)
@pytest.mark.parametrize("write", [_put, _copy])
def test_a_disk_that_fails_is_an_error_that_is_tried_again(
    world: World, s3: Any, refused: Callable[..., tuple[str, int, str]], code: int, words: str, write: Any
) -> None:
    """At whatever step: 503 says what is wrong, the object is the old one, and no file is left behind."""
    s3.put_object(Bucket="films", Key="new", Body=b"new")
    s3.put_object(Bucket="films", Key="a", Body=b"old")
    before = files(world)
    for step in WRITING:
        world.disk.before = failing(step, code)
        error, status, message = refused(write, client=s3, key="a")
        assert (error, status) == ("ServiceUnavailable", 503)
        assert words in message
        assert str(world.folder) not in message
        world.disk.before = lambda _step: None
        assert s3.get_object(Bucket="films", Key="a")["Body"].read() == b"old"
        assert files(world) == before
    write(s3, "a")
    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == b"new"


def test_a_file_that_cannot_be_removed_is_removed_later(world: World, s3: Any, caplog: Any) -> None:
    """What was replaced is no longer needed: the write counts, the operator is told, the next start tidies up."""
    s3.put_object(Bucket="films", Key="a", Body=b"old")
    world.disk.before = failing("remove", errno.EACCES)
    s3.put_object(Bucket="films", Key="a", Body=b"new")
    assert "cannot remove a file: Permission denied" in caplog.text
    assert len(files(world)) == 2
    world.disk.before = lambda _step: None

    s3.put_object(Bucket="films", Key="b", Body=b"b")
    age(world)
    assert world.reopened().sweep() == 1
    assert len(files(world)) == 2
    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == b"new"


@pytest.mark.parametrize(("step", "status"), [("open", 503), ("read", 503)])
def test_a_disk_that_cannot_be_read_is_no_damaged_object(
    world: World, s3: Any, refused: Callable[..., tuple[str, int, str]], step: str, status: int
) -> None:
    """The client may try again; the object is as it was."""
    s3.put_object(Bucket="films", Key="a", Body=b"old")
    world.disk.before = failing(step, errno.EIO)
    assert refused(s3.get_object, Bucket="films", Key="a")[:2] == ("ServiceUnavailable", status)
    world.disk.before = lambda _step: None
    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == b"old"


def test_a_full_database_is_an_error_that_is_tried_again(
    world: World, s3: Any, sqlite: Database, refused: Callable[..., tuple[str, int, str]]
) -> None:
    """Nothing of the write is seen, and its file goes with the next write that comes through."""
    s3.put_object(Bucket="films", Key="a", Body=b"old")
    with sqlite.writer.connect() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
    metadata = {"long": "m" * 1900}
    for count in range(200):
        try:
            s3.put_object(Bucket="films", Key=f"fill{count}", Body=b"", Metadata=metadata)
        except s3.exceptions.ClientError:
            break
    error, status, message = refused(s3.put_object, Bucket="films", Key="a", Body=b"new", Metadata=metadata)
    assert (error, status) == ("ServiceUnavailable", 503)
    assert "database is full, busy or away" in message
    assert s3.get_object(Bucket="films", Key="a")["Body"].read() == b"old"

    with sqlite.writer.connect() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count=1073741823")
    s3.put_object(Bucket="films", Key="b", Body=b"b")
    keys = [entry["Key"] for entry in s3.list_objects_v2(Bucket="films")["Contents"]]
    assert len(files(world)) == len(keys)


@pytest.mark.parametrize(
    ("work", "done"),
    [(_put, b"new"), (_copy, b"new"), (_multipart, b"new"), (_delete, None), (_aborted, b"old")],
)
def test_power_fails_at_any_step(
    sqlite: Database, tmp_path: Path, work: Callable[[Any, str], None], done: bytes | None
) -> None:
    """On a disk that forgets whatever was not synced: what was acknowledged is there, whole; what was not is not seen
    half; and after the next start there is no file that nobody knows."""
    (tmp_path / "graveyard").mkdir()
    disk = ForgetfulDisk(tmp_path / "graveyard", lambda _step: None)
    world = World(sqlite, tmp_path / "s3", "us-east-1", disk)
    s3 = world.root()
    s3.create_bucket(Bucket="films")
    s3.put_object(Bucket="films", Key="new", Body=b"new")
    for fatal in _steps():
        key = f"key {fatal}"
        s3.put_object(Bucket="films", Key=key, Body=b"old")
        cut = _Cut(fatal)
        disk.before = cut
        is_acknowledged = True
        try:
            work(s3, key)
        except PowerCut:
            is_acknowledged = False
        disk.before = lambda _step: None
        disk.lose_power()
        age(world)
        world.reopened().sweep()

        found = _content(s3, key)
        assert found == done if is_acknowledged else found in {b"old", done}, fatal
        assert set(files(world)) == world.named_files(), fatal
        if not cut.is_over:
            break


def _steps() -> Iterator[int]:
    yield from range(1, 60)
    pytest.fail("there is no end of steps")


class _Cut:
    """The power fails before the step with this number, and is off from then on."""

    def __init__(self, fatal: int) -> None:
        self._left = fatal
        self.is_over = False

    def __call__(self, _step: str) -> None:
        self._left -= 1
        self.is_over = self._left <= 0
        if self.is_over:
            raise PowerCut


def _content(client: Any, key: str) -> bytes | None:
    try:
        body: bytes = client.get_object(Bucket="films", Key=key)["Body"].read()
    except client.exceptions.NoSuchKey:
        return None
    return body


def test_after_a_stop_in_between_nothing_is_said_to_be_left(world: World, s3: Any) -> None:
    """What was deleted last is gone, though no later write has forgotten its file's name."""
    s3.put_object(Bucket="films", Key="a", Body=b"hello")
    s3.delete_object(Bucket="films", Key="a")
    assert world.reopened().sweep() == 0
