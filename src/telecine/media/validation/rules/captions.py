"""Rules of captions: where they come from and what they become.

Sources: the members' documentation in the service model; user guide, `captions-support-tables-by-container-type`. A
block of settings beside another destination type is answered as public code quotes it (`…/destinationType: Must be
BURN_IN`).
"""

from collections.abc import Iterator, Sequence

from telecine.media.settings import Structure
from telecine.media.validation.tree import Finding, Rules, inside, on
from telecine.media.validation.words import at, depends, must_be, one_of, required, together, union

_BLOCKS = {
    "BURN_IN": "BurninDestinationSettings",
    "DVB_SUB": "DvbSubDestinationSettings",
    "EMBEDDED": "EmbeddedDestinationSettings",
    "IMSC": "ImscDestinationSettings",
    "SCC": "SccDestinationSettings",
    "SRT": "SrtDestinationSettings",
    "TELETEXT": "TeletextDestinationSettings",
    "TTML": "TtmlDestinationSettings",
    "WEBVTT": "WebvttDestinationSettings",
}
_EMBEDDED = ("EMBEDDED", "EMBEDDED_PLUS_SCTE20", "SCTE20_PLUS_EMBEDDED")

_block = union("DestinationType", _BLOCKS)


def _destination(own: Structure) -> Sequence[Finding]:
    """EmbeddedDestinationSettings go with all three ways of embedding."""
    if own.get("DestinationType") in _EMBEDDED:
        own = {**own, "DestinationType": "EMBEDDED"}
    return list(_block(own))


_FILES = ("SCC", "TTML", "STL", "SRT", "SMI", "SMPTE_TT", "IMSC", "WEBVTT", "TT_3GPP")
_SOURCES = {
    "AncillarySourceSettings": ("ANCILLARY",),
    "DvbSubSourceSettings": ("DVB_SUB",),
    "EmbeddedSourceSettings": ("EMBEDDED", "SCTE20"),
    "FileSourceSettings": _FILES,
    "TeletextSourceSettings": ("TELETEXT",),
    "TrackSourceSettings": ("IMSC", "TT_3GPP"),
    "WebvttHlsSourceSettings": ("WEBVTT",),
}
"""The source types with which each block of settings goes."""


def _source(own: Structure) -> Iterator[Finding]:
    kind = own.get("SourceType")
    if kind is None:
        yield required("SourceType")
        return
    for block, kinds in _SOURCES.items():
        if own.get(block) is not None and kind not in kinds:
            yield depends(block)
            yield must_be("SourceType", kinds[0]) if len(kinds) == 1 else one_of("SourceType", kinds)


_FONT_FILES = together("FontFileBold", "FontFileBoldItalic", "FontFileItalic", "FontFileRegular")


def _display_window(own: Structure) -> Iterator[Finding]:
    """Place and size of the window need "DDS handling to a value other than None"."""
    if own.get("DdsHandling") in (None, "NONE"):
        for member in ("DdsXCoordinate", "DdsYCoordinate", "Width", "Height"):
            if own.get(member) is not None:
                yield depends(member)
                yield one_of("DdsHandling", ("SPECIFIED", "NO_DISPLAY_WINDOW", "SPECIFIED_OPTIMAL"))
                return


def _page(own: Structure) -> Sequence[Finding]:
    """The model: "strings ending in -FF are invalid"."""
    is_wrong = str(own["PageNumber"]).upper().endswith("FF")
    return [(at("PageNumber"), "Should not end in FF")] if is_wrong else ()


_CONTAINERS = {
    "DVB_SUB": ("M2TS",),
    "TELETEXT": ("M2TS", "MXF"),
    "SCC": ("RAW",),
    "SRT": ("RAW",),
    "SMI": ("RAW",),
}
"""Captions that only these containers take. The guide's tables have gaps, and there are newer containers than theirs:
what is not one of these is let pass."""


def in_output(output: Structure) -> Iterator[Finding]:
    """Captions that the output's container cannot have."""
    container = inside(output, "ContainerSettings").get("Container")
    descriptions = output["CaptionDescriptions"]
    assert isinstance(descriptions, Sequence)
    for number, description in enumerate(descriptions):
        kind = str(inside(description, "DestinationSettings").get("DestinationType") or "")
        allowed = _CONTAINERS.get(kind)
        if allowed is not None and container is not None and container not in allowed:
            yield (
                at("CaptionDescriptions", number, "DestinationSettings", "DestinationType"),
                f"{kind} captions need the container {' or '.join(allowed)}",
            )


def _selector(description: Structure) -> Iterator[Finding]:
    """In a job a caption description names the selector that it takes its captions from."""
    if description.get("CaptionSelectorName") is None and not description.get("AudioSourceNames"):
        yield required("CaptionSelectorName")


RULES: Rules = {
    "Output": (on("CaptionDescriptions", in_output),),
    "CaptionDestinationSettings": (_destination,),
    "CaptionSourceSettings": (_source,),
    "BurninDestinationSettings": (_FONT_FILES,),
    "DvbSubDestinationSettings": (_FONT_FILES, _display_window),
    "TeletextDestinationSettings": (on("PageNumber", _page),),
}

JOB_RULES: Rules = {"CaptionDescription": (_selector,)}
