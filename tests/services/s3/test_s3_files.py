"""Files under faults: at every step of a write, what was acknowledged is there and what was not is not."""

import errno
import os
import shutil
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from telecine.core.errors import ApiError
from telecine.core.ids import Ids
from telecine.core.names import AccountId, Region
from telecine.core.pages import PageTokens
from telecine.db import Database, connect
from telecine.seal import RootKey
from telecine.services.s3.checksums import Expected
from telecine.services.s3.files import Files, Incoming
from telecine.services.s3.objects import Objects
from telecine.services.s3.ranges import Span
from telecine.services.s3.reading import DamagedFile, Piece
from telecine.testing.clock import ManualClock
from telecine.testing.disk import FaultyDisk
from telecine.testing.ids import seeded_ids
from telecine.testing.principals import LastingPrincipals

ROOT_KEY = RootKey(bytes(32))


def stored(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in (folder / "objects").rglob("*") if path.is_file()}


def incoming(folder: Path) -> list[Path]:
    return list((folder / "incoming").iterdir())


def store(file: Incoming) -> None:
    file.write(b"x")
    file.keep()


def descriptors() -> int:
    return len(list(Path("/proc/self/fd").iterdir()))


def test_the_order_of_a_write(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The bytes are on the disk before the name, and the name before anybody hears of it."""
    files = Files(tmp_path, seeded_ids())
    steps: list[str] = []
    fsync, write, rename = os.fsync, os.write, Path.rename

    def synced(descriptor: int) -> None:
        steps.append("fsync folder" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "fsync file")
        fsync(descriptor)

    def written(descriptor: int, data: Any) -> int:
        steps.append("write")
        return write(descriptor, data)

    def renamed(path: Path, target: Path) -> Path:
        steps.append("rename")
        return rename(path, target)

    monkeypatch.setattr(os, "fsync", synced)
    monkeypatch.setattr(os, "write", written)
    monkeypatch.setattr(Path, "rename", renamed)
    file = files.receive(Expected(length=2))
    file.write(b"a")
    file.write(b"b")
    file.keep()

    assert steps == ["write", "write", "fsync file", "rename", "fsync folder"]


@pytest.mark.parametrize("step", ["create", "write", "sync", "rename", "sync_folder"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_fault_leaves_nothing_behind(tmp_path: Path, step: str, code: int) -> None:
    """A full, read-only or broken disk at any step: an error comes out, and no file stays."""
    disk = FaultyDisk(lambda _step: None)
    files = Files(tmp_path, seeded_ids(), disk)

    def fail(name: str) -> None:
        if name == step:
            raise OSError(code, os.strerror(code))

    disk.before = fail
    with pytest.raises(ApiError, match="ServiceUnavailable"):
        store(files.receive(Expected(length=1)))

    assert stored(tmp_path) == {}
    assert incoming(tmp_path) == []


def test_short_writes_are_continued(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The system may take fewer bytes than it was given."""
    files = Files(tmp_path, seeded_ids())
    write = os.write
    monkeypatch.setattr(os, "write", lambda descriptor, data: write(descriptor, data[:3]))
    file = files.receive(Expected(length=10))
    file.write(b"0123456789")

    assert stored(tmp_path) == {}
    written = file.keep()
    assert stored(tmp_path) == {written.file: b"0123456789"}


def test_a_damaged_file_is_an_error_and_never_a_short_answer(tmp_path: Path) -> None:
    """A file that was cut off, or has vanished while it was read, is not taken for the end of the object."""
    files = Files(tmp_path, seeded_ids())
    names = []
    for _ in range(2):
        file = files.receive(Expected(length=4))
        file.write(b"0123")
        names.append(file.keep().file)
    source = files.read([Piece(name, 0, 4, 4) for name in names])
    (tmp_path / "objects" / names[1][:2] / names[1]).unlink()
    assert source.read() == b"0123"
    with pytest.raises(DamagedFile):
        source.read()
    source.close()
    os.truncate(tmp_path / "objects" / names[0][:2] / names[0], 2)
    with pytest.raises(DamagedFile):
        files.read([Piece(names[0], 0, 2, 4)])


def test_folders_and_files_are_for_the_owner_alone(tmp_path: Path) -> None:
    """Nobody else on the machine may read objects."""
    files = Files(tmp_path / "s3", seeded_ids())
    file = files.receive(Expected(length=0))
    name = file.keep().file

    assert (tmp_path / "s3").stat().st_mode & 0o777 == 0o700
    assert (tmp_path / "s3" / "objects" / name[:2] / name).stat().st_mode & 0o777 == 0o600


def test_no_descriptor_is_left_open(tmp_path: Path) -> None:
    """Whether a file is kept, dropped or read."""
    files = Files(tmp_path, seeded_ids())
    before = descriptors()
    kept, dropped = files.receive(Expected(length=1)), files.receive(Expected(length=1))
    kept.write(b"x")
    name = kept.keep().file
    dropped.drop()
    source = files.read([Piece(name, 0, 1, 1)])
    source.read()
    source.close()
    half = files.read([Piece(name, 0, 1, 1), Piece(name, 0, 1, 1)])
    half.close()

    assert descriptors() == before


KILLED = """
import os, signal, sys
from pathlib import Path
from telecine.core.ids import Ids
from telecine.core.pages import PageTokens
from telecine.db import connect
from telecine.seal import RootKey
from telecine.services.s3.checksums import Expected
from telecine.services.s3.model import Description
from telecine.services.s3.objects import Objects, Plan
from telecine.testing.clock import ManualClock
from telecine.testing.disk import FaultyDisk
from telecine.testing.principals import LastingPrincipals


class Killer:
    def __init__(self, fatal):
        self.left = fatal

    def __call__(self, _step):
        self.left -= 1
        if self.left == 0:
            os.kill(os.getpid(), signal.SIGKILL)


def work(folder, fatal):
    killer = Killer(fatal)
    disk = FaultyDisk(lambda _step: None)
    database = connect(f"sqlite:///{folder}/telecine.db")
    objects = Objects(
        database, folder / "s3", ManualClock(), Ids(), PageTokens(b"key"), LastingPrincipals(), RootKey(bytes(32)),
        disk=disk,
    )
    write = database.write

    def counted(work):
        killer("before the commit")
        result = write(work)
        killer("after the commit")
        return result

    database.write = counted
    disk.before = killer
    for version in range(1, 3):
        body = str(version).encode() * 3000
        data_key = objects.new_key(Plan())
        incoming = objects.receive(Expected(length=len(body)), data_key)
        incoming.write(body)
        objects.put("films", "a", incoming.keep(), Description(), data_key)
        with (folder / "acknowledged").open("a") as told:
            told.write(f"{version}\\n")


for folder in sys.argv[1:]:
    child = os.fork()
    if child == 0:
        work(Path(folder), int(Path(folder).name))
        os._exit(0)
    print(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
"""


def test_killed_at_any_step(sqlite: Database, tmp_path: Path) -> None:
    """After kill -9 the last acknowledged version, or the one whose answer was under way, is there, whole and alone."""
    sqlite.close()
    folders = [tmp_path / "each" / str(fatal) for fatal in range(1, 21)]
    for folder in folders:
        folder.mkdir(parents=True)
        shutil.copy(tmp_path / "telecine.db", folder)
        with opened(folder) as objects:
            objects.buckets.create("films", AccountId("111122223333"), Region("us-east-1"))
    command = [sys.executable, "-c", KILLED, *map(str, folders)]
    ends = subprocess.run(command, capture_output=True, text=True, check=True).stdout.split()
    assert set(ends[:15]) == {str(-signal.SIGKILL)}
    assert ends[-1] == "0", "there are more steps than this test kills at"

    for folder in folders:
        told = folder / "acknowledged"
        last = len(told.read_text().split()) if told.exists() else 0
        with opened(folder) as objects:
            objects.sweep()
            found = objects.locate("films", "a")[1]
            if found is None:
                assert last == 0
                assert stored(folder / "s3") == {}
            else:
                source = objects.open("films", "a", lambda whole, _parts: Span(0, whole.size)).source
                body = bytes(source.read())
                source.close()
                assert body in {str(version).encode() * 3000 for version in (last, last + 1)}
                assert len(stored(folder / "s3")) == 1
        assert incoming(folder / "s3") == []


@contextmanager
def opened(folder: Path) -> Iterator[Objects]:
    """The store in a folder, as the next start finds it."""
    database = connect(f"sqlite:///{folder}/telecine.db")
    try:
        yield Objects(database, folder / "s3", ManualClock(), Ids(), PageTokens(b"key"), LastingPrincipals(), ROOT_KEY)
    finally:
        database.close()
