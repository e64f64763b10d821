"""What this server's engine cannot do, where each member alone is honoured: limits between settings, of jobs alone.

The ledger speaks of members and values; these speak of what only shows when one looks at several. MediaConvert has none
of these limits, so that templates and presets are not held to them.
"""

from collections.abc import Iterator

from telecine.media.plan import names
from telecine.media.settings import Structure, fields
from telecine.media.validation.rules import groups
from telecine.media.validation.tree import Finding, Rules, each, inside, on
from telecine.media.validation.words import at


def _inputs(settings: Structure) -> Iterator[Finding]:
    for number, given in enumerate(each(settings, "Inputs")):
        uri = fields.text(given, "FileInput", "")
        if number > 0:
            yield at("Inputs", number), "more than one input is not supported by this server"
        elif uri.startswith("s3://") and not uri.removeprefix("s3://").partition("/")[2]:
            yield at("Inputs", number, "FileInput"), "names a bucket but no object"


def _outputs(group: Structure) -> Iterator[Finding]:
    kind = groups.kind(group)[0]
    for number, output in enumerate(each(group, "Outputs")):
        if output.get("VideoDescription") is not None:
            continue
        if not each(output, "AudioDescriptions"):
            yield at("Outputs", number), "an output without video and audio is not supported by this server"
        elif kind == "HLS_GROUP_SETTINGS":
            yield at("Outputs", number), "an HLS output without video is not supported by this server"


def _transport_stream(output: Structure) -> Iterator[Finding]:
    own = inside(output, "ContainerSettings", "M3u8Settings")
    if not own:
        return
    tracks = len(each(output, "AudioDescriptions"))
    video = fields.integer(own, "VideoPid", 481)
    sounds = fields.integers(own, "AudioPids") or tuple(range(482, 493))
    if fields.integer(own, "PcrPid", video) != video:
        yield f"{_M3U8}/pcrPid", "another PID than the video's is not supported by this server"
    if len(sounds) < tracks:
        yield f"{_M3U8}/audioPids", f"Should have at least {tracks} items"
    used = [fields.integer(own, "PmtPid", 480), video, *sounds[:tracks]]
    if len(set(used)) < len(used):
        yield _M3U8, "videoPid, audioPids and pmtPid must be different"
    for member in ("ProgramNumber", "TransportStreamId"):
        if own.get(member) == 0:
            yield _M3U8 + at(member), "0 is not supported by this server"


_M3U8 = at("ContainerSettings", "M3u8Settings")


def _segment_modifier(own: Structure) -> Iterator[Finding]:
    """Date and time would be those of each segment, which a plan cannot know."""
    for name in names.unknown_variables(str(own["SegmentModifier"]), names.SEGMENT_VARIABLES):
        if name in names.MODIFIER_VARIABLES:
            yield at("SegmentModifier"), f"the format identifier ${name}$ is not supported by this server here"


LIMITS: Rules = {
    "JobSettings": (_inputs,),
    "OutputGroup": (_outputs,),
    "Output": (_transport_stream,),
    "HlsSettings": (on("SegmentModifier", _segment_modifier),),
}
