"""Encrypt, Decrypt, ReEncrypt, GenerateDataKey, GenerateDataKeyWithoutPlaintext, GenerateRandom."""

from telecine.services.contract import Call, Params, Result
from telecine.services.kms import errors
from telecine.services.kms.crypto import Keys
from telecine.services.kms.model import ALGORITHM, DataKey, Key
from telecine.services.kms.operations import parameters

_BYTES = {"AES_128": 16, "AES_256": 32}


def encrypt(face: Keys, call: Call, params: Params) -> Result:
    key = _usable(face, call, params, "kms:Encrypt")
    _check_algorithm(key, params, "EncryptionAlgorithm")
    made = face.encrypt(key, params["Plaintext"], parameters.encryption_context(params))
    parameters.finish(params)
    return {"CiphertextBlob": made.blob, "KeyId": made.key.arn, "EncryptionAlgorithm": ALGORITHM}


def decrypt(face: Keys, call: Call, params: Params) -> Result:
    """Raises IncorrectKeyException when the key that the request names is not the ciphertext's."""
    parameters.refuse("Decrypt", params, "DryRunModifiers", "Recipient")
    _check_ciphertext(params)
    _check_tokens(face, params)
    _check_algorithm(_source(face, call, params, "KeyId", "kms:Decrypt"), params, "EncryptionAlgorithm")
    found = face.decrypt(params["CiphertextBlob"], parameters.encryption_context(params))
    parameters.finish(params)
    return {
        "KeyId": found.key.arn,
        "Plaintext": found.plaintext,
        "EncryptionAlgorithm": ALGORITHM,
        "KeyMaterialId": found.material_id,
    }


def re_encrypt(face: Keys, call: Call, params: Params) -> Result:
    """The plaintext does not leave the service. Raises as `decrypt`."""
    parameters.refuse("ReEncrypt", params, "DryRunModifiers")
    _check_ciphertext(params)
    _check_tokens(face, params)
    source = _source(face, call, params, "SourceKeyId", "kms:ReEncryptFrom")
    destination = parameters.decided(face, call, params, "kms:ReEncryptTo", "DestinationKeyId")
    _check_algorithm(source, params, "SourceEncryptionAlgorithm")
    _check_algorithm(destination, params, "DestinationEncryptionAlgorithm")
    found = face.decrypt(
        params["CiphertextBlob"],
        parameters.encryption_context(params, "SourceEncryptionContext"),
        operation="ReEncryptFrom",
    )
    made = face.encrypt(
        destination,
        found.plaintext,
        parameters.encryption_context(params, "DestinationEncryptionContext"),
        operation="ReEncryptTo",
    )
    parameters.finish(params)
    return {
        "CiphertextBlob": made.blob,
        "SourceKeyId": found.key.arn,
        "KeyId": made.key.arn,
        "SourceEncryptionAlgorithm": ALGORITHM,
        "DestinationEncryptionAlgorithm": ALGORITHM,
        "SourceKeyMaterialId": found.material_id,
        "DestinationKeyMaterialId": made.material_id,
    }


def generate_data_key(face: Keys, call: Call, params: Params) -> Result:
    parameters.refuse("GenerateDataKey", params, "Recipient")
    made = _data_key(face, call, params, "kms:GenerateDataKey")
    return {**_without_plaintext(made), "Plaintext": made.plaintext}


def generate_data_key_without_plaintext(face: Keys, call: Call, params: Params) -> Result:
    return _without_plaintext(_data_key(face, call, params, "kms:GenerateDataKeyWithoutPlaintext"))


def generate_random(face: Keys, _call: Call, params: Params) -> Result:
    parameters.refuse("GenerateRandom", params, "CustomKeyStoreId", "Recipient")
    if "NumberOfBytes" not in params:
        raise errors.missing("numberOfBytes")
    return {"Plaintext": face.random(params["NumberOfBytes"])}


def _data_key(face: Keys, call: Call, params: Params, action: str) -> DataKey:
    if ("KeySpec" in params) is ("NumberOfBytes" in params):
        raise errors.validation("Please specify either number of bytes or key spec.")
    size = params.get("NumberOfBytes") or _BYTES[params["KeySpec"]]
    made = face.generate_data_key(_usable(face, call, params, action), parameters.encryption_context(params), size)
    parameters.finish(params)
    return made


def _without_plaintext(made: DataKey) -> dict[str, object]:
    return {"CiphertextBlob": made.blob, "KeyId": made.key.arn, "KeyMaterialId": made.material_id}


def _usable(face: Keys, call: Call, params: Params, action: str) -> Key:
    _check_tokens(face, params)
    return parameters.decided(face, call, params, action)


def _source(face: Keys, call: Call, params: Params, member: str, action: str) -> Key:
    """The key that the ciphertext names, which must be the one that the request names, if it names one."""
    blob = params["CiphertextBlob"]
    if member not in params:
        return face.key_of(blob)
    key = parameters.decided(face, call, params, action, member)
    # Whether there is another key that the ciphertext names is not told.
    if face.key_id_of(blob) != key.id:
        raise errors.incorrect_key()
    return key


def _check_ciphertext(params: Params) -> None:
    if "CiphertextBlob" not in params:
        raise errors.missing("ciphertextBlob")


def _check_tokens(face: Keys, params: Params) -> None:
    face.grants.check_tokens(params.get("GrantTokens") or ())


def _check_algorithm(key: Key, params: Params, member: str) -> None:
    asked = params.get(member, ALGORITHM)
    if asked != ALGORITHM:
        raise errors.invalid_key_usage(key.arn, asked)
