"""Jobs by the page."""

from collections.abc import Sequence
from dataclasses import dataclass

from telecine.core.names import AccountId, QueueName, Region
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.services.mediaconvert.lifecycle.paging import PAGE_SIZE, job_position
from telecine.services.mediaconvert.model import Job, JobStatus, Order
from telecine.services.mediaconvert.store import jobs


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


class Listings:
    """Reads pages."""

    def __init__(self, db: Database, pages: PageTokens, region: Region) -> None:
        self._db = db
        self._pages = pages
        self._region = region

    def jobs(self, account: AccountId, query: JobQuery) -> JobPage:
        """Raises BadRequestException for a token of another listing."""
        scope = f"ListJobs\n{account}\n{query.queue or ''}\n{query.status or ''}\n{query.order}"
        after = job_position(self._pages, scope, query.token)
        with self._db.read() as connection:
            found = jobs.page(
                connection,
                self._region,
                account,
                queue=query.queue,
                status=query.status,
                order=query.order,
                after=after,
                limit=query.limit + 1,  # one more tells whether there is another page
            )
        more = len(found) > query.limit
        return JobPage(
            jobs=[record.job for record in found[: query.limit]],
            next_token=self._pages.write(scope, [found[query.limit - 1].number]) if more else None,
        )
