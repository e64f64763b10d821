"""Inputs encrypted before their upload: clear bytes or an error, never other bytes."""

import base64
import os
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import CBC, CTR
from cryptography.hazmat.primitives.padding import PKCS7
from hypothesis import given
from hypothesis import strategies as st

from telecine.engine import cipher
from telecine.engine.errors import AttemptStopped, JobFailed, StorageUnreachable
from telecine.engine.keys import KeyRefused, OtherRegion
from telecine.engine.steps.decrypt import decrypt
from telecine.media.settings import Decryption, DecryptionMode, Input
from telecine.testing.keys import KeyRing

CONTEXT = {"service": "mediaconvert.amazonaws.com"}
URI = "s3://in/film.mp4"
READ = (
    "Unable to open input file [s3://in/film.mp4]: [Failed probe/open: [Can't read input stream: [Failed to read data: "
)


def encrypt(mode: str, key: bytes, iv: bytes, data: bytes) -> bytes:
    """What a user's program makes of a film."""
    if mode == "AES_GCM":
        return AESGCM(key).encrypt(iv, data, None)
    if mode == "AES_CTR":
        context = Cipher(AES(key), CTR(iv + bytes(16 - len(iv)))).encryptor()
        return context.update(data) + context.finalize()
    padder = PKCS7(128).padder()
    context = Cipher(AES(key), CBC(iv)).encryptor()
    return context.update(padder.update(data) + padder.finalize()) + context.finalize()


def an_input(mode: str, blob: bytes, iv: bytes, region: str | None = None) -> Input:
    return Input(
        uri=URI,
        audio_selectors=(),
        rotation=Input.read({}).rotation,
        program=None,
        decryption=Decryption(
            mode=DecryptionMode(mode),
            encrypted_key=base64.b64encode(blob).decode(),
            vector=base64.b64encode(iv).decode(),
            region=region,
        ),
    )


@pytest.mark.parametrize("size", [0, 1, 16, 1024**2 - 1, 1024**2, 2 * 1024**2 + 17])
@pytest.mark.parametrize(
    ("mode", "iv_size"), [("AES_CTR", 16), ("AES_CTR", 12), ("AES_CBC", 16), ("AES_GCM", 16), ("AES_GCM", 12)]
)
def test_what_was_encrypted_is_there_in_clear(watched: Any, tmp_path: Path, mode: str, iv_size: int, size: int) -> None:
    """Every mode, vector and size of key gives back every byte, and an input beside it stays as it is."""
    ring, data, iv = KeyRing(), os.urandom(size), os.urandom(iv_size)
    key = os.urandom((16, 24, 32)[size % 3])
    (tmp_path / "input-0").write_bytes(encrypt(mode, key, iv, data))
    (tmp_path / "input-1").write_bytes(b"not encrypted")
    plain = replace(an_input(mode, b"", iv), decryption=None)
    inputs = [an_input(mode, ring.seal(key, CONTEXT), iv), plain]
    decrypt(ring, inputs, ["input-0", "input-1"], tmp_path, watched.watch)
    assert (tmp_path / "input-0").read_bytes() == data
    assert (tmp_path / "input-1").read_bytes() == b"not encrypted"
    assert sorted(file.name for file in tmp_path.iterdir()) == ["input-0", "input-1"]


def test_the_counter_is_as_nist_has_it(tmp_path: Path) -> None:
    """The vector of SP 800-38A, F.5.1: our CTR is everybody's."""
    (tmp_path / "c").write_bytes(bytes.fromhex("874d6191b620e3261bef6864990db6ce"))
    key, iv = bytes.fromhex("2b7e151628aed2a6abf7158809cf4f3c"), bytes(range(0xF0, 0x100))
    cipher.decrypt(tmp_path / "c", tmp_path / "p", DecryptionMode.CTR, key, iv, lambda: None)
    assert (tmp_path / "p").read_bytes().hex() == "6bc1bee22e409f96e93d7e117393172a"


@given(data=st.data())
def test_a_film_that_was_changed_is_never_decrypted_with_gcm(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """A flipped bit anywhere, a lost or a further byte: an error, never a film."""
    folder = tmp_path_factory.mktemp("gcm")
    made = bytearray(encrypt("AES_GCM", b"k" * 32, b"i" * 12, b"film" * 9))
    change = data.draw(st.sampled_from(["flip", "cut", "grow"]))
    if change == "flip":
        made[data.draw(st.integers(0, len(made) - 1))] ^= 1 << data.draw(st.integers(0, 7))
    elif change == "cut":
        del made[data.draw(st.integers(0, len(made) - 1)) :]
    else:
        made += data.draw(st.binary(min_size=1, max_size=40))
    (folder / "c").write_bytes(made)
    with pytest.raises(cipher.Garbled):
        cipher.decrypt(folder / "c", folder / "p", DecryptionMode.GCM, b"k" * 32, b"i" * 12, lambda: None)


@pytest.mark.parametrize("length", [0, 15, 17])
def test_what_is_no_number_of_blocks_is_not_cbc(failure: Callable[..., JobFailed], tmp_path: Path, length: int) -> None:
    """The job ends in 1010, which names the mode and what to look at."""
    (tmp_path / "input-0").write_bytes(bytes(length))
    ring = KeyRing()
    found = failure(ring, an_input("AES_CBC", ring.seal(b"k" * 16, CONTEXT), b"i" * 16))
    assert found.code == 1010
    assert found.message == (
        f"{READ}Decryption with AES_CBC failed. Check the decryption mode, the data key and the initialization vector]]]"
    )


@pytest.fixture
def failure(watched: Any, tmp_path: Path) -> Callable[..., JobFailed]:
    """Decrypts one input and gives the error with which that ends."""

    def run(ring: KeyRing, given: Input) -> JobFailed:
        (tmp_path / "input-0").touch()
        with pytest.raises(JobFailed) as caught:
            decrypt(ring, [given], ["input-0"], tmp_path, watched.watch)
        return caught.value

    return run


IV = b"i" * 16


@pytest.mark.parametrize(
    ("problem", "code", "message"),
    [
        (KeyRefused("AccessDeniedException"), 1401,
         f"{READ}Access denied to [{URI}]: the role you provided is not authorized to perform kms:Decrypt]]]"),
        (KeyRefused("DisabledException"), 1404, f"{READ}Decrypt failed: DisabledException]]]"),
        (KeyRefused("NotFoundException"), 1404, f"{READ}Decrypt failed: NotFoundException]]]"),
        (OtherRegion("KMS of this server is in us-east-1, not in eu-west-1"), 1040,
         "The data key of input [1] can't be decrypted: KMS of this server is in us-east-1, not in eu-west-1. "
         "Encrypt your data key with a key of this server, and resubmit your job."),
    ],
)  # fmt: skip
def test_a_key_that_is_not_opened_is_an_error(
    failure: Callable[..., JobFailed], problem: Exception, code: int, message: str
) -> None:
    """Whatever KMS says, the job says it with MediaConvert's code, and names what is wrong."""
    ring = KeyRing()
    ring.refuse = lambda _blob: problem
    found = failure(ring, an_input("AES_CTR", b"blob", IV))
    assert (found.code, found.message) == (code, message)


@pytest.mark.parametrize("context", [None, {}, {"service": "s3.amazonaws.com"}])
def test_a_key_in_clear_or_for_another_context_is_an_error(
    failure: Callable[..., JobFailed], context: dict[str, str] | None
) -> None:
    """A plaintext key, or one encrypted without MediaConvert's context, ends the job with 1040."""
    ring = KeyRing()
    blob = b"k" * 32 if context is None else ring.seal(b"k" * 32, context)
    found = failure(ring, an_input("AES_CTR", blob, IV))
    assert found.code == 1040
    assert '{"service": "mediaconvert.amazonaws.com"}' in found.message


def test_a_key_of_another_size_is_an_error(failure: Callable[..., JobFailed]) -> None:
    """AES has keys of three sizes."""
    ring = KeyRing()
    found = failure(ring, an_input("AES_CTR", ring.seal(b"k" * 8, CONTEXT), IV))
    assert (found.code, found.message.split(".")[0]) == (1040, "The data key of input [1] has 64 bits")


def test_silence_is_not_the_jobs_fault(watched: Any, tmp_path: Path) -> None:
    """A KMS that does not answer ends the attempt and not the job."""
    ring = KeyRing()
    ring.refuse = lambda _blob: KeyRefused("NoAnswer")
    with pytest.raises(StorageUnreachable):
        decrypt(ring, [an_input("AES_CTR", b"blob", IV)], ["input-0"], tmp_path, watched.watch)


def test_stop(watched: Any, tmp_path: Path) -> None:
    """A canceled job decrypts no further."""
    ring = KeyRing()
    watched.stop = True
    (tmp_path / "input-0").write_bytes(b"film")
    with pytest.raises(AttemptStopped):
        decrypt(ring, [an_input("AES_CTR", ring.seal(b"k" * 16, CONTEXT), IV)], ["input-0"], tmp_path, watched.watch)
