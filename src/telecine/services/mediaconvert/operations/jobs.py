"""Reading and canceling jobs."""

from collections.abc import Mapping

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.mediaconvert import errors, view
from telecine.services.mediaconvert.lifecycle import Lifecycle
from telecine.services.mediaconvert.model import job_arn
from telecine.services.mediaconvert.operations import listings


def get_job(face: Lifecycle, call: Call, params: Params) -> Result:
    return {"Job": view.job(face.job(call.account, params["Id"]))}


def cancel_job(face: Lifecycle, call: Call, params: Params) -> Result:
    """For good: a canceled job cannot be started again."""
    face.cancel(call.account, params["Id"])
    return {}


def list_jobs(face: Lifecycle, call: Call, params: Params) -> Result:
    """Newest first. The queue is the one a job was submitted to; one that does not exist has no jobs."""
    query = listings.query(call, params)
    return {"Jobs": []} if query is None else listings.answer(face.jobs(call.account, query))


def create_resource_share(face: Lifecycle, call: Call, params: Params) -> Result:
    """Refused for every job that there is: nobody of AWS Support could look at it. So each stays NOT_SHARED."""
    named = params["JobId"]
    job_id = named.rpartition(":jobs/")[2]
    if named not in {job_id, job_arn(call.account, call.region, job_id)}:
        raise errors.job_not_found(named)
    face.job(call.account, job_id)
    raise errors.no_support_to_share_with()


OPERATIONS: Mapping[str, Operation[Lifecycle]] = {
    "CancelJob": cancel_job,
    "CreateResourceShare": create_resource_share,
    "GetJob": get_job,
    "ListJobs": list_jobs,
}
