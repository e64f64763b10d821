"""Long files on their way out: whole blocks are used again, but never one that somebody still has."""

import hashlib
from pathlib import Path

import pytest

from telecine.services.s3.checksums import Expected
from telecine.services.s3.files import Files
from telecine.services.s3.packets import KEY_BYTES, PACKET_BYTES
from telecine.services.s3.reading import Piece
from telecine.testing.ids import seeded_ids
from telecine.wire.http import LONG_BLOCK_BYTES

KEY = b"k" * KEY_BYTES
SIZE = 12 * LONG_BLOCK_BYTES + 5 * PACKET_BYTES + 17


def _plain(size: int = SIZE) -> bytes:
    """Bytes of which no block is like another."""
    return b"".join(hashlib.sha256(at.to_bytes(4)).digest() for at in range(-(-size // 32)))[:size]


PLAIN = _plain()


def _stored(folder: Path, data_key: bytes | None) -> tuple[Files, str]:
    files = Files(folder, seeded_ids())
    incoming = files.receive(Expected(length=SIZE), data_key)
    incoming.write(PLAIN)
    return files, incoming.keep().file


@pytest.mark.parametrize("data_key", [None, KEY])
def test_a_block_stays_as_it_is_for_as_long_as_somebody_has_it(tmp_path: Path, data_key: bytes | None) -> None:
    """Whoever has a view of it alone, as an event loop that still sends, has it too."""
    files, name = _stored(tmp_path, data_key)
    source = files.read([Piece(name, 0, SIZE, SIZE)], data_key)
    kept: list[memoryview] = []
    while block := source.read():
        kept.append(memoryview(block).cast("b")[1:])
        del block
    source.close()
    places = range(0, SIZE, LONG_BLOCK_BYTES)
    assert [bytes(view) for view in kept] == [PLAIN[at + 1 : at + LONG_BLOCK_BYTES] for at in places]


@pytest.mark.parametrize("data_key", [None, KEY])
def test_what_nobody_has_is_used_again(tmp_path: Path, data_key: bytes | None) -> None:
    """A long file goes through a few blocks of memory, and every block has its own bytes."""
    files, name = _stored(tmp_path, data_key)
    source = files.read([Piece(name, 0, SIZE, SIZE)], data_key)
    seen: list[int] = []
    digest = hashlib.sha256()
    while block := source.read():
        seen.append(id(block))
        digest.update(block)
        del block
    source.close()
    assert digest.digest() == hashlib.sha256(PLAIN).digest()
    assert len(set(seen[:12])) == 1


@pytest.mark.parametrize("data_key", [None, KEY])
@pytest.mark.parametrize("start", [0, 1, PACKET_BYTES, 3 * PACKET_BYTES - 1])
@pytest.mark.parametrize("length", [1, LONG_BLOCK_BYTES - 1, LONG_BLOCK_BYTES, 2 * LONG_BLOCK_BYTES + 1])
def test_a_range_of_any_length(tmp_path: Path, data_key: bytes | None, start: int, length: int) -> None:
    """From the border of a packet or of a block or beside it."""
    files, name = _stored(tmp_path, data_key)
    source = files.read([Piece(name, start, length, SIZE)], data_key)
    blocks = []
    while block := source.read():
        assert len(block) <= LONG_BLOCK_BYTES
        blocks.append(block)
    source.close()
    assert b"".join(blocks) == PLAIN[start : start + length]
