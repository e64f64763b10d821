"""Sinks that are files: each event a line of JSON, on the disk before it counts as delivered.

The file may be moved away at any time (`logrotate`): whoever writes looks each time whether the path is still the file
that is open. Half a line that a crash has left is taken away again, if it is one of ours; its event comes anew.
"""

import os
import stat
from collections.abc import Iterator, Sequence
from pathlib import Path

from telecine.events.envelope import body
from telecine.events.model import DELIVERED, Delivery, Outcome, Verdict

_BEGINNING = b'{"version":"0","id":"'
"""What every line of ours begins with."""
_TAIL_BYTES = 1 << 20
"""No line is longer: an event of EventBridge has 256 KiB at most."""


class FileTransport:
    """Appends to one file."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._is_clean = False
        """Nothing of ours is half-written."""

    def send(self, batch: Sequence[Delivery]) -> Iterator[Sequence[tuple[Delivery, Outcome]]]:
        """Write the whole batch; every delivery with what came of it."""
        try:
            descriptor = self._open()
            if not self._is_clean:
                _mend(descriptor)
            self._is_clean = False
            _write(descriptor, b"".join(body(delivery.event) + b"\n" for delivery in batch))
            os.fsync(descriptor)
            self._is_clean = True
            outcome = DELIVERED
        except OSError as error:
            self.close()
            # Without the path, which whoever sees the sink sees anyway.
            outcome = Outcome(verdict=Verdict.RETRY, error=f"The file cannot be written: {error.strerror}.")
        yield [(delivery, outcome) for delivery in batch]

    def stop(self) -> None:
        """Nothing: a batch is written in an instant."""

    def close(self) -> None:
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _open(self) -> int:
        """The file at the path, as it is now."""
        if self._descriptor is not None and not self._is_still_there(self._descriptor):
            self.close()
        if self._descriptor is None:
            flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW | os.O_NONBLOCK
            descriptor = os.open(self._path, flags, 0o600)
            if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                os.close(descriptor)
                raise OSError(0, "it is no regular file")
            folder = os.open(self._path.parent, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
            try:
                os.fsync(folder)  # a new file's name must outlive a crash, too
            finally:
                os.close(folder)
            self._descriptor, self._is_clean = descriptor, False
        return self._descriptor

    def _is_still_there(self, descriptor: int) -> bool:
        try:
            there = self._path.stat(follow_symlinks=False)
        except FileNotFoundError:
            return False
        return os.path.samestat(there, os.fstat(descriptor))


def _write(descriptor: int, data: bytes) -> None:
    view = memoryview(data)
    while view:
        view = view[os.write(descriptor, view) :]


def _mend(descriptor: int) -> None:
    """See to it that the file ends with a line: half of one of ours goes, whatever else gets its end."""
    size = os.fstat(descriptor).st_size
    start = max(0, size - _TAIL_BYTES)
    tail = os.pread(descriptor, size - start, start)
    if not tail or tail.endswith(b"\n"):
        return
    half = tail[tail.rfind(b"\n") + 1 :]
    if half[: len(_BEGINNING)] == _BEGINNING[: len(half)]:
        os.ftruncate(descriptor, size - len(half))
    else:
        _write(descriptor, b"\n")
