"""Jobs by what they are made from and of: SearchJobs, and queries of jobs.

A whole address is found by an index. A part of one is not: it is looked for in the order of submission, a bounded
number of jobs a request, so that a page may be short, or empty, and still name the next.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace

from sqlalchemy import Connection

from telecine.core.clock import Clock
from telecine.core.ids import Ids
from telecine.core.names import AccountId, Region
from telecine.core.pages import PageTokens
from telecine.db import Database
from telecine.services.mediaconvert import errors
from telecine.services.mediaconvert.lifecycle.listings import JobPage, JobQuery
from telecine.services.mediaconvert.lifecycle.paging import job_position
from telecine.services.mediaconvert.model import (
    MAX_QUERIES,
    QUERY_LIFE,
    Filter,
    FilterKey,
    Job,
    JobsQuery,
    Order,
    QueryStatus,
    Submission,
    Term,
    TermKind,
    terms_of,
)
from telecine.services.mediaconvert.store import searches as store

_WINDOW = 20_000
"""How many jobs of an account one request looks through for a part of an address: ten to twenty milliseconds."""

_ADDRESS = re.compile(r"(s3|https?)://", re.IGNORECASE)
_TERMS = {
    FilterKey.AUDIO_CODEC: TermKind.AUDIO,
    FilterKey.VIDEO_CODEC: TermKind.VIDEO,
    FilterKey.ENGINE_REQUESTED: TermKind.ENGINE,
    FilterKey.FILE_INPUT: TermKind.INPUT,
}
_COLUMNS = {FilterKey.QUEUE: "queue", FilterKey.STATUS: "status", FilterKey.ERROR_CODE: "error_code"}


@dataclass(frozen=True, kw_only=True, slots=True)
class QueryResults:
    """What a jobs query has come to."""

    status: QueryStatus
    jobs: Sequence[Job]
    """As they are now; none before the query is COMPLETE."""
    next_token: str | None
    """With which StartJobsQuery goes on behind them."""


class Searches:
    """Finds jobs."""

    def __init__(
        self, db: Database, clock: Clock, ids: Ids, pages: PageTokens, region: Region, *, window: int = _WINDOW
    ) -> None:
        self._db = db
        self._clock = clock
        self._ids = ids
        self._pages = pages
        self._region = region
        self._window = window

    @staticmethod
    def note(connection: Connection, number: int, submission: Submission) -> None:
        """Let a new job be found, in the transaction that makes it."""
        terms = terms_of(submission.settings, submission.job_engine_version)
        store.add_terms(connection, number, submission.account, terms)

    def with_input(self, account: AccountId, text: str, query: JobQuery) -> JobPage:
        """Jobs with an input at the address `text`; or, unless that begins as an address does, with `text` somewhere
        in the address of an input, capital or small as it is there.

        Raises BadRequestException for a token of another search.
        """
        scope = f"SearchJobs\n{account}\n{text}\n{query.queue or ''}\n{query.status or ''}\n{query.order}"
        after = job_position(self._pages, scope, query.token)
        until = None
        with self._db.read() as connection:
            if _is_address(text):
                found = store.with_term(
                    connection,
                    account,
                    Term(TermKind.INPUT, text),
                    queue=query.queue,
                    status=query.status,
                    order=query.order,
                    after=after,
                    limit=query.limit + 1,  # one more tells whether there is another page
                )
            else:
                until = store.horizon(connection, account, order=query.order, after=after, window=self._window)
                found = store.with_input_like(
                    connection,
                    account,
                    [text],
                    queue=query.queue,
                    status=query.status,
                    order=query.order,
                    after=after,
                    until=until,
                    limit=query.limit + 1,
                )
            shown = store.records(connection, self._region, found[: query.limit])
        last = found[query.limit - 1] if len(found) > query.limit else until
        return JobPage(
            jobs=[record.job for record in shown],
            next_token=None if last is None else self._pages.write(scope, [last]),
        )

    def start(
        self, account: AccountId, filters: tuple[Filter, ...], *, order: Order, limit: int, token: str | None
    ) -> str:
        """The id of a new query for up to `limit` jobs that meet any of `filters`, behind the page that gave `token`.

        Raises BadRequestException for a token of other filters, TooManyRequestsException when the account has too many
        queries.
        """
        now = self._clock.now()
        query = JobsQuery(
            id=self._ids.job_id(now),
            account=account,
            created_at=now,
            filters=filters,
            order=order,
            page_size=limit,
            status=QueryStatus.SUBMITTED,
            position=job_position(self._pages, _scope(account, filters, order), token),
            found=(),
            has_more=False,
        )

        def work(connection: Connection) -> None:
            store.forget_queries(connection, account, now - QUERY_LIFE)
            if store.count_queries(connection, account) >= MAX_QUERIES:
                raise errors.too_many_queries(MAX_QUERIES)
            store.add_query(connection, query)

        self._db.write(work)
        return query.id

    def results(self, account: AccountId, query_id: str) -> QueryResults:
        """Go on with the query as far as one request goes, and tell what has come of it.

        Raises NotFoundException for a query that is not there, or is forgotten.
        """
        with self._db.read() as connection:
            query = store.find_query(connection, account, query_id)
            if query is None or query.created_at < self._clock.now() - QUERY_LIFE:
                raise errors.query_not_found(query_id)
            found = query if query.status is QueryStatus.COMPLETE else self._advance(connection, query)
            jobs = store.records(connection, self._region, found.found) if found.status is QueryStatus.COMPLETE else ()
        if found is not query:
            self._db.write(lambda connection: store.save_query(connection, found))
        return QueryResults(
            status=found.status,
            jobs=[record.job for record in jobs],
            next_token=self._pages.write(_scope(account, found.filters, found.order), [found.found[-1]])
            if found.has_more
            else None,
        )

    def _advance(self, connection: Connection, query: JobsQuery) -> JobsQuery:
        """The query after another part of the account's jobs."""
        parts = [
            text
            for one in query.filters
            if one.key is FilterKey.FILE_INPUT
            for text in one.values
            if not _is_address(text)
        ]
        until = None
        if parts:
            window = max(1, self._window // len(parts))
            until = store.horizon(connection, query.account, order=query.order, after=query.position, window=window)
        wanted = query.page_size + 1 - len(query.found)
        numbers = self._matches(connection, query, parts, until, wanted)
        found = (*query.found, *numbers[:wanted])
        if len(found) > query.page_size:
            return replace(query, found=found[:-1], has_more=True, status=QueryStatus.COMPLETE)
        is_over = until is None
        return replace(
            query,
            found=found,
            position=until,
            status=QueryStatus.COMPLETE if is_over else QueryStatus.PROGRESSING,
        )

    @staticmethod
    def _matches(
        connection: Connection, query: JobsQuery, parts: Sequence[str], until: int | None, limit: int
    ) -> Sequence[int]:
        """Numbers of jobs that meet any filter, up to `until`, in the query's order: at least the first `limit`."""
        account, order, after = query.account, query.order, query.position
        numbers: set[int] = set()
        if not query.filters:
            numbers.update(store.every(connection, account, order=order, after=after, limit=limit))
        if parts:
            numbers.update(
                store.with_input_like(connection, account, parts, order=order, after=after, until=until, limit=limit)
            )
        for one in query.filters:
            for value in one.values:
                if one.key in _COLUMNS:
                    given = int(value) if one.key is FilterKey.ERROR_CODE else value
                    column = _COLUMNS[one.key]
                    numbers.update(
                        store.with_value(connection, account, column, given, order=order, after=after, limit=limit)
                    )
                elif one.key in _TERMS and (one.key is not FilterKey.FILE_INPUT or _is_address(value)):
                    term = Term(_TERMS[one.key], value)
                    numbers.update(store.with_term(connection, account, term, order=order, after=after, limit=limit))
                # No job has used a job engine version: there are none.
        ordered = sorted(numbers, reverse=order is Order.DESCENDING)
        if until is None:
            return ordered
        return [number for number in ordered if (number >= until if order is Order.DESCENDING else number <= until)]


def _is_address(text: str) -> bool:
    return _ADDRESS.match(text) is not None


def _scope(account: AccountId, filters: tuple[Filter, ...], order: Order) -> str:
    return "\n".join(["JobsQuery", account, order, *(repr((str(one.key), one.values)) for one in filters)])
