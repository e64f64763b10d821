"""The bytes of objects as plain files, named at random: no key, bucket or other word of a caller becomes a path.

They are encrypted (`packets`), but for those of objects from before there was encryption, and of uploads that had
begun by then.

A file is written under `incoming/`, fsynced, renamed to its place under `objects/` and its folder fsynced, before
any row of the database names it. From then on it never changes. It is removed after the change that took the last
reference away is durable, and not while somebody reads it. What a crash leaves in between is found by `sweep`.
"""

import os
import threading
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

from telecine.core.errors import ApiError, TelecineError
from telecine.core.ids import Ids
from telecine.core.waiting import expect_to_wait
from telecine.services.s3.checksums import Digests, Expected
from telecine.services.s3.disk import Buffer, Disk, SystemDisk, reporting, tolerating
from telecine.services.s3.layout import Layout
from telecine.services.s3.model import Written
from telecine.services.s3.packets import PACKET_BYTES, SALT_BYTES, Sealer
from telecine.services.s3.reading import DamagedFile, FileSource, Piece

_SWEEP_FILES = 500
"""Files looked up at a time."""
_KNOWN_FILES = 4096
"""Names of files that are remembered as having been opened."""


class FileGone(TelecineError):
    """A file was removed after its row was read: the object has been replaced or deleted meanwhile."""


class Files:
    """The files in one folder. Only one process may serve a folder."""

    def __init__(self, folder: Path, ids: Ids, disk: Disk | None = None) -> None:
        """`disk` is this machine's unless another one is given."""
        self._ids = ids
        self._disk = disk or SystemDisk()
        self._layout = Layout(folder)
        with reporting("be opened"):
            for path in (folder, self._layout.objects, self._layout.incoming):
                path.mkdir(mode=0o700, parents=True, exist_ok=True)
            # Made, and made durable, beforehand: no two writers need to agree on who makes a folder.
            for number in range(256):
                (self._layout.objects / f"{number:02x}").mkdir(mode=0o700, exist_ok=True)
            self._disk.sync_folder(self._layout.objects)
            # The file system's own idea of "now": whatever is older was written before us.
            mark = folder / "opened"
            mark.touch()
            self._opened_ns = mark.stat().st_mtime_ns
            self._disk.sync_folder(folder)
        self._mutex = threading.Lock()
        self._readers: Counter[str] = Counter()
        self._doomed: set[str] = set()
        self._going: set[str] = set()
        self._gone: list[str] = []
        self._known: set[str] = set()
        """Files that were opened lately, or have gone since: no more than a hint."""

    def receive(self, expected: Expected, data_key: bytes | None = None, tag: str | None = None) -> "Incoming":
        """A new file, to be written: encrypted, unless `data_key` is None. Its ETag is its MD5, or `tag`.

        Raises ServiceUnavailable.
        """
        name = self._ids.token()
        sealer = None if data_key is None else Sealer(data_key, name, self._ids.random(SALT_BYTES))
        return Incoming(self._disk, name, self._layout, Body(expected, sealer, tag))

    def read(self, pieces: Sequence[Piece], data_key: bytes | None = None) -> "FileSource":
        """The pieces, one behind the other; `data_key` is the one that they were written with.

        The first block has been read by then: if it is damaged, that is found out before anybody is told that there
        are bytes. Where there is no waiting this goes for what is short and was read lately.

        Raises `FileGone`, `DamagedFile`, ServiceUnavailable.
        """
        names = {piece.file for piece in pieces}
        # Of several files the first block is read here, but all of a short body is read where nothing may wait.
        is_short = len(pieces) == 1 and pieces[0].length <= PACKET_BYTES
        if not is_short or not self._known.issuperset(names):
            expect_to_wait()
        with self._mutex:
            if not self._going.isdisjoint(names):
                raise FileGone(", ".join(sorted(self._going & names)))
            self._readers.update(names)
        places = [(self._layout.place(piece.file), piece) for piece in pieces if piece.length]
        source = FileSource(self._disk, places, names, self._release, data_key)
        first = {piece.file for _, piece in places[:1]}
        try:
            self._check_there(names - first)
            try:
                source.fetch()
            except DamagedFile:
                self._check_there(first)
                raise
        except BaseException:
            source.close()
            raise
        self._remember(names)
        return source

    def _check_there(self, names: Collection[str]) -> None:
        """Raises `FileGone` for files that were removed."""
        missing = set(names).difference(self.there(names))
        if missing:
            raise FileGone(", ".join(sorted(missing)))

    def _remember(self, names: Collection[str]) -> None:
        """They have been opened: for a while the system finds them again without looking at the disk."""
        if self._known.issuperset(names):
            return
        with self._mutex:
            if len(self._known) > _KNOWN_FILES:
                self._known.clear()
            self._known.update(names)

    def discard(self, names: Collection[str]) -> None:
        """Remove files that no row names any more; one that is being read goes with its last reader."""
        with self._mutex:
            free = [name for name in names if not self._readers[name]]
            self._doomed.update(name for name in names if self._readers[name])
            self._going.update(free)
        self._remove(free)

    def there(self, names: Collection[str]) -> list[str]:
        """Those of the files that there are."""
        return [name for name in names if self._layout.place(name).exists()]

    def take_gone(self) -> list[str]:
        """Files removed since the last call: there is nothing left to remember of them."""
        with self._mutex:
            gone, self._gone = self._gone, []
        return gone

    def give_back(self, gone: list[str]) -> None:
        """What was taken could not be forgotten: keep it for the next time."""
        with self._mutex:
            self._gone += gone

    def sweep(self, known: Callable[[Sequence[str]], set[str]]) -> int:
        """Remove what a crash left: files from before this start that `known`, asked for names, does not return.

        How many there were comes back.
        """
        strays = [path for path in self._layout.arriving() if self._is_old(path)]
        for path in strays:
            with tolerating("remove a file"):
                self._disk.remove(path)
        count = len(strays)
        for paths in self._layout.kept():
            old = [path.name for path in paths if self._is_old(path)]
            for at in range(0, len(old), _SWEEP_FILES):
                some = old[at : at + _SWEEP_FILES]
                kept = known(some)
                orphans = [name for name in some if name not in kept]
                self.discard(orphans)
                count += len(orphans)
        return count

    def _is_old(self, path: Path) -> bool:
        with suppress(FileNotFoundError):
            return path.stat().st_mtime_ns < self._opened_ns
        return False

    def _release(self, names: Collection[str]) -> None:
        with self._mutex:
            self._readers.subtract(names)
            unread = [name for name in names if not self._readers[name]]
            for name in unread:
                del self._readers[name]
            free = [name for name in unread if name in self._doomed]
            self._doomed.difference_update(free)
            self._going.update(free)
        self._remove(free)

    def _remove(self, names: list[str]) -> None:
        gone: list[str] = []
        try:
            for name in names:
                # One that stays is known to be discarded: the next start tries again.
                with tolerating("remove a file"):
                    self._disk.remove(self._layout.place(name))
                    gone.append(name)
        finally:
            with self._mutex:
                self._going.difference_update(names)
                self._gone += gone


@dataclass(frozen=True, slots=True)
class Body:
    """What is to become of the bytes of a new file."""

    expected: Expected
    sealer: Sealer | None
    """None: they stay as they are."""
    tag: str | None
    """The ETag; None: their MD5."""


class Incoming:
    """A file on its way in. After `keep` or `drop` it is closed."""

    def __init__(self, disk: Disk, name: str, layout: Layout, body: Body) -> None:
        self._disk = disk
        self._name = name
        self._path = layout.incoming / name
        self._place = layout.place(name)
        self._expected = body.expected
        self._sealer = body.sealer
        self._tag = body.tag
        self._digests = Digests(body.expected.algorithms, with_md5=body.tag is None or body.expected.md5 is not None)
        self._size = 0
        with reporting("make a file"):
            self._descriptor = disk.create(self._path)

    def write(self, block: bytes | bytearray) -> None:
        """Append `block`. Raises ServiceUnavailable when the disk is full or fails; then nothing is left behind."""
        try:
            for piece in (block,) if self._sealer is None else self._sealer.seal(block):
                self._append(piece)
        except ApiError:
            self.drop()
            raise
        self._digests.update(block)
        self._size += len(block)

    def keep(self, trailing: bytes | None = None) -> Written:
        """The file, whole, compared with what was expected, durable and in its place.

        `trailing` is the checksum that came behind the bytes.

        Raises what `Expected.check` raises, and ServiceUnavailable; whatever is raised, nothing is left behind.
        """
        try:
            checksum = self._expected.check(self._digests, self._size, trailing)
            if self._sealer is not None:
                self._append(self._sealer.finish())
            with reporting("keep a file"):
                # After an error of `sync` the system may take the bytes for written: it is never asked again.
                self._disk.sync(self._descriptor)
                self._close()
                self._disk.rename(self._path, self._place)
                self._disk.sync_folder(self._place.parent)
        except BaseException:
            self.drop()
            raise
        etag = self._digests.md5.hex() if self._tag is None else self._tag
        return Written(file=self._name, size=self._size, etag=etag, checksum=checksum)

    def drop(self) -> None:
        """Leave no trace of it. May be called again."""
        for path in (self._path, self._place):
            with tolerating("remove a file that is not wanted"):
                self._close()
                self._disk.remove(path)

    def _append(self, piece: Buffer) -> None:
        rest = memoryview(piece)
        with reporting("write"):
            while rest:
                rest = rest[self._disk.write(self._descriptor, rest) :]

    def _close(self) -> None:
        descriptor, self._descriptor = self._descriptor, -1
        if descriptor >= 0:
            os.close(descriptor)
