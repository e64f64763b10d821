"""The root key seals secrets to their place, and its file is guarded."""

from pathlib import Path

import pytest

from telecine.seal import BrokenSeal, RootKey, RootKeyProblem


def test_what_is_wrapped_comes_back() -> None:
    """A sealed secret opens with the same key and the same place."""
    key = RootKey(b"k" * 32)

    assert key.unwrap(key.wrap(b"secret", about="iam/1"), about="iam/1") == b"secret"


@pytest.mark.parametrize("position", [0, 1, 12, 13, -1])
def test_a_changed_seal_does_not_open(position: int) -> None:
    """One changed byte anywhere breaks the seal."""
    key = RootKey(b"k" * 32)
    sealed = bytearray(key.wrap(b"secret", about="iam/1"))
    sealed[position] ^= 1

    with pytest.raises(BrokenSeal):
        key.unwrap(bytes(sealed), about="iam/1")


def test_a_seal_is_bound_to_its_place_and_key() -> None:
    """A sealed secret opens neither in another row nor with another key."""
    sealed = RootKey(b"k" * 32).wrap(b"secret", about="iam/1")

    with pytest.raises(BrokenSeal):
        RootKey(b"k" * 32).unwrap(sealed, about="iam/2")
    with pytest.raises(BrokenSeal):
        RootKey(b"j" * 32).unwrap(sealed, about="iam/1")


def test_a_created_key_file_is_private_and_loads_again(tmp_path: Path) -> None:
    """The key file is readable by its owner alone and holds the key that sealed."""
    path = tmp_path / "root.key"
    sealed = RootKey.create(path).wrap(b"secret", about="x")

    assert path.stat().st_mode & 0o777 == 0o600
    assert RootKey.load(path).unwrap(sealed, about="x") == b"secret"


@pytest.mark.parametrize(
    ("content", "mode", "words"),
    [(b"00" * 32, 0o644, "chmod 600"), (b"zz", 0o600, "damaged"), (b"00", 0o600, "32 bytes")],
)
def test_unusable_key_files_say_why(tmp_path: Path, content: bytes, mode: int, words: str) -> None:
    """A key file that others can read, or that holds no key, is refused with the reason."""
    path = tmp_path / "root.key"
    path.write_bytes(content)
    path.chmod(mode)

    with pytest.raises(RootKeyProblem, match=words):
        RootKey.load(path)


def test_a_missing_key_file_is_named(tmp_path: Path) -> None:
    """A missing file is an error, never a new key."""
    with pytest.raises(RootKeyProblem, match=r"root\.key cannot be read"):
        RootKey.load(tmp_path / "root.key")
