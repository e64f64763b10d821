"""What is written: output groups, their outputs and containers."""

from dataclasses import dataclass
from enum import StrEnum

from telecine.media.settings import fields
from telecine.media.settings.audio import AudioDescription
from telecine.media.settings.destinations import S3Destination
from telecine.media.settings.fields import Structure
from telecine.media.settings.video import VideoDescription


class GroupType(StrEnum):
    FILE = "FILE_GROUP_SETTINGS"
    HLS = "HLS_GROUP_SETTINGS"


class SegmentLengthControl(StrEnum):
    EXACT = "EXACT"
    GOP_MULTIPLE = "GOP_MULTIPLE"


@dataclass(frozen=True, kw_only=True, slots=True)
class Mp4:
    """`Mp4Settings`."""

    is_index_first: bool
    """MoovPlacement PROGRESSIVE_DOWNLOAD: players can begin before they have the whole file."""
    has_negative_offsets: bool
    """CslgAtom INCLUDE: composition times begin at zero and B-frames have negative offsets."""
    major_brand: str | None

    @classmethod
    def read(cls, raw: Structure) -> "Mp4":
        return cls(
            is_index_first=fields.text(raw, "MoovPlacement", "PROGRESSIVE_DOWNLOAD") == "PROGRESSIVE_DOWNLOAD",
            has_negative_offsets=fields.text(raw, "CslgAtom", "EXCLUDE") == "INCLUDE",
            major_brand=fields.maybe_text(raw, "Mp4MajorBrand"),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class TransportStream:
    """`M3u8Settings`: the transport stream of HLS segments. The identifiers' defaults are the console's."""

    pmt_pid: int
    video_pid: int
    audio_pids: tuple[int, ...]
    program_number: int
    stream_id: int
    table_interval_ms: int
    """Longest time between two program tables; 0: the muxer's own."""
    audio_frames_per_pes: int
    """About how many AAC frames share one PES packet."""
    start_ms: int
    """Presentation time of the first frame: "at least two seconds" when MediaConvert chooses."""

    @classmethod
    def read(cls, raw: Structure) -> "TransportStream":
        mode = fields.text(raw, "PtsOffsetMode", "AUTO")
        offset = fields.integer(raw, "PtsOffset", 2)
        pat = fields.integer(raw, "PatInterval", 0)
        pmt = fields.integer(raw, "PmtInterval", 0)
        return cls(
            pmt_pid=fields.integer(raw, "PmtPid", 480),
            video_pid=fields.integer(raw, "VideoPid", 481),
            audio_pids=fields.integers(raw, "AudioPids") or tuple(range(482, 493)),
            program_number=fields.integer(raw, "ProgramNumber", 1),
            stream_id=fields.integer(raw, "TransportStreamId", 1),
            table_interval_ms=min(value for value in (pat, pmt) if value) if pat or pmt else 0,
            audio_frames_per_pes=fields.integer(raw, "AudioFramesPerPes", 4) or 4,
            start_ms={"SECONDS": offset * 1000, "MILLISECONDS": offset}.get(mode, 2000),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Output:
    """`Output`."""

    name_modifier: str
    extension: str | None
    segment_modifier: str
    video: VideoDescription | None
    audio: tuple[AudioDescription, ...]
    mp4: Mp4
    transport_stream: TransportStream

    @classmethod
    def read(cls, raw: Structure) -> "Output":
        container = fields.child(raw, "ContainerSettings")
        hls = fields.child(fields.child(raw, "OutputSettings"), "HlsSettings")
        video = fields.maybe_child(raw, "VideoDescription")
        return cls(
            name_modifier=fields.text(raw, "NameModifier", ""),
            extension=fields.maybe_text(raw, "Extension"),
            segment_modifier=fields.text(hls, "SegmentModifier", ""),
            video=None if video is None else VideoDescription.read(video),
            audio=tuple(AudioDescription.read(audio) for audio in fields.children(raw, "AudioDescriptions")),
            mp4=Mp4.read(fields.child(container, "Mp4Settings")),
            transport_stream=TransportStream.read(fields.child(container, "M3u8Settings")),
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class Hls:
    """`HlsGroupSettings`."""

    segment_seconds: int
    segment_length_control: SegmentLengthControl
    is_single_file: bool
    has_float_durations: bool
    has_resolution: bool
    is_target_duration_legacy: bool
    """Rounded up always; otherwise to the nearest whole second."""
    is_cache_allowed: bool
    says_no_captions: bool
    """`CLOSED-CAPTIONS=NONE` on each stream."""
    base_url: str
    has_playlists: bool
    """False: segments alone (OutputSelection SEGMENTS_ONLY)."""

    @classmethod
    def read(cls, raw: Structure) -> "Hls":
        return cls(
            segment_seconds=fields.integer(raw, "SegmentLength", 10),
            segment_length_control=fields.choice(raw, "SegmentLengthControl", SegmentLengthControl.EXACT),
            is_single_file=fields.text(raw, "SegmentControl", "SEGMENTED_FILES") == "SINGLE_FILE",
            has_float_durations=fields.text(raw, "ManifestDurationFormat", "FLOATING_POINT") == "FLOATING_POINT",
            has_resolution=fields.text(raw, "StreamInfResolution", "INCLUDE") == "INCLUDE",
            is_target_duration_legacy=fields.text(raw, "TargetDurationCompatibilityMode", "LEGACY") == "LEGACY",
            is_cache_allowed=fields.text(raw, "ClientCache", "ENABLED") == "ENABLED",
            says_no_captions=fields.text(raw, "CaptionLanguageSetting", "OMIT") == "NONE",
            base_url=fields.text(raw, "BaseUrl", ""),
            has_playlists=fields.text(raw, "OutputSelection", "MANIFESTS_AND_SEGMENTS") != "SEGMENTS_ONLY",
        )


@dataclass(frozen=True, kw_only=True, slots=True)
class OutputGroup:
    """`OutputGroup` of a type that the engine makes."""

    type: GroupType
    destination: str
    s3: S3Destination
    hls: Hls
    outputs: tuple[Output, ...]

    @classmethod
    def read(cls, raw: Structure) -> "OutputGroup":
        group = fields.child(raw, "OutputGroupSettings")
        kind = fields.choice(group, "Type", GroupType.FILE)
        hls = fields.child(group, "HlsGroupSettings")
        own = hls if kind is GroupType.HLS else fields.child(group, "FileGroupSettings")
        return cls(
            type=kind,
            destination=fields.text(own, "Destination", ""),
            s3=S3Destination.read(fields.child(own, "DestinationSettings")),
            hls=Hls.read(hls),
            outputs=tuple(Output.read(output) for output in fields.children(raw, "Outputs")),
        )
