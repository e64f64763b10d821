"""The system job templates. Data: the groups that are published, filled with presets.

`System-Generic_Mp4_Hev1_Avc_Aac_Sdr_Qvbr` is whole in the AWS CLI's example of `list-job-templates`; the outputs and
group settings of the HLS and CMAF ones are those of programs that use them. Of the DASH one's outputs only those are
here whose presets are known.
"""

import re
from collections.abc import Iterable, Mapping
from typing import Any

from telecine.media.system import presets
from telecine.media.system.recipe import Recipe

_GENERIC = "System-Generic_Mp4_Hev1_Avc_Aac_Sdr_Qvbr"


def _modifier(preset: str) -> str:
    """`_` and the name's tail, megabits written as kilobits (`5Mbps` as `5000Kbps`)."""

    def kilobits(found: re.Match[str]) -> str:
        return f"{round(float(found[1]) * 1000)}Kbps"

    return "_" + re.sub(r"([0-9.]+)Mbps", kilobits, preset.removeprefix("System-"))


def _group(name: str, kind: str, names: Iterable[str], own: Mapping[str, Any], extension: str = "") -> dict[str, Any]:
    """One output group of type `kind`, with an output for each preset."""
    extra = {"Extension": extension} if extension else {}
    block = {
        "FILE_GROUP_SETTINGS": "FileGroupSettings",
        "HLS_GROUP_SETTINGS": "HlsGroupSettings",
        "DASH_ISO_GROUP_SETTINGS": "DashIsoGroupSettings",
        "CMAF_GROUP_SETTINGS": "CmafGroupSettings",
    }[kind]
    return {
        "Name": name,
        "OutputGroupSettings": {"Type": kind, block: dict(own)},
        "Outputs": [{"Preset": preset, "NameModifier": _modifier(preset), **extra} for preset in names],
    }


def _recipe(name: str, category: str, description: str, group: Mapping[str, Any]) -> Recipe:
    settings = {"AdAvailOffset": 0, "OutputGroups": [group]}
    return Recipe(name=name, category=category, description=description, settings=settings)


_HLS = {
    "CodecSpecification": "RFC_4281",
    "DirectoryStructure": "SINGLE_DIRECTORY",
    "MinSegmentLength": 0,
    "ProgramDateTimePeriod": 600,
    "SegmentLength": 3,
    "TimedMetadataId3Frame": "PRIV",
    "TimedMetadataId3Period": 10,
}
_DASH = {"FragmentLength": 3, "SegmentControl": "SEGMENTED_FILES", "SegmentLength": 30}
_CMAF = {
    "ClientCache": "ENABLED",
    "CodecSpecification": "RFC_4281",
    "FragmentLength": 3,
    "ManifestCompression": "NONE",
    "ManifestDurationFormat": "INTEGER",
    "SegmentControl": "SEGMENTED_FILES",
    "SegmentLength": 30,
    "StreamInfResolution": "INCLUDE",
    "WriteDashManifest": "ENABLED",
    "WriteHlsManifest": "ENABLED",
}


def _cmaf(name: str, mode: str, names: tuple[str, ...]) -> Recipe:
    group = _group("CMAF", "CMAF_GROUP_SETTINGS", (*names, *presets.CMAF_AUDIO), _CMAF)
    return _recipe(name, "OTT-CMAF", f"OTT, CMAF, CMFC, AVC, AAC, SDR, {mode}", group)


TEMPLATES: Mapping[str, Recipe] = {
    recipe.name: recipe
    for recipe in (
        _recipe(
            _GENERIC,
            "GENERIC",
            "GENERIC, MP4, AVC + HEV1(HEVC,SDR), AAC, SDR, QVBR",
            _group("File Group", "FILE_GROUP_SETTINGS", presets.GENERIC_QVBR, {}, extension="mp4"),
        ),
        _cmaf("System-Ott_Cmaf_Cmfc_Avc_Aac_Sdr_Cbr", "CBR", presets.CMAF_CBR),
        _cmaf("System-Ott_Cmaf_Cmfc_Avc_Aac_Sdr_Qvbr", "QVBR", presets.CMAF_QVBR),
        _recipe(
            "System-Ott_Dash_Mp4_Avc_Aac",
            "OTT-DASH",
            "OTT, DASH, MP4, AVC, AAC",
            _group("DASH ISO", "DASH_ISO_GROUP_SETTINGS", presets.DASH, _DASH),
        ),
        _recipe(
            "System-Ott_Hls_Ts_Avc_Aac",
            "OTT-HLS",
            "OTT, HLS, TS, AVC, AAC",
            _group("Apple HLS", "HLS_GROUP_SETTINGS", presets.HLS, _HLS),
        ),
    )
}
"""By name, in the order of the names."""
