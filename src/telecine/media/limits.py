"""What untrusted media may make the tools do: the allow-lists that stand in front of every ffmpeg and ffprobe run."""

from collections.abc import Mapping, Sequence

PROTOCOLS = ("file",)
"""The tools never see the network: inputs are fetched before."""

FORMATS = (
    "aac", "ac3", "aiff", "asf", "avi", "caf", "dv", "eac3", "flac", "flv", "gxf", "matroska", "mov", "mp3", "mpeg",
    "mpegts", "mxf", "ogg", "w64", "wav",
)  # fmt: skip
"""Demuxers of self-contained files. None of them follows a reference to another file or address: playlists (hls, dash,
concat), images by pattern (image2) and documents (svg) are missing on purpose."""

VIDEO_DECODERS: Mapping[str, Sequence[str]] = {
    "av1": ("libdav1d", "av1"),
    "flv1": ("flv",),
    "msmpeg4v3": ("msmpeg4",),
    **{
        name: (name,)
        for name in (
            "cfhd", "dnxhd", "dvvideo", "ffv1", "h263", "h264", "hevc", "huffyuv", "jpeg2000", "mjpeg", "mpeg1video",
            "mpeg2video", "mpeg4", "msmpeg4v1", "msmpeg4v2", "prores", "qtrle", "rawvideo", "theora",
            "utvideo", "v210", "vc1", "vp8", "vp9", "wmv1", "wmv2", "wmv3",
        )
    },
}  # fmt: skip
"""Input video codecs, by ffprobe's name, and the decoders which may run for them."""

AUDIO_DECODERS: Mapping[str, Sequence[str]] = {
    "mp1": ("mp1float", "mp1"),
    "mp2": ("mp2float", "mp2"),
    "mp3": ("mp3float", "mp3"),
    "opus": ("opus", "libopus"),
    "vorbis": ("vorbis", "libvorbis"),
    **{
        name: (name,)
        for name in (
            "aac", "aac_latm", "ac3", "alac", "amrnb", "amrwb", "dca", "eac3", "flac", "pcm_alaw", "pcm_bluray",
            "pcm_dvd", "pcm_f32be", "pcm_f32le", "pcm_f64be", "pcm_f64le", "pcm_mulaw", "pcm_s16be", "pcm_s16le",
            "pcm_s24be", "pcm_s24le", "pcm_s32be", "pcm_s32le", "pcm_s8", "pcm_u8", "truehd", "wmapro", "wmav1",
            "wmav2",
        )
    },
}  # fmt: skip
"""Input audio codecs, by ffprobe's name, and the decoders which may run for them."""

MAX_PIXELS = 8192 * 4320
"""The largest input picture: MediaConvert's own largest. A small compressed file may hold one of any size."""

MAX_STREAMS = 200
"""A container with more streams is refused while it is opened."""

_DECODERS = tuple(
    sorted({name for table in (VIDEO_DECODERS, AUDIO_DECODERS) for names in table.values() for name in names})
)


def opening_flags() -> tuple[str, ...]:
    """The options that must stand before every untrusted file that ffprobe or ffmpeg opens."""
    return (
        "-protocol_whitelist", ",".join(PROTOCOLS),  # a file that names an address reaches nothing
        "-format_whitelist", ",".join(FORMATS),      # a playlist in disguise is not opened at all
        "-max_streams", str(MAX_STREAMS),            # memory grows with every stream
        "-max_pixels", str(MAX_PIXELS),              # decompression bombs end before they are allocated
    )  # fmt: skip


def decoding_flags() -> tuple[str, ...]:
    """Those, and which decoders may run. ffprobe would refuse a whole file for one subtitle track that is not listed,
    and could not name the codec that the caller must hear of, so that it goes without."""
    return (
        *opening_flags(),
        "-codec_whitelist", ",".join(_DECODERS),     # little-used decoders are where the bugs are
    )  # fmt: skip


def own_file_flags() -> tuple[str, ...]:
    """The options before a file that an earlier step of the same plan wrote: always MP4."""
    return (
        "-protocol_whitelist", ",".join(PROTOCOLS),
        "-format_whitelist", "mov",
    )  # fmt: skip
