"""MediaConvert's events: the detail of a "MediaConvert Job State Change" for each occasion.

Source: MediaConvert user guide, "EventBridge events" (`ev_status_*`). Times are epoch milliseconds.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from telecine.core.clock import epoch_ms
from telecine.events.outbox import Event
from telecine.services.mediaconvert.model import GroupOutcome, Job, JobStatus, OutputOutcome, Phase

_DETAIL_TYPE = "MediaConvert Job State Change"
_SOURCE = "aws.mediaconvert"

Detail = Mapping[str, Any]


def event(event_id: str, now: datetime, job: Job, status: str, extra: Detail) -> Event:
    """The event that `job` has come to `status` (of a job, or an occasion like `INPUT_INFORMATION`)."""
    return Event(
        id=event_id,
        time=now,
        account=job.account,
        region=job.region,
        source=_SOURCE,
        detail_type=_DETAIL_TYPE,
        resources=(job.arn,),
        detail={
            "timestamp": epoch_ms(now),
            "accountId": job.account,
            "queue": job.queue_arn,
            "jobId": job.id,
            "status": status,
            "userMetadata": dict(job.submission.user_metadata),
            **extra,
        },
    )


def ending(job: Job) -> Detail:
    """What the event of a job's end carries beside the basics."""
    if job.status is JobStatus.COMPLETE:
        return {"outputGroupDetails": [_group(group) for group in job.outputs], **_warnings(job)}
    if job.status is JobStatus.ERROR:
        return {"errorCode": job.error_code, "errorMessage": job.error_message, **_warnings(job)}
    return {}


def status_update(job: Job) -> Detail:
    """How far the job is: frames, percent, and each phase's own state."""
    current = job.phase or Phase.PROBING
    order = list(Phase)
    phases: dict[str, Any] = {}
    for phase in order:
        if order.index(phase) < order.index(current):
            phases[phase] = {"status": "COMPLETE", "percentComplete": 100}
        elif phase is current:
            phases[phase] = {"status": "PROGRESSING", "percentComplete": job.phase_percent}
        else:
            phases[phase] = {"status": "PENDING", "percentComplete": 0}
    return {
        "framesDecoded": job.frames_decoded,
        "jobProgress": {
            "phaseProgress": phases,
            "jobPercentComplete": job.job_percent,
            "currentPhase": current,
            "retryCount": job.retry_count,
        },
    }


def input_information(inputs: Sequence[Detail]) -> Detail:
    return {"inputDetails": [dict(details) for details in inputs]}


def new_warning(code: int, message: str) -> Detail:
    """The code is a string here, with six digits, and a number everywhere else."""
    return {"warningCode": f"{code:06d}", "warningMessage": message}


def queue_hop(before: Job, after: Job) -> Detail:
    """From where to where; `queue` itself is among what every event carries."""
    return {
        "priority": after.priority,
        "previousQueue": before.queue_arn,
        "previousPriority": before.priority,
    }


def _warnings(job: Job) -> Detail:
    if not job.warnings:
        return {}
    return {"warnings": [{"code": code, "count": count} for code, count in job.warnings.items()]}


def _group(group: GroupOutcome) -> dict[str, Any]:
    details: dict[str, Any] = {"outputDetails": [_output(output) for output in group.outputs]}
    if group.playlist_paths:
        details["playlistFilePaths"] = list(group.playlist_paths)
    return {**details, "type": group.type}


def _output(output: OutputOutcome) -> dict[str, Any]:
    details: dict[str, Any] = {
        "outputFilePaths": list(output.file_paths),
        "durationInMs": output.duration_ms,
    }
    video = {
        "widthInPx": output.width,
        "heightInPx": output.height,
        "averageBitrate": output.average_bitrate,
    }
    video = {name: value for name, value in video.items() if value is not None}
    return {**details, "videoDetails": video} if video else details
