"""Packets: what is sealed opens again, in any pieces; anything else is an error and never a byte."""

from functools import cache
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telecine.services.s3 import packets
from telecine.services.s3.packets import PACKET_BYTES, Damaged, Opener, Sealer

KEY, NAME, SALT = bytes(range(32)), "a-file", bytes(16)
SIZES = (0, 1, PACKET_BYTES - 1, PACKET_BYTES, PACKET_BYTES + 1, 2 * PACKET_BYTES, 3 * PACKET_BYTES + 5)


def plain(size: int) -> bytes:
    """Bytes of which no packet is like another."""
    return b"".join(number.to_bytes(4, "big") for number in range(-(-size // 4)))[:size]


def seal(*blocks: bytes, key: bytes = KEY, name: str = NAME, salt: bytes = SALT) -> bytes:
    sealer = Sealer(key, name, salt)
    pieces = [bytes(piece) for block in blocks for piece in sealer.seal(block)]
    return b"".join([*pieces, bytes(sealer.finish())])


@cache
def sealed(size: int) -> bytes:
    return seal(plain(size))


def opened(file: bytes, size: int, key: bytes = KEY, name: str = NAME) -> bytes:
    opener = Opener(key, name, size, file[: packets.HEADER_BYTES])
    room = bytearray(size)
    opener.open(0, file[packets.HEADER_BYTES :], memoryview(room))
    return bytes(room)


@pytest.mark.parametrize("size", SIZES)
def test_what_is_sealed_opens_again(size: int) -> None:
    """At every border of packets; and the file is as long as its size says."""
    file = sealed(size)

    assert opened(file, size) == plain(size)
    assert len(file) == packets.sealed_size(size)
    assert plain(size)[:64] not in file or size < 16


@settings(max_examples=25, deadline=None)
@given(cuts=st.lists(st.integers(0, SIZES[-1]), max_size=6))
def test_blocks_of_any_length_make_the_same_file(cuts: list[int]) -> None:
    """However a body comes, its file is the same."""
    body = plain(SIZES[-1])
    borders = [0, *sorted(cuts), len(body)]
    blocks = [body[start:end] for start, end in pairwise(borders)]

    assert seal(*blocks) == sealed(SIZES[-1])


@settings(max_examples=60, deadline=None)
@given(size=st.sampled_from(SIZES), data=st.data())
def test_a_changed_file_never_opens(size: int, data: st.DataObject) -> None:
    """Any bit flipped anywhere, header and tags included, any end cut off, anything added."""
    file = bytearray(sealed(size))
    match data.draw(st.sampled_from(("flip", "cut", "add"))):
        case "flip":
            file[data.draw(st.integers(0, len(file) - 1))] ^= 1 << data.draw(st.integers(0, 7))
        case "cut":
            del file[data.draw(st.integers(0, len(file) - 1)) :]
        case _:
            file += data.draw(st.binary(min_size=1, max_size=40))

    with pytest.raises(Damaged):
        opened(bytes(file), size)


def test_packets_have_their_place() -> None:
    """Exchanged, repeated, or left out, they do not open; nor does a last one that is made to look like another."""
    size = 3 * PACKET_BYTES
    file = sealed(size)
    at = [packets.place_of(number) for number in range(4)]
    head, first, second, third = file[: at[0]], file[at[0] : at[1]], file[at[1] : at[2]], file[at[2] :]
    for shuffled in (second + first + third, first + first + third, first + third + second):
        with pytest.raises(Damaged):
            opened(head + shuffled, size)
    for shorter, length in ((first + second, 2), (first + third, 2), (second + third, 2), (third, 1)):
        with pytest.raises(Damaged):
            opened(head + shorter, length * PACKET_BYTES)


def test_a_row_cannot_lie_about_the_length() -> None:
    """The last packet says that it is the last: a file that was cut off together with its row is found out."""
    file = sealed(2 * PACKET_BYTES)
    with pytest.raises(Damaged):
        opened(file[: packets.sealed_size(PACKET_BYTES)], PACKET_BYTES)
    with pytest.raises(Damaged):
        opened(file, 2 * PACKET_BYTES - 1)


def test_a_file_opens_under_its_own_name_and_key_alone() -> None:
    """So that one file put in another's place, of the same object or another, is no object."""
    file = sealed(5)
    for key, name in ((KEY, "another"), (bytes(32), NAME)):
        with pytest.raises(Damaged):
            opened(file, 5, key, name)
    with pytest.raises(Damaged):
        opened(b"short", 5)


def test_files_of_one_object_share_no_key_stream() -> None:
    """A part that is uploaded again with the same bytes looks different."""
    files = {
        seal(plain(64), name=name, salt=salt)[packets.HEADER_BYTES :] for name in "ab" for salt in (SALT, b"1" * 16)
    }

    assert len(files) == 4


@settings(max_examples=40, deadline=None)
@given(first=st.integers(0, 3), count=st.integers(1, 4))
def test_any_run_of_packets_opens_by_itself(first: int, count: int) -> None:
    """Reading from the middle takes nothing but the packets there."""
    size = SIZES[-1]
    file = sealed(size)
    opener = Opener(KEY, NAME, size, file[: packets.HEADER_BYTES])
    run = file[packets.place_of(first) : packets.place_of(first + count)]

    expected = plain(size)[first * PACKET_BYTES : (first + count) * PACKET_BYTES]
    room = bytearray(len(expected))

    opener.open(first, run, memoryview(room))

    assert room == expected
