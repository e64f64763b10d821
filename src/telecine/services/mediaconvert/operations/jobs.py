"""Reading and canceling jobs."""

from collections.abc import Mapping

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.mediaconvert import view
from telecine.services.mediaconvert.lifecycle import PAGE_SIZE, JobQuery, Lifecycle
from telecine.services.mediaconvert.model import JobStatus, Order, queue_name


def get_job(face: Lifecycle, call: Call, params: Params) -> Result:
    return {"Job": view.job(face.job(call.account, params["Id"]))}


def cancel_job(face: Lifecycle, call: Call, params: Params) -> Result:
    """For good: a canceled job cannot be started again."""
    face.cancel(call.account, params["Id"])
    return {}


def list_jobs(face: Lifecycle, call: Call, params: Params) -> Result:
    """Newest first. The queue is the one a job was submitted to; one that does not exist has no jobs."""
    queue = params.get("Queue")
    name = None if queue is None else queue_name(queue, account=call.account, region=call.region)
    if queue is not None and name is None:
        return {"Jobs": []}
    query = JobQuery(
        queue=name,
        status=JobStatus(params["Status"]) if "Status" in params else None,
        order=Order(params.get("Order", Order.DESCENDING)),
        limit=params.get("MaxResults", PAGE_SIZE),
        token=params.get("NextToken"),
    )
    page = face.jobs(call.account, query)
    shown = {"Jobs": [view.job(job) for job in page.jobs]}
    return {**shown, "NextToken": page.next_token} if page.next_token else shown


OPERATIONS: Mapping[str, Operation[Lifecycle]] = {
    "CancelJob": cancel_job,
    "GetJob": get_job,
    "ListJobs": list_jobs,
}
