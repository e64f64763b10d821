"""What each operation needs to be allowed: actions, resources and condition keys.

Source: Service Authorization Reference, "Actions, resources, and condition keys for AWS Elemental MediaConvert".
Rows run before validation, so that any member may be absent.
"""

from collections.abc import Mapping, Sequence

from telecine.core.arn import Arn, MalformedArn
from telecine.core.names import MEDIACONVERT_PRINCIPAL, AccountId
from telecine.services.contract import Call, Need, Needs, Params, always
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
    create = Need(
        action="mediaconvert:CreateJob",
        resource=queue,
        context={**_INPUT_POLICY, **_resource_tags(face, queue), **_request_tags(params.get("Tags", {}))},
    )
    role = params.get("Role", "")
    return (create, _pass_role(role)) if role else (create,)


def _pass_role(role_arn: str) -> Need:
    """The caller may hand this role to MediaConvert (IAM user guide, "Grant a user permissions to pass a role")."""
    try:
        account = AccountId(Arn.parse(role_arn).account) or None
    except MalformedArn:  # the job itself ends with error 1515
        account = None
    return Need(
        action="iam:PassRole",
        resource=role_arn,
        resource_account=account,
        context={"iam:PassedToService": MEDIACONVERT_PRINCIPAL},
    )


def _on_job(action: str) -> Needs[Lifecycle]:
    def needs(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
        arn = job_arn(call.account, call.region, params.get("Id", ""))
        return (Need(action=action, resource=arn, context=_resource_tags(face, arn)),)

    return needs


def _list_jobs(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
    if "Queue" not in params:
        return (Need(action="mediaconvert:ListJobs"),)
    queue = _queue(call, params["Queue"])
    return (Need(action="mediaconvert:ListJobs", resource=queue, context=_resource_tags(face, queue)),)


def _get_queue(face: Lifecycle, call: Call, params: Params) -> Sequence[Need]:
    queue = _queue(call, params.get("Name", ""))
    return (Need(action="mediaconvert:GetQueue", resource=queue, context=_resource_tags(face, queue)),)


def _on_tagged(action: str) -> Needs[Lifecycle]:
    def needs(face: Lifecycle, _call: Call, params: Params) -> Sequence[Need]:
        arn = params.get("Arn", "")
        asked = _request_tags(params.get("Tags", {})) or _tag_keys(params.get("TagKeys", ()))
        return (Need(action=action, resource=arn, context={**_resource_tags(face, arn), **asked}),)

    return needs


def _queue(call: Call, text: str) -> str:
    """The ARN of the queue that a request means; other ARNs as they are, which no operation will find."""
    name = queue_name(text, account=call.account, region=call.region)
    return text if name is None else queue_arn(call.account, call.region, name)


def _resource_tags(face: Lifecycle, arn: str) -> dict[str, str]:
    return {f"aws:ResourceTag/{key}": value for key, value in face.tags(arn).items()}


def _request_tags(tags: Mapping[str, str]) -> dict[str, str | Sequence[str]]:
    return {**{f"aws:RequestTag/{key}": value for key, value in tags.items()}, **_tag_keys(tuple(tags))}


def _tag_keys(keys: Sequence[str]) -> dict[str, str | Sequence[str]]:
    return {"aws:TagKeys": tuple(keys)} if keys else {}


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
