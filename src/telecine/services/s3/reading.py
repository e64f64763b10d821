"""The bytes of files on their way out: pieces of them as one body, decrypted a block at a time.

A wrong byte is never returned. What is damaged, cut off or gone is an error at the block where it is found: for the
first block, and for how long a file is, that is before an answer has begun.
"""

import os
import sys
import threading
from collections import deque
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from pathlib import Path

from telecine.core.errors import TelecineError
from telecine.services.s3 import packets
from telecine.services.s3.disk import Disk, reporting
from telecine.services.s3.packets import HEADER_BYTES, PACKET_BYTES, Opener
from telecine.wire.http import LONG_BLOCK_BYTES

_BLOCK_PACKETS = LONG_BLOCK_BYTES // PACKET_BYTES


class DamagedFile(TelecineError):
    """A file is missing, not as long as its row says, or not what was written."""


@dataclass(frozen=True, slots=True)
class Piece:
    """`length` bytes of what a file holds, from `start` on."""

    file: str
    start: int
    length: int
    size: int
    """How many bytes it holds."""


class FileSource:
    """Pieces of files as one body. Holds one file open at a time, and one block."""

    def __init__(
        self,
        disk: Disk,
        pieces: Sequence[tuple[Path, Piece]],
        names: Collection[str],
        release: Callable[[Collection[str]], None],
        data_key: bytes | None,
    ) -> None:
        self.length = sum(piece.length for _, piece in pieces)
        self._disk = disk
        self._rest = list(reversed(pieces))
        self._names = names
        self._release = release
        self._data_key = data_key
        self._done = 0
        """How many bytes of the piece that is next have been read."""
        self._reader: _OpenFile | None = None
        self._fetched: bytes | bytearray | None = None
        one = pieces[0][1] if len(pieces) == 1 else None
        self._is_one_short_file = one is not None and one.length == one.size <= PACKET_BYTES
        self._again: ShortFile | None = None
        self._is_closed = False

    def fetch(self) -> None:
        """Read the first block, for `read` to return. Raises `DamagedFile`, ServiceUnavailable."""
        self._fetched = self._read()

    def read(self) -> bytes | bytearray:
        """The next block; empty at the end.

        Raises `DamagedFile` rather than return a wrong byte or end early, ServiceUnavailable when the disk fails.
        """
        fetched, self._fetched = self._fetched, None
        return self._read() if fetched is None else fetched

    def again(self) -> "ShortFile | None":
        """How to read the same once more: of whole files, encrypted, in one packet."""
        return self._again

    def close(self) -> None:
        """Let the files go. May be called again."""
        if self._is_closed:
            return
        self._is_closed = True
        self._rest = []
        self._fetched = None
        self._close_file()
        self._release(self._names)

    def _read(self) -> bytes | bytearray:
        if not self._rest:
            return b""
        path, piece = self._rest[-1]
        if self._reader is None:
            self._reader = _OpenFile(self._disk, path, piece.size, self._data_key)
        block = self._reader.read(piece.start + self._done, piece.length - self._done)
        self._done += len(block)
        if self._done == piece.length:
            if self._is_one_short_file:
                self._again = self._reader.again()
            self._rest.pop()
            self._done = 0
            self._close_file()
        return block

    def _close_file(self) -> None:
        if self._reader is not None:
            self._reader.close()
            self._reader = None


class _OpenFile:
    """One open file."""

    def __init__(self, disk: Disk, path: Path, size: int, data_key: bytes | None) -> None:
        """`size`: how many bytes it holds; `data_key`: None for a plain one.

        Raises `DamagedFile`, ServiceUnavailable.
        """
        self._disk = disk
        self._path = path
        self._name = path.name
        self._size = size
        with reporting("open a file"):
            try:
                self._descriptor = disk.open(path)
            except FileNotFoundError as error:
                raise DamagedFile(self._name) from error
        try:
            if os.fstat(self._descriptor).st_size != (size if data_key is None else packets.sealed_size(size)):
                raise DamagedFile(self._name)
            self._opener = None if data_key is None else self._opened(data_key)
        except BaseException:
            self.close()
            raise

    def read(self, start: int, length: int) -> bytearray:
        """Bytes from `start` on: a block at most, `length` at most. Raises `DamagedFile`, ServiceUnavailable."""
        if self._opener is None:
            block = _blocks.take() if length >= LONG_BLOCK_BYTES else bytearray(length)
            self._fill(memoryview(block), start)
            return block
        first = start // PACKET_BYTES
        # At least one packet: that of an empty file says that it is empty.
        end = min(first + _BLOCK_PACKETS, max(first + 1, -(-(start + length) // PACKET_BYTES)))
        skipped = start - first * PACKET_BYTES
        if skipped == 0 and length >= LONG_BLOCK_BYTES:
            block = _blocks.take()
            self._open(first, end, block)
        else:
            block = bytearray(min(end * PACKET_BYTES, self._size) - first * PACKET_BYTES)
            self._open(first, end, block)
            del block[skipped + length :]
            del block[:skipped]
        return block

    def _open(self, first: int, end: int, block: bytearray) -> None:
        """Fill `block` with what the packets from `first` to before `end` hold."""
        assert self._opener is not None
        with memoryview(block) as room:
            place = packets.place_of(first)
            # All of it at once: for every call of the system the interpreter is handed over and waited for.
            sealed = _buffer()[: min(packets.place_of(end), packets.sealed_size(self._size)) - place]
            self._fill(sealed, place)
            try:
                self._opener.open(first, sealed, room)
            except packets.Damaged as damage:
                raise DamagedFile(str(damage)) from damage

    def again(self) -> "ShortFile | None":
        return None if self._opener is None else ShortFile(self._disk, self._path, self._opener, self._size)

    def close(self) -> None:
        os.close(self._descriptor)

    def _opened(self, data_key: bytes) -> Opener:
        header = bytearray(HEADER_BYTES)
        self._fill(memoryview(header), 0)
        try:
            return Opener(data_key, self._name, self._size, bytes(header))
        except packets.Damaged as damage:
            raise DamagedFile(str(damage)) from damage

    def _fill(self, room: memoryview, place: int) -> None:
        filled = 0
        with reporting("read a file"):
            while filled < len(room):
                count = self._disk.read(self._descriptor, room[filled:], place + filled)
                if count == 0:
                    raise DamagedFile(self._name)
                filled += count


class ShortFile:
    """A whole file of one packet, which has been read before and was found to be what was written."""

    def __init__(self, disk: Disk, path: Path, opener: Opener, size: int) -> None:
        """`size`: how many bytes it holds, one at least."""
        self._disk = disk
        self._path = path
        self._opener = opener
        self._size = size
        self._end = packets.sealed_size(size)

    def read(self) -> bytes | None:
        """What it holds, decrypted; None when it is gone, or not what it was: whoever reads it as if for the first
        time finds out why."""
        sealed = _buffer()[: self._end + 1]  # one more than there is: nothing may have been added
        try:
            descriptor = self._disk.open(self._path)
            try:
                count = self._disk.read(descriptor, sealed, 0)
            finally:
                os.close(descriptor)
        except OSError:
            return None
        if count != self._end or not self._opener.is_of(sealed[:HEADER_BYTES]):
            return None
        block = bytearray(self._size)
        try:
            self._opener.open(0, sealed[HEADER_BYTES:count], memoryview(block))
        except packets.Damaged:
            return None
        return bytes(block)


class _Blocks:
    """Whole blocks, used again once nobody has them any more.

    The system clears fresh memory page by page, and Python then clears it again: both together cost as much as to
    decrypt it. Who is handed a block may keep it for as long as he likes, in whatever holds a reference: only one to
    which nothing else refers is handed out again.
    """

    def __init__(self, count: int) -> None:
        """`count`: how many are remembered, those made last."""
        self._lock = threading.Lock()
        self._known = deque([bytearray()], count)
        counts = getattr(sys, "_is_gil_enabled", lambda: True)()
        self._free = self._references()[0] if counts else 0
        """How often one that nobody has is referred to: counted, as that is the interpreter's affair. 0, which none
        ever is, where references are counted by halves (a Python without its global lock): all blocks are new there."""
        self._known.clear()

    def take(self) -> bytearray:
        """`LONG_BLOCK_BYTES` of anything: the caller's, and nobody else's."""
        with self._lock:
            references = self._references()
            if self._free in references:
                return self._known[references.index(self._free)]
            block = bytearray(LONG_BLOCK_BYTES)
            self._known.append(block)
            return block

    def _references(self) -> list[int]:
        return [sys.getrefcount(block) for block in self._known]


_blocks = _Blocks(8)
"""As many as two streams use at a time."""

_of_thread = threading.local()


def _buffer() -> memoryview:
    """This thread's room for packets that are read and not yet decrypted.

    Fresh memory for each block costs more than to decrypt it, and room for each reader would be as much memory as there
    are slow clients.
    """
    found: memoryview | None = getattr(_of_thread, "buffer", None)
    if found is None:
        found = _of_thread.buffer = memoryview(bytearray(packets.place_of(_BLOCK_PACKETS)))
    return found
