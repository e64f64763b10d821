"""Jobs: who may create, read, list and cancel them."""

from collections.abc import Mapping, Sequence

from telecine.core.names import MEDIACONVERT_PRINCIPAL
from telecine.services.contract import Call, Need, Needs, Params, request_tags
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.access.rows import account_of, named_queue, of_listing, on
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import DEFAULT_QUEUE, job_arn


def _create_job(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
    queue = named_queue(call, params.get("Queue", DEFAULT_QUEUE))
    given = {**_input_policy(face, call), **request_tags(params.get("Tags", {}))}
    # Whoever may not use a queue shall not get there by a hop: each one that the job may run in is asked for.
    hops = [hop.get("Queue", DEFAULT_QUEUE) for hop in params.get("HopDestinations", ())]
    queues = dict.fromkeys([queue, *(named_queue(call, hop) for hop in hops)])
    create = [on(face, call, "mediaconvert:CreateJob", arn, given) for arn in queues]
    role = params.get("Role", "")
    return (*create, _pass_role(face, call, role)) if role else tuple(create)


def _input_policy(face: Lifecycle, call: Call) -> Mapping[str, str]:
    """They tell the account's input policy, not the job's inputs."""
    policy = face.input_policies.of(call.account)
    return {
        "mediaconvert:S3InputsAllowed": str(policy.s3).lower(),
        "mediaconvert:HttpInputsAllowed": str(policy.http).lower(),
        "mediaconvert:HttpsInputsAllowed": str(policy.https).lower(),
    }


def _pass_role(face: Lifecycle, call: Call, role_arn: str) -> Need:
    """The caller may hand this role to MediaConvert (IAM user guide, "Grant a user permissions to pass a role").

    Only a role of its own account: whatever policies say, of another's there is nothing to be passed. Where a role
    that is no ARN or does not exist leads, the job itself finds out (errors 1515, 1433). There is no
    `iam:AssociatedResourceArn`, for the job which the role is for has no ARN yet.
    """
    account = account_of(role_arn)
    if account not in {None, call.account}:
        raise errors.cross_account_role()
    tags = face.role_tags(role_arn)
    return Need(
        action="iam:PassRole",
        resource=role_arn,
        resource_account=account,
        context={
            "iam:PassedToService": MEDIACONVERT_PRINCIPAL,
            **{f"{service}:ResourceTag/{key}": value for key, value in tags.items() for service in ("aws", "iam")},
        },
    )


def _on_job(action: str) -> Needs[Lifecycle]:
    def needs(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
        arn = job_arn(call.account, call.region, params.get("Id", ""))
        return (on(face, call, action, arn, {}),)

    return needs


def _share(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
    """A job by its id or its ARN."""
    named = params.get("JobId", "")
    arn = named if named.startswith("arn:") else job_arn(call.account, call.region, named)
    return (on(face, call, "mediaconvert:CreateResourceShare", arn, {}),)


ROWS: Mapping[str, Needs[Lifecycle]] = {
    "CancelJob": _on_job("mediaconvert:CancelJob"),
    "CreateJob": _create_job,
    "CreateResourceShare": _share,
    "GetJob": _on_job("mediaconvert:GetJob"),
    "ListJobs": of_listing("mediaconvert:ListJobs"),
}
