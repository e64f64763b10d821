"""The job's service role, as the engine wears it: a session renewed before it expires, or what is wrong with it."""

import threading
from collections.abc import Callable
from datetime import timedelta

from telecine.core.clock import Clock
from telecine.engine.errors import AttemptStopped, JobFailed
from telecine.outbound.url import shown
from telecine.services.mediaconvert.model import JobClaim
from telecine.services.sts.errors import ClaimNotLive, RoleProblem, RoleProblemKind
from telecine.services.sts.model import ServiceClaim, SessionCredentials
from telecine.services.sts.sessions import Sessions

_SERVICE = "mediaconvert.amazonaws.com"
_RENEW_BEFORE = timedelta(minutes=5)


class RoleSession:
    """Calling it gives the credentials of the moment. They belong to one attempt, and end with it."""

    def __init__(self, sessions: Sessions, claim: JobClaim, clock: Clock, is_live: Callable[[], bool]) -> None:
        self._sessions = sessions
        self._claim = claim
        self._clock = clock
        self._is_live = is_live
        self._lock = threading.Lock()
        self._credentials: SessionCredentials | None = None

    def __call__(self) -> SessionCredentials:
        """Raises `JobFailed` 1433, 1434 or 1515 for a role that cannot be assumed, at the start or later.

        Raises `AttemptStopped` when a session must be renewed and the job is not ours any more.
        """
        with self._lock:
            current = self._credentials
            if current is None or current.expires_at - _RENEW_BEFORE <= self._clock.now():
                current = self._credentials = self._assume()
            return current

    def _assume(self) -> SessionCredentials:
        claim = self._claim
        request = ServiceClaim(
            service=_SERVICE,
            account=claim.account,
            role_arn=claim.role_arn,
            source_arn=claim.queue_arn,
            source_account=claim.account,
            session_name=f"MediaConvert-{claim.job_id}",
            job_id=claim.job_id,
            attempt=claim.attempt,
            owner=claim.owner,
        )
        try:
            return self._sessions.assume_for_service(request, self._is_live)
        except RoleProblem as problem:
            raise role_error(problem, input_uris(claim)[0]) from problem
        except ClaimNotLive as problem:
            raise AttemptStopped from problem


def input_uris(claim: JobClaim) -> tuple[str, ...]:
    """Where the job's inputs are, in order: in S3 or at web servers. The latter's queries may be secrets."""
    return tuple(entry["FileInput"] for entry in claim.settings["Inputs"])


def shown_uris(claim: JobClaim) -> tuple[str, ...]:
    """The same as events and messages show them, and as plans keep them."""
    return tuple(shown(uri) for uri in input_uris(claim))


def role_error(problem: RoleProblem, first_input: str) -> JobFailed:
    """MediaConvert's code and words for a role that it cannot assume (error codes 1433, 1434, 1515)."""
    match problem.kind:
        case RoleProblemKind.MALFORMED:
            return JobFailed(1515, "Invalid role ARN format. Please check the role ARN and try again.")
        case RoleProblemKind.MISSING:
            return JobFailed(
                1433, "Unable to assume role. Check that the role exists and that MediaConvert is a trusted entity."
            )
        case RoleProblemKind.NOT_TRUSTED:
            return JobFailed(1434, input_message(first_input, "AssumeRole failed"))


def input_message(uri: str, cause: str) -> str:
    """How MediaConvert says that an input could not be read."""
    return (
        f"Unable to open input file [{shown(uri)}]: "
        f"[Failed probe/open: [Can't read input stream: [Failed to read data: {cause}]]]"
    )


def key_denied(uri: str, action: str) -> str:
    """The same for a key that the role may not use: the guide has no text of its own for inputs."""
    return input_message(
        uri, f"Access denied to [{shown(uri)}]: the role you provided is not authorized to perform {action}"
    )
