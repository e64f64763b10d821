"""The ciphertext format."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.services.kms.blobs import Damaged, NoBlob, Place, authenticated, locate, open_blob, seal

MATERIAL = bytes(range(32))
PLACE = Place("79627cc1-24d4-4618-bc6e-4d9ea1a5a5cc", 3)
RANDOMNESS = b"s" * 16 + b"n" * 12
CONTEXTS = st.dictionaries(st.text(max_size=8), st.text(max_size=8), max_size=4)


@given(
    st.binary(min_size=1, max_size=100),
    CONTEXTS,
    st.binary(min_size=28, max_size=28),
    st.uuids(),
    st.integers(0, 2**32 - 1),
)
def test_what_is_sealed_opens(
    plaintext: bytes, context: dict[str, str], randomness: bytes, key: UUID, version: int
) -> None:
    """And names its key and its material."""
    blob = seal(MATERIAL, Place(str(key), version), plaintext, context, randomness=randomness)

    assert locate(blob) == (str(key), version)
    assert open_blob(MATERIAL, blob, dict(reversed(context.items()))) == plaintext


@given(st.data())
def test_any_changed_bit_is_noticed(data: st.DataObject) -> None:
    """Of the header as of the ciphertext, and any cut and any addition."""
    blob = seal(MATERIAL, PLACE, b"secret", {"a": "b"}, randomness=RANDOMNESS)
    bit = data.draw(st.integers(0, len(blob) * 8 - 1))
    changed = bytearray(blob)
    changed[bit // 8] ^= 1 << bit % 8

    for wrong in (bytes(changed), blob[: data.draw(st.integers(0, len(blob) - 1))], blob + b"\0"):
        with pytest.raises((Damaged, NoBlob)):
            open_blob(MATERIAL, wrong, {"a": "b"})


@given(CONTEXTS, CONTEXTS)
def test_no_other_context_opens(one: dict[str, str], other: dict[str, str]) -> None:
    """Whatever is moved between keys and values."""
    blob = seal(MATERIAL, PLACE, b"secret", one, randomness=RANDOMNESS)

    if one == other:
        assert open_blob(MATERIAL, blob, other) == b"secret"
    else:
        with pytest.raises(Damaged):
            open_blob(MATERIAL, blob, other)


def test_contexts_are_told_apart_by_their_lengths() -> None:
    """What runs together without them does not."""
    alike = [{"ab": "c"}, {"a": "bc"}, {"": "abc"}, {"abc": ""}, {"a": "b", "c": ""}, {}]

    assert len({authenticated(context) for context in alike}) == len(alike)


def test_each_call_has_a_key_of_its_own() -> None:
    """The same plaintext under other randomness shares nothing but the header; another material opens nothing."""
    one = seal(MATERIAL, PLACE, b"secret", {}, randomness=RANDOMNESS)
    # The nonce is the same: the salt alone makes the difference.
    other = seal(MATERIAL, PLACE, b"secret", {}, randomness=b"t" * 16 + b"n" * 12)

    assert one[:25] == other[:25]
    assert one[53:59] != other[53:59]
    with pytest.raises(Damaged):
        open_blob(bytes(32), one, {})
