"""The system calls by which files change and are read, in one place: so that a test can let any of them fail."""

import errno
import logging
import os
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Protocol

from telecine.core.waiting import WouldWait, expect_to_wait, may_wait
from telecine.services.s3 import errors

_log = logging.getLogger(__name__)

_FULL = frozenset({errno.ENOSPC, errno.EDQUOT})

Buffer = bytes | bytearray | memoryview


class Disk(Protocol):
    """A file system. Every call raises `OSError` when the system refuses it."""

    def create(self, path: Path) -> int:
        """The descriptor of a new, empty file of our own, to write to. Raises `FileExistsError`."""
        ...

    def write(self, descriptor: int, data: Buffer) -> int:
        """How many bytes of `data` were appended: not always all of them."""
        ...

    def sync(self, descriptor: int) -> None:
        """Return once the file's bytes are on the disk."""
        ...

    def rename(self, path: Path, place: Path) -> None:
        """Give the file another name."""
        ...

    def sync_folder(self, path: Path) -> None:
        """Return once the names in the folder are on the disk."""
        ...

    def remove(self, path: Path) -> None:
        """Remove the file, if it is there."""
        ...

    def open(self, path: Path) -> int:
        """The descriptor of the file, to read from. Raises `FileNotFoundError`."""
        ...

    def read(self, descriptor: int, room: memoryview, place: int) -> int:
        """How many bytes from `place` on were put into `room`; 0 at the end of the file."""
        ...


class SystemDisk:
    """The file system of this machine."""

    _tells = True
    """The store's file system says what it would have to wait for; some do not."""

    def create(self, path: Path) -> int:
        expect_to_wait()
        return os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o600)

    def write(self, descriptor: int, data: Buffer) -> int:
        return os.write(descriptor, data)

    def sync(self, descriptor: int) -> None:
        os.fsync(descriptor)

    def rename(self, path: Path, place: Path) -> None:
        path.rename(place)

    def sync_folder(self, path: Path) -> None:
        descriptor = os.open(path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)

    def remove(self, path: Path) -> None:
        path.unlink(missing_ok=True)

    def open(self, path: Path) -> int:
        if not self._tells:
            expect_to_wait()
        return os.open(path, os.O_RDONLY | os.O_CLOEXEC)

    def read(self, descriptor: int, room: memoryview, place: int) -> int:
        if may_wait():
            return os.preadv(descriptor, [room], place)
        try:
            return os.preadv(descriptor, [room], place, os.RWF_NOWAIT)
        except BlockingIOError as error:
            raise WouldWait from error
        except OSError as error:
            if error.errno != errno.EOPNOTSUPP:
                raise
            self._tells = False
            raise WouldWait from error


class reporting(AbstractContextManager[None]):  # noqa: N801 - it reads as a word of the language, like a function
    """Turns what the system refuses into the error that a caller of S3 sees, and tells the operator.

    `doing` completes "The store cannot …". Raises ServiceUnavailable. A class, for every read of a file goes through
    three of these, and a generator costs as much as the read.
    """

    __slots__ = ("_doing",)

    def __init__(self, doing: str) -> None:
        self._doing = doing

    def __enter__(self) -> None:
        pass

    def __exit__(self, _kind: object, error: BaseException | None, _trace: object) -> None:
        if isinstance(error, OSError):
            reason = os.strerror(error.errno or 0)
            _log.error("The store cannot %s: %s.", self._doing, reason)
            raise (errors.store_full() if error.errno in _FULL else errors.store_unavailable(reason)) from error


@contextmanager
def tolerating(doing: str) -> Iterator[None]:
    """Lets go on what the system refuses, and tells the operator: for tidying up, which the next start does again."""
    try:
        yield
    except OSError as error:
        _log.error("The store cannot %s: %s.", doing, os.strerror(error.errno or 0))
