"""The check of a job: CreateJob's decisions on its caller, and the decisions on its role that the engine will meet.

The needs are made by the access rows of the services themselves and decided by the code that decides on requests, with
the context keys that the real requests will have. Nothing is written, and no session is opened.

What is told to whom: the caller hears of its own permissions; of the role's policies when it may simulate them
(iam:SimulatePrincipalPolicy on the role); whether an object is there, and which key it is encrypted with, when
HeadObject would tell it; which key a bucket encrypts with, and in what state a key is, of those of its own account.
"""

from collections.abc import Callable

from msgspec import structs

from telecine.core.errors import ApiError
from telecine.core.names import MEDIACONVERT_PRINCIPAL, JobId
from telecine.media import merge, settings
from telecine.policy import Answer
from telecine.services.contract import Call, Need, Params
from telecine.services.deciding import Decided, PoliciesOf, decide, global_context
from telecine.services.iam import access as iam_access
from telecine.services.iam.directory import Directory
from telecine.services.mediaconvert import access as mediaconvert_access
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import Submission, queue_arn
from telecine.services.mediaconvert.operations.create_job import submission
from telecine.services.operator.checks import media, remedies
from telecine.services.operator.checks.model import Permission, Problem, Report, Side, Unchecked
from telecine.services.sts.errors import RoleProblemKind
from telecine.services.sts.model import ServiceClaim
from telecine.services.sts.sessions import ASSUME_ROLE, Sessions, is_role_arn

_HANDING = "iam:PassRole"
_SIMULATE = "iam:SimulatePrincipalPolicy"
_NO_ROLE = {
    RoleProblemKind.MALFORMED: Problem(
        code="1515", message="Invalid role ARN format. Please check the role ARN and try again.", is_refused=False
    ),
    RoleProblemKind.MISSING: Problem(
        code="1433",
        message="Unable to assume role. Check that the role exists and that MediaConvert is a trusted entity.",
        is_refused=False,
    ),
}


class JobChecks:
    """Checks jobs."""

    def __init__(
        self,
        *,
        lifecycle: Lifecycle,
        sessions: Sessions,
        directory: Directory,
        touching: media.Media,
        policies_of: Callable[[], PoliciesOf],
    ) -> None:
        """`policies_of` gives the policies of everybody as IAM has them at that moment."""
        self._lifecycle = lifecycle
        self._sessions = sessions
        self._directory = directory
        self._media = touching
        self._policies_of = policies_of

    def check(self, call: Call, params: Params, refusal: ApiError | None = None) -> Report:
        """What CreateJob with these parameters, by this caller, and the job that came of it would meet.

        `refusal` is what CreateJob says of constraints of its model that the parameters break. Raises `ApiError` where
        CreateJob raises it before any decision: a role of another account.
        """
        policies_of = self._policies_of()
        context = global_context(call)

        def ask(need: Need) -> Decided:
            return decide(call, need, context, policies_of)

        needs = mediaconvert_access.ROWS["CreateJob"](self._lifecycle, call, params)
        decided = [(need, ask(need)) for need in needs]
        if params.get("JobTemplate") and not decided[0][1].decision.is_allowed:
            # The template comes first. What else it asks for is told to those who may use it.
            decided = [decided[0], *(one for one in decided[1:] if one[0].action == _HANDING)]
        caller = Side(
            principal=call.caller.principal.arn or "",
            permissions=[
                remedies.permission(
                    need,
                    found,
                    _PURPOSES.get(need.action, "submit the job"),
                    account=call.account,
                    is_required=True,
                    tells_policies=False,
                )
                for need, found in decided
            ],
        )
        pins = frozenset(need.pin for need, found in decided if need.pin is not None and found.decision.is_allowed)
        problems: list[Problem] = []
        unchecked: list[Unchecked] = []
        if refusal is not None:
            problems.append(Problem(code=refusal.code, message=refusal.message, is_refused=True))
            wanted = None
        else:
            wanted = self._wanted(structs.replace(call, pins=pins), params, caller, problems, unchecked)
        role = self._role(call, params, wanted, ask, policies_of, problems, unchecked)
        return Report(caller=caller, role=role, problems=tuple(problems), unchecked=tuple(unchecked))

    def _wanted(
        self, call: Call, params: Params, caller: Side, problems: list[Problem], unchecked: list[Unchecked]
    ) -> Submission | None:
        """What CreateJob would submit; None when it refuses the request, or would not get so far."""
        if not caller.is_ready and (params.get("JobTemplate") or any(merge.presets(params.get("Settings", {})))):
            # What is in a template or a preset is told to those who may use it.
            unchecked.append(
                Unchecked(
                    what="the settings, and what the role needs",
                    why="They are made with a job template or presets, and you may not submit a job with these.",
                )
            )
            return None
        try:
            wanted, _tags = submission(self._lifecycle, call, params)
            if caller.is_ready:
                self._lifecycle.check(wanted)
        except ApiError as refusal:
            problems.append(Problem(code=refusal.code, message=refusal.message, is_refused=True))
            return None
        return wanted

    def _role(
        self,
        call: Call,
        params: Params,
        wanted: Submission | None,
        ask: Callable[[Need], Decided],
        policies_of: PoliciesOf,
        problems: list[Problem],
        unchecked: list[Unchecked],
    ) -> Side | None:
        arn = params.get("Role") or (wanted.role_arn if wanted is not None else "")
        if not arn:
            return None
        if not self._may_simulate(call, arn, ask):
            unchecked.append(
                Unchecked(
                    what="the role",
                    why="You may not simulate its policies.",
                    action=_SIMULATE,
                    resource=arn if is_role_arn(arn) else "*",
                )
            )
            return None
        if wanted is None:
            if problems:
                unchecked.append(
                    Unchecked(what="the role", why="CreateJob refuses the job before there is one to run.")
                )
            return None
        claim = ServiceClaim(
            service=MEDIACONVERT_PRINCIPAL,
            account=call.account,
            role_arn=arn,
            source_arn=queue_arn(call.account, call.region, wanted.queue),
            source_account=call.account,
            session_name="MediaConvert-check",
            job_id=JobId("check"),
            attempt=0,
            owner="",
        )
        role, problem, said = self._sessions.consider(claim)
        if problem in _NO_ROLE:
            problems.append(_NO_ROLE[problem])
        if role is None:
            return Side(principal=arn, permissions=())
        trusted = Permission(
            action=ASSUME_ROLE,
            resource=role.arn,
            purpose="let MediaConvert assume the role",
            decision=Answer.ALLOW if problem is None else Answer(str(said["decision"])),
            steps=() if problem is None else tuple(remedies.steps(said, tells_policies=True)),
        )
        found = self._media.of_role(
            call,
            self._sessions.holder(claim, role),
            settings.read(wanted.settings),
            ask,
            lambda worn, need: decide(worn, need, global_context(worn), policies_of),
        )
        problems += found.problems
        unchecked += found.unchecked
        return Side(principal=role.arn, permissions=(trusted, *found.permissions))

    def _may_simulate(self, call: Call, arn: str, ask: Callable[[Need], Decided]) -> bool:
        """Whether SimulatePrincipalPolicy would tell the caller of the role. Raises nothing: who may not call IAM at
        all may not."""
        try:
            needs = iam_access.ROWS["SimulatePrincipalPolicy"](self._directory, call, {"PolicySourceArn": arn})
        except ApiError:
            return False
        return all(ask(need).decision.is_allowed for need in needs)


_PURPOSES = {_HANDING: "hand the role to MediaConvert"}
