"""The encode: one ffmpeg for the whole ladder. The source is decoded once, however many outputs there are."""

from collections.abc import Sequence

from telecine.media import limits
from telecine.media.ffmpeg import graph, h264
from telecine.media.tracks import AudioEncode, VideoEncode


def arguments(
    source: str,
    videos: Sequence[tuple[str, VideoEncode]],
    audios: Sequence[tuple[str, AudioEncode]],
    *,
    threads: int,
) -> tuple[str, ...]:
    """Encode `videos` (workspace name, encode) and `audios` from the file `source`."""
    return (
        *_beginning(source, threads),
        "-filter_complex", graph.graph([video for _, video in videos], [audio for _, audio in audios]),
        *(
            argument
            for number, (name, video) in enumerate(videos)
            for argument in (
                "-map", f"[v{number}]",
                *h264.arguments(video),
                *(_pass(2, name) if h264.is_two_pass(video.h264) else ()),
                "-fps_mode", "passthrough",      # the graph has made the rate constant
                *_ending(name),
            )
        ),
        *(
            argument
            for number, (name, audio) in enumerate(audios)
            for argument in (
                "-map", f"[a{number}]",
                "-c:a", "aac",
                "-b:a", str(audio.bitrate),
                "-flags:a", "+bitexact",         # no version in the stream
                "-threads", "1",                 # the encoder has no use for more
                *_ending(name),
            )
        ),
    )  # fmt: skip


def analysis(source: str, videos: Sequence[tuple[str, VideoEncode]], *, threads: int) -> tuple[str, ...]:
    """The first pass of those encodes that have two: what it finds out is left in `<name>-0.log` files."""
    return (
        *_beginning(source, threads),
        "-filter_complex", graph.graph([video for _, video in videos], []),
        *(
            argument
            for number, (name, video) in enumerate(videos)
            for argument in (
                "-map", f"[v{number}]",
                *h264.arguments(video),
                *_pass(1, name),
                "-fps_mode", "passthrough",
                "-f", "null", "-",               # only the statistics count
            )
        ),
    )  # fmt: skip


def _beginning(source: str, threads: int) -> tuple[str, ...]:
    return (
        *quiet_flags(),
        "-xerror",                               # a truncated input would otherwise end short, with exit code 0
        "-filter_complex_threads", str(threads),
        *limits.decoding_flags(),
        "-threads", str(threads),
        "-noautorotate",                         # turned in the graph, and only when the job asks for it
        "-i", source,
    )  # fmt: skip


def quiet_flags() -> tuple[str, ...]:
    """What every run of ffmpeg begins with."""
    return (
        "-hide_banner",
        "-nostdin",                              # never waits for a terminal
        "-y",                                    # a repeated attempt replaces what a dead one left
        "-v", "warning",
        "-nostats", "-progress", "pipe:1", "-stats_period", "0.5",   # progress as key=value lines
    )  # fmt: skip


def _ending(name: str) -> tuple[str, ...]:
    """MP4 keeps times exact, the encoder's delay in an edit list, and an index that can be checked quickly."""
    return ("-map_metadata", "-1", "-map_chapters", "-1", "-fflags", "+bitexact", "-f", "mp4", name)


def _pass(number: int, name: str) -> tuple[str, ...]:
    return ("-pass:v", str(number), "-passlogfile:v", name)
