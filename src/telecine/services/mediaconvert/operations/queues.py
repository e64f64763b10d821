"""Queues: made, changed, listed and deleted.

What a queue's name may hold is nowhere documented. Ours: 1 to 256 letters, digits, spaces and `-_.`, nothing that
means something in an ARN or a policy. Default is MediaConvert's own queue, of which the model says that it cannot be
modified, while the guide pauses it: here its status, description and concurrent jobs can be changed.
"""

import re
from collections.abc import Iterator, Mapping

from telecine.core import tags
from telecine.core.names import QueueName
from telecine.services.contract import Call, Operation, Params, Result
from telecine.services.mediaconvert import errors, view
from telecine.services.mediaconvert.lifecycle import PAGE_SIZE, Lifecycle, QueueQuery
from telecine.services.mediaconvert.model import (
    MAX_CONCURRENT_JOBS,
    NewQueue,
    Order,
    PricingPlan,
    QueueChange,
    QueueSort,
    QueueStatus,
    RenewalType,
    ReservationPlan,
    queue_name,
)

_NAME = re.compile(r"[A-Za-z0-9._-](?:[A-Za-z0-9 ._-]{0,254}[A-Za-z0-9._-])?")
_MAX_DESCRIPTION = 2048


def create_queue(face: Lifecycle, call: Call, params: Params) -> Result:
    """Raises BadRequestException with everything that is wrong, ConflictException, ServiceQuotaExceededException."""
    wrong = [*_name(params["Name"]), *_plan_matches(params), *_members(params)]
    wrong += [("/tags", sentence) for sentence in tags.problems(params.get("Tags", {}))]
    if wrong:
        raise errors.issues(wrong)
    asked = NewQueue(
        account=call.account,
        name=QueueName(params["Name"]),
        description=params.get("Description"),
        status=QueueStatus(params.get("Status", QueueStatus.ACTIVE)),
        concurrent_jobs=params.get("ConcurrentJobs"),
        plan=_plan(params),
    )
    return {"Queue": view.queue(face.queues.create(asked, params.get("Tags", {})), call.now)}


def update_queue(face: Lifecycle, call: Call, params: Params) -> Result:
    """Changes what the request names, and nothing else."""
    wrong = list(_members(params))
    if wrong:
        raise errors.issues(wrong)
    asked = QueueChange(
        description=params.get("Description"),
        status=QueueStatus(params["Status"]) if "Status" in params else None,
        concurrent_jobs=params.get("ConcurrentJobs"),
        plan=_plan(params),
    )
    return {"Queue": view.queue(face.queues.update(call.account, _named(call, params), asked), call.now)}


def delete_queue(face: Lifecycle, call: Call, params: Params) -> Result:
    """For good; what named it in hop destinations stays where it is, with warning 100000."""
    face.queues.delete(call.account, _named(call, params))
    return {}


def get_queue(face: Lifecycle, call: Call, params: Params) -> Result:
    return {"Queue": view.queue(face.queues.find(call.account, _named(call, params)), call.now)}


def list_queues(face: Lifecycle, call: Call, params: Params) -> Result:
    """By creation date, oldest first, unless the request says otherwise. Every account has the queue Default."""
    query = QueueQuery(
        sort=QueueSort(params.get("ListBy", QueueSort.CREATION_DATE)),
        order=Order(params.get("Order", Order.ASCENDING)),
        limit=params.get("MaxResults", PAGE_SIZE),
        token=params.get("NextToken"),
    )
    page = face.queues.page(call.account, query)
    shown = {
        "Queues": [view.queue(queue, call.now) for queue in page.queues],
        "TotalConcurrentJobs": MAX_CONCURRENT_JOBS,
        "UnallocatedConcurrentJobs": page.unallocated,
    }
    return {**shown, "NextToken": page.next_token} if page.next_token else shown


def _named(call: Call, params: Params) -> QueueName:
    name = queue_name(params["Name"], account=call.account, region=call.region)
    if name is None:
        raise errors.queue_not_found(params["Name"])
    return name


def _plan(params: Params) -> ReservationPlan | None:
    asked = params.get("ReservationPlanSettings")
    return asked and ReservationPlan(slots=asked["ReservedSlots"], renewal=RenewalType(asked["RenewalType"]))


def _name(name: str) -> Iterator[errors.Finding]:
    if not _NAME.fullmatch(name):
        yield "/name", "Should have 1 to 256 letters, digits, spaces, hyphens, underscores and periods"


def _plan_matches(params: Params) -> Iterator[errors.Finding]:
    """A reserved queue has a plan with its slots, an on-demand queue has none."""
    plan, is_planned = params.get("PricingPlan", PricingPlan.ON_DEMAND), "ReservationPlanSettings" in params
    if plan == PricingPlan.RESERVED and not is_planned:
        yield "/", "reservationPlanSettings is a required property"
    if plan == PricingPlan.RESERVED and "ConcurrentJobs" in params:
        yield "/concurrentJobs", "Specify the number of reservedSlots in reservationPlanSettings instead."
    if plan == PricingPlan.ON_DEMAND and is_planned:
        yield "/reservationPlanSettings", "Not applicable to on-demand queues."


def _members(params: Params) -> Iterator[errors.Finding]:
    """What creating and updating have in common. The quotas are looked at where the other queues are known."""
    if params.get("ConcurrentJobs", 1) < 1:
        yield "/concurrentJobs", "Should be greater than or equal to 1"
    if params.get("ReservationPlanSettings", {}).get("ReservedSlots", 1) < 1:
        yield "/reservationPlanSettings/reservedSlots", "Should be greater than or equal to 1"
    if len(params.get("Description", "")) > _MAX_DESCRIPTION:
        yield "/description", f"Should have at most {_MAX_DESCRIPTION} characters"
    if params.get("MaximumConcurrentFeeds"):
        yield "/maximumConcurrentFeeds", "Elemental Inference is not supported by this server."


OPERATIONS: Mapping[str, Operation[Lifecycle]] = {
    "CreateQueue": create_queue,
    "DeleteQueue": delete_queue,
    "GetQueue": get_queue,
    "ListQueues": list_queues,
    "UpdateQueue": update_queue,
}
