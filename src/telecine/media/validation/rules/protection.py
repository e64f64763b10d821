"""Rules of encryption: how outputs are kept, how inputs were encrypted before their upload, and content protection
(DRM).

Sources: the members' documentation in MediaConvert's service model; user guide, "Implementing server-side
encryption", "Implementing client-side encryption" and `encrypting-content` (which groups, which codecs, static key or
SPEKE). IV and static key are 32 characters by the model's own patterns.
"""

import base64
import binascii
import json
from collections.abc import Iterator, Sequence

from telecine.media.settings import Structure, fields
from telecine.media.settings.destinations import Encryption
from telecine.media.settings.inputs import DecryptionMode
from telecine.media.validation.tree import Finding, Rule, Rules, inside
from telecine.media.validation.words import at, depends, must_be, needs, required

_KMS_ALONE = ("KmsKeyArn", "KmsEncryptionContext")
_SHORT = 16
"""How long twelve bytes are in base64, which only the counter modes take."""


def _kept(own: Structure) -> Iterator[Finding]:
    """`S3EncryptionSettings`: a key and a context are for KMS alone."""
    kind = fields.text(own, "EncryptionType", "")
    asked = [member for member in _KMS_ALONE if own.get(member) is not None]
    if asked and not kind:
        yield required("EncryptionType")
    elif asked and kind != Encryption.KMS:
        yield depends(asked[0])
        yield must_be("EncryptionType", Encryption.KMS)
    context = fields.maybe_text(own, "KmsEncryptionContext")
    if context is not None and not _is_context(context):
        message = "Should be a base64-encoded UTF-8 string holding JSON which represents a string-string map"
        yield at("KmsEncryptionContext"), message


def _encrypted_input(own: Structure) -> Iterator[Finding]:
    """`InputDecryptionSettings`: mode, key and vector, or nothing at all."""
    if not any(value is not None for value in own.values()):
        return  # they ask for nothing
    for member in ("DecryptionMode", "EncryptedDecryptionKey", "InitializationVector"):
        if own.get(member) is None:
            yield required(member)
    vector = fields.maybe_text(own, "InitializationVector")
    if fields.text(own, "DecryptionMode", "") == DecryptionMode.CBC and vector is not None and len(vector) == _SHORT:
        yield at("InitializationVector"), "Should be 16 bytes, encoded in base64, when decryptionMode is AES_CBC"
    key = fields.maybe_text(own, "EncryptedDecryptionKey")
    if key is not None and not _is_base64(key):
        yield at("EncryptedDecryptionKey"), "Should be encoded in base64"


def _is_base64(text: str) -> bool:
    try:
        base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError):  # no base64, no ASCII
        return False
    return True


def _is_context(text: str) -> bool:
    try:
        value = json.loads(base64.b64decode(text, validate=True).decode())
    except (binascii.Error, ValueError):  # no base64, no UTF-8, no JSON
        return False
    return isinstance(value, dict) and all(isinstance(one, str) for one in value.values())


_PROVIDERS = {"SPEKE": "SpekeKeyProvider", "STATIC_KEY": "StaticKeyProvider"}


def _key_provider(own: Structure) -> Iterator[Finding]:
    """HLS and CMAF: the key is static, or comes from a server that speaks SPEKE."""
    if not any(value is not None for value in own.values()):
        return
    kind = own.get("Type")
    if kind is None:
        yield required("Type")
        return
    for value, block in _PROVIDERS.items():
        if value == kind and own.get(block) is None:
            yield required(block)
        elif value != kind and own.get(block) is not None:
            yield depends(block)
            yield must_be("Type", value)


def _speke_only(own: Structure) -> Sequence[Finding]:
    """DASH and Smooth Streaming take their keys from a SPEKE server alone."""
    is_asked = any(value is not None for value in own.values())
    return [required("SpekeKeyProvider")] if is_asked and own.get("SpekeKeyProvider") is None else ()


def _speke(*identifiers: str) -> Rule:
    """A SPEKE server is asked for a resource at its URL, for at least one DRM system."""

    def check(own: Structure) -> Iterator[Finding]:
        for member in ("ResourceId", "Url"):
            if not own.get(member):
                yield required(member)
        if not any(own.get(member) for member in identifiers):
            yield required(identifiers[0])

    return check


def _systems(block: str, most: int) -> Rule:
    """How many DRM systems a group can signal."""

    def check(own: Structure) -> Sequence[Finding]:
        named = fields.items(inside(own, block), "SystemIds")
        return [(at(block, "SystemIds"), f"Should have at most {most} items")] if len(named) > most else ()

    return check


def _signaled(own: Structure) -> Iterator[Finding]:
    for member in ("DashSignaledSystemIds", "HlsSignaledSystemIds"):
        if len(fields.items(own, member)) > 3:
            yield at(member), "Should have at most 3 items"


RULES: Rules = {
    "S3EncryptionSettings": (_kept,),
    "InputDecryptionSettings": (_encrypted_input,),
    "HlsEncryptionSettings": (_key_provider, _systems("SpekeKeyProvider", 3)),
    "CmafEncryptionSettings": (_key_provider,),
    "DashIsoEncryptionSettings": (_speke_only, _systems("SpekeKeyProvider", 2)),
    "MsSmoothEncryptionSettings": (_speke_only, _systems("SpekeKeyProvider", 1)),
    "SpekeKeyProvider": (_speke("SystemIds"),),
    "SpekeKeyProviderCmaf": (_speke("DashSignaledSystemIds", "HlsSignaledSystemIds"), _signaled),
    "StaticKeyProvider": (lambda own: [required("StaticKeyValue")] if own.get("StaticKeyValue") is None else (),),
    "EncryptionContractConfiguration": (
        needs("SpekeAudioPreset", "SHARED", SpekeVideoPreset="SHARED"),
        needs("SpekeVideoPreset", "SHARED", SpekeAudioPreset="SHARED"),
    ),
}
