"""The root key seals secrets to their place, and its file is guarded."""

import os
import stat
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from telecine.seal import BrokenSeal, RootKey, RootKeyProblem, key_file
from telecine.seal.root_key import named_key


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
    [
        (b"00" * 32, 0o644, "chmod 600"),
        (b"zz", 0o600, "damaged"),
        (b"00", 0o600, "32 bytes"),
        (b"", 0o600, "damaged"),
        (b"00" * 32 + b"\n" + b"00" * 32, 0o600, "different ones"),
    ],
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


def test_a_value_names_the_key_that_sealed_it() -> None:
    """Its id tells nothing of the key, and an old key still opens what it sealed."""
    old, both = RootKey(b"k" * 32), RootKey(b"n" * 32, b"k" * 32)
    sealed = old.wrap(b"secret", about="x")

    assert named_key(sealed) == old.id == both.ids[1]
    assert both.unwrap(sealed, about="x") == b"secret"
    assert named_key(both.wrap(b"secret", about="x")) == both.id
    with pytest.raises(BrokenSeal, match=f"names root key {old.id}, which is not at hand"):
        RootKey(b"n" * 32).unwrap(sealed, about="x")


def test_what_the_first_release_sealed_opens() -> None:
    """Its values do not name their key: every key at hand is tried."""
    key = b"k" * 32
    cipher = AESGCM(HKDF(SHA256(), length=32, salt=None, info=b"telecine/seal").derive(key))
    sealed = b"\x01" + b"n" * 12 + cipher.encrypt(b"n" * 12, b"secret", b"\x01x")

    assert RootKey(b"n" * 32, key).unwrap(sealed, about="x") == b"secret"
    for keys, about in [((key,), "y"), ((b"n" * 32,), "x")]:
        with pytest.raises(BrokenSeal, match="does not open"):
            RootKey(*keys).unwrap(sealed, about=about)


def test_a_new_key_file_is_noticed_before_sealing_and_on_an_unknown_key(tmp_path: Path) -> None:
    """Two processes have the file open; a rotation puts a new key in front, and later takes the old one out."""
    path = tmp_path / "root.key"
    writer, reader = RootKey.create(path), RootKey.load(path)
    before = writer.wrap(b"before", about="x")

    key_file.replace(path, [b"n" * 32, *key_file.read(path)])
    after = writer.wrap(b"after", about="x")
    assert named_key(after) == RootKey(b"n" * 32).id
    assert reader.unwrap(after, about="x") == b"after"
    assert reader.unwrap(before, about="x") == b"before"

    key_file.replace(path, [b"n" * 32])
    assert writer.look()
    with pytest.raises(BrokenSeal):
        writer.unwrap(before, about="x")


def test_a_file_that_is_gone_or_damaged_later_changes_nothing(tmp_path: Path) -> None:
    """A running process goes on with the key it has."""
    path = tmp_path / "root.key"
    root_key = RootKey.create(path)
    sealed = root_key.wrap(b"secret", about="x")
    path.write_text("damaged")
    assert root_key.unwrap(root_key.wrap(b"secret", about="x"), about="x") == b"secret"
    path.unlink()
    assert root_key.unwrap(root_key.wrap(b"secret", about="x"), about="x") == b"secret"
    assert root_key.unwrap(sealed, about="x") == b"secret"


def test_derived_keys_stand_on_the_secret_that_they_are_rooted_in() -> None:
    """So they outlive the key, whose seals are the same."""
    one, other = RootKey(b"k" * 32).rooted(b"s" * 32), RootKey(b"n" * 32).rooted(b"s" * 32)
    assert one.derive("page-tokens") == other.derive("page-tokens") != one.derive("others")
    assert RootKey(b"k" * 32).unwrap(one.wrap(b"secret", about="x"), about="x") == b"secret"


def test_a_key_file_keeps_its_owner_and_its_mode(tmp_path: Path) -> None:
    """Whoever rotates may be another user than the server."""
    path = tmp_path / "root.key"
    RootKey.create(path)
    path.chmod(0o400)
    before = path.stat()
    key_file.replace(path, [b"n" * 32])
    after = path.stat()
    assert (after.st_uid, after.st_gid, after.st_mode) == (before.st_uid, before.st_gid, before.st_mode)
    assert after.st_ino != before.st_ino


def test_a_key_file_that_cannot_be_replaced_is_as_it_was(tmp_path: Path) -> None:
    """The reason is told."""
    path = tmp_path / "root.key"
    RootKey.create(path)
    (tmp_path / "root.key.new").mkdir()
    with pytest.raises(RootKeyProblem, match=r"root\.key cannot be replaced: Is a directory"):
        key_file.replace(path, [b"n" * 32])
    assert len(key_file.read(path)) == 1


def test_only_the_new_file_is_given_to_the_owner(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Not what somebody puts in its place meanwhile: a link to a file that is root's."""
    path, treasure = tmp_path / "root.key", tmp_path / "shadow"
    RootKey.create(path)
    path.chmod(0o400)
    treasure.touch(mode=0o600)
    fsync = os.fsync

    def swap(descriptor: int) -> None:
        fsync(descriptor)
        draft = tmp_path / "root.key.new"
        if draft.exists() and not draft.is_symlink():
            draft.unlink()
            draft.symlink_to(treasure)

    monkeypatch.setattr(os, "fsync", swap)
    key_file.replace(path, [b"n" * 32])
    assert stat.S_IMODE(treasure.stat().st_mode) == 0o600
