"""An input as the INPUT_INFORMATION event shows it.

Source: MediaConvert user guide, `ev_status_input_information`. The guide shows one example; the other values of the
enumerations follow its pattern.
"""

from typing import Any

from telecine.media.probe.tracks import AudioTrack, Probe, VideoTrack

_VIDEO_CODECS = {
    "h264": "H_264",
    "hevc": "H_265",
    "mpeg2video": "MPEG2",
    "mpeg1video": "MPEG1",
    "mpeg4": "MPEG4",
    "prores": "PRORES",
    "rawvideo": "UNCOMPRESSED",
    "v210": "UNCOMPRESSED",
    "dnxhd": "VC3",
}
_AUDIO_CODECS = {"aac_latm": "AAC", "truehd": "TRUEHD", "dca": "DTS"}
_CHROMA = {"420": "YUV_420", "422": "YUV_422", "444": "YUV_444"}
_UNDETERMINED = "UND"


def input_details(probe: Probe, number: int, uri: str) -> dict[str, Any]:
    """The entry of `inputDetails` for the job's input `number` (counted from 1)."""
    return {
        "id": number,
        "uri": uri,
        "audio": [_audio(track) for track in probe.audio],
        "video": [_video(track) for track in probe.video],
    }


def _audio(track: AudioTrack) -> dict[str, Any]:
    codec = "PCM" if track.codec.startswith("pcm_") else track.codec.upper()
    return {
        "channels": track.channels,
        "codec": _AUDIO_CODECS.get(track.codec, codec),
        "language": (track.language or _UNDETERMINED).upper(),
        "sampleRate": track.sample_rate,
        "streamId": track.stream_id,
    }


def _video(track: VideoTrack) -> dict[str, Any]:
    rate = round(float(track.frame_rate), 3)
    return {
        "bitDepth": track.bit_depth,
        "codec": _VIDEO_CODECS.get(track.codec, track.codec.upper()),
        "colorFormat": _color_format(track.pixel_format),
        "fourCC": track.four_cc,
        "frameRate": int(rate) if rate.is_integer() else rate,
        "height": track.height,
        "interlaceMode": "INTERLACED" if track.is_interlaced else "PROGRESSIVE",
        "sar": f"{track.pixel_aspect.numerator}:{track.pixel_aspect.denominator}",
        "standard": "UNSPECIFIED",
        "streamId": track.stream_id,
        "width": track.width,
    }


def _color_format(pixel_format: str) -> str:
    if pixel_format.startswith(("rgb", "bgr", "gbr", "argb", "abgr")):
        return "RGB"
    return next((name for digits, name in _CHROMA.items() if digits in pixel_format), "UNSPECIFIED")
