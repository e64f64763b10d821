"""What a plan knows of a group's playlists before anything is encoded."""

from dataclasses import dataclass
from fractions import Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class Rendition:
    """One child playlist and its segments."""

    playlist: str
    """Workspace name of the child playlist that we write."""
    playlist_name: str
    """Its published file name, as the main playlist refers to it."""
    list: str
    """Workspace name of the segment list that ffmpeg wrote."""
    folder: str
    """Workspace folder of the segments, ending in `/`."""
    segment_prefix: str
    """Published segment names are this, the number, and `.ts`; of a single file this and `.ts`."""
    segments: int | None
    """How many there must be; None when the input's timestamps do not tell."""
    codecs: tuple[str, ...]
    """RFC 6381 names, video first."""
    width: int
    height: int
    frame_rate: Fraction


@dataclass(frozen=True, kw_only=True, slots=True)
class HlsManifest:
    """One HLS output group."""

    playlist: str
    """Workspace name of the main playlist that we write."""
    renditions: tuple[Rendition, ...]
    is_single_file: bool
    has_float_durations: bool
    has_resolution: bool
    is_target_duration_legacy: bool
    is_cache_allowed: bool
    says_no_captions: bool
    base_url: str
    """Stands before every segment's name in the child playlists."""

    @property
    def lists(self) -> tuple[str, ...]:
        """Workspace names of the texts that `packager.playlists` needs."""
        return tuple(rendition.list for rendition in self.renditions)
