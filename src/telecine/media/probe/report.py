"""What Probe answers: a container with its tracks, by the service model's member names.

Source: service model, Probe. What ffprobe does not tell apart is told where both places would say it: colors and aspect
ratios of the container and of the video itself.
"""

from collections.abc import Mapping, Sequence
from fractions import Fraction
from typing import Any

from telecine.media import limits
from telecine.media.probe.colors import MATRICES, PRIMARIES, TRANSFERS
from telecine.media.probe.reading import as_fraction, as_integer, as_mapping, as_mappings, rotation

_BRANDS = {"qt": "quicktime", "3gp": "three_gp", "3g2": "three_g2"}
_FORMATS = {
    "aac": "aac",
    "ac3": "ac3",
    "asf": "asf",
    "avi": "avi",
    "eac3": "eac3",
    "flac": "flac",
    "mp3": "mp3",
    "mpeg": "mpegps",
    "mpegts": "mpegts",
    "mxf": "mxf",
    "ogg": "ogg",
    "w64": "wave",
    "wav": "wave",
}
_CODECS = {
    "aac": "AAC",
    "aac_latm": "AAC",
    "ac3": "AC3",
    "amr_nb": "AMR",
    "amr_wb": "AMR",
    "av1": "AV1",
    "cinepak": "VFW",
    "dnxhd": "VC3",
    "dvvideo": "DV",
    "eac3": "EAC3",
    "eia_608": "C608",
    "eia_708": "C708",
    "flac": "FLAC",
    "h263": "H263",
    "h264": "AVC",
    "hevc": "HEVC",
    "jpeg2000": "JPEG2000",
    "mjpeg": "MJPEG",
    "mp2": "MP2",
    "mp3": "MP3",
    "mpeg1video": "MPEG1",
    "mpeg2video": "MPEG2",
    "mpeg4": "MP4V",
    "opus": "OPUS",
    "prores": "PRORES",
    "qtrle": "QTRLE",
    "rawvideo": "UNCOMPRESSED",
    "theora": "THEORA",
    "v210": "UNCOMPRESSED",
    "vc1": "VC1",
    "vorbis": "VORBIS",
    "vp8": "VP8",
    "vp9": "VP9",
    "webvtt": "WEBVTT",
    "wmapro": "WMAPRO",
    "wmav1": "WMA",
    "wmav2": "WMA2",
    "wmv3": "VC1",
}
_TYPES = {"video": "video", "audio": "audio", "subtitle": "data", "data": "data"}
_WITH_METADATA = {"AVC", "HEVC", "MPEG2"}
_STREAMED = {"mpegts", "mpegps"}
_FIELD_ORDERS = {"tt": "TopFieldFirst", "tb": "TopFieldFirst", "bb": "BottomFieldFirst", "bt": "BottomFieldFirst"}
_SUBSAMPLINGS = {"420": "4:2:0", "422": "4:2:2", "444": "4:4:4"}


def report_argv(file: str) -> tuple[str, ...]:
    """Arguments for ffprobe on a workspace's `file`, whose middle may be missing: it counts no packets."""
    return (
        "-v", "error",
        "-of", "json",
        "-show_format", "-show_streams",
        *limits.opening_flags(),
        "-i", file,
    )  # fmt: skip


def report(ffprobe: Mapping[str, object], size: int, head: bytes) -> dict[str, Any]:
    """`Container` and `TrackMappings` from ffprobe's JSON on a file of `size` bytes that begins with `head`.

    Empty JSON, of a file that is no media, gives a container without format and tracks.
    """
    container = as_mapping(ffprobe.get("format"))
    form = _format(container, head)
    streams = [stream for stream in as_mappings(ffprobe.get("streams")) if stream.get("codec_type") in _TYPES]
    tracks = [_track(stream, number, form) for number, stream in enumerate(streams, start=1)]
    duration = as_fraction(container.get("duration"))
    described = _present(
        {
            "Format": form,
            "Duration": None if duration is None else float(duration),
            "BitRate": int(size * 8 / duration) if duration else None,
            "StartTimecode": _timecode(container, streams),
        }
    )
    return {"Container": {**described, "Tracks": tracks}, "TrackMappings": [_mapping(tracks)]}


def _mapping(tracks: Sequence[Mapping[str, Any]]) -> dict[str, list[int]]:
    return {
        f"{kind.capitalize()}TrackIndexes": [track["Index"] for track in tracks if track["TrackType"] == kind]
        for kind in ("video", "audio", "data")
    }


def _format(container: Mapping[str, object], head: bytes) -> str | None:
    name = str(container.get("format_name", ""))
    if name.startswith("mov,"):
        brand = str(as_mapping(container.get("tags")).get("major_brand", "qt")).strip().lower()
        return next((form for start, form in _BRANDS.items() if brand.startswith(start)), "mp4")
    if name.startswith("matroska"):
        return "webm" if b"webm" in head[:64] else "matroska"  # EBML's DocType
    return _FORMATS.get(name)


def _track(stream: Mapping[str, object], number: int, form: str | None) -> dict[str, Any]:
    kind = _TYPES[str(stream["codec_type"])]
    duration = as_fraction(stream.get("duration"))
    properties = {"video": _video, "audio": _audio, "data": _data}[kind]
    return _present(
        {
            "Index": number,
            "TrackType": kind,
            "Codec": _codec(stream),
            "Duration": None if duration is None else float(duration),
            f"{kind.capitalize()}Properties": properties(stream, form),
        }
    )


def _codec(stream: Mapping[str, object]) -> str:
    name = str(stream.get("codec_name", ""))
    return "PCM" if name.startswith("pcm_") else _CODECS.get(name, "UNKNOWN")


def _video(stream: Mapping[str, object], form: str | None) -> dict[str, Any]:
    shape = {
        "SampleAspectRatio": _ratio(stream.get("sample_aspect_ratio")),
        "DisplayAspectRatio": _ratio(stream.get("display_aspect_ratio")),
    }
    colors = _colors(stream)
    codec = _codec(stream)
    return _present(
        {
            "Width": as_integer(stream.get("width")),
            "Height": as_integer(stream.get("height")),
            "BitDepth": _depth(stream),
            "BitRate": as_integer(stream.get("bit_rate")),
            "FrameRate": _rate(stream),
            "Rotation": rotation(stream) or None,
            **shape,
            # MPEG-2 streams have no other place for them than the video itself.
            **({} if form in _STREAMED else colors),
            "CodecMetadata": _present(_metadata(stream, {**shape, **colors})) if codec in _WITH_METADATA else None,
        }
    )


def _metadata(stream: Mapping[str, object], shared: Mapping[str, Any]) -> dict[str, Any]:
    order = str(stream.get("field_order", ""))
    pixels = str(stream.get("pix_fmt", ""))
    return {
        "Profile": stream.get("profile") or None,
        "Level": _level(stream),
        "Width": as_integer(stream.get("coded_width")) or as_integer(stream.get("width")),
        "Height": as_integer(stream.get("coded_height")) or as_integer(stream.get("height")),
        "BitDepth": _depth(stream),
        "ChromaSubsampling": next((name for digits, name in _SUBSAMPLINGS.items() if digits in pixels), None),
        "CodedFrameRate": _rate(stream),
        "ScanType": "Interlaced" if order in _FIELD_ORDERS else "Progressive" if order == "progressive" else None,
        "FieldOrder": _FIELD_ORDERS.get(order),
        **shared,
    }


def _level(stream: Mapping[str, object]) -> str | None:
    """As the standards write it: ffprobe has tenths for H.264 and thirtieths for H.265."""
    level = as_integer(stream.get("level"))
    if level is None or level <= 0:
        return None
    parts = {"h264": 10, "hevc": 30}.get(str(stream.get("codec_name")))
    return str(level) if parts is None else f"{level / parts:.1f}".removesuffix(".0")


def _audio(stream: Mapping[str, object], _form: str | None) -> dict[str, Any]:
    return _present(
        {
            "Channels": as_integer(stream.get("channels")),
            "ChannelLayout": str(stream.get("channel_layout", "")).partition("(")[0] or None,
            "SampleRate": as_integer(stream.get("sample_rate")),
            "BitDepth": as_integer(stream.get("bits_per_raw_sample"))
            or as_integer(stream.get("bits_per_sample"))
            or None,
            "BitRate": as_integer(stream.get("bit_rate")),
            "LanguageCode": _language(stream),
        }
    )


def _data(stream: Mapping[str, object], _form: str | None) -> dict[str, Any] | None:
    return _present({"LanguageCode": _language(stream)}) or None


def _language(stream: Mapping[str, object]) -> str | None:
    language = str(as_mapping(stream.get("tags")).get("language", "")).lower()
    return language if len(language) == 3 and language.isascii() and language.isalpha() else None


def _timecode(container: Mapping[str, object], streams: Sequence[Mapping[str, object]]) -> str | None:
    for holder in (container, *streams):
        found = as_mapping(holder.get("tags")).get("timecode")
        if found:
            return str(found)
    return None


def _colors(stream: Mapping[str, object]) -> dict[str, Any]:
    return {
        "ColorPrimaries": PRIMARIES.get(str(stream.get("color_primaries"))),
        "TransferCharacteristics": TRANSFERS.get(str(stream.get("color_transfer"))),
        "MatrixCoefficients": MATRICES.get(str(stream.get("color_space"))),
    }


def _depth(stream: Mapping[str, object]) -> int | None:
    given = as_integer(stream.get("bits_per_raw_sample"))
    pixels = str(stream.get("pix_fmt", ""))
    if given or not pixels:
        return given
    return next((depth for depth in (10, 12, 14, 16) if f"p{depth}" in pixels), 8)


def _rate(stream: Mapping[str, object]) -> dict[str, int] | None:
    for name in ("r_frame_rate", "avg_frame_rate"):
        rate = as_fraction(stream.get(name))
        if rate:
            return _parts(rate)
    return None


def _ratio(value: object) -> dict[str, int] | None:
    ratio = as_fraction(str(value).replace(":", "/"))
    return _parts(ratio) if ratio else None


def _parts(value: Fraction) -> dict[str, int]:
    return {"Numerator": value.numerator, "Denominator": value.denominator}


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
