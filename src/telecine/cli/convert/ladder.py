"""The settings of a job for whoever names none: an adaptive stream, and an MP4 beside it. Pure."""

from collections.abc import Iterator, Sequence
from typing import Any

from telecine.media.probe import Probe

_RUNGS = ((1080, 6_000_000), (720, 3_500_000), (540, 2_000_000), (360, 1_000_000))
"""Lines, and the highest bit rate; of pictures that stand upright, columns."""
_SOUND = "Audio Selector 1"
_AUDIO = {
    "AudioSourceName": _SOUND,
    "CodecSettings": {
        "Codec": "AAC",
        "AacSettings": {"Bitrate": 128_000, "CodingMode": "CODING_MODE_2_0", "SampleRate": 48_000},
    },
}


class NothingToShow(ValueError):
    """The file has neither pictures nor sound."""


def settings(probe: Probe, *, source: str, folder: str, name: str) -> dict[str, Any]:
    """A job's settings for a file that was probed, at `source`; outputs are `name` below `folder`, both S3 URIs.

    No rendition is larger than the file. Raises `NothingToShow`.
    """
    sound = [_AUDIO] if probe.audio else []
    groups = [_file(probe, sound, f"{folder}{name}"), *(_stream(probe, sound, f"{folder}hls/{name}"))]
    if not probe.video and not sound:
        raise NothingToShow("The file has neither pictures nor sound.")
    return {
        "TimecodeConfig": {"Source": "ZEROBASED"},
        "Inputs": [inputs(probe, source)],
        "OutputGroups": groups,
    }


def inputs(probe: Probe, source: str) -> dict[str, Any]:
    """The job's input."""
    made: dict[str, Any] = {"FileInput": source, "TimecodeSource": "ZEROBASED"}
    if probe.video:
        made["VideoSelector"] = {"Rotate": "AUTO"} if probe.video[0].rotation else {}
    if probe.audio:
        made["AudioSelectors"] = {_SOUND: {"DefaultSelection": "DEFAULT"}}
    return made


def rungs(probe: Probe) -> Sequence[tuple[dict[str, int], int, int]]:
    """Size, highest bit rate and lines of each rendition, the largest first; one of the file's size if it is small."""
    track = probe.video[0]
    is_turned = track.rotation % 180 != 0
    width, height = (track.height, track.width) if is_turned else (track.width, track.height)
    short, member = (width, "Width") if width < height else (height, "Height")
    fitting = [({member: lines}, rate, lines) for lines, rate in _RUNGS if lines <= short]
    # Only one side is said: the other follows from the picture.
    return fitting or [({member: max(2, short // 2 * 2)}, _RUNGS[-1][1], short)]


def _file(probe: Probe, sound: list[dict[str, Any]], destination: str) -> dict[str, Any]:
    output: dict[str, Any] = {
        "ContainerSettings": {"Container": "MP4", "Mp4Settings": {"MoovPlacement": "PROGRESSIVE_DOWNLOAD"}}
    }
    if probe.video:
        size, rate, _lines = rungs(probe)[0]
        output["VideoDescription"] = _video(size, rate)
    if sound:
        output["AudioDescriptions"] = sound
    return {
        "Name": "File Group",
        "OutputGroupSettings": {
            "Type": "FILE_GROUP_SETTINGS",
            "FileGroupSettings": {"Destination": destination},
        },
        "Outputs": [output],
    }


def _stream(probe: Probe, sound: list[dict[str, Any]], destination: str) -> list[dict[str, Any]]:
    """The adaptive stream; there is none of sound alone."""
    if not probe.video:
        return []
    outputs = [
        {
            "NameModifier": f"_{lines}p",
            "ContainerSettings": {"Container": "M3U8", "M3u8Settings": {}},
            "VideoDescription": _video(size, rate),
            **({"AudioDescriptions": sound} if sound else {}),
        }
        for size, rate, lines in rungs(probe)
    ]
    return [
        {
            "Name": "Apple HLS",
            "OutputGroupSettings": {
                "Type": "HLS_GROUP_SETTINGS",
                "HlsGroupSettings": {
                    "Destination": destination,
                    "SegmentLength": 6,
                    "MinSegmentLength": 0,
                    "SegmentControl": "SEGMENTED_FILES",
                },
            },
            "Outputs": outputs,
        }
    ]


def _video(size: dict[str, int], rate: int) -> dict[str, Any]:
    return {
        **size,
        "CodecSettings": {
            "Codec": "H_264",
            "H264Settings": {
                "RateControlMode": "QVBR",
                "MaxBitrate": rate,
                "QvbrSettings": {"QvbrQualityLevel": 7},
                "GopSize": 2,
                "GopSizeUnits": "SECONDS",
                "QualityTuningLevel": "SINGLE_PASS",
                "SceneChangeDetect": "DISABLED",
            },
        },
    }


def results(made: dict[str, Any]) -> list[str]:
    """What to open of the outputs of `settings`: the URIs of the MP4 and of the main playlist."""
    return [f"{uri}{ending}" for uri, ending in _destinations(made)]


def places(made: dict[str, Any]) -> list[str]:
    """How the URIs of outputs begin whose names come from a template or a preset."""
    return [f"{uri}*" for uri, _ending in _destinations(made)]


def _destinations(made: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for group in made.get("OutputGroups", ()):
        given = group.get("OutputGroupSettings", {})
        for kind, ending in (("FileGroupSettings", ".mp4"), ("HlsGroupSettings", ".m3u8")):
            destination = given.get(kind, {}).get("Destination")
            if destination:
                yield destination, ending
