"""What jobs are found by: an index of terms, and the jobs behind each of several columns.

A number is a job's place in the order of submission. Every function answers with numbers, in the order asked for.
"""

from collections.abc import Sequence
from typing import Any

from sqlalchemy import ColumnElement, Connection, Select, delete, func, insert, or_, select, update

from telecine.core.names import AccountId, QueueName, Region
from telecine.db import run_each
from telecine.services.mediaconvert.model import (
    Filter,
    FilterKey,
    JobsQuery,
    JobStatus,
    Order,
    QueryStatus,
    Record,
    Term,
    TermKind,
)
from telecine.services.mediaconvert.store import jobs
from telecine.services.mediaconvert.tables import JOBS, JOBS_QUERIES, TERMS

_ADD_TERM = insert(TERMS)


def add_terms(connection: Connection, number: int, account: AccountId, terms: Sequence[Term]) -> None:
    """Let the job with this number be found by each of `terms`, which are all different."""
    run_each(
        connection,
        _ADD_TERM,
        [
            {"number": number, "kind": term.kind, "digest": term.digest, "account": account, "text": term.text}
            for term in terms
        ],
    )


def with_term(
    connection: Connection,
    account: AccountId,
    term: Term,
    *,
    queue: QueueName | None = None,
    status: JobStatus | None = None,
    order: Order,
    after: int | None,
    limit: int,
) -> Sequence[int]:
    """Jobs that have exactly this term."""
    wanted = select(TERMS.c.number).where(
        TERMS.c.account == account, TERMS.c.kind == term.kind, TERMS.c.digest == term.digest, TERMS.c.text == term.text
    )
    wanted = _filtered(wanted, queue, status)
    return connection.execute(_paged(wanted, TERMS.c.number, order, after).limit(limit)).scalars().all()


def with_input_like(  # noqa: PLR0913 - the question and the page, by name
    connection: Connection,
    account: AccountId,
    texts: Sequence[str],
    *,
    queue: QueueName | None = None,
    status: JobStatus | None = None,
    order: Order,
    after: int | None,
    until: int | None,
    limit: int,
) -> Sequence[int]:
    """Jobs with one of `texts` somewhere in the address of an input, behind `after` and no farther than `until`.

    Goes through the account's jobs in the order of submission, looks at the inputs of each, and stops at the last one
    that is wanted: what other accounts have submitted in between costs nothing.
    """
    holds = func.instr if connection.dialect.name == "sqlite" else func.strpos
    inputs = select(TERMS.c.number).where(
        TERMS.c.number == JOBS.c.number,
        TERMS.c.kind == TermKind.INPUT,
        or_(*(holds(TERMS.c.text, text) > 0 for text in texts)),
    )
    wanted = select(JOBS.c.number).where(JOBS.c.account == account)
    if until is not None:
        # Of the terms, too: PostgreSQL might go through all of them first.
        inputs = inputs.where(_is_within(TERMS.c.number, order, until))
        wanted = wanted.where(_is_within(JOBS.c.number, order, until))
    wanted = _of(wanted.where(inputs.exists()), queue, status)
    return connection.execute(_paged(wanted, JOBS.c.number, order, after).limit(limit)).scalars().all()


def horizon(connection: Connection, account: AccountId, *, order: Order, after: int | None, window: int) -> int | None:
    """The number of the job that is `window` jobs of the account behind `after`; None when there are not so many."""
    wanted = select(JOBS.c.number).where(JOBS.c.account == account)
    return connection.execute(_paged(wanted, JOBS.c.number, order, after).offset(window - 1).limit(1)).scalar()


def with_value(
    connection: Connection,
    account: AccountId,
    column: str,
    value: str | int,
    *,
    order: Order,
    after: int | None,
    limit: int,
) -> Sequence[int]:
    """Jobs whose `queue`, `status` or `error_code` is `value`."""
    wanted = select(JOBS.c.number).where(JOBS.c.account == account, JOBS.c[column] == value)
    return connection.execute(_paged(wanted, JOBS.c.number, order, after).limit(limit)).scalars().all()


def every(connection: Connection, account: AccountId, *, order: Order, after: int | None, limit: int) -> Sequence[int]:
    wanted = select(JOBS.c.number).where(JOBS.c.account == account)
    return connection.execute(_paged(wanted, JOBS.c.number, order, after).limit(limit)).scalars().all()


def records(connection: Connection, region: Region, numbers: Sequence[int]) -> Sequence[Record]:
    """The jobs with these numbers, in their order; those that are forgotten by now are left out."""
    found = {record.number: record for record in jobs.several(connection, region, numbers)}
    return [found[number] for number in numbers if number in found]


# ── queries of jobs ─────────────────────────────────────────────────────────────────────────────────────────────────


def add_query(connection: Connection, query: JobsQuery) -> None:
    connection.execute(
        insert(JOBS_QUERIES).values(
            id=query.id,
            account=query.account,
            created_at=query.created_at,
            filters=[[one.key, list(one.values)] for one in query.filters],
            order=query.order,
            page_size=query.page_size,
            **_progress(query),
        )
    )


def save_query(connection: Connection, query: JobsQuery) -> None:
    """How far it has come."""
    connection.execute(update(JOBS_QUERIES).where(JOBS_QUERIES.c.id == query.id).values(**_progress(query)))


def find_query(connection: Connection, account: AccountId, query_id: str) -> JobsQuery | None:
    row = connection.execute(
        select(JOBS_QUERIES).where(JOBS_QUERIES.c.id == query_id, JOBS_QUERIES.c.account == account)
    ).one_or_none()
    if row is None:
        return None
    return JobsQuery(
        id=row.id,
        account=AccountId(row.account),
        created_at=row.created_at,
        filters=tuple(Filter(key=FilterKey(key), values=tuple(values)) for key, values in row.filters),
        order=Order(row.order),
        page_size=row.page_size,
        status=QueryStatus(row.status),
        position=row.position,
        found=tuple(row.found),
        has_more=row.has_more,
    )


def count_queries(connection: Connection, account: AccountId) -> int:
    return connection.execute(
        select(func.count()).select_from(JOBS_QUERIES).where(JOBS_QUERIES.c.account == account)
    ).scalar_one()


def forget_queries(connection: Connection, account: AccountId, before: Any) -> None:
    """Those that were started before a moment."""
    connection.execute(
        delete(JOBS_QUERIES).where(JOBS_QUERIES.c.account == account, JOBS_QUERIES.c.created_at < before)
    )


def _progress(query: JobsQuery) -> dict[str, Any]:
    return {
        "status": query.status,
        "position": query.position,
        "found": list(query.found),
        "has_more": query.has_more,
    }


def _filtered(wanted: Select[Any], queue: QueueName | None, status: JobStatus | None) -> Select[Any]:
    if queue is None and status is None:
        return wanted
    return _of(wanted.join(JOBS, JOBS.c.number == TERMS.c.number), queue, status)


def _of(wanted: Select[Any], queue: QueueName | None, status: JobStatus | None) -> Select[Any]:
    wanted = wanted if queue is None else wanted.where(JOBS.c.queue == queue)
    return wanted if status is None else wanted.where(JOBS.c.status == status)


def _is_within(number: ColumnElement[int], order: Order, until: int) -> ColumnElement[bool]:
    return number >= until if order is Order.DESCENDING else number <= until


def _paged(wanted: Select[Any], number: ColumnElement[int], order: Order, after: int | None) -> Select[Any]:
    if order is Order.ASCENDING:
        wanted = wanted.order_by(number)
        return wanted if after is None else wanted.where(number > after)
    wanted = wanted.order_by(number.desc())
    return wanted if after is None else wanted.where(number < after)
