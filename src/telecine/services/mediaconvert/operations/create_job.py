"""CreateJob: every setting is honoured, or refused with its path."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from telecine.core import tags
from telecine.media import validation
from telecine.services.contract import Call, Params, Result
from telecine.services.mediaconvert import errors, view
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import (
    DEFAULT_BILLING_SOURCE,
    DEFAULT_INTERVAL,
    DEFAULT_QUEUE,
    InputPolicy,
    Submission,
    queue_name,
)
from telecine.services.mediaconvert.operations import hop_destinations
from telecine.services.mediaconvert.operations.engine_versions import can_be_asked_for

Found = Iterator[tuple[str, str]]
"""What is wrong: pairs of a path and a sentence."""

_MAX_USER_METADATA = 10
_MAX_TOKEN = 64


def create_job(face: Lifecycle, call: Call, params: Params) -> Result:
    """The job, SUBMITTED; or, for a ClientRequestToken of the last minute, the job that it made then.

    Raises BadRequestException with everything that is wrong, and NotFoundException for the queue.
    """
    wrong = [
        *_settings(params["Settings"]),
        *_members(params, call.now.date()),
        *hop_destinations.problems(call, params),
        *_labels(params),
    ]
    if wrong:
        raise errors.issues(wrong)
    check_inputs(face.input_policies.of(call.account), params["Settings"])
    asked = params.get("Queue", DEFAULT_QUEUE)
    queue = queue_name(asked, account=call.account, region=call.region)
    if queue is None:
        raise errors.queue_not_found(asked)
    submission = Submission(
        account=call.account,
        queue=queue,
        role_arn=params["Role"],
        settings=params["Settings"],
        priority=params.get("Priority", 0),
        user_metadata=params.get("UserMetadata", {}),
        client_request_token=params.get("ClientRequestToken"),
        status_update_interval=params.get("StatusUpdateInterval", DEFAULT_INTERVAL),
        acceleration_mode=params.get("AccelerationSettings", {}).get("Mode"),
        billing_tags_source=params.get("BillingTagsSource", DEFAULT_BILLING_SOURCE),
        simulate_reserved_queue=params.get("SimulateReservedQueue"),
        hops=hop_destinations.hops(call, params),
        job_engine_version=params.get("JobEngineVersion") or None,
    )
    return {"Job": view.job(face.submit(submission, params.get("Tags", {})))}


def _settings(settings: dict[str, Any]) -> Found:
    for issue in validation.check(settings):
        yield issue.path, issue.message


def check_inputs(policy: InputPolicy, settings: Mapping[str, Any]) -> None:
    """Raises BadRequestException when an input of the settings, whichever gave it, stands where the policy forbids."""
    if not all(policy.allows(source.get("FileInput", "")) for source in settings.get("Inputs", ())):
        raise errors.disallowed_input()


def _members(params: Params, today: date) -> Found:
    """Members beside the settings that this server cannot honour. Values that ask for nothing are fine."""
    if not params["Role"]:
        yield "/role", "Should have at least 1 characters"
    if params.get("JobTemplate"):
        yield "/jobTemplate", "Job templates are not supported by this server."
    version = params.get("JobEngineVersion")
    if version and not can_be_asked_for(version, today):
        yield "/jobEngineVersion", "Should be a job engine version such as 2025-01-31"
    if params.get("ElementalInferenceSettings"):
        yield "/elementalInferenceSettings", "Elemental Inference is not supported by this server."
    if params.get("AccelerationSettings", {}).get("Mode") == "ENABLED":
        yield "/accelerationSettings/mode", "ENABLED is not supported by this server: use PREFERRED or DISABLED."


def _labels(params: Params) -> Found:
    """Tags, UserMetadata and ClientRequestToken beyond their documented limits."""
    metadata = params.get("UserMetadata", {})
    if len(metadata) > _MAX_USER_METADATA:
        yield "/userMetadata", f"Should have at most {_MAX_USER_METADATA} properties"
    for sentence in tags.problems(metadata):
        yield "/userMetadata", sentence
    for sentence in tags.problems(params.get("Tags", {})):
        yield "/tags", sentence
    token = params.get("ClientRequestToken", "")
    if len(token) > _MAX_TOKEN or not token.isascii():
        yield "/clientRequestToken", f"Should be at most {_MAX_TOKEN} ASCII characters"
