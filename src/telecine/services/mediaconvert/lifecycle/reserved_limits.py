"""What a job cannot have in a reserved queue.

Source: MediaConvert user guide, "Feature limitations with reserved queues". An output whose size follows its input is
not known to be 8K before the job runs, and runs.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from telecine.services.mediaconvert.errors import Finding
from telecine.services.mediaconvert.model import Submission

_LARGEST = (4096, 2160)
"""Beyond 4K lies what the guide calls 8K."""


def problems(submission: Submission) -> Iterator[Finding]:
    """Every setting of the job that must be off in a reserved queue."""
    if submission.acceleration_mode not in {None, "DISABLED"}:
        yield "/accelerationSettings/mode", _sentence("Accelerated transcoding")
    for group_number, group in enumerate(submission.settings.get("OutputGroups", ())):
        group_path = f"/outputGroups/{group_number}"
        if group.get("AutomatedEncodingSettings"):
            yield f"{group_path}/automatedEncodingSettings", _sentence("Automated ABR")
        for number, output in enumerate(group.get("Outputs", ())):
            yield from _video(f"{group_path}/outputs/{number}/videoDescription", output.get("VideoDescription", {}))


def _video(path: str, video: Mapping[str, Any]) -> Iterator[Finding]:
    width, height = video.get("Width", 0), video.get("Height", 0)
    if max(width, height) > _LARGEST[0] or min(width, height) > _LARGEST[1]:
        yield f"{path}/{'width' if width >= height else 'height'}", _sentence("8K output resolution")
    if video.get("VideoPreprocessors", {}).get("DolbyVision"):
        yield f"{path}/videoPreprocessors/dolbyVision", _sentence("Dolby Vision")
    codec = video.get("CodecSettings", {})
    if codec.get("Codec") == "AV1":
        yield f"{path}/codecSettings/codec", _sentence("AV1")
    for name, settings in codec.items():
        if isinstance(settings, Mapping) and settings.get("FramerateConversionAlgorithm") == "FRAMEFORMER":
            member = name[0].lower() + name[1:]
            yield f"{path}/codecSettings/{member}/framerateConversionAlgorithm", _sentence("FrameFormer")


def _sentence(feature: str) -> str:
    return f"{feature} isn't available for jobs in reserved queues. Send the job to an on-demand queue, or disable it."
