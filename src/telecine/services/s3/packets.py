"""The bytes of an object's file, encrypted in packets: sealed while they come, opened where they are asked for. Pure.

A file is `header | packet | packet | …`. The header is 24 bytes:

    magic "TCS3" (4) | version 1 (1) | packet size as a power of two, 16 (1) | reserved, 0 (2) | salt (16)

Every packet is 65,536 bytes of the object, the last one 0 to 65,536, under AES-256-GCM, with its tag of 16 bytes behind
it. Nonces are `0 (3) | 1 in the last packet, 0 in every other (1) | number of the packet, from 0, big-endian (8)`; the
header is authenticated with every packet. The key of a file is HKDF-SHA-256 of its object's data key, over the header's
salt and the file's name: no two files share one, so no nonce is used twice, and a file that took another's place does
not open. What was cut off, reordered or changed does not open either, because of numbers, last packet and tags; and how
long a file must be follows from the object's size, which is known from elsewhere.

The construction is the STREAM of Hoang, Reyhanitabar, Rogaway and Vizár (CRYPTO 2015), with a counter of 64 bits.
"""

from collections.abc import Iterator, Sequence
from struct import Struct

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from telecine.core.derivation import derived
from telecine.core.errors import TelecineError

PACKET_BYTES = 1 << 16
TAG_BYTES = 16
SALT_BYTES = 16
HEADER_BYTES = 24
KEY_BYTES = 32

_START = b"TCS3\x01\x10\x00\x00"
_SEALED_BYTES = PACKET_BYTES + TAG_BYTES
_NONCE = Struct(">IQ")
RUN = 4
"""Packets that are sealed before they are handed on: few enough to stay in the processor's cache until then."""


class Damaged(TelecineError):
    """The bytes are not those that were sealed: changed, cut off, moved, of another file, or under another key."""


def sealed_size(size: int) -> int:
    """How long the file of an object, or a part, of `size` bytes is."""
    return HEADER_BYTES + size + TAG_BYTES * packet_count(size)


def packet_count(size: int) -> int:
    """How many packets hold `size` bytes; an empty object has one, which says that it is empty."""
    return max(1, -(-size // PACKET_BYTES))


def place_of(packet: int) -> int:
    """Where in its file a packet begins."""
    return HEADER_BYTES + packet * _SEALED_BYTES


class Sealer:
    """Turns a body, block by block, into the bytes of a file."""

    def __init__(self, data_key: bytes, name: str, salt: bytes) -> None:
        """`salt`: 16 random bytes, for this file alone."""
        self._header = _START + salt
        self._cipher = _cipher(data_key, name, self._header)
        self._held = bytearray()
        self._next = 0
        self._buffer = memoryview(bytearray(HEADER_BYTES + _SEALED_BYTES))

    def seal(self, block: bytes | bytearray) -> Iterator[memoryview]:
        """What is to be written next, in pieces; each is good until the next one is asked for.

        The last bytes so far wait for more to come: they may be the last of all, which are sealed differently.
        """
        rest = memoryview(block)
        if self._held:
            missing = PACKET_BYTES - len(self._held)
            self._held += rest[:missing]
            rest = rest[missing:]
            if not rest:
                return
            yield self._sealed([self._held])
            self._held.clear()
        count = max(0, len(rest) - 1) // PACKET_BYTES
        whole = [rest[at * PACKET_BYTES : (at + 1) * PACKET_BYTES] for at in range(count)]
        for at in range(0, count, RUN):
            yield self._sealed(whole[at : at + RUN])
        self._held += rest[count * PACKET_BYTES :]

    def finish(self) -> memoryview:
        """The rest of the file."""
        return self._sealed([self._held], is_last=True)

    def _sealed(self, packets: Sequence[bytearray | memoryview], *, is_last: bool = False) -> memoryview:
        """The packets, behind the header if they are the first."""
        most = HEADER_BYTES + len(packets) * _SEALED_BYTES
        if len(self._buffer) < most:
            self._buffer = memoryview(bytearray(most))
        end = 0
        if self._next == 0:
            end = HEADER_BYTES
            self._buffer[:end] = self._header
        for packet in packets:
            place = self._buffer[end : end + len(packet) + TAG_BYTES]
            self._cipher.encrypt_into(_nonce(self._next, is_last=is_last), packet, self._header, place)
            end += len(place)
            self._next += 1
        return self._buffer[:end]


class Opener:
    """Turns packets of a file back into bytes of the object."""

    def __init__(self, data_key: bytes, name: str, size: int, header: bytes) -> None:
        """`size`: how long the object, or part, is; `header`: the first 24 bytes of the file. Raises `Damaged`."""
        if len(header) != HEADER_BYTES or not header.startswith(_START):
            raise Damaged(f"The file {name} has no header of an encrypted file.")
        self._name = name
        self._header = header
        self._cipher = _cipher(data_key, name, header)
        self._last = packet_count(size) - 1
        self._last_bytes = size - self._last * PACKET_BYTES

    def is_of(self, header: memoryview) -> bool:
        """Whether a file that begins so is the one of this opener."""
        return header == self._header

    def open(self, first: int, sealed: bytes | memoryview, room: memoryview) -> None:
        """Put the bytes in `sealed`, which are whole packets from number `first` on, into `room`, which is as long.

        Raises `Damaged`; `room` then holds anything.
        """
        whole = memoryview(sealed)
        count = -(-len(whole) // _SEALED_BYTES)
        end = first + count - 1
        # Even of an empty object there is a packet, which says that there is no more.
        if not count or end > self._last or len(whole) != self._sealed_bytes(end) + (count - 1) * _SEALED_BYTES:
            raise Damaged(f"Packet {end} of the file {self._name} is not as long as it must be.")
        at = 0
        try:
            for at in range(count):
                nonce = _NONCE.pack(first + at == self._last, first + at)
                packet = whole[at * _SEALED_BYTES : (at + 1) * _SEALED_BYTES]
                self._cipher.decrypt_into(
                    nonce, packet, self._header, room[at * PACKET_BYTES : (at + 1) * PACKET_BYTES]
                )
        except InvalidTag as error:
            raise Damaged(f"Packet {first + at} of the file {self._name} does not open.") from error

    def _sealed_bytes(self, number: int) -> int:
        return TAG_BYTES + (self._last_bytes if number == self._last else PACKET_BYTES)


def _cipher(data_key: bytes, name: str, header: bytes) -> AESGCM:
    info = b"telecine/s3/file/" + name.encode()
    return AESGCM(derived(data_key, salt=header[-SALT_BYTES:], info=info))


def _nonce(packet: int, *, is_last: bool) -> bytes:
    return _NONCE.pack(is_last, packet)
