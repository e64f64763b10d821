"""CreateJob: every setting is honoured, or refused with its path."""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any

from telecine.core import tags
from telecine.core.tags import Tags
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
from telecine.services.mediaconvert.operations import destinations, hop_destinations, recipes
from telecine.services.mediaconvert.operations.engine_versions import can_be_asked_for

Found = Iterator[errors.Finding]

_MAX_USER_METADATA = 10
_MAX_TOKEN = 64


def create_job(face: Lifecycle, call: Call, params: Params) -> Result:
    """The job, SUBMITTED; or, for a ClientRequestToken of the last minute, the job that it made then.

    Raises BadRequestException with everything that is wrong, NotFoundException for queue, template and presets, and
    ConflictException when the token's job has another queue, role or settings.
    """
    return {"Job": view.job(face.submit(*submission(face, call, params)))}


def submission(face: Lifecycle, call: Call, params: Params) -> tuple[Submission, Tags]:
    """What is to be submitted, and the job's tags: nothing has been written yet.

    Raises what `create_job` raises, but for a queue that does not exist.
    """
    made = recipes.resolve(face, call, params)
    asked = made.params
    errors.refuse(
        _settings(made),
        _members(asked, call.now.date()),
        hop_destinations.problems(call, asked),
        _labels(asked),
        destinations.problems(face.kept_classes, made.settings),
    )
    check_inputs(face.input_policies.of(call.account), made.settings)
    named = asked.get("Queue", DEFAULT_QUEUE)
    queue = queue_name(named, account=call.account, region=call.region)
    if queue is None:
        raise errors.queue_not_found(named)
    wanted = Submission(
        account=call.account,
        queue=queue,
        role_arn=asked["Role"],
        settings=made.settings,
        shown=made.shown,
        priority=asked.get("Priority", 0),
        user_metadata=asked.get("UserMetadata", {}),
        client_request_token=asked.get("ClientRequestToken"),
        status_update_interval=asked.get("StatusUpdateInterval", DEFAULT_INTERVAL),
        acceleration_mode=asked.get("AccelerationSettings", {}).get("Mode"),
        billing_tags_source=asked.get("BillingTagsSource", DEFAULT_BILLING_SOURCE),
        simulate_reserved_queue=asked.get("SimulateReservedQueue"),
        job_template=asked.get("JobTemplate") or None,
        hops=hop_destinations.hops(call, asked),
        job_engine_version=asked.get("JobEngineVersion") or None,
    )
    return wanted, asked.get("Tags", {})


def _settings(made: recipes.Resolved) -> Found:
    for issue in validation.check(made.settings):
        yield issue.path, issue.message
    if made.shown is not None:
        for issue in validation.preset_conflicts(made.shown):
            yield issue.path, issue.message


def check_inputs(policy: InputPolicy, settings: Mapping[str, Any]) -> None:
    """Raises BadRequestException when an input of the settings, whichever gave it, stands where the policy forbids."""
    if not all(policy.allows(source.get("FileInput", "")) for source in settings.get("Inputs", ())):
        raise errors.disallowed_input()


def _members(params: Params, today: date) -> Found:
    """Members beside the settings that this server cannot honour. Values that ask for nothing are fine."""
    if not params["Role"]:
        yield "/role", "Should have at least 1 characters"
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
