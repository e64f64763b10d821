"""Rules of a whole job, or of a whole template.

Sources: the members' documentation in the service model; user guide: at most 150 inputs, one input in a template, frame
capture is never the only output. That an output would overwrite an input is answered by the job (1040 in the error
table, `media/plan`), because its path is known only once the variables in it are.
"""

from collections.abc import Iterator, Sequence

from telecine.media.settings import Structure
from telecine.media.validation.rules import video
from telecine.media.validation.tree import Finding, Rules, each, inside, on
from telecine.media.validation.words import DEPENDENCIES, at, depends, needs, required

_MOST_INPUTS = 150


def _needed(settings: Structure) -> Sequence[Finding]:
    return [required(member) for member in ("Inputs", "OutputGroups") if not settings.get(member)]


def _inputs(settings: Structure) -> Sequence[Finding]:
    is_wrong = len(each(settings, "Inputs")) > _MOST_INPUTS
    return [(at("Inputs"), f"Should have at most {_MOST_INPUTS} items")] if is_wrong else ()


def _one_input(settings: Structure) -> Sequence[Finding]:
    """The model: "There can only be one input in a job template"; system templates have none."""
    return [(at("Inputs"), "Should have at most 1 items")] if len(each(settings, "Inputs")) > 1 else ()


def _inserters(settings: Structure) -> Iterator[Finding]:
    """The model: "Mutually exclusive with motionImageInserter"."""
    if settings.get("MotionImageInserters") and settings.get("MotionImageInserter") is not None:
        yield depends("MotionImageInserters")
        yield at("MotionImageInserter"), "Must not be specified together with motionImageInserters"


def _only_frames(settings: Structure) -> Iterator[Finding]:
    """A job has to make something else beside captured frames."""
    found = False
    for group in each(settings, "OutputGroups"):
        for output in each(group, "Outputs"):
            if output.get("Preset") or video.codec(inside(output, "VideoDescription"))[0] != "FRAME_CAPTURE":
                return
            found = True
    if found:
        yield at("OutputGroups"), "A job must have an output other than frame capture"


def _same_subtitles(settings: Structure) -> Iterator[Finding]:
    """The model: "Within your job settings, all of your DVB-Sub settings must be identical"."""
    first: object = None
    for number, group in enumerate(each(settings, "OutputGroups")):
        for position, output in enumerate(each(group, "Outputs")):
            for place, description in enumerate(each(output, "CaptionDescriptions")):
                own = inside(description, "DestinationSettings").get("DvbSubDestinationSettings")
                if own is None:
                    continue
                if first is None:
                    first = own
                elif own != first:
                    path = at("OutputGroups", number, "Outputs", position, "CaptionDescriptions", place)
                    path += at("DestinationSettings", "DvbSubDestinationSettings")
                    yield path, "Must be the same as the other DVB-Sub settings of the job"


def _watermark(own: Structure) -> Iterator[Finding]:
    """What is "required for all Nielsen non-linear watermarking", and the source IDs by type of watermark."""
    for member in ("AssetId", "AssetName", "SourceId", "SourceWatermarkStatus", "TicServerUrl"):
        if own.get(member) is None:
            yield required(member)
    if "CBET" in str(own.get("ActiveWatermarkProcess")) and own.get("CbetSourceId") is None:
        yield at("ActiveWatermarkProcess"), DEPENDENCIES
        yield required("CbetSourceId")


_BOTH = (on("MotionImageInserters", _inserters), on("OutputGroups", _same_subtitles))

RULES: Rules = {
    "JobSettings": (on("Inputs", _inputs), *_BOTH),
    "JobTemplateSettings": (on("Inputs", _one_input), *_BOTH),
    "TimecodeConfig": (needs("Start", Source="SPECIFIEDSTART"),),
    "NielsenNonLinearWatermarkSettings": (_watermark,),
}

JOB_RULES: Rules = {"JobSettings": (_needed, on("OutputGroups", _only_frames))}
