"""Which queue may start a job next. Pure: from what runs and waits to an order of queues.

Inside a queue the highest priority goes first, then who was submitted first. Between queues priorities say nothing:
each queue has a capacity of its own, as MediaConvert's have. Accounts share the workers evenly, and so do the queues
of an account, except that a reserved queue counts as many times as it has slots:

1. the account with the fewest running jobs, and of several the one that has waited longest for its turn;
2. of its queues the one with the fewest running jobs for its share, and of several again the one whose turn was
   longest ago.

Nobody starves: a queue with nothing running is before all that have something running, and goes to the end of its
equals when it starts a job, so that a backlog of thousands delays a newcomer by one job of each queue at most.
"""

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from fractions import Fraction

from telecine.core.names import AccountId
from telecine.services.mediaconvert.model import MAX_CONCURRENT_JOBS, Candidate, QueueStatus


def in_turn(queues: Sequence[Candidate], now: datetime) -> Sequence[Candidate]:
    """The queues that may start a job now, the first to be asked first. `queues` are all queues of all accounts."""
    running: Counter[AccountId] = Counter()
    on_demand: Counter[AccountId] = Counter()
    turns: dict[AccountId, int] = {}
    for queue in queues:
        running[queue.account] += queue.running
        on_demand[queue.account] += queue.running if queue.reservation is None else 0
        turns[queue.account] = max(turns.get(queue.account, 0), queue.turn)
    able = [queue for queue in queues if queue.has_waiting and _may_start(queue, on_demand[queue.account], now)]
    return sorted(
        able,
        key=lambda queue: (
            running[queue.account],
            turns[queue.account],
            queue.account,
            Fraction(queue.running, _share(queue)),
            queue.turn,
            queue.name,
        ),
    )


def _may_start(queue: Candidate, on_demand: int, now: datetime) -> bool:
    """Whether the queue is active and has room. `on_demand` jobs run in all on-demand queues of its account."""
    if queue.status is not QueueStatus.ACTIVE:
        return False
    if queue.reservation is not None:
        return not queue.reservation.is_expired(now) and queue.running < queue.reservation.slots
    limit = queue.concurrent_jobs
    return on_demand < MAX_CONCURRENT_JOBS and (limit is None or queue.running < limit)


def _share(queue: Candidate) -> int:
    return 1 if queue.reservation is None else queue.reservation.slots
