"""Jobs and queues by the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from telecine.core.clock import Clock, epoch_ms
from telecine.core.names import AccountId, QueueName, Region
from telecine.core.pages import InvalidPageToken, PageTokens, SortKey
from telecine.db import Database
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.model import DEFAULT_QUEUE, Job, JobStatus, Order, Queue, QueueSort
from telecine.services.mediaconvert.store import jobs, queues

PAGE_SIZE = 20
"""MediaConvert's largest page, which is also its usual one."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobQuery:
    """Which jobs to list, and from where."""

    queue: QueueName | None = None
    """The queue they were submitted to."""
    status: JobStatus | None = None
    order: Order = Order.DESCENDING
    """By submission: newest first unless ASCENDING."""
    limit: int = PAGE_SIZE
    token: str | None = None
    """Of the page before; good only with the same queue, status and order."""


@dataclass(frozen=True, kw_only=True, slots=True)
class JobPage:
    """One page of a listing of jobs."""

    jobs: Sequence[Job]
    next_token: str | None


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


class Listings:
    """Reads pages; changes nothing but that an account without its system queue gets it."""

    def __init__(self, db: Database, clock: Clock, pages: PageTokens, region: Region) -> None:
        self._db = db
        self._clock = clock
        self._pages = pages
        self._region = region

    def jobs(self, account: AccountId, query: JobQuery) -> JobPage:
        """Raises BadRequestException for a token of another listing."""
        scope = f"ListJobs\n{account}\n{query.queue or ''}\n{query.status or ''}\n{query.order}"
        after = self._position(scope, query.token)
        with self._db.read() as connection:
            found = jobs.page(
                connection,
                self._region,
                account,
                queue=query.queue,
                status=query.status,
                order=query.order,
                after=None if after is None else int(after[0]),
                limit=query.limit + 1,  # one more tells whether there is another page
            )
        more = len(found) > query.limit
        return JobPage(
            jobs=[record.job for record in found[: query.limit]],
            next_token=self._pages.write(scope, [found[query.limit - 1].number]) if more else None,
        )

    def queue(self, account: AccountId, name: QueueName) -> Queue:
        """Raises NotFoundException."""
        for queue in self._of_account(account):
            if queue.name == name:
                return queue
        raise errors.queue_not_found(name)

    def queues(self, account: AccountId, query: QueueQuery) -> QueuePage:
        """Raises BadRequestException for a token of another listing. An account has tens of queues at most."""
        scope = f"ListQueues\n{account}\n{query.sort}\n{query.order}"
        after = self._position(scope, query.token)

        def key(queue: Queue) -> SortKey:
            return [queue.name] if query.sort is QueueSort.NAME else [epoch_ms(queue.created_at), queue.name]

        found = sorted(self._of_account(account), key=key, reverse=query.order is Order.DESCENDING)
        if after is not None and query.order is Order.ASCENDING:
            found = [queue for queue in found if key(queue) > after]
        elif after is not None:
            found = [queue for queue in found if key(queue) < after]
        more = len(found) > query.limit
        return QueuePage(
            queues=found[: query.limit],
            next_token=self._pages.write(scope, key(found[query.limit - 1])) if more else None,
        )

    def _of_account(self, account: AccountId) -> Sequence[Queue]:
        """Every queue of the account; the system queue is made on first sight."""
        found = queues.of_account(self._db, self._region, account)
        if not any(queue.name == DEFAULT_QUEUE for queue in found):
            self._db.write(lambda connection: queues.add_default(connection, account, self._clock.now()))
            found = queues.of_account(self._db, self._region, account)
        return found

    def _position(self, scope: str, token: str | None) -> SortKey | None:
        if token is None:
            return None
        try:
            return self._pages.read(scope, token)
        except InvalidPageToken as error:
            raise errors.invalid_page_token() from error
