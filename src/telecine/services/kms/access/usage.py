"""Rows of what keys are for: encrypting and decrypting."""

from collections.abc import Sequence

from telecine.core.errors import ApiError
from telecine.services.contract import Call, Need, Needs, Params
from telecine.services.kms import errors
from telecine.services.kms.access.keys import given_key, key_of
from telecine.services.kms.crypto import Keys
from telecine.services.kms.crypto.lookup import requested_alias
from telecine.services.kms.model import Key


def encrypting(operation: str) -> Needs[Keys]:
    """The row of an operation that encrypts with the key that `KeyId` names."""

    def needs(face: Keys, call: Call, params: Params) -> Sequence[Need]:
        given = given_key(params, "KeyId")
        return (
            face.need(
                f"kms:{operation}",
                key_of(face, call, given),
                call.caller,
                encryption_context=params.get("EncryptionContext") or {},
                alias=requested_alias(given),
            ),
        )

    return needs


def decrypt(face: Keys, call: Call, params: Params) -> Sequence[Need]:
    """On the key that the request names, else on the one that the ciphertext names."""
    key, alias = _source(face, call, params, "KeyId")
    context = params.get("EncryptionContext") or {}
    return (face.need("kms:Decrypt", key, call.caller, encryption_context=context, alias=alias),)


def re_encrypt(face: Keys, call: Call, params: Params) -> Sequence[Need]:
    """kms:ReEncryptFrom on one key, kms:ReEncryptTo on the other (KMS API reference, "ReEncrypt")."""
    source, alias = _source(face, call, params, "SourceKeyId")
    given = given_key(params, "DestinationKeyId")
    destination = key_of(face, call, given)
    on_same_key = {"kms:ReEncryptOnSameKey": "true" if source.id == destination.id else "false"}
    return (
        face.need(
            "kms:ReEncryptFrom",
            source,
            call.caller,
            encryption_context=params.get("SourceEncryptionContext") or {},
            alias=alias,
            context=on_same_key,
        ),
        face.need(
            "kms:ReEncryptTo",
            destination,
            call.caller,
            encryption_context=params.get("DestinationEncryptionContext") or {},
            alias=requested_alias(given),
            context=on_same_key,
        ),
    )


def _source(face: Keys, call: Call, params: Params, member: str) -> tuple[Key, str | None]:
    """The key that is to decrypt, and the alias by which the request names it.

    A key that only the ciphertext names, and that is not there, is answered as one that the caller may not use: who
    sends such ciphertexts learns of no key whether it exists.
    """
    given = given_key(params, member)
    if given:
        return key_of(face, call, given), requested_alias(given)
    blob = params.get("CiphertextBlob")
    if not isinstance(blob, bytes):
        raise errors.missing("ciphertextBlob")
    try:
        return face.key_of(blob), None
    except ApiError as problem:
        if problem.code != "NotFoundException":
            raise
        raise errors.ciphertext_of_unknown_key() from problem
