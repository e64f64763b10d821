"""How S3 is to keep what an output group writes."""

from dataclasses import dataclass
from enum import StrEnum

from telecine.media.settings import fields
from telecine.media.settings.fields import Structure


class Encryption(StrEnum):
    """`S3ServerSideEncryptionType`: who keeps the key of the keys."""

    S3 = "SERVER_SIDE_ENCRYPTION_S3"
    KMS = "SERVER_SIDE_ENCRYPTION_KMS"


@dataclass(frozen=True, kw_only=True, slots=True)
class S3Destination:
    """`S3DestinationSettings`. None everywhere: nothing is asked for, and the bucket decides."""

    encryption: Encryption | None
    kms_key_arn: str | None
    """None: the account's AWS managed key for S3."""
    kms_context: str | None
    """Base64 of a JSON object of strings, as S3's header wants it."""
    canned_acl: str | None
    """`PUBLIC_READ`, `AUTHENTICATED_READ`, `BUCKET_OWNER_READ` or `BUCKET_OWNER_FULL_CONTROL`."""
    storage_class: str | None
    """As S3 spells it."""

    @classmethod
    def read(cls, raw: Structure) -> "S3Destination":
        """From a group's `DestinationSettings`."""
        own = fields.child(raw, "S3Settings")
        encryption = fields.child(own, "Encryption")
        kind = fields.maybe_text(encryption, "EncryptionType")
        return cls(
            encryption=None if kind is None else Encryption(kind),
            kms_key_arn=fields.maybe_text(encryption, "KmsKeyArn"),
            kms_context=fields.maybe_text(encryption, "KmsEncryptionContext"),
            canned_acl=fields.maybe_text(fields.child(own, "AccessControl"), "CannedAcl"),
            storage_class=fields.maybe_text(own, "StorageClass"),
        )
