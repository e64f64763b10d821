"""Rules of an input: where it comes from, which part of it is used, what is selected.

Sources: the members' documentation in the service model; user guide, `setting-up-an-assembly-workflow-job` (clips are
chronological and do not overlap, each start "must come after the previous clip's end", and each is shorter than twelve
hours; a start or an end may be left out, not both).
"""

from collections.abc import Iterator, Sequence

from telecine.media.settings import Structure, fields
from telecine.media.validation.tree import Finding, Rules, each, inside, on
from telecine.media.validation.words import at, depends, must_be, needs, required, together


def _source(given: Structure) -> Iterator[Finding]:
    """A file, a generator or a TAMS server; file and generator "you cannot specify both"."""
    uri, generator = fields.text(given, "FileInput", ""), given.get("VideoGenerator")
    if uri and generator is not None:
        yield depends("VideoGenerator")
        yield at("FileInput"), "Must not be specified together with videoGenerator"
    if not uri and generator is None and given.get("TamsSettings") is None:
        yield required("FileInput")


def _no_source(given: Structure) -> Sequence[Finding]:
    """A template's input is everything but a file."""
    is_wrong = given.get("FileInput") is not None
    return [(at("FileInput"), "does not belong to the input of a job template")] if is_wrong else ()


def _clippings(given: Structure) -> Iterator[Finding]:
    """Each clip has a start or an end, and begins after the one before it has ended: both frames are included."""
    reached: tuple[int, ...] | None = (-1,)  # the last frame of the clips before; None when they go on to the end
    for number, clip in enumerate(each(given, "InputClippings")):
        start, end = _timecode(clip.get("StartTimecode")), _timecode(clip.get("EndTimecode"))
        path = at("InputClippings", number)
        if start is None and end is None:
            yield path, required("StartTimecode")[1]
            continue
        if start is not None and end is not None:
            if end < start:
                yield f"{path}/endTimecode", "Should be after startTimecode"
            elif (end[0] - start[0], *end[1:]) >= (_MOST_HOURS, *start[1:]):
                yield f"{path}/endTimecode", f"Should be less than {_MOST_HOURS} hours after startTimecode"
        begins = start or (0,)
        if reached is None or (number > 0 and begins <= reached):
            yield f"{path}/startTimecode", "Should be after the end of the clip before: clips must not overlap"
        reached = end


_MOST_HOURS = 12
"""A clip is shorter."""


def _timecode(value: object) -> tuple[int, ...] | None:
    """HH:MM:SS:FF (or `;FF`, and perhaps `@rate`) as numbers that compare; None when it is absent, blank or none."""
    if not isinstance(value, str) or not value:
        return None
    digits = value.partition("@")[0].replace(";", ":").split(":")
    return tuple(int(part) for part in digits) if len(digits) == 4 and all(map(str.isdecimal, digits)) else None


_SPECIFIED = needs("TimecodeStart", TimecodeSource="SPECIFIEDSTART")


def _tracks(selector: Structure) -> Sequence[Finding]:
    is_wrong = any(track < 1 for track in fields.integers(selector, "Tracks"))
    return [(at("Tracks", 0), "Should be greater than or equal to 1")] if is_wrong else ()


def _channels_out(own: Structure) -> Sequence[Finding]:
    """The model: "1 and even numbers to 64"."""
    value = own["ChannelsOut"]
    is_wrong = isinstance(value, int) and value > 1 and value % 2
    return [(at("ChannelsOut"), "Should be 1 or an even number up to 64")] if is_wrong else ()


def _generated_size(own: Structure) -> Iterator[Finding]:
    """The model: "an even integer from 32 to 8192"."""
    for member in ("Height", "Width"):
        value = own.get(member)
        if isinstance(value, int) and value % 2:
            yield at(member), "Should be a multiple of 2"


def _tams(own: Structure) -> Sequence[Finding]:
    """Three members are "required when you include TAMS settings in your job"."""
    return [required(name) for name in ("AuthConnectionArn", "SourceId", "Timerange") if own.get(name) is None]


def _hdr10(selector: Structure) -> Iterator[Finding]:
    """Metadata that are given need "Color space to HDR 10"."""
    if inside(selector, "Hdr10Metadata") and selector.get("ColorSpace") != "HDR10":
        yield depends("Hdr10Metadata")
        yield must_be("ColorSpace", "HDR10")


_COMMON = (_SPECIFIED, on("InputClippings", _clippings), needs("FilterEnable", "FORCE", FilterStrength=...))

RULES: Rules = {
    "Input": _COMMON,
    "InputTemplate": (_no_source, *_COMMON),
    "VideoOverlayInput": (_SPECIFIED, on("InputClippings", _clippings)),
    "AudioSelector": (on("Tracks", _tracks),),
    "DynamicAudioSelector": (needs("SelectorType", "LANGUAGE_CODE", LanguageCode=...),),
    "RemixSettings": (
        on("ChannelsOut", _channels_out),
        together("AudioDescriptionAudioChannel", "AudioDescriptionDataChannel"),
    ),
    "InputVideoGenerator": (
        together("Width", "Height"),
        together("FramerateNumerator", "FramerateDenominator"),
        _generated_size,
    ),
    "InputTamsSettings": (_tams,),
    "VideoSelector": (on("Hdr10Metadata", _hdr10),),
}

JOB_RULES: Rules = {"Input": (_source,)}
