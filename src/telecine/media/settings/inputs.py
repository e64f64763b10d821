"""What is read: inputs and their selectors."""

from dataclasses import dataclass
from enum import StrEnum

from telecine.media.settings import fields
from telecine.media.settings.fields import Structure


class Rotation(StrEnum):
    NONE = "DEGREE_0"
    RIGHT = "DEGREES_90"
    HALF = "DEGREES_180"
    LEFT = "DEGREES_270"
    AUTO = "AUTO"


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioSelector:
    """`AudioSelector`, with its name and place in the input's map."""

    name: str
    number: int
    """Counted from 1, by the number in its name (`Audio Selector 2`), else by its place."""
    tracks: tuple[int, ...]
    """Counted from 1 over the input's audio tracks; empty: the first."""
    is_default: bool
    offset_ms: int
    """How much later the audio is heard."""

    @classmethod
    def read(cls, name: str, place: int, raw: Structure) -> "AudioSelector":
        last = name.rsplit(" ", 1)[-1]
        return cls(
            name=name,
            number=int(last) if last.isascii() and last.isdigit() else place,
            tracks=fields.integers(raw, "Tracks"),
            is_default=fields.text(raw, "DefaultSelection", "NOT_DEFAULT") == "DEFAULT",
            offset_ms=fields.integer(raw, "Offset", 0),
        )


class DecryptionMode(StrEnum):
    CTR = "AES_CTR"
    CBC = "AES_CBC"
    GCM = "AES_GCM"


@dataclass(frozen=True, kw_only=True, slots=True)
class Decryption:
    """`InputDecryptionSettings`: how a file was encrypted before its upload."""

    mode: DecryptionMode
    encrypted_key: str
    """The data key as KMS has encrypted it, in base64."""
    vector: str
    """The initialization vector in base64: 16 bytes, or 12 with GCM and CTR."""
    region: str | None
    """Of the KMS that encrypted the key; None: the job's own."""

    @classmethod
    def read(cls, raw: Structure) -> "Decryption":
        return cls(
            mode=DecryptionMode(fields.text(raw, "DecryptionMode", "")),
            encrypted_key=fields.text(raw, "EncryptedDecryptionKey", ""),
            vector=fields.text(raw, "InitializationVector", ""),
            region=fields.maybe_text(raw, "KmsKeyRegion"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Input:
    """`Input`."""

    uri: str
    audio_selectors: tuple[AudioSelector, ...]
    rotation: Rotation
    program: int | None
    """Of a transport stream; None: the first."""
    decryption: Decryption | None
    """None: the file is not encrypted, or S3 decrypts it."""

    @classmethod
    def read(cls, raw: Structure) -> "Input":
        video = fields.child(raw, "VideoSelector")
        selectors = fields.child(raw, "AudioSelectors")
        decryption = fields.child(raw, "DecryptionSettings")
        program = fields.maybe_integer(raw, "ProgramNumber") or fields.maybe_integer(video, "ProgramNumber") or None
        return cls(
            uri=fields.text(raw, "FileInput", ""),
            audio_selectors=tuple(
                AudioSelector.read(name, place, fields.child(selectors, name))
                for place, name in enumerate(selectors, start=1)
            ),
            rotation=fields.choice(video, "Rotate", Rotation.NONE),
            program=program,
            decryption=Decryption.read(decryption) if decryption else None,
        )
