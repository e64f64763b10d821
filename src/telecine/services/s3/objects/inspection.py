"""Is everything there, and as it was written? Every file is read, decrypted and compared with its row.

It changes nothing and may run beside a server: what looks wrong is looked at once more, as an object that is replaced
or deleted meanwhile takes its files away. A file that no row names counts as an orphan once it is old: a younger one
may be on its way to its row.
"""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from pathlib import Path
from typing import TypeVar

from sqlalchemy import Connection

from telecine.core.errors import ApiError
from telecine.db import Database
from telecine.seal import BrokenSeal
from telecine.services.s3 import packets, store
from telecine.services.s3.checksums import Digests, encode
from telecine.services.s3.disk import SystemDisk
from telecine.services.s3.encryption import Encryption, Method
from telecine.services.s3.layout import Layout
from telecine.services.s3.model import Part, StoredObject, Upload, total_size
from telecine.services.s3.objects.datakeys import DataKeys
from telecine.services.s3.reading import DamagedFile, FileSource, Piece

Owner = TypeVar("Owner", StoredObject, Upload)

_OWNERS = 100
"""Objects, or uploads, whose rows are read at a time: a snapshot that is held for long keeps SQLite's log growing."""
_FILES = 500
_BROKEN_BLOB = "KMS.InvalidCiphertextException"
"""What KMS says of a data key that was changed. Its other errors are about the KMS key: disabled, deleted, gone."""


class Kind(StrEnum):
    """What may be wrong."""

    DAMAGED = "damaged"
    """The bytes are not those that were written, or their key does not open."""
    MISSING = "missing"
    """A row names a file that is not there."""
    INCOMPLETE = "incomplete"
    """The parts of an object are not all there are: its rows do not fit together."""
    ORPHAN_FILE = "orphan-file"
    """No row names the file: it only takes room."""
    ORPHAN_PART = "orphan-part"
    """The row of a part that belongs to neither an object nor an upload."""

    @property
    def is_loss(self) -> bool:
        """Something that was acknowledged cannot be read."""
        return self in {Kind.DAMAGED, Kind.MISSING, Kind.INCOMPLETE}


@dataclass(frozen=True, kw_only=True, slots=True)
class Finding:
    """One thing that is wrong."""

    kind: Kind
    reason: str
    bucket: str | None = None
    key: str | None = None
    owner: str | None = None
    """The id of the object or the upload."""
    part: int | None = None
    file: str | None = None
    size: int = 0
    """Bytes that it takes."""
    path: str | None = None
    """Of an orphan: where it lies, which need not be where a file of its name belongs."""


@dataclass(kw_only=True, slots=True)
class Tally:
    """What was looked at. Counts up while `Inspector.findings` runs."""

    objects: int = 0
    uploads: int = 0
    files: int = 0
    size: int = 0
    """Bytes in them, as their owners see them."""
    unverified: dict[str, int] = field(default_factory=dict)
    """Files of which nothing but the length could be compared, by reason: the key is not ours to have."""
    waiting: int = 0
    """Discarded files that are still there: the next start of the server removes them."""


class Inspector:
    """Looks at one store."""

    def __init__(self, db: Database, folder: Path, data_keys: DataKeys, *, now: datetime, settled: timedelta) -> None:
        """A file that no row names is an orphan once it was written `settled` ago."""
        self._db = db
        self._layout = Layout(folder)
        self._data_keys = data_keys
        self._disk = SystemDisk()
        self._old = (now - settled).timestamp()
        self.tally = Tally()

    def findings(self) -> Iterator[Finding]:
        """Everything that is wrong, as it is found."""
        yield from self._objects()
        yield from self._uploads()
        yield from self.orphan_parts()
        yield from self.orphan_files()

    def orphan_parts(self) -> Iterator[Finding]:
        """The rows of parts without an owner."""
        with self._db.read() as connection:
            orphans = store.orphan_parts(connection)
        for owner, part in orphans:
            yield Finding(
                kind=Kind.ORPHAN_PART,
                reason="its object or upload is gone",
                owner=owner,
                part=part.number,
                file=part.written.file,
                size=part.written.size,
            )

    def orphan_files(self) -> Iterator[Finding]:
        """The old files that no row names."""
        for path in self._layout.arriving():
            if self._is_old(path):
                yield _orphan(path, "it was on its way in when the server died")
        for paths in self._layout.kept():
            for at in range(0, len(paths), _FILES):
                yield from self._unknown(paths[at : at + _FILES])

    def _unknown(self, paths: Sequence[Path]) -> Iterator[Finding]:
        names = [path.name for path in paths]
        with self._db.read() as connection:
            known = store.known_files(connection, names)
            waiting = store.waiting_files(connection, names)
        self.tally.waiting += len(waiting)
        for path in paths:
            if not self._is_old(path):
                continue
            if path != self._layout.place(path.name):
                yield _orphan(path, "it lies in a folder in which nobody looks for it")
            elif path.name not in known and path.name not in waiting:
                yield _orphan(path, "no object and no upload names it")

    def _is_old(self, path: Path) -> bool:
        try:
            return path.stat().st_mtime <= self._old
        except FileNotFoundError:
            return False

    def _objects(self) -> Iterator[Finding]:
        for stored, parts in self._pages(store.objects_by_id):
            self.tally.objects += 1
            yield from self._object(stored, parts)

    def _uploads(self) -> Iterator[Finding]:
        for upload, parts in self._pages(store.uploads_by_id):
            self.tally.uploads += 1
            for part in parts:
                yield from self._part(upload, upload.encryption, part)

    def _pages(self, read: Callable[[Connection, str, int], Sequence[Owner]]) -> Iterator[tuple[Owner, Sequence[Part]]]:
        """All owners by id, each with its parts."""
        after = ""
        while True:
            with self._db.read() as connection:
                page = [(found, store.parts_of(connection, found.id)) for found in read(connection, after, _OWNERS)]
            yield from page
            if len(page) < _OWNERS:
                return
            after = page[-1][0].id

    def _object(self, stored: StoredObject, parts: Sequence[Part]) -> Iterator[Finding]:
        # A delete marker says that there is no object: it has no bytes.
        count = 0 if stored.is_delete_marker else stored.part_count or 1
        size = total_size(parts)
        if len(parts) != count or size != stored.size:
            yield Finding(
                kind=Kind.INCOMPLETE,
                reason=f"it has {count} parts with {stored.size} bytes, and there are {len(parts)} with {size}",
                bucket=stored.bucket,
                key=stored.key,
                owner=stored.id,
            )
        for part in parts:
            yield from self._part(stored, stored.encryption, part)

    def _part(self, owner: StoredObject | Upload, encryption: Encryption | None, part: Part) -> Iterator[Finding]:
        self.tally.files += 1
        self.tally.size += part.written.size
        problem = self._problem(owner, encryption, part) and self._second_look(owner.id, part)
        if problem is None:
            return
        kind, reason = problem
        yield Finding(
            kind=kind,
            reason=reason,
            bucket=owner.bucket,
            key=owner.key,
            owner=owner.id,
            part=part.number,
            file=part.written.file,
            size=part.written.size,
        )

    def _second_look(self, owner: str, part: Part) -> tuple[Kind, str] | None:
        """What is wrong by the rows as they are now: since we read them the object may have gone, or the root key."""
        with self._db.read() as connection:
            found = store.owner_by_id(connection, owner)
            is_named = bool(store.known_files(connection, [part.written.file]))
        return self._problem(found, found.encryption, part) if found is not None and is_named else None

    def _problem(
        self, owner: StoredObject | Upload, encryption: Encryption | None, part: Part
    ) -> tuple[Kind, str] | None:
        path = self._layout.place(part.written.file)
        if not path.exists():
            return Kind.MISSING, "the file is not there"
        data_key: bytes | None = None
        if encryption is not None:
            if encryption.method is Method.CUSTOMER:
                return self._length(path, part, "SSE-C: the customer has the key")
            try:
                data_key = self._data_keys.open(owner, encryption, None).plaintext
            except BrokenSeal as error:
                return Kind.DAMAGED, str(error)
            except ApiError as error:
                if error.code == _BROKEN_BLOB:
                    return Kind.DAMAGED, "its data key does not open under its KMS key"
                return self._length(path, part, f"SSE-KMS: {error.code}")
        return self._bytes(path, part, data_key, has_md5=encryption is None or encryption.method.has_md5_etag)

    def _length(self, path: Path, part: Part, why: str) -> tuple[Kind, str] | None:
        """Compare the length alone."""
        wanted = packets.sealed_size(part.written.size)
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            return Kind.MISSING, "the file is not there"
        if size != wanted:
            return Kind.DAMAGED, f"the file has {size} bytes, and must have {wanted}"
        self.tally.unverified[why] = self.tally.unverified.get(why, 0) + 1
        return None

    def _bytes(self, path: Path, part: Part, data_key: bytes | None, *, has_md5: bool) -> tuple[Kind, str] | None:
        """Read the file, and compare what it holds."""
        written = part.written
        algorithms = [] if written.checksum is None else [written.checksum.algorithm]
        digests = Digests(algorithms)
        piece = Piece(written.file, 0, written.size, written.size)
        source = FileSource(self._disk, [(path, piece)], [written.file], lambda _names: None, data_key)
        try:
            while block := source.read():
                digests.update(block)
        except DamagedFile as error:
            return Kind.DAMAGED, str(error)
        except ApiError as error:
            return Kind.DAMAGED, f"it cannot be read: {error.message}"
        finally:
            source.close()
        if has_md5 and digests.md5.hex() != written.etag:
            return Kind.DAMAGED, f"its MD5 is {digests.md5.hex()}, and was {written.etag}"
        for algorithm in algorithms:
            assert written.checksum is not None
            if encode(digests.value(algorithm)) != written.checksum.value:
                return Kind.DAMAGED, f"its {algorithm} is not the one that was stored"
        return None


def _orphan(path: Path, reason: str) -> Finding:
    try:
        size = path.stat().st_size
    except FileNotFoundError:
        size = 0
    return Finding(kind=Kind.ORPHAN_FILE, reason=reason, file=path.name, size=size, path=str(path))
