"""The file of the root key: a key a line, in 64 hexadecimal digits.

The first key seals. There are more of them only while a rotation is under way: they open what is not yet sealed anew.
"""

import os
import stat
from collections.abc import Sequence
from pathlib import Path

from telecine.seal.problems import RootKeyProblem

KEY_BYTES = 32
_MOST_KEYS = 8
_DRAFT = ".new"

Stamp = tuple[int, int, int]
"""Tells one state of a file from another: inode, time of change in nanoseconds, size."""


def stamp(path: Path) -> Stamp | None:
    """The state of the file; None when it cannot be looked at."""
    try:
        found = path.stat()
    except OSError:
        return None
    return (found.st_ino, found.st_mtime_ns, found.st_size)


def read(path: Path) -> tuple[bytes, ...]:
    """The keys in the file, the sealing one first. Raises `RootKeyProblem`: missing, damaged or open to others."""
    try:
        mode = stat.S_IMODE(path.stat().st_mode)
        text = path.read_bytes()
    except OSError as error:
        raise RootKeyProblem(f"The root key {path} cannot be read: {error.strerror}.") from error
    if mode & 0o077:
        raise RootKeyProblem(f"The root key {path} is open to others (mode {mode:04o}). Run: chmod 600 {path}")
    try:
        keys = tuple(bytes.fromhex(line) for line in text.decode().splitlines() if line.strip())
    except ValueError as error:
        raise RootKeyProblem(
            f"The root key {path} is damaged: it must hold 64 hexadecimal digits a line. Restore it from your backup."
        ) from error
    if not 1 <= len(keys) <= _MOST_KEYS or len(set(keys)) < len(keys):
        raise RootKeyProblem(f"The root key {path} is damaged: it must hold one key, or a few different ones.")
    for key in keys:
        check_length(key)
    return keys


def check_length(key: bytes) -> None:
    """Raises `RootKeyProblem` when `key` has not the length of a root key."""
    if len(key) != KEY_BYTES:
        raise RootKeyProblem(f"A root key has {KEY_BYTES} bytes, this one has {len(key)}.")


def create(path: Path, keys: Sequence[bytes], like: os.stat_result | None = None) -> None:
    """Write a new file (mode 0600), durable when this returns; of the owner and the mode of `like`, if that is given.

    Raises `FileExistsError`.
    """
    descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "w") as file:
        if like is not None:
            # The open file, not its name: whoever the folder belongs to may have put a link to something else there,
            # which root would give away.
            os.fchown(descriptor, like.st_uid, like.st_gid)
            os.fchmod(descriptor, stat.S_IMODE(like.st_mode))
        file.writelines(key.hex() + "\n" for key in keys)
        file.flush()
        os.fsync(file.fileno())
    _sync_folder(path)


def replace(path: Path, keys: Sequence[bytes]) -> None:
    """Put a file with `keys` in the place of the old one: whatever happens, there is the old one or the new one.

    It belongs to whom the old one belonged: the server may be another user than whoever runs this. Raises
    `RootKeyProblem` where it cannot be written, with the old one in force.
    """
    draft = path.with_name(path.name + _DRAFT)
    try:
        old = path.stat()
        draft.unlink(missing_ok=True)
        create(draft, keys, old)
        draft.replace(path)
        _sync_folder(path)
    except OSError as error:
        raise RootKeyProblem(f"The root key {path} cannot be replaced: {error.strerror}.") from error


def _sync_folder(path: Path) -> None:
    folder = os.open(path.parent, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(folder)
    finally:
        os.close(folder)
