"""What ListJobs and SearchJobs have in common: which jobs are asked for, and how a page of them is answered."""

from telecine.services.contract import Call, Params, Result
from telecine.services.mediaconvert import view
from telecine.services.mediaconvert.lifecycle import PAGE_SIZE, JobPage, JobQuery
from telecine.services.mediaconvert.model import JobStatus, Order, queue_name


def query(call: Call, params: Params) -> JobQuery | None:
    """Newest first. The queue is the one that jobs were submitted to; None for one that is not of this account."""
    queue = params.get("Queue")
    name = None if queue is None else queue_name(queue, account=call.account, region=call.region)
    if queue is not None and name is None:
        return None
    return JobQuery(
        queue=name,
        status=JobStatus(params["Status"]) if "Status" in params else None,
        order=Order(params.get("Order", Order.DESCENDING)),
        limit=params.get("MaxResults", PAGE_SIZE),
        token=params.get("NextToken"),
    )


def answer(page: JobPage) -> Result:
    shown = {"Jobs": [view.job(job) for job in page.jobs]}
    return {**shown, "NextToken": page.next_token} if page.next_token else shown
