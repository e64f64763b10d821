"""The grammar of system presets' names, and the settings that a name stands for.

    System-<class>_<package>[_<container>][_<video>][_<audio>][_<aspect>][_Sdr][_<W>x<H>p_<rate>Hz]_<bitrate>[_Qvbr_Vq<n>|_Cbr]

as in `System-Ott_Cmaf_Cmfc_Avc_16x9_Sdr_1280x720p_30Hz_5Mbps_Qvbr_Vq9`. An older generation says less:
`System-Avc_16x9_1080p_29_97fps_8500kbps`, `System-Xdcam_HD_1080i_29_97fps_35mpbs` (AWS's own spelling).
"""

import re
from dataclasses import dataclass
from typing import Any

Settings = dict[str, Any]

_NAME = re.compile(
    r"System-(?P<kind>Generic|Ott|Broadcast)_(?P<package>Hd|Sd|Uhd|Hls|Dash|Cmaf|Xdcam)_(?P<container>Mp4|Ts|Cmfc|Mxf)"
    r"(?:_(?P<video>Avc|Hev1|Mpeg2))?(?:_(?P<audio>Aac_He|Aac|Wav))?(?:_(?P<aspect>16x9|4x3))?(?P<sdr>_Sdr)?"
    r"(?:_(?P<width>\d+)x(?P<height>\d+)p_(?P<rate>\d+)Hz)?_(?P<bitrate>[0-9.]+)(?P<unit>Kbps|Mbps)"
    r"(?:_Qvbr_Vq(?P<quality>\d+))?(?P<cbr>_Cbr)?"
)
_OLDER_AVC = re.compile(r"System-(?P<video>Avc)_(?P<aspect>16x9)_(?P<height>\d+)p_29_97fps_(?P<bitrate>\d+)kbps")
_OLDER_XDCAM = re.compile(r"System-Xdcam_HD_(?P<height>1080)i_29_97fps_(?P<bitrate>\d+)mpbs")

_UNITS = {"Kbps": 1_000, "Mbps": 1_000_000}
_ASPECTS = {"16x9": (16, 9), "4x3": (4, 3)}
_CATEGORIES = {
    "Generic": "GENERIC",
    "Hls": "OTT-HLS",
    "Dash": "OTT-DASH",
    "Cmaf": "OTT-CMAF",
    "Xdcam": "BROADCAST-XDCAM",
}
_GOP_SECONDS = 3
"""Divides the segments of every system template, and is the console's 90 frames at 30 a second."""
_AUDIO_BITRATE = 96_000
"""Of audio beside video, which names leave open: the bitrate of MediaConvert's sample preset (`aws mediaconvert
get-preset`)."""
_NTSC = (30_000, 1_001)


class UnknownName(ValueError):
    """The text is no name of this grammar."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Meaning:
    """What a name says."""

    category: str
    container: str
    """`Mp4`, `Ts`, `Dash`, `Cmfc` or `Mxf`."""
    video: str | None
    """`Avc`, `Hev1` or `Mpeg2`; None for audio alone."""
    audio: str | None
    """`Aac`, `Aac_He` or `Wav`; None for video alone."""
    aspect: str | None
    width: int
    height: int
    is_interlaced: bool
    rate: tuple[int, int]
    """Frames a second as a fraction."""
    bitrate: int
    """Bits a second: of the video, or of the audio where there is no video."""
    quality: int | None
    """The quality level of QVBR, whose largest bitrate `bitrate` then is."""
    is_constant: bool


def read(name: str) -> Meaning:
    """What `name` says. Raises `UnknownName`."""
    if found := _NAME.fullmatch(name):
        return _newer(found)
    if found := _OLDER_AVC.fullmatch(name):
        across, down = _ASPECTS[found["aspect"]]
        height = int(found["height"])
        return Meaning(
            category="HLS",
            container="Ts",
            video="Avc",
            audio="Aac",
            aspect=found["aspect"],
            width=height * across // down,
            height=height,
            is_interlaced=False,
            rate=_NTSC,
            bitrate=int(found["bitrate"]) * 1_000,
            quality=None,
            is_constant=False,
        )
    if found := _OLDER_XDCAM.fullmatch(name):
        return Meaning(
            category="MXF",
            container="Mxf",
            video="Mpeg2",
            audio="Wav",
            aspect="16x9",
            width=1920,
            height=int(found["height"]),
            is_interlaced=True,
            rate=_NTSC,
            bitrate=int(found["bitrate"]) * 1_000_000,
            quality=None,
            is_constant=False,
        )
    raise UnknownName(name)


def settings(meaning: Meaning) -> Settings:
    """The `PresetSettings` that do what a name says."""
    made: Settings = {"ContainerSettings": _CONTAINERS[meaning.container]}
    if meaning.video is not None:
        made["VideoDescription"] = {
            "Width": meaning.width,
            "Height": meaning.height,
            "CodecSettings": _VIDEO[meaning.video](meaning),
        }
    if meaning.audio is not None:
        bitrate = _AUDIO_BITRATE if meaning.video is not None else meaning.bitrate
        made["AudioDescriptions"] = [{"CodecSettings": _audio(meaning.audio, bitrate)}]
    return made


def _newer(found: re.Match[str]) -> Meaning:
    package, container = found["package"], found["container"]
    return Meaning(
        category=_CATEGORIES[found["kind"] if found["kind"] == "Generic" else package],
        container="Dash" if package == "Dash" else container,
        video=found["video"],
        audio=found["audio"],
        aspect=found["aspect"],
        width=int(found["width"] or 0),
        height=int(found["height"] or 0),
        is_interlaced=False,
        # XDCAM knows no 60 frames a second, but 60/1.001
        rate=(int(found["rate"] or 0) * 1_000, 1_001) if package == "Xdcam" else (int(found["rate"] or 0), 1),
        bitrate=round(float(found["bitrate"]) * _UNITS[found["unit"]]),
        quality=None if found["quality"] is None else int(found["quality"]),
        is_constant=found["cbr"] is not None,
    )


def _frames(meaning: Meaning) -> Settings:
    """Rate and shape: pixels are square, for every size has the aspect that the name says."""
    numerator, denominator = meaning.rate
    return {
        "FramerateControl": "SPECIFIED",
        "FramerateNumerator": numerator,
        "FramerateDenominator": denominator,
        "ParControl": "SPECIFIED",
        "ParNumerator": 1,
        "ParDenominator": 1,
    }


def _rate_control(meaning: Meaning) -> Settings:
    """QVBR and CBR where the name says so, else VBR around the bitrate."""
    if meaning.quality is not None:
        quality = {"QvbrQualityLevel": meaning.quality}
        return {"RateControlMode": "QVBR", "MaxBitrate": meaning.bitrate, "QvbrSettings": quality}
    return {"RateControlMode": "CBR" if meaning.is_constant else "VBR", "Bitrate": meaning.bitrate}


def _avc(meaning: Meaning) -> Settings:
    own = {
        **_rate_control(meaning),
        **_frames(meaning),
        "CodecProfile": "HIGH" if meaning.height >= 720 else "MAIN",
        "CodecLevel": "AUTO",
        "GopSize": _GOP_SECONDS,
        "GopSizeUnits": "SECONDS",
        "InterlaceMode": "PROGRESSIVE",
    }
    return {"Codec": "H_264", "H264Settings": own}


def _hevc(meaning: Meaning) -> Settings:
    own = {
        **_rate_control(meaning),
        **_frames(meaning),
        "CodecProfile": "MAIN_MAIN",
        "CodecLevel": "AUTO",
        "GopSize": _GOP_SECONDS,
        "GopSizeUnits": "SECONDS",
        "InterlaceMode": "PROGRESSIVE",
        "WriteMp4PackagingType": "HEV1",
    }
    return {"Codec": "H_265", "H265Settings": own}


def _mpeg2(meaning: Meaning) -> Settings:
    """XDCAM HD422 has 4:2:2 pictures at 50 Mbps, XDCAM HD 4:2:0 below. Its groups have half a second at most."""
    own = {
        "RateControlMode": "CBR",
        "Bitrate": meaning.bitrate,
        **_frames(meaning),
        "CodecProfile": "PROFILE_422" if meaning.bitrate >= 50_000_000 else "MAIN",
        "CodecLevel": "HIGH",
        "GopSize": 15,
        "GopSizeUnits": "FRAMES",
        "InterlaceMode": "TOP_FIELD" if meaning.is_interlaced else "PROGRESSIVE",
    }
    return {"Codec": "MPEG2", "Mpeg2Settings": own}


def _audio(codec: str, bitrate: int) -> Settings:
    if codec == "Wav":
        return {"Codec": "WAV", "WavSettings": {"BitDepth": 24, "Channels": 2, "SampleRate": 48_000}}
    own = {
        "Bitrate": bitrate,
        "CodecProfile": "HEV1" if codec == "Aac_He" else "LC",
        "CodingMode": "CODING_MODE_2_0",
        "RateControlMode": "CBR",
        "SampleRate": 48_000,
    }
    return {"Codec": "AAC", "AacSettings": own}


_VIDEO = {"Avc": _avc, "Hev1": _hevc, "Mpeg2": _mpeg2}

_CONTAINERS: dict[str, Settings] = {
    "Mp4": {
        "Container": "MP4",
        "Mp4Settings": {"CslgAtom": "INCLUDE", "FreeSpaceBox": "EXCLUDE", "MoovPlacement": "PROGRESSIVE_DOWNLOAD"},
    },
    "Ts": {"Container": "M3U8", "M3u8Settings": {}},
    "Dash": {"Container": "MPD"},
    "Cmfc": {"Container": "CMFC"},
    "Mxf": {"Container": "MXF", "MxfSettings": {"Profile": "XDCAM"}},
}
