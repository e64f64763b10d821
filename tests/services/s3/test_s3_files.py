"""Files under faults: at every step of a write, what was acknowledged is there and what was not is not."""

import errno
import os
import signal
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from telecine.core.names import AccountId, Region
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.seal import RootKey
from telecine.services.s3.checksums import Expected
from telecine.services.s3.files import DamagedFile, Files, Incoming, Piece
from telecine.services.s3.objects import Objects
from telecine.services.s3.ranges import Span
from telecine.testing.clock import ManualClock
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


@pytest.mark.parametrize("step", ["write", "fsync", "rename", "folder"])
@pytest.mark.parametrize("code", [errno.ENOSPC, errno.EROFS, errno.EIO])
def test_a_fault_leaves_nothing_behind(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, step: str, code: int) -> None:
    """A full, read-only or broken disk at any step: the error comes out, and no file stays."""
    files = Files(tmp_path, seeded_ids())
    fsync = os.fsync

    def fail(*_: Any) -> Any:
        raise OSError(code, os.strerror(code))

    def fail_on_folders(descriptor: int) -> None:
        if stat.S_ISDIR(os.fstat(descriptor).st_mode):
            fail()
        fsync(descriptor)

    file = files.receive(Expected(length=1))
    with monkeypatch.context() as patch:
        match step:
            case "write":
                patch.setattr(os, "write", fail)
            case "fsync":
                patch.setattr(os, "fsync", fail)
            case "rename":
                patch.setattr(Path, "rename", fail)
            case _:
                patch.setattr(os, "fsync", fail_on_folders)
        with pytest.raises(OSError, match=os.strerror(code)):
            store(file)
    file.drop()

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
from telecine.core.pages import PageTokens
from telecine.db import connect
from telecine.services.s3.checksums import Expected
from telecine.services.s3.model import Description
from telecine.services.s3.objects import Objects, Plan
from telecine.testing.clock import ManualClock
from telecine.core.ids import Ids
from telecine.seal import RootKey
from telecine.testing.principals import LastingPrincipals

folder, fatal = Path(sys.argv[1]), int(sys.argv[2])
count = 0

def counted(function):
    def call(*arguments, **named):
        global count
        count += 1
        if count == fatal:
            os.kill(os.getpid(), signal.SIGKILL)
        return function(*arguments, **named)
    return call

os.write = counted(os.write)
os.fsync = counted(os.fsync)
Path.rename = counted(Path.rename)
Path.unlink = counted(Path.unlink)
database = connect(f"sqlite:///{folder}/telecine.db")
database.write = counted(database.write)
objects = Objects(database, folder / "s3", ManualClock(), Ids(), PageTokens(b"key"), LastingPrincipals(), RootKey(bytes(32)))
count = 0
for version in range(1, 5):
    body = str(version).encode() * 3000
    data_key = objects.new_key(Plan())
    incoming = objects.receive(Expected(length=len(body)), data_key)
    incoming.write(body)
    objects.put("films", "a", incoming.keep(), Description(), data_key)
    print(version, flush=True)
"""


@pytest.mark.parametrize("fatal", range(1, 23))
def test_killed_at_any_step(sqlite: Database, tmp_path: Path, fatal: int) -> None:
    """After kill -9 the last acknowledged version, or the one whose answer was under way, is there, whole and alone."""
    first = Objects(
        sqlite, tmp_path / "s3", ManualClock(), seeded_ids(), PageTokens(b"key"), LastingPrincipals(), ROOT_KEY
    )
    first.buckets.create("films", AccountId("111122223333"), Region("us-east-1"))
    process = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path), str(fatal)], capture_output=True, text=True, check=False
    )
    assert process.returncode in {0, -signal.SIGKILL}, process.stderr
    acknowledged = [int(line) for line in process.stdout.split()]
    again = Objects(
        sqlite, tmp_path / "s3", ManualClock(), seeded_ids(7), PageTokens(b"key"), LastingPrincipals(), ROOT_KEY
    )
    again.sweep()
    last = acknowledged[-1] if acknowledged else 0

    found = again.find("films", "a")
    if found is None:
        assert last == 0
        assert stored(tmp_path / "s3") == {}
    else:
        source = again.open("films", "a", lambda whole, _parts: Span(0, whole.size)).source
        body = bytes(source.read())
        source.close()
        assert body in {str(version).encode() * 3000 for version in (last, last + 1)}
        assert len(stored(tmp_path / "s3")) == 1
    assert incoming(tmp_path / "s3") == []
