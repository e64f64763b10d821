"""Decrypt the inputs that were encrypted before their upload, before any tool sees a byte of them."""

import base64
from collections.abc import Sequence
from pathlib import Path

from telecine.engine import cipher
from telecine.engine.errors import JobFailed, StorageUnreachable
from telecine.engine.keys import DataKeys, KeyRefused, OtherRegion
from telecine.engine.session import input_message, key_denied
from telecine.engine.watch import Watch
from telecine.engine.workspace import reserve
from telecine.media.settings import Decryption, Input
from telecine.outbound.url import shown

CONTEXT = {"service": "mediaconvert.amazonaws.com"}
"""The encryption context of every data key (user guide, "Implementing client-side encryption")."""


def decrypt(keys: DataKeys, inputs: Sequence[Input], names: Sequence[str], folder: Path, watch: Watch) -> None:
    """Put the clear bytes in place of each encrypted input of the workspace. Data keys stay in memory.

    Raises `JobFailed`: 1401 when the role may not open the data key, 1040 when it is none, 1404 for whatever else KMS
    answers, 1010 when the file is not what key, vector and mode make, 1507. Raises `StorageUnreachable`,
    `AttemptStopped`.
    """
    for number, (given, name) in enumerate(zip(inputs, names, strict=True), start=1):
        if given.decryption is not None:
            key = _open(keys, given, given.decryption, number)
            _replace(folder / name, given.decryption, key, given.uri, watch)


def _open(keys: DataKeys, given: Input, how: Decryption, number: int) -> bytes:
    try:
        key = keys.decrypt(base64.b64decode(how.encrypted_key), CONTEXT, how.region)
    except KeyRefused as problem:
        raise _key_error(problem, given.uri, number) from problem
    except OtherRegion as problem:
        resubmit = "Encrypt your data key with a key of this server, and resubmit your job."
        raise JobFailed(
            1040, f"The data key of input [{number}] can't be decrypted: {problem}. {resubmit}"
        ) from problem
    if len(key) not in cipher.KEY_BYTES:
        bits = "Use a data key of 128, 192, or 256 bits, and resubmit your job."
        raise JobFailed(1040, f"The data key of input [{number}] has {8 * len(key)} bits. {bits}")
    return key


def _key_error(problem: KeyRefused, uri: str, number: int) -> JobFailed | StorageUnreachable:
    if problem.is_silence:
        return StorageUnreachable(f"{shown(uri)}: {problem}")
    if problem.is_denied:
        return JobFailed(1401, key_denied(uri, "kms:Decrypt"))
    if problem.is_no_ciphertext:
        return JobFailed(
            1040,
            f"The encrypted data key of input [{number}] can't be decrypted. Specify the encrypted version of your "
            'data key, which AWS KMS must have encrypted with the encryption context {"service": '
            '"mediaconvert.amazonaws.com"}, and resubmit your job.',
        )
    return JobFailed(1404, input_message(uri, f"Decrypt failed: {problem.code}"))


def _replace(file: Path, how: Decryption, key: bytes, uri: str, watch: Watch) -> None:
    # A new file, not the same one: an object that is read twice is one file with two names.
    clear = file.with_name(f"{file.name}-clear")
    reserve(file.parent, file.stat().st_size)
    try:
        cipher.decrypt(file, clear, how.mode, key, base64.b64decode(how.vector), watch.check)
    except cipher.Garbled as problem:
        reason = (
            f"Decryption with {how.mode} failed. Check the decryption mode, the data key and the initialization vector"
        )
        raise JobFailed(1010, input_message(uri, reason)) from problem
    clear.replace(file)
