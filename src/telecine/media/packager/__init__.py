"""Playlists, which we write ourselves: ffmpeg cuts the segments, and this package says where they are."""

from telecine.media.packager.hls import PackagingError, playlists
from telecine.media.packager.manifest import HlsManifest, Rendition

__all__ = ["HlsManifest", "PackagingError", "Rendition", "playlists"]
