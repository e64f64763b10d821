"""How pages of jobs are found, on either database: by an index, in the order that they are shown in."""

import itertools
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
from sqlalchemy import event, insert, text

from telecine.core.names import AccountId, QueueName
from telecine.db import Database
from telecine.services.mediaconvert.lifecycle import JobQuery, Lifecycle
from telecine.services.mediaconvert.model import Filter, FilterKey, JobStatus, Order, Term, TermKind
from telecine.services.mediaconvert.tables import DOCUMENTS, JOBS, TERMS
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids
from telecine.testing.lifecycle import lifecycle_on

ACCOUNT, OTHER = AccountId("111122223333"), AccountId("444455556666")
COUNT = 6000
SCANS = (
    "SCAN mediaconvert_jobs",
    "Seq Scan on mediaconvert_jobs",
    "SCAN mediaconvert_terms",
    "Seq Scan on mediaconvert_te",
)
SORTS = ("USE TEMP B-TREE",)


@pytest.fixture
def lifecycle(database: Database) -> Lifecycle:
    """With a few thousand jobs of all kinds."""
    clock = ManualClock()
    statuses = [*[JobStatus.COMPLETE] * 90, *[JobStatus.ERROR] * 8, JobStatus.CANCELED, JobStatus.SUBMITTED]
    row = {
        "role_arn": "r",
        "user_metadata": {},
        "status_update_interval": "SECONDS_60",
        "billing_tags_source": "JOB",
        "submitted_at": clock.now(),
        "warnings": [],
        "messages": [],
        "hops": [],
        "transitions": [],
        "priority": 0,
        "current_priority": 0,
    }
    jobs, documents, terms = [], [], []
    for number in range(1, COUNT + 1):
        queue, status = f"queue-{number % 7}", statuses[number % 100]
        account = OTHER if number % 2000 == 0 else ACCOUNT
        code = 1010 if status is JobStatus.ERROR else None
        jobs.append(
            {
                **row,
                "account": account,
                "number": number,
                "id": f"0-{number}",
                "queue": queue,
                "current_queue": queue,
                "status": status,
                "error_code": code,
            }
        )
        documents.append({"number": number, "settings": {}})
        for term in (Term(TermKind.INPUT, f"s3://films/{number}.mp4"), Term(TermKind.VIDEO, "H_264")):
            terms.append({**term._asdict(), "number": number, "account": account, "digest": term.digest})

    def fill(connection: Any) -> None:
        connection.execute(insert(JOBS), jobs)
        connection.execute(insert(DOCUMENTS), documents)
        connection.execute(insert(TERMS), terms)
        for table in (JOBS, DOCUMENTS, TERMS):
            connection.execute(text(f"ANALYZE {table.name}"))

    database.write(fill)
    return lifecycle_on(database, clock, seeded_ids())


@contextmanager
def _plans(database: Database) -> Iterator[list[str]]:
    """The plans of what is selected in the block, with the statement in front."""
    seen: list[tuple[str, Any]] = []
    plans: list[str] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        if statement.startswith("SELECT") and "mediaconvert" in statement:
            seen.append((statement, parameters))

    with database.read() as connection:
        engine = connection.engine
    event.listen(engine, "before_cursor_execute", note)
    yield plans
    event.remove(engine, "before_cursor_execute", note)
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
    with database.read() as connection:
        for sql, parameters in seen:
            lines = connection.exec_driver_sql(explain + sql, parameters)
            plans.append("\n".join([sql, *(str(line) for line in lines)]))


@pytest.mark.parametrize("queue", [None, QueueName("queue-3")])
def test_a_page_of_jobs_is_read_from_an_index(
    database: Database, lifecycle: Lifecycle, queue: QueueName | None
) -> None:
    """For every combination of filters, from the start and from the middle: nothing is scanned, and nothing sorted."""
    with _plans(database) as plans:
        for status, order in itertools.product([None, *JobStatus], Order):
            query = JobQuery(queue=queue, status=status, order=order, limit=2)
            token = lifecycle.jobs(ACCOUNT, query).next_token
            if token is not None:
                lifecycle.jobs(ACCOUNT, JobQuery(queue=queue, status=status, order=order, limit=2, token=token))
    assert len(plans) >= 12
    for plan in plans:
        assert not [scan for scan in (*SCANS, *SORTS) if scan in plan], plan


def test_searches_read_an_index_or_a_bounded_part(database: Database, lifecycle: Lifecycle) -> None:
    """An address, a codec and an error by index; a part of an address in the order of submission, without sorting."""
    searches = lifecycle.searches
    searches._window = 500
    with _plans(database) as plans:
        for order in Order:
            searches.with_input(ACCOUNT, "s3://films/7.mp4", JobQuery(order=order))
            page = searches.with_input(ACCOUNT, "films/70", JobQuery(order=order))
            assert page.next_token is not None
            searches.with_input(ACCOUNT, "films/70", JobQuery(order=order, token=page.next_token))
            for key, value in (
                (FilterKey.VIDEO_CODEC, "H_264"),
                (FilterKey.VIDEO_CODEC, "VP9"),
                (FilterKey.ERROR_CODE, "1010"),
                (FilterKey.QUEUE, "queue-3"),
                (FilterKey.STATUS, "CANCELED"),
            ):
                query = searches.start(ACCOUNT, (Filter(key=key, values=(value,)),), order=order, limit=20, token=None)
                searches.results(ACCOUNT, query)
            # Of an account that has few jobs among those of others, all are looked at: they, and nobody else's.
            found = searches.with_input(OTHER, "films/", JobQuery(order=order))
            assert (len(found.jobs), found.next_token) == (COUNT // 2000, None)
            assert searches.with_input(OTHER, "films/1", JobQuery(order=order)).jobs == []
    assert any("strpos" in plan or "instr" in plan for plan in plans)
    for plan in plans:
        assert not [scan for scan in (*SCANS, *SORTS) if scan in plan], plan


def test_a_forgotten_job_is_found_no_more(database: Database, lifecycle: Lifecycle) -> None:
    """Its terms go with it."""
    assert len(lifecycle.searches.with_input(ACCOUNT, "s3://films/7.mp4", JobQuery()).jobs) == 1

    def forget(connection: Any) -> None:
        connection.execute(DOCUMENTS.delete().where(DOCUMENTS.c.number == 7))
        connection.execute(JOBS.delete().where(JOBS.c.number == 7))

    database.write(forget)
    assert lifecycle.searches.with_input(ACCOUNT, "s3://films/7.mp4", JobQuery()).jobs == []
    with database.read() as connection:
        assert connection.execute(TERMS.select().where(TERMS.c.number == 7)).all() == []
