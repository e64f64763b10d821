"""What a finished attempt has made."""

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputOutcome:
    """One finished output, for the job record and the COMPLETE event."""

    duration_ms: int
    width: int | None
    height: int | None
    average_bitrate: int | None
    """Bits a second of the video, None without video."""
    file_paths: tuple[str, ...]
    """`s3://…` of the media file, or of the child playlist for HLS."""
    pricing: Mapping[str, str] = field(default_factory=dict)
    """What its minutes count as (`media.pricing.Dimensions`); empty in records of earlier releases."""


@dataclass(frozen=True, kw_only=True, slots=True)
class GroupOutcome:
    """One finished output group."""

    type: str
    """`FILE_GROUP` or `HLS_GROUP`, as events name it."""
    outputs: tuple[OutputOutcome, ...]
    playlist_paths: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True, slots=True)
class Outcome:
    """What a finished attempt hands over."""

    groups: tuple[GroupOutcome, ...]
    warnings: tuple[tuple[int, int], ...] = ()
    """(code, count) pairs, as MediaConvert numbers its warnings."""
