"""The system presets. Data: names, and the categories and descriptions that AWS publishes.

Sources: the AWS CLI's examples for MediaConvert (`list-presets`, `list-job-templates`), and programs that use the
presets (public repositories). A name that only a text about presets shows is not here.
"""

from collections.abc import Mapping

from telecine.media.system import grammar
from telecine.media.system.recipe import Recipe

GENERIC = (
    "System-Generic_Hd_Mp4_Avc_Aac_16x9_1280x720p_24Hz_4.5Mbps",
    "System-Generic_Hd_Mp4_Avc_Aac_16x9_1920x1080p_24Hz_6Mbps",
    "System-Generic_Sd_Mp4_Avc_Aac_4x3_640x480p_24Hz_1.5Mbps",
)
GENERIC_QVBR = (
    "System-Generic_Hd_Mp4_Avc_Aac_16x9_Sdr_1280x720p_30Hz_5Mbps_Qvbr_Vq9",
    "System-Generic_Hd_Mp4_Avc_Aac_16x9_Sdr_1920x1080p_30Hz_10Mbps_Qvbr_Vq9",
    "System-Generic_Sd_Mp4_Avc_Aac_16x9_Sdr_640x360p_30Hz_0.8Mbps_Qvbr_Vq7",
    "System-Generic_Hd_Mp4_Hev1_Aac_16x9_Sdr_1280x720p_30Hz_4Mbps_Qvbr_Vq9",
    "System-Generic_Hd_Mp4_Hev1_Aac_16x9_Sdr_1920x1080p_30Hz_8Mbps_Qvbr_Vq9",
    "System-Generic_Uhd_Mp4_Hev1_Aac_16x9_Sdr_3840x2160p_30Hz_12Mbps_Qvbr_Vq9",
)
HLS = (
    "System-Ott_Hls_Ts_Avc_Aac_16x9_480x270p_15Hz_0.4Mbps",
    "System-Ott_Hls_Ts_Avc_Aac_16x9_640x360p_30Hz_0.6Mbps",
    "System-Ott_Hls_Ts_Avc_Aac_16x9_640x360p_30Hz_1.2Mbps",
    "System-Ott_Hls_Ts_Avc_Aac_16x9_960x540p_30Hz_3.5Mbps",
    "System-Ott_Hls_Ts_Avc_Aac_16x9_1280x720p_30Hz_3.5Mbps",
    "System-Ott_Hls_Ts_Avc_Aac_16x9_1280x720p_30Hz_5.0Mbps",
    "System-Ott_Hls_Ts_Avc_Aac_16x9_1280x720p_30Hz_6.5Mbps",
    "System-Ott_Hls_Ts_Avc_Aac_16x9_1920x1080p_30Hz_8.5Mbps",
)
DASH = (
    "System-Ott_Dash_Mp4_Avc_4x3_480x360p_15Hz_0.4Mbps",
    "System-Ott_Dash_Mp4_Avc_16x9_1280x720p_30Hz_3.5Mbps",
    "System-Ott_Dash_Mp4_Aac_He_96Kbps",
)
_CMAF = (
    ("1920x1080p_30Hz_10Mbps", 9),
    ("1920x1080p_30Hz_8Mbps", 8),
    ("1440x810p_30Hz_6Mbps", 9),
    ("1440x810p_30Hz_5Mbps", 7),
    ("1280x720p_30Hz_5Mbps", 9),
    ("1280x720p_30Hz_4Mbps", 7),
    ("960x540p_30Hz_2.5Mbps", 7),
    ("768x432p_30Hz_1.2Mbps", 7),
    ("640x360p_30Hz_0.8Mbps", 7),
    ("416x234p_30Hz_0.36Mbps", 7),
)
CMAF_QVBR = tuple(f"System-Ott_Cmaf_Cmfc_Avc_16x9_Sdr_{rung}_Qvbr_Vq{level}" for rung, level in _CMAF)
CMAF_CBR = tuple(f"System-Ott_Cmaf_Cmfc_Avc_16x9_Sdr_{rung}_Cbr" for rung, _level in _CMAF)
CMAF_AUDIO = ("System-Ott_Cmaf_Cmfc_Aac_He_96Kbps", "System-Ott_Cmaf_Cmfc_Aac_He_64Kbps")
BROADCAST = ("System-Broadcast_Xdcam_Mxf_Mpeg2_Wav_16x9_1280x720p_60Hz_50Mbps",)
OLDER = ("System-Avc_16x9_1080p_29_97fps_8500kbps", "System-Xdcam_HD_1080i_29_97fps_35mpbs")

_DESCRIPTIONS = {
    "System-Avc_16x9_1080p_29_97fps_8500kbps": "Wifi, 1920x1080, 16:9, 29.97fps, 8500kbps",
    "System-Xdcam_HD_1080i_29_97fps_35mpbs": "XDCAM MPEG HD, 1920x1080i, 29.97fps, 35mbps",
}
"""AWS's own, where they are published. The others are the words of the name."""


def _described(name: str) -> str:
    return _DESCRIPTIONS.get(name) or name.removeprefix("System-").replace("_", ", ")


def _recipe(name: str) -> Recipe:
    meaning = grammar.read(name)
    return Recipe(
        name=name,
        category=meaning.category,
        description=_described(name),
        settings=grammar.settings(meaning),
    )


PRESETS: Mapping[str, Recipe] = {
    name: _recipe(name)
    for name in sorted((*GENERIC, *GENERIC_QVBR, *HLS, *DASH, *CMAF_QVBR, *CMAF_CBR, *CMAF_AUDIO, *BROADCAST, *OLDER))
}
"""By name, in the order of the names."""
