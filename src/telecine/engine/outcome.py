"""What a finished plan hands over: durations, sizes and places, for the job record and the COMPLETE event."""

from dataclasses import asdict
from pathlib import Path

from telecine.media.plan.model import GroupPlan, OutputPlan, Plan
from telecine.services.mediaconvert.model import GroupOutcome, Outcome, OutputOutcome


def outcome_of(plan: Plan, folder: Path) -> Outcome:
    """The outcome of a plan whose files are in `folder`."""
    return Outcome(groups=tuple(_group(group, folder) for group in plan.groups))


def _group(group: GroupPlan, folder: Path) -> GroupOutcome:
    return GroupOutcome(
        type=group.type,
        outputs=tuple(_output(output, folder) for output in group.outputs),
        playlist_paths=group.playlist_paths,
    )


def _output(output: OutputPlan, folder: Path) -> OutputOutcome:
    bitrate = None
    if output.video_file is not None and output.duration_seconds > 0:
        bitrate = round((folder / output.video_file).stat().st_size * 8 / output.duration_seconds)
    return OutputOutcome(
        duration_ms=round(output.duration_seconds * 1000),
        width=output.width,
        height=output.height,
        average_bitrate=bitrate,
        file_paths=output.file_paths,
        pricing=asdict(output.pricing) if output.pricing else {},
    )
