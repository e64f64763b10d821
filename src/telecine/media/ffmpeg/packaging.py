"""Putting encoded tracks into containers, without touching them: MP4 files and HLS transport stream segments."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from telecine.media import limits
from telecine.media.ffmpeg.encode import quiet_flags
from telecine.media.ffmpeg.h264 import seconds
from telecine.media.settings import Mp4, TransportStream
from telecine.media.tracks import AAC_FRAME, AudioEncode

_ADTS_HEADER = 7


@dataclass(frozen=True, kw_only=True, slots=True)
class AudioPart:
    """An encoded audio track in one output."""

    name: str
    """Workspace name."""
    encode: AudioEncode
    language: str | None
    """ISO 639 code; None: undetermined."""


def mp4(video: str | None, audios: Sequence[AudioPart], container: Mp4, name: str) -> tuple[str, ...]:
    """One MP4 file of a video track (or none) and audio tracks, in this order."""
    flags = [
        *(["faststart"] if container.is_index_first else []),  # the index before the media
        *(["negative_cts_offsets"] if container.has_negative_offsets else []),
    ]
    return (
        *_beginning(video, audios),
        *(("-movflags", "".join(f"+{flag}" for flag in flags)) if flags else ()),
        *(("-brand", container.major_brand) if container.major_brand else ()),
        *_exactly(),
        "-f", "mp4", name,
    )  # fmt: skip


def segments(
    video: str,
    audios: Sequence[AudioPart],
    stream: TransportStream,
    length: Fraction,
    folder: str,
) -> tuple[str, ...]:
    """Transport stream segments `<folder>00001.ts`, … of `length` seconds, and their list `<folder>list.csv`."""
    options = ":".join(f"{key}={value}" for key, value in _muxer(audios, stream))
    return (
        *_beginning(video, audios),
        *_pids(audios, stream),
        *_exactly(),
        "-f", "segment",
        "-segment_format", "mpegts",
        "-segment_format_options", options,
        "-individual_header_trailer", "0",       # one stream in pieces: packet counters go on from segment to segment
        "-segment_time", seconds(length),
        "-segment_time_delta", "0.0005",         # times are rounded to microseconds; far less than a frame
        "-initial_offset", f"{stream.start_ms / 1000:g}",    # all renditions begin at the same time
        "-segment_start_number", "1",
        "-segment_list", f"{folder}list.csv",
        "-segment_list_type", "csv",
        f"{folder}%05d.ts",
    )  # fmt: skip


def single_file(
    video: str,
    audios: Sequence[AudioPart],
    stream: TransportStream,
    length: Fraction,
    folder: str,
) -> tuple[str, ...]:
    """One transport stream `<folder>all.ts`, and `<folder>list.m3u8` with the byte range of each segment."""
    options = ":".join(f"{key}={value}" for key, value in _muxer(audios, stream))
    return (
        *_beginning(video, audios),
        *_pids(audios, stream),
        *_exactly(),
        "-output_ts_offset", f"{stream.start_ms / 1000:g}",
        "-f", "hls",
        "-hls_time", seconds(length),
        "-hls_list_size", "0",                   # all segments, not the last five
        "-hls_playlist_type", "vod",
        "-hls_flags", "single_file",
        "-hls_segment_options", options,
        "-hls_segment_filename", f"{folder}all.ts",
        f"{folder}list.m3u8",
    )  # fmt: skip


def _beginning(video: str | None, audios: Sequence[AudioPart]) -> tuple[str, ...]:
    names = [*([video] if video else []), *(audio.name for audio in audios)]
    first_audio = 1 if video else 0
    return (
        *quiet_flags(),
        *(flag for name in names for flag in (*limits.own_file_flags(), "-i", name)),
        *(flag for number in range(len(names)) for flag in ("-map", str(number))),
        "-c",
        "copy",
        *(
            flag
            for number, audio in enumerate(audios)
            for flag in (f"-metadata:s:{first_audio + number}", f"language={audio.language or 'und'}")
        ),
    )


def _exactly() -> tuple[str, ...]:
    return (
        "-avoid_negative_ts", "disabled",        # times stay as encoded, the same in every rendition
        "-fflags", "+bitexact",
    )  # fmt: skip


def _pids(audios: Sequence[AudioPart], stream: TransportStream) -> tuple[str, ...]:
    pids = (stream.video_pid, *stream.audio_pids)
    return tuple(flag for n in range(1 + len(audios)) for flag in ("-streamid", f"{n}:{pids[n]}"))


def _muxer(audios: Sequence[AudioPart], stream: TransportStream) -> list[tuple[str, str | int]]:
    """Options of the transport stream muxer."""
    frame_bytes = max(
        (part.encode.bitrate * AAC_FRAME // part.encode.sample_rate // 8 + _ADTS_HEADER for part in audios),
        default=0,
    )
    return [
        ("mpegts_copyts", 1),                    # no offset of the muxer's own
        ("mpegts_pmt_start_pid", stream.pmt_pid),
        ("mpegts_service_id", stream.program_number),
        ("mpegts_transport_stream_id", stream.stream_id),
        ("pat_period", f"{stream.table_interval_ms / 1000:g}" if stream.table_interval_ms else "0.1"),
        *([("pes_payload_size", frame_bytes * stream.audio_frames_per_pes)] if audios else []),
    ]  # fmt: skip
