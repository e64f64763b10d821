"""What keys are for."""

import base64
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telecine.core.errors import ApiError

Aws = Any
Refused = Callable[..., tuple[str, str]]
CONTEXT = {"film": "7", "Film": "8"}


def test_what_is_encrypted_is_decrypted(kms: Any, key: str) -> None:
    """By the same encryption context, whether or not the request names the key."""
    kms.create_alias(AliasName="alias/films", TargetKeyId=key)
    sealed = kms.encrypt(KeyId="alias/films", Plaintext=b"secret", EncryptionContext=CONTEXT)
    opened = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=CONTEXT)
    named = kms.decrypt(CiphertextBlob=sealed["CiphertextBlob"], EncryptionContext=CONTEXT, KeyId="alias/films")

    assert (sealed["KeyId"], opened["KeyId"]) == (key, key)
    assert opened["Plaintext"] == named["Plaintext"] == b"secret"
    assert opened["KeyMaterialId"] == kms.describe_key(KeyId=key)["KeyMetadata"]["CurrentKeyMaterialId"]
    assert b"secret" not in sealed["CiphertextBlob"]


def test_another_context_opens_nothing(kms: Any, key: str, refused: Refused) -> None:
    """Nor one in which the values are changed round."""
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=CONTEXT)["CiphertextBlob"]

    for context in ({}, {"film": "7"}, {"film": "7", "Film": "9"}, {"film": "8", "Film": "7"}):
        assert refused(kms.decrypt, CiphertextBlob=blob, EncryptionContext=context)[0] == "InvalidCiphertextException"


def test_data_keys(kms: Any, key: str, refused: Refused) -> None:
    """Of the size that is asked for, in one way; without plaintext the ciphertext alone."""
    for asked, size in (({"KeySpec": "AES_256"}, 32), ({"KeySpec": "AES_128"}, 16), ({"NumberOfBytes": 1024}, 1024)):
        made = kms.generate_data_key(KeyId=key, EncryptionContext=CONTEXT, **asked)
        hidden = kms.generate_data_key_without_plaintext(KeyId=key, **asked)

        assert len(made["Plaintext"]) == size
        assert (
            kms.decrypt(CiphertextBlob=made["CiphertextBlob"], EncryptionContext=CONTEXT)["Plaintext"]
            == made["Plaintext"]
        )
        assert "Plaintext" not in hidden
        assert len(kms.decrypt(CiphertextBlob=hidden["CiphertextBlob"])["Plaintext"]) == size
    assert refused(kms.generate_data_key, KeyId=key)[0] == "ValidationException"
    assert refused(kms.generate_data_key, KeyId=key, KeySpec="AES_256", NumberOfBytes=32)[0] == "ValidationException"


def test_random_bytes(kms: Any, refused: Refused) -> None:
    """As many as are asked for."""
    assert len(kms.generate_random(NumberOfBytes=100)["Plaintext"]) == 100
    assert refused(kms.generate_random)[0] == "ValidationException"


def test_re_encrypting_moves_to_another_key_and_context(kms: Any, key: str, refused: Refused) -> None:
    """The old context opens it no more, and the new key is the one that it names."""
    other = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext={"a": "1"})["CiphertextBlob"]
    moved = kms.re_encrypt(
        CiphertextBlob=blob,
        SourceEncryptionContext={"a": "1"},
        DestinationKeyId=other,
        DestinationEncryptionContext={"b": "2"},
    )
    opened = kms.decrypt(CiphertextBlob=moved["CiphertextBlob"], EncryptionContext={"b": "2"}, KeyId=other)

    assert (moved["SourceKeyId"], moved["KeyId"]) == (key, other)
    assert opened["Plaintext"] == b"secret"
    old = {"CiphertextBlob": moved["CiphertextBlob"], "EncryptionContext": {"a": "1"}}
    assert refused(kms.decrypt, **old)[0] == "InvalidCiphertextException"


def test_a_key_that_is_named_must_be_the_right_one(kms: Any, key: str, refused: Refused) -> None:
    """IncorrectKeyException, whether or not the ciphertext's own key is there."""
    other = kms.create_key()["KeyMetadata"]["Arn"]
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    unknown = blob[:5] + bytes(16) + blob[21:]

    for ciphertext in (blob, unknown):
        assert refused(kms.decrypt, CiphertextBlob=ciphertext, KeyId=other)[0] == "IncorrectKeyException"
        move = {"CiphertextBlob": ciphertext, "SourceKeyId": other, "DestinationKeyId": key}
        assert refused(kms.re_encrypt, **move)[0] == "IncorrectKeyException"
    assert refused(kms.decrypt, CiphertextBlob=unknown)[0] == "AccessDeniedException"


def test_a_dry_run_goes_to_the_end_and_does_nothing(kms: Any, key: str, refused: Refused) -> None:
    """It ends in an error of its own, and before that in whatever else is wrong."""
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    for call, params in (
        (kms.encrypt, {"KeyId": key, "Plaintext": b"x"}),
        (kms.decrypt, {"CiphertextBlob": blob}),
        (kms.re_encrypt, {"CiphertextBlob": blob, "DestinationKeyId": key}),
        (kms.generate_data_key, {"KeyId": key, "KeySpec": "AES_256"}),
        (kms.generate_data_key_without_plaintext, {"KeyId": key, "KeySpec": "AES_256"}),
    ):
        assert refused(call, **params, DryRun=True)[0] == "DryRunOperationException"
    wrong = {"CiphertextBlob": blob, "EncryptionContext": {"a": "b"}}
    assert refused(kms.decrypt, **wrong, DryRun=True)[0] == "InvalidCiphertextException"


def test_what_is_not_supported_is_refused(kms: Any, key: str, refused: Refused) -> None:
    """Other algorithms, enclaves, contexts without end, tokens of no grant."""
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret")["CiphertextBlob"]
    algorithm = {"EncryptionAlgorithm": "RSAES_OAEP_SHA_256"}
    recipient = {"KeyEncryptionAlgorithm": "RSAES_OAEP_SHA_256", "AttestationDocument": b"x"}

    assert refused(kms.encrypt, KeyId=key, Plaintext=b"x", **algorithm)[0] == "InvalidKeyUsageException"
    assert refused(kms.decrypt, CiphertextBlob=blob, **algorithm)[0] == "InvalidKeyUsageException"
    assert refused(kms.decrypt, CiphertextBlob=blob, Recipient=recipient)[0] == "UnsupportedOperationException"
    assert refused(kms.decrypt, CiphertextBlob=blob, GrantTokens=["x"])[0] == "InvalidGrantTokenException"
    assert (
        refused(kms.encrypt, KeyId=key, Plaintext=b"x", EncryptionContext={"a": "b" * 8192})[0] == "ValidationException"
    )
    code, message = refused(kms.encrypt, KeyId=key, Plaintext=b"x" * 4097)
    assert (code, "xxxx" in message, "eHh4" in message) == ("ValidationException", False, False)
    assert refused(kms.decrypt)[0] == "ValidationException"


def test_changed_ciphertexts_are_refused(aws: Aws, kms: Any, key: str, refused: Refused) -> None:
    """Whatever bytes come, KMS answers with one of its errors, and never with a plaintext."""
    blob = kms.encrypt(KeyId=key, Plaintext=b"secret", EncryptionContext=CONTEXT)["CiphertextBlob"]

    @settings(max_examples=80, database=None)
    @given(
        st.one_of(
            st.binary(min_size=1, max_size=200),
            st.integers(0, len(blob) * 8 - 1).map(lambda bit: _flipped(blob, bit)),
            st.integers(1, len(blob) - 1).map(lambda size: blob[:size]),
            st.binary(min_size=1, max_size=20).map(lambda tail: blob + tail),
            st.binary(min_size=1, max_size=80).map(lambda tail: blob[:37] + tail),
        )
    )
    def check(ciphertext: bytes) -> None:
        with pytest.raises(ApiError) as caught:
            aws.api.ground.keys.decrypt(ciphertext, CONTEXT)

        assert caught.value.code in {"InvalidCiphertextException", "NotFoundException"}

    check()
    for ciphertext in (b"x", blob[:-1], blob + b"x", _flipped(blob, 8 * 70)):
        code, _ = refused(kms.decrypt, CiphertextBlob=ciphertext, EncryptionContext=CONTEXT)
        assert code == "InvalidCiphertextException"


def test_no_secret_reaches_the_audit_log(aws: Aws, kms: Any, key: str) -> None:
    """Neither plaintexts nor ciphertexts; but which key, and in which encryption context."""
    made = kms.generate_data_key(KeyId=key, KeySpec="AES_256", EncryptionContext={"film": "seven"})
    kms.encrypt(KeyId=key, Plaintext=b"the secret of the film")
    aws.api.ground.audit.close()
    log = "".join(path.read_text() for path in sorted((aws.folder / "audit").iterdir()))

    assert key in log
    assert "seven" in log
    for secret in (made["Plaintext"], made["CiphertextBlob"], b"the secret of the film"):
        assert base64.b64encode(secret).decode() not in log
        assert repr(secret)[2:-1] not in log


def _flipped(blob: bytes, bit: int) -> bytes:
    changed = bytearray(blob)
    changed[bit // 8] ^= 1 << bit % 8
    return bytes(changed)
