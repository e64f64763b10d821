"""Jobs: who may create, read, list and cancel them."""

from collections.abc import Mapping, Sequence

from telecine.core.names import MEDIACONVERT_PRINCIPAL
from telecine.services.contract import Call, Need, Needs, Params, request_tags
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.access.rows import (
    account_of,
    check_references,
    named_template,
    of_listing,
    on,
    references,
)
from telecine.services.mediaconvert.lifecycle import Lifecycle, filled
from telecine.services.mediaconvert.model import DEFAULT_QUEUE, job_arn, template_name


def _create_job(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
    """On the template, every queue and every preset that the job may come to in the end, whether its request names
    them or its template: else a template would open what a policy closes. The template comes first, so that nobody
    learns what is in one which is not theirs to use."""
    check_references(call, params)
    action = "mediaconvert:CreateJob"
    given = {**_input_policy(face, call), **request_tags(params.get("Tags", {}))}
    named, asked = _with_template(face, call, params)
    needs = [on(face, call, action, named, given)] if named else []
    needs += references(face, call, action, {**asked, "Queue": asked.get("Queue") or DEFAULT_QUEUE}, given)
    role = params.get("Role", "")
    return (*needs, _pass_role(face, call, role)) if role else needs


def _with_template(face: Lifecycle, call: Call, params: Params) -> tuple[str, Params]:
    """The ARN of the template that the request names, if it does; and the request but for its inputs, filled from
    it if it is there."""
    text = params.get("JobTemplate", "")
    if not text:
        return "", params
    name = template_name(text, account=call.account, region=call.region)
    template = None if name is None else face.templates.find(call.account, name)
    # Its inputs are not asked about, and laid over the template's they may be many times what either has.
    settings = {member: value for member, value in params.get("Settings", {}).items() if member != "Inputs"}
    outline = {**params, "Settings": settings}
    return named_template(call, text), params if template is None else filled(outline, template)


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
