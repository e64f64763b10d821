"""An account's queues: made, changed, listed, deleted; and what of their capacity is not given away."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from functools import partial

from sqlalchemy import Connection

from telecine.core.clock import Clock, epoch_ms
from telecine.core.names import AccountId, QueueName, Region
from telecine.core.pages import PageTokens, SortKey
from telecine.core.tags import Tags
from telecine.db import Database
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.lifecycle.hops import Hopping
from telecine.services.mediaconvert.lifecycle.paging import PAGE_SIZE, position
from telecine.services.mediaconvert.model import (
    DEFAULT_QUEUE,
    MAX_CONCURRENT_JOBS,
    MAX_ON_DEMAND_QUEUES,
    NewQueue,
    Order,
    Queue,
    QueueChange,
    QueueSort,
    QueueStatus,
    Reservation,
    ReservationPlan,
    queue_arn,
)
from telecine.services.mediaconvert.store import queues

_REMEMBERED_FOR = timedelta(seconds=2)
"""How old the number of jobs in a long queue may be. The model calls it estimated."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueueQuery:
    """How to list queues, and from where."""

    sort: QueueSort = QueueSort.CREATION_DATE
    order: Order = Order.ASCENDING
    limit: int = PAGE_SIZE
    token: str | None = None
    """Of the page before; good only with the same sort and order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class QueuePage:
    """One page of a listing of queues."""

    queues: Sequence[Queue]
    next_token: str | None
    unallocated: int
    """How many of the account's concurrent jobs no queue has for itself."""


class Queues:
    """Every change is one transaction; an account without its system queue gets it on first sight."""

    def __init__(
        self,
        db: Database,
        clock: Clock,
        pages: PageTokens,
        region: Region,
        hopping: Hopping,
        wake: Callable[[], None],
    ) -> None:
        self._db = db
        self._clock = clock
        self._pages = pages
        self._region = region
        self._hopping = hopping
        self._wake = wake
        self._backlogs: dict[tuple[AccountId, QueueName], tuple[datetime, int]] = {}

    def create(self, asked: NewQueue, tags: Tags) -> Queue:
        """Raises ConflictException for a name that is taken, and ServiceQuotaExceededException."""

        def work(connection: Connection) -> Queue:
            now = self._clock.now()
            queues.add_default(connection, asked.account, now)
            others = queues.all_of(connection, self._region, asked.account)
            if any(queue.name == asked.name for queue in others):
                raise errors.queue_exists(asked.name)
            if asked.plan is None:
                if sum(queue.reservation is None for queue in others) >= MAX_ON_DEMAND_QUEUES:
                    raise errors.too_many_queues(MAX_ON_DEMAND_QUEUES)
                _check_allocation(others, asked.concurrent_jobs)
            reservation = None if asked.plan is None else Reservation.bought(asked.plan, now)
            queues.add(connection, asked, reservation, now)
            queues.set_tags(connection, queue_arn(asked.account, self._region, asked.name), tags)
            return self._existing(connection, asked.account, asked.name)

        return self._db.write(work)

    def update(self, account: AccountId, name: QueueName, asked: QueueChange) -> Queue:
        """The queue as it is now. A queue that is activated lets the first job run whose hop came due meanwhile.

        Raises NotFoundException, BadRequestException for what the pricing plan does not allow, and
        ServiceQuotaExceededException.
        """

        def work(connection: Connection) -> Queue:
            now = self._clock.now()
            if name == DEFAULT_QUEUE:
                queues.add_default(connection, account, now)
            before = self._existing(connection, account, name)
            changed: dict[str, object] = {"updated_at": now}
            if asked.description is not None:
                changed["description"] = asked.description
            if asked.status is not None:
                changed["status"] = asked.status
            if asked.concurrent_jobs is not None:
                if before.reservation is not None:
                    raise errors.slots_not_jobs()
                others = queues.all_of(connection, self._region, account)
                _check_allocation([queue for queue in others if queue.name != name], asked.concurrent_jobs)
                changed["concurrent_jobs"] = asked.concurrent_jobs
            if asked.plan is not None:
                if before.reservation is None:
                    raise errors.plan_not_applicable()
                changed.update(queues.reservation_columns(_extended(before.reservation, asked.plan, now)))
            queues.change(connection, account, name, **changed)
            if before.status is QueueStatus.PAUSED and asked.status is QueueStatus.ACTIVE:
                self._hopping.stay_at_head(connection, account, name, now)
            return self._existing(connection, account, name)

        updated = self._counted(self._db.write(work))
        self._wake()
        return updated

    def delete(self, account: AccountId, name: QueueName) -> None:
        """With its tags. Raises NotFoundException, BadRequestException for Default, and ConflictException for a queue
        with jobs that wait or run, or with a reservation that has not expired."""

        def work(connection: Connection) -> None:
            if name == DEFAULT_QUEUE:
                raise errors.default_queue_stays()
            found = self._existing(connection, account, name)
            if found.submitted_jobs or found.progressing_jobs:
                raise errors.queue_has_jobs(name)
            if found.reservation is not None and not found.reservation.is_expired(self._clock.now()):
                raise errors.queue_is_reserved(name)
            queues.remove(connection, account, name)
            queues.remove_all_tags(connection, found.arn)

        self._db.write(work)

    def find(self, account: AccountId, name: QueueName) -> Queue:
        """Raises NotFoundException."""
        for queue in self._of_account(account):
            if queue.name == name:
                return self._counted(queue)
        raise errors.queue_not_found(name)

    def page(self, account: AccountId, query: QueueQuery) -> QueuePage:
        """Raises BadRequestException for a token of another listing. An account has tens of queues at most."""
        scope = f"ListQueues\n{account}\n{query.sort}\n{query.order}"
        after = position(self._pages, scope, query.token)

        def key(queue: Queue) -> SortKey:
            return [queue.name] if query.sort is QueueSort.NAME else [epoch_ms(queue.created_at), queue.name]

        everything = self._of_account(account)
        found = sorted(everything, key=key, reverse=query.order is Order.DESCENDING)
        if after is not None and query.order is Order.ASCENDING:
            found = [queue for queue in found if key(queue) > after]
        elif after is not None:
            found = [queue for queue in found if key(queue) < after]
        more = len(found) > query.limit
        return QueuePage(
            queues=[self._counted(queue) for queue in found[: query.limit]],
            next_token=self._pages.write(scope, key(found[query.limit - 1])) if more else None,
            unallocated=MAX_CONCURRENT_JOBS - _allocated(everything),
        )

    def hop(self) -> int:
        """Let jobs hop that have waited long enough; how many tried to. To be called every second or so."""
        now = self._clock.now()
        tried = 0
        for account, queue in self._hopping.due(self._db, now):
            work = partial(self._hopping.hop, account=account, queue=queue, now=now)
            while hopped := self._db.write(work):
                tried += hopped
        if tried:
            self._wake()
        return tried

    def _existing(self, connection: Connection, account: AccountId, name: QueueName) -> Queue:
        found = queues.find(connection, self._region, account, name)
        if found is None:
            raise errors.queue_not_found(name)
        return self._today(found)

    def _of_account(self, account: AccountId) -> Sequence[Queue]:
        """Every queue of the account; the system queue is made on first sight."""
        found = queues.of_account(self._db, self._region, account)
        if not any(queue.name == DEFAULT_QUEUE for queue in found):
            self._db.write(lambda connection: queues.add_default(connection, account, self._clock.now()))
            found = queues.of_account(self._db, self._region, account)
        return [self._today(queue) for queue in found]

    def _today(self, queue: Queue) -> Queue:
        """The queue with its reservation in the term of today."""
        if queue.reservation is None:
            return queue
        return replace(queue, reservation=queue.reservation.at(self._clock.now()))

    def _counted(self, queue: Queue) -> Queue:
        """The queue with the number of all its waiting jobs. A long queue is counted every other second at most."""
        if queue.submitted_jobs <= queues.COUNTED:
            return queue
        now, key = self._clock.now(), (queue.account, queue.name)
        at, number = self._backlogs.get(key, (None, 0))
        if at is None or not now - _REMEMBERED_FOR < at <= now:
            with self._db.read() as connection:
                number = queues.backlog(connection, queue.account, queue.name)
            self._backlogs[key] = (now, number)
        return replace(queue, submitted_jobs=number)


def _allocated(found: Sequence[Queue]) -> int:
    return sum(queue.concurrent_jobs or 0 for queue in found)


def _check_allocation(others: Sequence[Queue], asked: int | None) -> None:
    free = MAX_CONCURRENT_JOBS - _allocated(others)
    if asked is not None and asked > free:
        raise errors.too_many_concurrent_jobs(asked, free, MAX_CONCURRENT_JOBS)


def _extended(before: Reservation, plan: ReservationPlan, now: datetime) -> Reservation:
    """The reservation after a change. More slots, or a plan in place of an expired one, begin a new term now."""
    if plan.slots < before.slots:
        raise errors.fewer_slots(before.slots)
    if plan.slots > before.slots or before.is_expired(now):
        return Reservation.bought(plan, now)
    return replace(before, renewal=plan.renewal)
