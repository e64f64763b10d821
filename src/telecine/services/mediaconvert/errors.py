"""MediaConvert's errors: codes, statuses and words.

The messages of settings are MediaConvert's own (a JSON pointer below `settings`, a colon, the rule; several joined
by ` | `). AWS does not document the words of its 404 and 409 answers: those are ours.
"""

import json
from collections.abc import Iterable, Sequence

from telecine.core.errors import ApiError, TelecineError
from telecine.wire.validate import Rule, Violation

OWN_CODES = frozenset({"BadRequestException", "TooManyRequestsException"})
"""Codes that are MediaConvert's, not those of a service that it has asked."""

DISALLOWED_INPUT = (
    "You specified an input location that your policy disallows. Specify an allowed input location and resubmit your "
    "job."
)
"""MediaConvert's words (user guide, "How to allow or disallow input location types using a policy"; code 3457)."""

_MOST_SENTENCES = 1000
"""So many are told at once: a request of a megabyte can break rules a hundred thousand times."""


class LeaseLost(TelecineError):
    """The claim is not the live one any more: another worker has the job, or it is canceled. Stop at once."""


class UnknownUpload(TelecineError):
    """An upload was reported that nobody had announced: a mistake of ours."""


class ForbiddenTransition(TelecineError):
    """A status was about to follow one that it may not follow: a mistake of ours, never a caller's."""


def bad_request(message: str) -> ApiError:
    """400 with MediaConvert's code for every wrong parameter."""
    return ApiError("BadRequestException", message, status=400)


def invalid(violations: Sequence[Violation]) -> ApiError:
    """The model's constraints that a request breaks, in MediaConvert's words."""
    return bad_request(" | ".join(sentence(violation) for violation in violations[:_MOST_SENTENCES]))


Finding = tuple[str, str]
"""A path and a sentence that says what is wrong there."""


def issues(found: Sequence[Finding]) -> ApiError:
    """Findings in the same form."""
    return bad_request(" | ".join(f"{path}: {message}" for path, message in found[:_MOST_SENTENCES]))


def refuse(*wrong: Iterable[Finding]) -> None:
    """Raises BadRequestException with everything that is wrong, if anything is."""
    found = [one for each in wrong for one in each]
    if found:
        raise issues(found)


def sentence(violation: Violation) -> str:
    """One violation as `/outputGroups/0/outputs/0/…/width: Should be less than or equal to 720`."""
    return f"{pointer(violation.path)}: {_rule(violation)}"


def pointer(path: Sequence[str | int]) -> str:
    """The path as MediaConvert writes it: from below `settings`, each step after a slash; `/` for the whole."""
    steps = path[1:] if path and path[0] == "settings" else path
    return "/" + "/".join(str(step) for step in steps)


def _rule(violation: Violation) -> str:
    measure = _measure(violation.value)
    match violation.rule:
        case Rule.REQUIRED:
            return f"{violation.member} is a required property"
        case Rule.TYPE:
            return f"Should be {violation.limit}"
        case Rule.ENUM:
            allowed = json.dumps(list(violation.limit), separators=(",", ":"))
            return f"Should be equal to one of the allowed values in {allowed}"
        case Rule.MIN:
            return f"Should be greater than or equal to {violation.limit}"
        case Rule.MAX:
            return f"Should be less than or equal to {violation.limit}"
        case Rule.MIN_LENGTH:
            return f"Should have at least {violation.limit} {measure}"
        case Rule.MAX_LENGTH:
            return f"Should have at most {violation.limit} {measure}"
        case Rule.PATTERN:
            return f"Should match pattern {violation.limit}"


def _measure(value: object) -> str:
    """What the length of `value` counts; MediaConvert says "Should have at least 1 items" of a list."""
    if isinstance(value, list):
        return "items"
    return "properties" if isinstance(value, dict) else "characters"


def job_not_found(job_id: str) -> ApiError:
    return ApiError("NotFoundException", f"The job {job_id} does not exist.", status=404)


def cross_account_role() -> ApiError:
    """The job's role is one of another account. AWS's services say so in these words."""
    return ApiError("AccessDeniedException", "Cross-account pass role is not allowed.", status=403)


def queue_not_found(queue: str) -> ApiError:
    return ApiError("NotFoundException", f"The queue {queue} does not exist.", status=404)


def queue_exists(name: str) -> ApiError:
    return ApiError("ConflictException", f"A queue with the name {name} already exists.", status=409)


def queue_has_jobs(name: str) -> ApiError:
    """DeleteQueue came while jobs wait or run there."""
    return ApiError(
        "ConflictException", f"The queue {name} cannot be deleted: it contains unprocessed jobs.", status=409
    )


def queue_is_reserved(name: str) -> ApiError:
    return ApiError(
        "ConflictException",
        f"The queue {name} cannot be deleted: its pricing plan is active. Let the plan expire first.",
        status=409,
    )


def default_queue_stays() -> ApiError:
    return bad_request("/name: You can't delete the default queue.")


def slots_not_jobs() -> ApiError:
    """ConcurrentJobs for a reserved queue."""
    return bad_request(
        "/concurrentJobs: A reserved queue runs as many jobs as it has reserved slots. Change its reservation plan "
        "instead."
    )


def plan_not_applicable() -> ApiError:
    return bad_request("/reservationPlanSettings: Not applicable to on-demand queues.")


def fewer_slots(slots: int) -> ApiError:
    return bad_request(
        f"/reservationPlanSettings/reservedSlots: Should be greater than or equal to {slots}. "
        "You can't decrease the number of reserved transcode slots of a queue."
    )


def quota_exceeded(message: str) -> ApiError:
    """402, as MediaConvert has it."""
    return ApiError("ServiceQuotaExceededException", message, status=402)


def too_many_queues(limit: int) -> ApiError:
    return quota_exceeded(f"You have reached the maximum number of on-demand queues for this account: {limit}.")


def too_many_concurrent_jobs(asked: int, free: int, limit: int) -> ApiError:
    return quota_exceeded(
        f"The queue cannot have {asked} concurrent jobs: this account has {limit} of them, and {free} are not "
        "associated with another queue."
    )


def not_in_library(noun: str, name: str, path: str = "") -> ApiError:
    """A preset or job template that is not there. `path` is where a job names it."""
    where = f"{path}: " if path else ""
    return ApiError("NotFoundException", f"{where}The {noun} {name} does not exist.", status=404)


def name_is_taken(noun: str, name: str) -> ApiError:
    return ApiError("ConflictException", f"The {noun} {name} already exists.", status=409)


def too_many(noun: str, limit: int) -> ApiError:
    """402, as the model has it for whoever has too many of something."""
    return quota_exceeded(f"An account can have at most {limit} custom {noun}s.")


def is_of_system(noun: str, name: str) -> ApiError:
    """ "System or built-in" ones "can't be modified or deleted" (the model); with which error it does not say."""
    return bad_request(f"The {noun} {name} is a system {noun}: it cannot be changed or deleted.")


def changed_meanwhile(template: str) -> ApiError:
    """A template came to name other presets between the decision that they may be used and their use."""
    message = f"The job template {template} was changed at the same time. Submit the job again."
    return ApiError("ConflictException", message, status=409)


def resource_not_found(arn: str) -> ApiError:
    return ApiError("NotFoundException", f"The resource {arn} does not exist.", status=404)


def token_of_another_request() -> ApiError:
    """MediaConvert documents that the token's job is returned, and nothing of other requests with the same token. AWS's
    services refuse those; the code is the one of the model that comes closest. What the job is, is not told."""
    message = (
        "The client request token was used within the last minute for a job with another queue, role or settings. Use "
        "a new token for a new job."
    )
    return ApiError("ConflictException", message, status=409)


def job_is_finished(job_id: str, status: str) -> ApiError:
    """CancelJob came after the job's end."""
    return ApiError(
        "ConflictException",
        f"The job {job_id} cannot be canceled: it has already finished with status {status}.",
        status=409,
    )


def job_is_publishing(job_id: str) -> ApiError:
    """CancelJob came when the outputs were already being made visible."""
    return ApiError(
        "ConflictException",
        f"The job {job_id} cannot be canceled any more: it is writing its finished outputs to their destination.",
        status=409,
    )


def invalid_page_token() -> ApiError:
    return bad_request("/nextToken: The token does not belong to this listing.")


def query_not_found(query_id: str) -> ApiError:
    return ApiError("NotFoundException", f"The jobs query {query_id} does not exist.", status=404)


def too_many_queries(most: int) -> ApiError:
    message = f"There are already {most} jobs queries of this account: they are kept for a day."
    return ApiError("TooManyRequestsException", message, status=429)


def certificate_not_found(arn: str) -> ApiError:
    return ApiError("NotFoundException", f"The certificate {arn} is not associated.", status=404)


def disallowed_input() -> ApiError:
    return bad_request(DISALLOWED_INPUT)


def no_support_to_share_with() -> ApiError:
    return bad_request(
        "Jobs of this server cannot be shared: there is no AWS Support that could look at them. Share the job's "
        "settings and its ErrorMessage with whoever operates the server."
    )


def probes_are_busy() -> ApiError:
    message = "Too many probes are running. Try again in a few seconds."
    return ApiError("TooManyRequestsException", message, status=429)


def no_probes() -> ApiError:
    message = "This server cannot probe media: it has no working sandbox for its tools."
    return ApiError("InternalServerErrorException", message, status=500)
