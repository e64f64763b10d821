"""HLS playlists, written by us from the segments that exist.

Source: RFC 8216 and draft-pantos-hls-rfc8216bis; MediaConvert's choices from the service model's `HlsGroupSettings`.
"""

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from math import ceil, floor
from urllib.parse import quote

from telecine.core.errors import TelecineError
from telecine.media.packager.manifest import HlsManifest, Rendition


class PackagingError(TelecineError):
    """The segments that exist are not those that were planned."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Segment:
    """One media segment."""

    uri: str
    """As the playlist says it."""
    seconds: Decimal
    size: int
    """Bytes."""
    offset: int | None = None
    """Where it begins in a single file; None when it is a file of its own."""


def playlists(manifest: HlsManifest, files: Mapping[str, int], texts: Mapping[str, str]) -> dict[str, str]:
    """The text of each playlist of a group, by workspace name.

    `files` are the sizes in bytes of what the workspace holds, `texts` the contents of `manifest.lists`.
    Raises PackagingError when a segment is missing, or there are more or fewer than planned.
    """
    segments = [_segments(manifest, rendition, files, texts) for rendition in manifest.renditions]
    written = {
        rendition.playlist: _child(manifest, own) for rendition, own in zip(manifest.renditions, segments, strict=True)
    }
    written[manifest.playlist] = _main(manifest, segments)
    return written


def _main(manifest: HlsManifest, segments: list[list[Segment]]) -> str:
    lines = ["#EXTM3U", f"#EXT-X-VERSION:{_version(manifest)}", "#EXT-X-INDEPENDENT-SEGMENTS"]
    for rendition, own in zip(manifest.renditions, segments, strict=True):
        size, seconds = sum(s.size for s in own), sum(s.seconds for s in own)
        attributes = [
            f"BANDWIDTH={max(ceil(s.size * 8 / s.seconds) for s in own)}",
            f"AVERAGE-BANDWIDTH={ceil(size * 8 / seconds)}",
            f'CODECS="{",".join(rendition.codecs)}"',
            *([f"RESOLUTION={rendition.width}x{rendition.height}"] if manifest.has_resolution else []),
            f"FRAME-RATE={float(rendition.frame_rate):.3f}",
            *(["CLOSED-CAPTIONS=NONE"] if manifest.says_no_captions else []),
        ]
        lines += [f"#EXT-X-STREAM-INF:{','.join(attributes)}", quote(rendition.playlist_name)]
    return "\n".join(lines) + "\n"


def _child(manifest: HlsManifest, segments: list[Segment]) -> str:
    longest = max(segment.seconds for segment in segments)
    target = ceil(longest) if manifest.is_target_duration_legacy else floor(longest + Decimal("0.5"))
    lines = [
        "#EXTM3U",
        f"#EXT-X-VERSION:{_version(manifest)}",
        f"#EXT-X-TARGETDURATION:{max(1, target)}",
        "#EXT-X-MEDIA-SEQUENCE:1",
        "#EXT-X-PLAYLIST-TYPE:VOD",
        *([] if manifest.is_cache_allowed else ["#EXT-X-ALLOW-CACHE:NO"]),
    ]
    for segment in segments:
        lines.append(f"#EXTINF:{_duration(manifest, segment.seconds)},")
        if segment.offset is not None:
            lines.append(f"#EXT-X-BYTERANGE:{segment.size}@{segment.offset}")
        lines.append(segment.uri)
    return "\n".join([*lines, "#EXT-X-ENDLIST"]) + "\n"


def _version(manifest: HlsManifest) -> int:
    """Byte ranges came with version 4, decimal durations with 3."""
    return 4 if manifest.is_single_file else 3


def _duration(manifest: HlsManifest, seconds: Decimal) -> str:
    if not manifest.has_float_durations:
        return str(max(1, floor(seconds + Decimal("0.5"))))
    return f"{seconds:.6f}".rstrip("0").rstrip(".")


def _segments(
    manifest: HlsManifest, rendition: Rendition, files: Mapping[str, int], texts: Mapping[str, str]
) -> list[Segment]:
    text = texts[rendition.list]
    if manifest.is_single_file:
        uri = manifest.base_url + quote(f"{rendition.segment_prefix}.ts")
        segments = _from_playlist(text, uri)
    else:
        segments = [
            Segment(
                uri=manifest.base_url + quote(f"{rendition.segment_prefix}{name.removesuffix('.ts')}.ts"),
                seconds=seconds,
                size=_size(files, rendition.folder + name),
            )
            for name, seconds in _from_csv(text)
        ]
    if not segments or (rendition.segments is not None and len(segments) != rendition.segments):
        raise PackagingError(f"{rendition.list} has {len(segments)} segments, {rendition.segments} were planned")
    return segments


def _size(files: Mapping[str, int], name: str) -> int:
    if name not in files:
        raise PackagingError(f"the segment {name} is in the list but not in the workspace")
    return files[name]


def _from_csv(text: str) -> list[tuple[str, Decimal]]:
    """(file name, seconds) from the segment muxer's `name,start,end` lines."""
    return [(name, Decimal(end) - Decimal(start)) for name, start, end in csv.reader(text.splitlines())]


def _from_playlist(text: str, uri: str) -> list[Segment]:
    """Segments from the hls muxer's playlist of one file: an EXTINF and a BYTERANGE line for each."""
    segments, seconds = [], Decimal(0)
    for line in text.splitlines():
        tag, _, value = line.partition(":")
        if tag == "#EXTINF":
            seconds = Decimal(value.partition(",")[0])
        elif tag == "#EXT-X-BYTERANGE":
            size, _, offset = value.partition("@")
            segments.append(Segment(uri=uri, seconds=seconds, size=int(size), offset=int(offset)))
    return segments
