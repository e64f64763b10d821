"""Jobs, queues, presets and templates as the API shows them, by the model's member names."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from telecine.core.tags import Tags
from telecine.services.mediaconvert.model import (
    GroupOutcome,
    Hop,
    InputPolicy,
    Job,
    JobStatus,
    JobTemplate,
    OutputOutcome,
    Phase,
    Preset,
    Queue,
    QueueTransition,
    Reservation,
    queue_arn,
)


def job(found: Job) -> dict[str, Any]:
    """A `Job`. Members without a value yet (phase, percent, times, error) are absent."""
    asked = found.submission
    mode = asked.acceleration_mode or "DISABLED"
    return _present(
        {
            "Arn": found.arn,
            "Id": found.id,
            "CreatedAt": found.submitted_at,
            "Queue": queue_arn(found.account, found.region, asked.queue),
            "Role": asked.role_arn,
            "Status": found.status,
            "Priority": asked.priority,
            "UserMetadata": dict(asked.user_metadata),
            "StatusUpdateInterval": asked.status_update_interval,
            "BillingTagsSource": asked.billing_tags_source,
            "ClientRequestToken": asked.client_request_token,
            "AccelerationSettings": {"Mode": mode},
            "AccelerationStatus": _acceleration(found, mode),
            "SimulateReservedQueue": asked.simulate_reserved_queue,
            "JobTemplate": asked.job_template,
            "JobEngineVersionRequested": asked.job_engine_version,
            "ShareStatus": "NOT_SHARED",
            "HopDestinations": [_hop(found, hop) for hop in asked.hops],
            "QueueTransitions": [_transition(found, transition) for transition in found.transitions],
            "Settings": asked.settings if asked.shown is None else asked.shown,
            "Timing": _present(
                {"SubmitTime": found.submitted_at, "StartTime": found.started_at, "FinishTime": found.finished_at}
            ),
            "Messages": {"Info": _infos(found), "Warning": list(found.messages)},
            "Warnings": [{"Code": code, "Count": count} for code, count in found.warnings.items()] or None,
            "ErrorCode": found.error_code,
            "ErrorMessage": found.error_message,
            **_progress(found),
            "OutputGroupDetails": [_group(group) for group in found.outputs] or None,
        }
    )


def _acceleration(found: Job, mode: str) -> str:
    """PREFERRED jobs run plainly, as those of MediaConvert that cannot be accelerated: known once they are probed."""
    if mode == "DISABLED":
        return "NOT_APPLICABLE"
    is_undecided = not found.status.is_final and found.phase in {None, Phase.PROBING}
    return "IN_PROGRESS" if is_undecided else "NOT_ACCELERATED"


def _infos(found: Job) -> list[str]:
    version = found.submission.job_engine_version
    if version is None:
        return []
    return [f"Job engine version {version} has expired. The job runs on the version of this server."]


def input_policy(policy: InputPolicy) -> dict[str, str]:
    """A `Policy` that says for every kind of input what holds."""
    allowed = {"HttpInputs": policy.http, "HttpsInputs": policy.https, "S3Inputs": policy.s3}
    return {member: "ALLOWED" if is_allowed else "DISALLOWED" for member, is_allowed in allowed.items()}


def queue(found: Queue, now: datetime) -> dict[str, Any]:
    """A `Queue` with the number of jobs that wait and run in it, and its reservation as it stands now."""
    return _present(
        {
            "Arn": found.arn,
            "Name": found.name,
            "Type": found.type,
            "Status": found.status,
            "PricingPlan": found.pricing_plan,
            "Description": found.description,
            "ConcurrentJobs": found.concurrent_jobs,
            "ReservationPlan": None if found.reservation is None else _reservation(found.reservation, now),
            "CreatedAt": found.created_at,
            "LastUpdated": found.updated_at,
            "SubmittedJobsCount": found.submitted_jobs,
            "ProgressingJobsCount": found.progressing_jobs,
        }
    )


def _reservation(found: Reservation, now: datetime) -> dict[str, Any]:
    return {
        "Commitment": "ONE_YEAR",
        "ReservedSlots": found.slots,
        "RenewalType": found.renewal,
        "Status": "EXPIRED" if found.is_expired(now) else "ACTIVE",
        "PurchasedAt": found.purchased_at,
        "ExpiresAt": found.expires_at,
    }


def preset(found: Preset) -> dict[str, Any]:
    """A `Preset`, its settings as they were given."""
    return _present(_recipe(found))


def job_template(found: JobTemplate) -> dict[str, Any]:
    """A `JobTemplate`; its queues by ARN, however they were named."""
    defaults = dict(found.draft.defaults)
    if defaults.get("Queue"):
        defaults["Queue"] = _queue_arn(found, defaults["Queue"])
    if "HopDestinations" in defaults:
        hops = defaults["HopDestinations"]
        defaults["HopDestinations"] = [
            {**hop, "Queue": _queue_arn(found, hop["Queue"])} if hop.get("Queue") else hop for hop in hops
        ]
    return _present({**_recipe(found), **defaults})


def _recipe(found: Preset | JobTemplate) -> dict[str, Any]:
    return {
        "Arn": found.arn,
        "Name": found.draft.name,
        "Type": found.type,
        "Category": found.draft.category,
        "Description": found.draft.description,
        "CreatedAt": found.created_at,
        "LastUpdated": found.updated_at,
        "Settings": found.draft.settings,
    }


def _queue_arn(found: JobTemplate, queue: str) -> str:
    return queue if queue.startswith("arn:") else queue_arn(found.account, found.region, queue)


def resource_tags(arn: str, tags: Tags) -> dict[str, Any]:
    """A `ResourceTags`."""
    return {"Arn": arn, "Tags": tags}


def _hop(found: Job, hop: Hop) -> dict[str, Any]:
    arn = queue_arn(found.account, found.region, hop.queue)
    return _present({"Queue": arn, "WaitMinutes": hop.wait_minutes, "Priority": hop.priority})


def _transition(found: Job, transition: QueueTransition) -> dict[str, Any]:
    return {
        "SourceQueue": queue_arn(found.account, found.region, transition.source),
        "DestinationQueue": queue_arn(found.account, found.region, transition.destination),
        "Timestamp": transition.at,
    }


def _progress(found: Job) -> dict[str, Any]:
    if found.status is JobStatus.SUBMITTED or found.started_at is None:
        return {}
    return {
        "CurrentPhase": found.phase,
        "JobPercentComplete": found.job_percent,
        "RetryCount": found.retry_count,
    }


def _group(group: GroupOutcome) -> dict[str, Any]:
    """An `OutputGroupDetail`. The API has no file paths: only the COMPLETE event tells them."""
    return {"OutputDetails": [_output(output) for output in group.outputs]}


def _output(output: OutputOutcome) -> dict[str, Any]:
    video = _present({"WidthInPx": output.width, "HeightInPx": output.height})
    return _present({"DurationInMs": output.duration_ms, "VideoDetails": video or None})


def _present(members: Mapping[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in members.items() if value is not None}
