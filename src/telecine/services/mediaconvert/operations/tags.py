"""Tags of jobs, queues, presets and job templates."""

from collections.abc import Mapping

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.mediaconvert import errors, view
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import job_arn, preset_name, queue_name, template_name


def list_tags_for_resource(face: Lifecycle, call: Call, params: Params) -> Result:
    arn = _existing(face, call, params["Arn"])
    return {"ResourceTags": view.resource_tags(arn, face.tags.of(arn))}


def tag_resource(face: Lifecycle, call: Call, params: Params) -> Result:
    face.tags.add(_existing(face, call, params["Arn"]), params["Tags"])
    return {}


def untag_resource(face: Lifecycle, call: Call, params: Params) -> Result:
    """Keys that the resource does not have are no error."""
    face.tags.remove(_existing(face, call, params["Arn"]), params.get("TagKeys", []))
    return {}


def _existing(face: Lifecycle, call: Call, arn: str) -> str:
    """`arn` if it is that of something in this account. Raises NotFoundException.

    System presets and templates have tags like others: their ARNs are the account's.
    """
    where = {"account": call.account, "region": call.region}
    job_id = arn.rpartition(":jobs/")[2]
    if arn == job_arn(call.account, call.region, job_id):
        face.job(call.account, job_id)
    elif not arn.startswith("arn:"):
        raise errors.resource_not_found(arn)
    elif (queue := queue_name(arn, **where)) is not None:
        face.queues.find(call.account, queue)
    elif (preset := preset_name(arn, **where)) is not None:
        face.presets.get(call.account, preset)
    elif (template := template_name(arn, **where)) is not None:
        face.templates.get(call.account, template)
    else:
        raise errors.resource_not_found(arn)
    return arn


OPERATIONS: Mapping[str, Operation[Lifecycle]] = {
    "ListTagsForResource": list_tags_for_resource,
    "TagResource": tag_resource,
    "UntagResource": untag_resource,
}
