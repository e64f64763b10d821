"""Keys are derived as RFC 5869 has it."""

import pytest
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from telecine.core.derivation import derived


def test_the_first_vector_of_the_rfc() -> None:
    """Appendix A.1, the first 32 of its 42 bytes."""
    key, salt, info = b"\x0b" * 22, bytes(range(13)), bytes(range(0xF0, 0xFA))
    expected = "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
    assert derived(key, salt=salt, info=info).hex() == expected


@pytest.mark.parametrize("salt", [None, b"", b"salt", bytes(16), b"longer than a block of SHA-256 " * 5])
@pytest.mark.parametrize("size", [0, 16, 32, 200])
def test_the_same_as_another_implementation(salt: bytes | None, size: int) -> None:
    """Whatever key and salt: files that were written with it stay readable."""
    key = bytes(range(size))
    other = HKDF(SHA256(), length=32, salt=salt, info=b"purpose").derive(key)
    assert derived(key, salt=salt, info=b"purpose") == other
