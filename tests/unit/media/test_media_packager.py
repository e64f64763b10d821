"""Playlists, from the lists that ffmpeg writes."""

from fractions import Fraction

import pytest

from telecine.media.packager import HlsManifest, PackagingError, Rendition, playlists

LISTED = "00001.ts,0.000000,6.006000\n00002.ts,6.006000,10.010000\n"
FILES = {"hls-0-0/00001.ts": 600_600, "hls-0-0/00002.ts": 100_100}


def rendition(**members: object) -> Rendition:
    """One rendition of two segments."""
    values = {
        "playlist": "hls-0-0.m3u8", "playlist_name": "main_a b.m3u8", "list": "hls-0-0/list.csv", "folder": "hls-0-0/",
        "segment_prefix": "main_a b_", "segments": 2, "codecs": ("avc1.4d401f", "mp4a.40.2"), "width": 1280, "height": 720,
        "frame_rate": Fraction(30000, 1001), **members,
    }  # fmt: skip
    return Rendition(**values)  # type: ignore[arg-type]


def manifest(**members: object) -> HlsManifest:
    """A group of one rendition."""
    values = {
        "playlist": "hls-0.m3u8", "renditions": (rendition(),), "is_single_file": False, "has_float_durations": True,
        "has_resolution": True, "is_target_duration_legacy": True, "is_cache_allowed": True, "says_no_captions": False,
        "base_url": "", **members,
    }  # fmt: skip
    return HlsManifest(**values)  # type: ignore[arg-type]


def test_the_playlists_of_a_group() -> None:
    """Main and child playlist, word by word; names are percent-encoded, rates measured."""
    assert playlists(manifest(), FILES, {"hls-0-0/list.csv": LISTED}) == {
        "hls-0.m3u8": (
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-INDEPENDENT-SEGMENTS\n"
            '#EXT-X-STREAM-INF:BANDWIDTH=800000,AVERAGE-BANDWIDTH=560000,CODECS="avc1.4d401f,mp4a.40.2",'
            "RESOLUTION=1280x720,FRAME-RATE=29.970\nmain_a%20b.m3u8\n"
        ),
        "hls-0-0.m3u8": (
            "#EXTM3U\n#EXT-X-VERSION:3\n#EXT-X-TARGETDURATION:7\n#EXT-X-MEDIA-SEQUENCE:1\n#EXT-X-PLAYLIST-TYPE:VOD\n"
            "#EXTINF:6.006,\nmain_a%20b_00001.ts\n#EXTINF:4.004,\nmain_a%20b_00002.ts\n#EXT-X-ENDLIST\n"
        ),
    }


@pytest.mark.parametrize(
    ("members", "present", "absent"),
    [
        ({"is_target_duration_legacy": False}, "TARGETDURATION:6\n", "TARGETDURATION:7"),
        ({"has_float_durations": False}, "#EXTINF:6,\n", "#EXTINF:6.006"),
        ({"has_resolution": False}, "FRAME-RATE=29.970\n", "RESOLUTION"),
        ({"is_cache_allowed": False}, "#EXT-X-ALLOW-CACHE:NO\n", "CLOSED-CAPTIONS"),
        ({"says_no_captions": True}, ",CLOSED-CAPTIONS=NONE\n", "ALLOW-CACHE"),
        ({"base_url": "https://cdn.example/x/"}, "\nhttps://cdn.example/x/main_a%20b_00001.ts\n", "\nmain_a%20b_00001"),
    ],
)
def test_group_settings_change_the_text(members: dict[str, object], present: str, absent: str) -> None:
    """Each setting of the group that concerns playlists."""
    text = "".join(playlists(manifest(**members), FILES, {"hls-0-0/list.csv": LISTED}).values())
    assert present in text
    assert absent not in text


def test_a_single_file_is_named_by_ranges() -> None:
    """Version 4, one name, a byte range for each segment."""
    listed = (
        "#EXTM3U\n#EXT-X-VERSION:4\n#EXTINF:6.006000,\n#EXT-X-BYTERANGE:600600@0\nall.ts\n"
        "#EXTINF:4.004000,\n#EXT-X-BYTERANGE:100100@600600\nall.ts\n#EXT-X-ENDLIST\n"
    )
    one = rendition(list="hls-0-0/list.m3u8", segment_prefix="main_v")
    made = playlists(manifest(renditions=(one,), is_single_file=True), {}, {"hls-0-0/list.m3u8": listed})
    assert made["hls-0-0.m3u8"].splitlines()[5:11] == [
        "#EXTINF:6.006,", "#EXT-X-BYTERANGE:600600@0", "main_v.ts", "#EXTINF:4.004,", "#EXT-X-BYTERANGE:100100@600600",
        "main_v.ts",
    ]  # fmt: skip
    assert "BANDWIDTH=800000," in made["hls-0.m3u8"]


@pytest.mark.parametrize(
    ("files", "listed"),
    [
        ({"hls-0-0/00001.ts": 1}, LISTED),
        (FILES, "00001.ts,0.000000,6.006000\n"),
        (FILES, ""),
    ],
)
def test_segments_that_are_not_those_planned(files: dict[str, int], listed: str) -> None:
    """A segment that is missing from the workspace or from the list is an error, never a shorter playlist."""
    with pytest.raises(PackagingError):
        playlists(manifest(), files, {"hls-0-0/list.csv": listed})
