"""What each operation needs to be allowed: actions, resources and condition keys.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Elemental MediaConvert".
Rows run before validation, so that any member may be absent.
"""

from collections.abc import Mapping, Sequence

from telecine.core.arn import Arn, MalformedArn
from telecine.core.names import MEDIACONVERT_PRINCIPAL, AccountId
from telecine.policy import Context
from telecine.services.contract import Call, Need, Needs, Params, always, request_tags, tag_keys
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import DEFAULT_QUEUE, job_arn, queue_arn, queue_name

_INPUT_POLICY = {
    "mediaconvert:S3InputsAllowed": "true",
    "mediaconvert:HttpInputsAllowed": "true",
    "mediaconvert:HttpsInputsAllowed": "true",
}
"""They tell the account's input policy, not the job's inputs. Without such a policy every kind is allowed."""


def _create_job(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
    queue = _queue(call, params.get("Queue", DEFAULT_QUEUE))
    given = {**_INPUT_POLICY, **request_tags(params.get("Tags", {}))}
    create = _need(face, call, "mediaconvert:CreateJob", queue, given)
    role = params.get("Role", "")
    return (create, _pass_role(face, call, role)) if role else (create,)


def _pass_role(face: Lifecycle, call: Call, role_arn: str) -> Need:
    """The caller may hand this role to MediaConvert (IAM user guide, "Grant a user permissions to pass a role").

    Only a role of its own account: whatever policies say, of another's there is nothing to be passed. Where a role
    that is no ARN or does not exist leads, the job itself finds out (errors 1515, 1433). There is no
    `iam:AssociatedResourceArn`, for the job which the role is for has no ARN yet.
    """
    account = _account(role_arn)
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
        return (_need(face, call, action, arn, {}),)

    return needs


def _list_jobs(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
    if "Queue" not in params:
        return (Need(action="mediaconvert:ListJobs"),)
    return (_need(face, call, "mediaconvert:ListJobs", _queue(call, params["Queue"]), {}),)


def _get_queue(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
    return (_need(face, call, "mediaconvert:GetQueue", _queue(call, params.get("Name", "")), {}),)


def _on_tagged(action: str) -> Needs[Lifecycle]:
    def needs(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
        arn = params.get("Arn", "")
        asked = request_tags(params.get("Tags", {})) or tag_keys(params.get("TagKeys", ()))
        return (_need(face, call, action, arn, asked),)

    return needs


def _need(face: Lifecycle, call: Call, action: str, arn: str, context: Context) -> Need:
    """`action` on a queue or job with its tags.

    One of another account cannot be allowed, for MediaConvert has no resource policies: so nobody learns whether it
    exists (MediaConvert user guide, "How AWS Elemental MediaConvert works with IAM"). Nor does anybody learn its tags,
    which a Deny of the caller's own could ask for.
    """
    account = _account(arn)
    tags = face.tags(arn) if account == call.account else {}
    return Need(
        action=action,
        resource=arn or "*",
        resource_account=account,
        context={**{f"aws:ResourceTag/{key}": value for key, value in tags.items()}, **context},
    )


def _account(arn: str) -> AccountId | None:
    """The account that an ARN names; None when it names none, or is no ARN."""
    try:
        return AccountId(Arn.parse(arn).account) or None
    except MalformedArn:
        return None


def _queue(call: Call, text: str) -> str:
    """The ARN of the queue that a request means; other ARNs as they are, which no operation will find."""
    name = queue_name(text, account=call.account, region=call.region)
    return text if name is None else queue_arn(call.account, call.region, name)


ROWS: Mapping[str, Needs[Lifecycle]] = {
    "CancelJob": _on_job("mediaconvert:CancelJob"),
    "CreateJob": _create_job,
    "DescribeEndpoints": always("mediaconvert:DescribeEndpoints"),
    "GetJob": _on_job("mediaconvert:GetJob"),
    "GetQueue": _get_queue,
    "ListJobs": _list_jobs,
    "ListQueues": always("mediaconvert:ListQueues"),
    "ListTagsForResource": _on_tagged("mediaconvert:ListTagsForResource"),
    "TagResource": _on_tagged("mediaconvert:TagResource"),
    "UntagResource": _on_tagged("mediaconvert:UntagResource"),
}
"""By operation name."""
