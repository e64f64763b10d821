"""Rules between the settings of encryption: how outputs are kept, and how inputs were encrypted before their upload.

Sources: the members' documentation in MediaConvert's service model; user guide, "Implementing server-side encryption"
and "Implementing client-side encryption".
"""

import base64
import binascii
import json
from collections.abc import Iterator

from telecine.media.settings import Structure, fields
from telecine.media.settings.destinations import Encryption
from telecine.media.settings.inputs import DecryptionMode
from telecine.media.validation.issue import Issue, wire_name

_KMS_ALONE = ("KmsKeyArn", "KmsEncryptionContext")
_SHORT = 16
"""How long twelve bytes are in base64, which only the counter modes take."""


def destination(own: Structure, at: str) -> Iterator[Issue]:
    """What is wrong with the encryption in a group's `DestinationSettings`, which stand at `at`."""
    encryption = fields.child(fields.child(own, "S3Settings"), "Encryption")
    path = f"{at}/s3Settings/encryption"
    kind = fields.text(encryption, "EncryptionType", "")
    asked = [member for member in _KMS_ALONE if encryption.get(member) is not None]
    if asked and not kind:
        yield Issue(path=path, message="encryptionType is a required property")
    elif asked and kind != Encryption.KMS:
        yield Issue(
            path=f"{path}/{wire_name(asked[0])}",
            message="Should match all dependencies: See other errors for more details",
        )
        yield Issue(path=f"{path}/encryptionType", message=f"Must be {Encryption.KMS}")
    context = fields.maybe_text(encryption, "KmsEncryptionContext")
    if context is not None and not _is_context(context):
        message = "Should be a base64-encoded UTF-8 string holding JSON which represents a string-string map"
        yield Issue(path=f"{path}/kmsEncryptionContext", message=message)


def source(own: Structure, at: str) -> Iterator[Issue]:
    """What is wrong with the `DecryptionSettings` of an input, which stand at `at`."""
    if not any(value is not None for value in own.values()):
        return  # they ask for nothing
    for member in ("DecryptionMode", "EncryptedDecryptionKey", "InitializationVector"):
        if own.get(member) is None:
            yield Issue(path=at, message=f"{wire_name(member)} is a required property")
    vector = fields.maybe_text(own, "InitializationVector")
    if fields.text(own, "DecryptionMode", "") == DecryptionMode.CBC and vector is not None and len(vector) == _SHORT:
        message = "Should be 16 bytes, encoded in base64, when decryptionMode is AES_CBC"
        yield Issue(path=f"{at}/initializationVector", message=message)
    key = fields.maybe_text(own, "EncryptedDecryptionKey")
    if key is not None and not _is_base64(key):
        yield Issue(path=f"{at}/encryptedDecryptionKey", message="Should be encoded in base64")


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except binascii.Error:
        return False
    return True


def _is_context(text: str) -> bool:
    try:
        value = json.loads(base64.b64decode(text, validate=True).decode())
    except (binascii.Error, ValueError):  # no base64, no UTF-8, no JSON
        return False
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())
