"""The bytes of files on their way out: pieces of them as one body, decrypted a block at a time.

A wrong byte is never returned. What is damaged, cut off or gone is an error at the block where it is found: for the
first block, and for how long a file is, that is before an answer has begun.
"""

import os
import threading
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from telecine.core.errors import TelecineError
from telecine.services.s3 import packets
from telecine.services.s3.disk import Disk, reporting
from telecine.services.s3.packets import PACKET_BYTES, Opener
from telecine.wire.http import BLOCK_BYTES

_BLOCK_PACKETS = BLOCK_BYTES // PACKET_BYTES


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
        self._reader: _OpenFile | None = None
        self._fetched: bytes | bytearray | None = None
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
        path, piece = self._rest.pop()
        if self._reader is None:
            self._reader = _OpenFile(self._disk, path, piece.size, self._data_key)
        block = self._reader.read(piece.start, piece.length)
        if len(block) < piece.length:
            following = replace(piece, start=piece.start + len(block), length=piece.length - len(block))
            self._rest.append((path, following))
        else:
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
            block = bytearray(min(length, BLOCK_BYTES))
            self._fill(memoryview(block), start)
            return block
        first = start // PACKET_BYTES
        # At least one packet: that of an empty file says that it is empty.
        end = min(first + _BLOCK_PACKETS, max(first + 1, -(-(start + length) // PACKET_BYTES)))
        place = packets.place_of(first)
        sealed = _buffer()[: min(packets.place_of(end), packets.sealed_size(self._size)) - place]
        self._fill(sealed, place)
        try:
            opened = self._opener.open(first, sealed)
        except packets.Damaged as damage:
            raise DamagedFile(str(damage)) from damage
        skipped = start - first * PACKET_BYTES
        del opened[skipped + length :]
        del opened[:skipped]
        return opened

    def close(self) -> None:
        os.close(self._descriptor)

    def _opened(self, data_key: bytes) -> Opener:
        header = bytearray(packets.HEADER_BYTES)
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


_of_thread = threading.local()


def _buffer() -> memoryview:
    """This thread's room for a block that is read and not yet decrypted.

    Fresh memory for each block costs more than to decrypt it, and room for each reader would be as much memory as there
    are slow clients.
    """
    found: memoryview | None = getattr(_of_thread, "buffer", None)
    if found is None:
        found = _of_thread.buffer = memoryview(bytearray(packets.place_of(_BLOCK_PACKETS)))
    return found
