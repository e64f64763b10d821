"""ffprobe's command line, and its JSON as typed values."""

from collections.abc import Mapping, Sequence
from fractions import Fraction

from telecine.media import limits
from telecine.media.probe.reading import as_fraction, as_integer, as_mapping, as_mappings, rotation
from telecine.media.probe.tracks import AudioTrack, Probe, Program, VideoTrack

_INTERLACED = {"tt", "bb", "tb", "bt"}
_ZERO = Fraction(0)
_ODD_FRAMES = 3
"""A packet missing or repeated at an end does not make a rate variable."""


def argv(file: str) -> tuple[str, ...]:
    """Arguments for ffprobe on the workspace's `file`. A file that is not media makes it fail: `errors.not_media`."""
    return (
        "-v", "error",
        "-of", "json",
        "-show_format", "-show_streams", "-show_programs",
        "-count_packets",            # the only frame count that every container gives; shows truncation too
        *limits.opening_flags(),
        "-i", file,
    )  # fmt: skip


def parse(ffprobe: Mapping[str, object]) -> Probe:
    """Typed values from ffprobe's JSON. Without any stream the format is empty, and planning raises 1010."""
    container = as_mapping(ffprobe.get("format"))
    streams = as_mappings(ffprobe.get("streams"))
    pictures = [stream for stream in streams if stream.get("codec_type") == "video" and not _is_still(stream)]
    sounds = [stream for stream in streams if stream.get("codec_type") == "audio"]
    return Probe(
        format=str(container.get("format_name", "")) if streams else "",
        size=as_integer(container.get("size")) or 0,
        start=_seconds(container.get("start_time")) or _ZERO,
        duration=_seconds(container.get("duration")),
        video=tuple(_video(stream) for stream in pictures if as_integer(stream.get("width"))),
        audio=tuple(_audio(stream) for stream in sounds),
        programs=tuple(
            Program(
                number=as_integer(program.get("program_num")) or 0,
                streams=tuple(as_integer(s.get("index")) or 0 for s in as_mappings(program.get("streams"))),
            )
            for program in as_mappings(ffprobe.get("programs"))
        ),
        is_truncated=_is_truncated(container, streams),
    )


def _video(stream: Mapping[str, object]) -> VideoTrack:
    average = as_fraction(stream.get("avg_frame_rate"))
    real = as_fraction(stream.get("r_frame_rate"))
    pixel_format = str(stream.get("pix_fmt", ""))
    rate, frames, duration = (
        _frame_rate(real, average),
        as_integer(stream.get("nb_read_packets")) or 0,
        _duration(stream),
    )
    return VideoTrack(
        index=as_integer(stream.get("index")) or 0,
        stream_id=_stream_id(stream),
        codec=str(stream.get("codec_name", "")) or "unknown",
        profile=str(stream.get("profile", "")),
        four_cc=_four_cc(stream),
        width=as_integer(stream.get("width")) or 0,
        height=as_integer(stream.get("height")) or 0,
        pixel_aspect=as_fraction(str(stream.get("sample_aspect_ratio", "")).replace(":", "/")) or Fraction(1),
        frame_rate=rate,
        is_variable=(real is not None and average is not None and not _is_near(real, average))
        or (duration is not None and abs(duration * rate - frames) > _ODD_FRAMES),
        frames=frames,
        start=_start(stream),
        duration=duration,
        rotation=rotation(stream),
        pixel_format=pixel_format,
        bit_depth=as_integer(stream.get("bits_per_raw_sample")) or _depth_of(pixel_format),
        is_interlaced=stream.get("field_order") in _INTERLACED,
    )


def _audio(stream: Mapping[str, object]) -> AudioTrack:
    language = str(as_mapping(stream.get("tags")).get("language", "und")).lower()
    return AudioTrack(
        index=as_integer(stream.get("index")) or 0,
        stream_id=_stream_id(stream),
        codec=str(stream.get("codec_name", "")) or "unknown",
        channels=as_integer(stream.get("channels")) or 0,
        layout=str(stream.get("channel_layout", "")),
        sample_rate=as_integer(stream.get("sample_rate")) or 0,
        start=_start(stream),
        duration=_duration(stream),
        language=None if language == "und" or not (language.isascii() and language.isalpha()) else language,
    )


_FRAME_RATES = (
    *(Fraction(whole * 1000, 1001) for whole in (24, 30, 48, 60, 120)),
    *(Fraction(whole) for whole in (15, 24, 25, 30, 48, 50, 60, 100, 120)),
)


def _frame_rate(real: Fraction | None, average: Fraction | None) -> Fraction:
    """A constant rate for the track: what it says when it is constant, else the common rate nearest to its average."""
    if real and (average is None or _is_near(real, average)):
        return real
    if average:
        nearest = min(_FRAME_RATES, key=lambda rate: abs(rate - average))
        return nearest if abs(nearest - average) / average < Fraction(1, 50) else average.limit_denominator(1001)
    return real or Fraction(25)


def _is_near(one: Fraction, other: Fraction) -> bool:
    """True within a thousandth: averages over a rounded duration are never exact."""
    return abs(one - other) * 1000 < one


_FRAMED_AUDIO = {"aac", "ac3", "alac", "eac3", "opus"}


def _is_truncated(container: Mapping[str, object], streams: Sequence[Mapping[str, object]]) -> bool:
    """Only MP4 and QuickTime keep an index that lists every packet; of PCM it counts samples."""
    if not str(container.get("format_name", "")).startswith("mov,"):
        return False
    return any(
        (as_integer(stream.get("nb_frames")) or 0) > (as_integer(stream.get("nb_read_packets")) or 0)
        for stream in streams
        if stream.get("codec_type") == "video" or stream.get("codec_name") in _FRAMED_AUDIO
    )


def _is_still(stream: Mapping[str, object]) -> bool:
    disposition = as_mapping(stream.get("disposition"))
    return any(disposition.get(name) == 1 for name in ("attached_pic", "still_image", "timed_thumbnails"))


def _stream_id(stream: Mapping[str, object]) -> int:
    """Track id or PID; containers without one count from 1."""
    number = stream.get("id")
    return int(str(number), 16) if number is not None else (as_integer(stream.get("index")) or 0) + 1


def _four_cc(stream: Mapping[str, object]) -> str:
    tag = str(stream.get("codec_tag_string", ""))
    return "" if "[" in tag else tag


def _start(stream: Mapping[str, object]) -> Fraction:
    ticks, base = as_integer(stream.get("start_pts")), as_fraction(stream.get("time_base"))
    return ticks * base if ticks is not None and base else _seconds(stream.get("start_time")) or _ZERO


def _duration(stream: Mapping[str, object]) -> Fraction | None:
    """The track's own; Matroska keeps it in a tag, `00:00:03.000000000`."""
    ticks, base = as_integer(stream.get("duration_ts")), as_fraction(stream.get("time_base"))
    if ticks is not None and base:
        return ticks * base
    hours, _, rest = str(as_mapping(stream.get("tags")).get("DURATION", "")).partition(":")
    minutes, _, seconds = rest.partition(":")
    parts = [as_fraction(part) for part in (hours, minutes, seconds)]
    if all(part is not None for part in parts):
        return sum((part * scale for part, scale in zip(parts, (3600, 60, 1), strict=True) if part), _ZERO)
    return _seconds(stream.get("duration"))


def _depth_of(pixel_format: str) -> int:
    return next((depth for depth in (10, 12, 14, 16) if f"p{depth}" in pixel_format), 8)


def _seconds(value: object) -> Fraction | None:
    return as_fraction(value)
