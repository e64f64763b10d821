"""Job templates. What they name (queue, presets) must be there when they are made; afterwards a job finds out."""

from collections.abc import Iterable, Mapping

from telecine.media.validation import Kind
from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.mediaconvert import errors, view
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import TEMPLATE_DEFAULTS, queue_name, template_name
from telecine.services.mediaconvert.operations import recipe_members, recipes


def create_job_template(face: Lifecycle, call: Call, params: Params) -> Result:
    """A custom template. Raises BadRequestException with everything that is wrong, NotFoundException for a queue or
    preset that it names, ConflictException for a name that is taken, ServiceQuotaExceededException when the account
    has too many."""
    _check(face, call, params, recipe_members.labels(params))
    draft = recipe_members.draft(params, _defaults(params))
    return {"JobTemplate": view.job_template(face.templates.create(call.account, draft, params.get("Tags", {})))}


def get_job_template(face: Lifecycle, call: Call, params: Params) -> Result:
    return {"JobTemplate": view.job_template(face.templates.get(call.account, _name(call, params)))}


def list_job_templates(face: Lifecycle, call: Call, params: Params) -> Result:
    page = face.templates.page(call.account, recipe_members.query(params))
    shown = {"JobTemplates": [view.job_template(template) for template in page.found]}
    return {**shown, "NextToken": page.next_token} if page.next_token else shown


def update_job_template(face: Lifecycle, call: Call, params: Params) -> Result:
    name = _name(call, params)
    _check(face, call, params, ())
    changed = face.templates.update(call.account, name, recipe_members.edit(params, _defaults(params)))
    return {"JobTemplate": view.job_template(changed)}


def delete_job_template(face: Lifecycle, call: Call, params: Params) -> Result:
    face.templates.delete(call.account, _name(call, params))
    return {}


def _check(face: Lifecycle, call: Call, params: Params, labels: Iterable[errors.Finding]) -> None:
    errors.refuse(labels, recipe_members.contents(params, Kind.TEMPLATE))
    recipes.named_presets(face, call, params.get("Settings", {}))
    if params.get("Queue"):
        queue = queue_name(params["Queue"], account=call.account, region=call.region)
        if queue is None:
            raise errors.queue_not_found(params["Queue"])
        face.queues.find(call.account, queue)


def _defaults(params: Params) -> Params:
    return {name: params[name] for name in TEMPLATE_DEFAULTS if name in params}


def _name(call: Call, params: Params) -> str:
    name = template_name(params["Name"], account=call.account, region=call.region)
    if name is None:
        raise errors.not_in_library("job template", params["Name"])
    return name


OPERATIONS: Mapping[str, Operation[Lifecycle]] = {
    "CreateJobTemplate": create_job_template,
    "DeleteJobTemplate": delete_job_template,
    "GetJobTemplate": get_job_template,
    "ListJobTemplates": list_job_templates,
    "UpdateJobTemplate": update_job_template,
}
