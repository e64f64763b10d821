"""Typed, read-only views over a job's `Settings`, and the only place that knows a setting's default.

`read(settings)` gives the whole job; equal views mean equal work, so that what two outputs share is made once.
"""

from dataclasses import dataclass

from telecine.media.settings import fields
from telecine.media.settings.audio import AudioDescription, CodingMode
from telecine.media.settings.destinations import Encryption, S3Destination
from telecine.media.settings.fields import Structure
from telecine.media.settings.groups import (
    GroupType,
    Hls,
    Mp4,
    Output,
    OutputGroup,
    SegmentLengthControl,
    TransportStream,
)
from telecine.media.settings.inputs import AudioSelector, Decryption, DecryptionMode, Input, Rotation
from telecine.media.settings.video import (
    H264,
    GopUnits,
    Profile,
    QualityTuning,
    Quantization,
    RateControl,
    Scaling,
    SceneChange,
    VideoDescription,
)

__all__ = [
    "H264", "AudioDescription", "AudioSelector", "CodingMode", "Decryption", "DecryptionMode", "Encryption",
    "GopUnits", "GroupType", "Hls", "Input", "Job", "Mp4", "Output", "OutputGroup", "Profile", "QualityTuning",
    "Quantization", "RateControl", "Rotation", "S3Destination", "Scaling", "SceneChange", "SegmentLengthControl",
    "Structure", "TransportStream", "VideoDescription", "read",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True, slots=True)
class Job:
    """`JobSettings`."""

    inputs: tuple[Input, ...]
    groups: tuple[OutputGroup, ...]


def read(settings: Structure) -> Job:
    """The views of a job's `Settings` that `media.validation.check` has found nothing wrong with."""
    return Job(
        inputs=tuple(Input.read(raw) for raw in fields.children(settings, "Inputs")),
        groups=tuple(OutputGroup.read(raw) for raw in fields.children(settings, "OutputGroups")),
    )
