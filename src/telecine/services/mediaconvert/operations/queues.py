"""Queues."""

from collections.abc import Mapping

from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.mediaconvert import errors, view
from telecine.services.mediaconvert.lifecycle import PAGE_SIZE, Lifecycle, QueueQuery
from telecine.services.mediaconvert.model import Order, QueueSort, queue_name


def get_queue(face: Lifecycle, call: Call, params: Params) -> Result:
    name = queue_name(params["Name"], account=call.account, region=call.region)
    if name is None:
        raise errors.queue_not_found(params["Name"])
    return {"Queue": view.queue(face.queue(call.account, name))}


def list_queues(face: Lifecycle, call: Call, params: Params) -> Result:
    """By creation date, oldest first, unless the request says otherwise. Every account has the queue Default."""
    query = QueueQuery(
        sort=QueueSort(params.get("ListBy", QueueSort.CREATION_DATE)),
        order=Order(params.get("Order", Order.ASCENDING)),
        limit=params.get("MaxResults", PAGE_SIZE),
        token=params.get("NextToken"),
    )
    page = face.queues(call.account, query)
    shown = {"Queues": [view.queue(queue) for queue in page.queues]}
    return {**shown, "NextToken": page.next_token} if page.next_token else shown


OPERATIONS: Mapping[str, Operation[Lifecycle]] = {
    "GetQueue": get_queue,
    "ListQueues": list_queues,
}
