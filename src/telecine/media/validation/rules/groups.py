"""Rules of an output group: its kind, its outputs' names, its manifests.

Sources: the members' documentation in the service model; user guide, `list-of-settings-variables-with-examples`,
`using-settings-variables-with-streaming-outputs`, `create-additional-manifests`, `encrypting-content`. That two
outputs of a group must not have one name follows from "Name modifier is required"; the sentence for it is this
project's.
"""

from collections.abc import Iterable, Iterator, Sequence

from telecine.media.plan import names
from telecine.media.settings import Structure, fields
from telecine.media.validation.rules import audio, containers, video
from telecine.media.validation.tree import Finding, Rules, each, inside, on
from telecine.media.validation.words import at, depends, must_be, needs, one_of, required

BLOCKS = {
    "CMAF_GROUP_SETTINGS": "CmafGroupSettings",
    "DASH_ISO_GROUP_SETTINGS": "DashIsoGroupSettings",
    "FILE_GROUP_SETTINGS": "FileGroupSettings",
    "HLS_GROUP_SETTINGS": "HlsGroupSettings",
    "MS_SMOOTH_GROUP_SETTINGS": "MsSmoothGroupSettings",
}
"""The structure that goes with each kind of group."""

_DASH_VARIABLES = frozenset({"Number", "Bandwidth", "Time"})
_NO_ENCRYPTION = ("AV1", "VP8", "VP9")


def kind(group: Structure) -> tuple[str, Structure]:
    """(the group's type, the settings of that type); an empty type when none is said."""
    own = inside(group, "OutputGroupSettings")
    name = str(own.get("Type") or "")
    return name, inside(own, BLOCKS.get(name, ""))


def _type(own: Structure) -> Iterator[Finding]:
    """The type is said, and no other type's settings stand there."""
    name = own.get("Type")
    if name is None:
        yield required("Type")
        return
    for value, block in BLOCKS.items():
        if value != name and own.get(block) is not None:
            yield at(block), f"does not belong to an output group of type {name}"


def _group(group: Structure) -> Iterable[Finding]:
    name, own = kind(group)
    outputs = each(group, "Outputs")
    found = list(_modifiers(name, outputs))
    allowed = containers.BY_GROUP.get(name)
    for number, output in enumerate(outputs):
        container = inside(output, "ContainerSettings").get("Container")
        if allowed is not None and container is not None and container not in allowed:
            found.append((at("Outputs", number, "ContainerSettings", "Container"), _allowed(allowed)))
        modifier = output.get("NameModifier")
        if isinstance(modifier, str) and "$" in modifier:
            found.extend(_in_modifier(name, modifier, number))
    if name == "DASH_ISO_GROUP_SETTINGS":
        found.extend(_alike(outputs))
    if own.get("Encryption"):
        found.extend(_encryption(outputs))
    if name == "MS_SMOOTH_GROUP_SETTINGS":
        found.extend(_bitrates(outputs))
    if own.get("SegmentLengthControl") == "MATCH":
        found.extend(_matching(outputs))
    return found


def _allowed(values: Sequence[str]) -> str:
    return one_of("Container", values)[1]


def _modifiers(name: str, outputs: Iterable[Structure]) -> Iterator[Finding]:
    """Outputs are told apart by their modifiers; an HLS rendition also from the main playlist."""
    seen: dict[object, int] = {}
    several = list(outputs)
    is_needed = len(several) > 1 or name == "HLS_GROUP_SETTINGS"
    for number, output in enumerate(several):
        modifier = output.get("NameModifier")
        if not modifier:
            if is_needed:
                yield at("Outputs", number), required("NameModifier")[1]
            continue
        first = seen.setdefault(modifier, number)
        if first != number and _file(several[first]) == _file(output):
            message = f"{modifier} is the name modifier of output {first} too; they must be different"
            yield at("Outputs", number, "NameModifier"), message


def _file(output: Structure) -> tuple[object, ...]:
    """What tells the files of two outputs of one modifier apart."""
    extension, container = output.get("Extension"), inside(output, "ContainerSettings").get("Container")
    if extension or container != "RAW":
        return (extension or container,)
    sounds = [audio.codec(one)[0] for one in each(output, "AudioDescriptions")]
    captions = [
        inside(one, "DestinationSettings").get("DestinationType") for one in each(output, "CaptionDescriptions")
    ]
    return (container, video.codec(inside(output, "VideoDescription"))[0], *sounds, *captions)


def _in_modifier(name: str, modifier: str, number: int) -> Iterator[Finding]:
    allowed = names.MODIFIER_VARIABLES
    if name == "DASH_ISO_GROUP_SETTINGS":
        allowed |= _DASH_VARIABLES
    for message in variables(modifier, allowed):
        yield at("Outputs", number, "NameModifier"), message


def variables(text: str, allowed: frozenset[str]) -> Iterator[str]:
    """A sentence for each format identifier that does not belong into `text`."""
    for name in names.unknown_variables(text, allowed):
        yield f"the format identifier ${name}$ is not supported by this server here"


def _alike(outputs: Iterable[Structure]) -> Iterator[Finding]:
    """With $Number$ or $Time$ in one output, "you must use them in the same way in all outputs"."""
    modifiers = [str(output.get("NameModifier") or "") for output in outputs]
    for variable in ("$Number$", "$Time$"):
        having = [variable in modifier for modifier in modifiers]
        if any(having) and not all(having):
            yield (
                at("Outputs", having.index(False), "NameModifier"),
                f"{variable} is in the name modifier of another output; it must be in all of the group or in none",
            )


def _encryption(outputs: Iterable[Structure]) -> Iterator[Finding]:
    """Content protection is not for AV1, VP8 and VP9."""
    for number, output in enumerate(outputs):
        picture = video.codec(inside(output, "VideoDescription"))[0]
        if picture in _NO_ENCRYPTION:
            path = at("Outputs", number, "VideoDescription", "CodecSettings", "Codec")
            yield path, f"{picture} cannot be in an output group with encryption"


def _bitrates(outputs: Iterable[Structure]) -> Iterator[Finding]:
    """Smooth Streaming: "bitrates must be unique when rounded down to the nearest multiple of 1000"."""
    seen: set[int] = set()
    for number, output in enumerate(outputs):
        name, encoder = video.codec(inside(output, "VideoDescription"))
        bitrate = encoder.get("Bitrate")
        if isinstance(bitrate, int):
            if bitrate // 1000 in seen:
                path = at("Outputs", number, "VideoDescription", "CodecSettings", video.BLOCKS[name], "Bitrate")
                yield path, "Should be unique in the output group when rounded down to a multiple of 1000"
            seen.add(bitrate // 1000)


def _matching(outputs: Iterable[Structure]) -> Iterator[Finding]:
    """Segments that match audio and frame rate: no outputs of sound alone, no rate that follows the input, AAC."""
    for number, output in enumerate(outputs):
        described = inside(output, "VideoDescription")
        name, encoder = video.codec(described)
        if not described and each(output, "AudioDescriptions"):
            yield at("Outputs", number), required("VideoDescription")[1]
        elif encoder.get("FramerateControl") == "INITIALIZE_FROM_SOURCE":
            path = at("Outputs", number, "VideoDescription", "CodecSettings", video.BLOCKS[name], "FramerateControl")
            yield path, "Must be SPECIFIED"
        for position, description in enumerate(each(output, "AudioDescriptions")):
            if audio.codec(description)[0] not in ("AAC", ""):
                yield at("Outputs", number, "AudioDescriptions", position, "CodecSettings", "Codec"), "Must be AAC"


def _destination(own: Structure) -> Iterator[Finding]:
    """Only time, date and the input's name may stand in a destination."""
    destination = fields.text(own, "Destination", "")
    if destination and not destination.removeprefix("s3://").partition("/")[0]:
        yield at("Destination"), "names no bucket"
    if "$" in destination:
        for message in variables(destination, names.DESTINATION_VARIABLES):
            yield at("Destination"), message


def _manifests(own: Structure) -> Iterator[Finding]:
    """Up to ten additional manifests, each with a name modifier of its own."""
    manifests = list(each(own, "AdditionalManifests"))
    if len(manifests) > 10:
        yield at("AdditionalManifests"), "Should have at most 10 items"
    seen: set[object] = set()
    for number, manifest in enumerate(manifests):
        modifier = manifest.get("ManifestNameModifier")
        if not modifier:
            yield at("AdditionalManifests", number), required("ManifestNameModifier")[1]
        elif modifier in seen:
            path = at("AdditionalManifests", number, "ManifestNameModifier")
            yield path, f"{modifier} is the name modifier of another manifest too; they must be different"
        seen.add(modifier)


def _base_url(own: Structure) -> Sequence[Finding]:
    is_right = fields.text(own, "BaseUrl", "").isprintable()
    return () if is_right else [(at("BaseUrl"), "Should hold printable characters only")]


def _segment_modifier(own: Structure) -> Iterator[Finding]:
    """Every identifier of a name modifier; date and time are then of each segment."""
    for message in variables(str(own["SegmentModifier"]), names.MODIFIER_VARIABLES):
        yield at("SegmentModifier"), message


def _images(own: Structure) -> Iterator[Finding]:
    """Trick-play images: sizes that can be divided, and one image a tile where they follow the segments."""
    for member, divisor in (("ThumbnailHeight", 2), ("ThumbnailWidth", 8)):
        value = own.get(member)
        if isinstance(value, int) and value % divisor:
            yield at(member), f"Should be a multiple of {divisor}"
    if own.get("IntervalCadence") == "FOLLOW_SEGMENTATION":
        for member in ("TileHeight", "TileWidth"):
            if own.get(member) not in (None, 1):
                yield depends("IntervalCadence")
                yield must_be(member, 1)


_ON_DEMAND = needs("MpdProfile", "ON_DEMAND_PROFILE", SegmentControl="SINGLE_FILE")

RULES: Rules = {
    "OutputGroup": (_group,),
    "OutputGroupSettings": (_type,),
    "FileGroupSettings": (_destination,),
    "HlsGroupSettings": (_destination, _base_url, on("AdditionalManifests", _manifests)),
    "CmafGroupSettings": (_destination, _ON_DEMAND, on("AdditionalManifests", _manifests)),
    "DashIsoGroupSettings": (_destination, _ON_DEMAND, on("AdditionalManifests", _manifests)),
    "MsSmoothGroupSettings": (_destination, on("AdditionalManifests", _manifests)),
    "HlsSettings": (on("SegmentModifier", _segment_modifier),),
    **{
        f"{group}ImageBasedTrickPlay{what}": (_images,)
        for group in ("Hls", "Cmaf", "DashIso")
        for what in ("Settings", "Variant")
    },
}


def _needed(group: Structure) -> Iterator[Finding]:
    """What a job's output group cannot do without (a template's may, because the job may bring it)."""
    name, own = kind(group)
    if group.get("OutputGroupSettings") is None:
        yield at("OutputGroupSettings"), required("Type")[1]
    if name and not fields.text(own, "Destination", ""):
        yield at("OutputGroupSettings", BLOCKS[name]) if name in BLOCKS else "", required("Destination")[1]
    outputs = group.get("Outputs")
    if outputs is None:
        yield required("Outputs")
    elif not outputs:
        yield at("Outputs"), "Should have at least 1 items"
    for number, output in enumerate(each(group, "Outputs")):
        if output.get("ContainerSettings") is None and not output.get("Preset"):
            yield at("Outputs", number), required("ContainerSettings")[1]


JOB_RULES: Rules = {"OutputGroup": (_needed,)}
