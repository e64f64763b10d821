"""HopDestinations of CreateJob: where a job goes that has waited too long.

Source: the model's `HopDestination`. That waits ascend, and that no queue comes twice, are our rules: a job that shall
go to two places at once has no answer.
"""

from collections.abc import Iterator, Mapping
from typing import Any

from telecine.services.contract import Call, Params
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.model import DEFAULT_QUEUE, Hop, queue_name

_LONGEST_WAIT = 4320


def problems(call: Call, params: Params) -> Iterator[tuple[str, str]]:
    """Everything that is wrong, as pairs of a path and a sentence."""
    submitted_to = _name(call, params.get("Queue", DEFAULT_QUEUE))
    seen: set[str] = set()
    waited = 0
    for number, asked in enumerate(params.get("HopDestinations", ())):
        path = f"/hopDestinations/{number}"
        wait = asked.get("WaitMinutes")
        if wait is None:
            yield path, "waitMinutes is a required property"
        elif wait < 1:
            yield f"{path}/waitMinutes", "Should be greater than or equal to 1"
        elif wait > _LONGEST_WAIT:
            yield f"{path}/waitMinutes", f"Should be less than or equal to {_LONGEST_WAIT}"
        elif wait <= waited:
            yield f"{path}/waitMinutes", "Should be greater than the wait of the destination before"
        waited = max(waited, wait or 0)
        if "Queue" not in asked and submitted_to == DEFAULT_QUEUE:
            yield path, "queue is a required property for jobs that are submitted to the default queue"
            continue
        goal = _goal(call, asked)
        if goal == submitted_to:
            yield f"{path}/queue", "The destination can't be the queue that the job is submitted to."
        elif goal in seen:
            yield f"{path}/queue", "The job goes to this queue already."
        seen.add(goal)


def hops(call: Call, params: Params) -> tuple[Hop, ...]:
    """The hops of a request without problems. Raises NotFoundException for what is no queue of this account."""
    return tuple(_hop(call, asked) for asked in params.get("HopDestinations", ()))


def _hop(call: Call, asked: Mapping[str, Any]) -> Hop:
    name = queue_name(asked.get("Queue", DEFAULT_QUEUE), account=call.account, region=call.region)
    if name is None:
        raise errors.queue_not_found(asked["Queue"])
    return Hop(queue=name, wait_minutes=asked["WaitMinutes"], priority=asked.get("Priority"))


def _goal(call: Call, asked: Mapping[str, Any]) -> str:
    return _name(call, asked.get("Queue", DEFAULT_QUEUE))


def _name(call: Call, text: str) -> str:
    return queue_name(text, account=call.account, region=call.region) or text
