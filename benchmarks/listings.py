"""Pages of jobs out of a million: ListJobs for every combination of filters, and searches.

The jobs are made by SQL, in a database of this release's schema, on SQLite; what is timed is the face of MediaConvert,
from a query to twenty jobs. `TELECINE_BENCH_JOBS` makes fewer of them.
"""

import itertools
import os
import sqlite3
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

from benchmarks.server import figure
from telecine.core.clock import SystemClock
from telecine.core.ids import Ids
from telecine.core.names import AccountId, QueueName
from telecine.db import connect
from telecine.migrations import upgrade
from telecine.services.mediaconvert.lifecycle import JobQuery, Lifecycle
from telecine.services.mediaconvert.model import Filter, FilterKey, JobStatus, Order, QueryStatus, Term, TermKind
from telecine.testing.lifecycle import PAGES, lifecycle_on

JOBS = int(os.environ.get("TELECINE_BENCH_JOBS", "1000000"))
ACCOUNT = AccountId("000000000000")
ROUNDS = 5
LIMIT_MS = 20
QUEUE = QueueName("queue-7")

_FILL = """
WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < :jobs)
INSERT INTO mediaconvert_jobs (number, id, account, queue, role_arn, priority, current_queue, current_priority, hops,
  transitions, user_metadata, status_update_interval, billing_tags_source, status, submitted_at, finished_at,
  phase_percent, job_percent, frames_decoded, retry_count, error_code, warnings, messages, attempt, is_publishing,
  is_probed)
SELECT i, printf('%d-%06x', 1700000000000 + i, i), :account, 'queue-' || (i % 20), 'arn:aws:iam::000000000000:role/r',
  0, 'queue-' || (i % 20), 0, '[]', '[]', '{}', 'SECONDS_60', 'JOB',
  CASE WHEN i / 20 % 100 < 90 THEN 'COMPLETE' WHEN i / 20 % 100 < 97 THEN 'ERROR'
       WHEN i / 20 % 100 < 99 THEN 'CANCELED' WHEN i / 20 % 1000 = 999 THEN 'PROGRESSING' ELSE 'SUBMITTED' END,
  1700000000000 + i, 1700000000000 + i, 100, 100, 0, 0, CASE WHEN i / 20 % 100 BETWEEN 90 AND 96 THEN 1010 END,
  '[]', '[]', 1, 0, 1
FROM n
"""
_DOCUMENTS = "INSERT INTO mediaconvert_documents (number, settings) SELECT number, '{}' FROM mediaconvert_jobs"
_TERMS = "INSERT INTO mediaconvert_terms (number, kind, digest, account, text) VALUES (?, ?, ?, ?, ?)"


def run() -> Iterator[dict[str, Any]]:
    """The median of some rounds for the first page and for one in the middle, for each combination of filters."""
    with tempfile.TemporaryDirectory(prefix="telecine-bench-") as name:
        path = Path(name) / "jobs.db"
        database = connect(f"sqlite:///{path}")
        upgrade(database)
        started = time.perf_counter()
        _fill(path)
        yield figure(f"making {JOBS} jobs by SQL", time.perf_counter() - started, "s")
        lifecycle = lifecycle_on(database, SystemClock(), Ids())
        yield from _listings(lifecycle)
        yield from _searches(lifecycle)
        database.close()


def _fill(path: Path) -> None:
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA synchronous=OFF")
    connection.execute("PRAGMA cache_size=-500000")
    connection.execute(_FILL, {"jobs": JOBS, "account": ACCOUNT})
    connection.execute(_DOCUMENTS)
    codecs = [Term(TermKind.AUDIO, "AAC"), Term(TermKind.VIDEO, "H_264")]
    shared = [(term.kind.value, term.digest, ACCOUNT, term.text) for term in codecs]

    def terms() -> Iterator[tuple[Any, ...]]:
        for number in range(1, JOBS + 1):
            term = Term(TermKind.INPUT, f"s3://films/in/{number % 1000}/film-{number}.mp4")
            yield from ((number, *one) for one in shared)
            yield (number, term.kind.value, term.digest, ACCOUNT, term.text)

    connection.executemany(_TERMS, terms())
    connection.commit()
    connection.close()


def _listings(lifecycle: Lifecycle) -> Iterator[dict[str, Any]]:
    statuses = [None, *JobStatus]
    for queue, status, order in itertools.product([None, QUEUE], statuses, Order):
        query = JobQuery(queue=queue, status=status, order=order)
        deep = _middle(lifecycle, query)
        slowest = max(_milliseconds(partial(lifecycle.jobs, ACCOUNT, asked)) for asked in (query, deep))
        words = f"queue={'one' if queue else 'any'} status={status or 'any'} {order}"
        yield figure(f"ListJobs page, {words}", slowest, "ms", ratio=slowest / LIMIT_MS, against=f"{LIMIT_MS} ms")


def _middle(lifecycle: Lifecycle, query: JobQuery) -> JobQuery:
    """The same listing from the middle of the jobs on."""
    scope = f"ListJobs\n{ACCOUNT}\n{query.queue or ''}\n{query.status or ''}\n{query.order}"
    token = PAGES.write(scope, [JOBS // 2])
    return JobQuery(queue=query.queue, status=query.status, order=query.order, token=token)


def _searches(lifecycle: Lifecycle) -> Iterator[dict[str, Any]]:
    searches, query = lifecycle.searches, JobQuery()
    number = JOBS // 3
    address = f"s3://films/in/{number % 1000}/film-{number}.mp4"
    value = _milliseconds(lambda: searches.with_input(ACCOUNT, address, query))
    yield figure("SearchJobs by an address", value, "ms")
    value = _milliseconds(lambda: searches.with_input(ACCOUNT, "film-", query))
    yield figure("SearchJobs by a frequent part of an address", value, "ms")
    value = _milliseconds(lambda: searches.with_input(ACCOUNT, "no such film", query))
    yield figure("SearchJobs by a part that none of the jobs of a window has", value, "ms")
    for key, wanted in (
        (FilterKey.AUDIO_CODEC, "AAC"),
        (FilterKey.AUDIO_CODEC, "OPUS"),
        (FilterKey.ERROR_CODE, "1010"),
    ):
        value = _milliseconds(partial(_query, lifecycle, Filter(key=key, values=(wanted,))))
        yield figure(f"jobs query by {key} {wanted}, start and results", value, "ms")


def _query(lifecycle: Lifecycle, *filters: Filter) -> None:
    query = lifecycle.searches.start(ACCOUNT, filters, order=Order.DESCENDING, limit=20, token=None)
    while lifecycle.searches.results(ACCOUNT, query).status is not QueryStatus.COMPLETE:
        pass


def _milliseconds(work: Callable[[], object]) -> float:
    """The median of CPU time: other processes of the machine do not count."""
    spent = []
    for _ in range(ROUNDS):
        started = time.process_time()
        work()
        spent.append((time.process_time() - started) * 1000)
    return statistics.median(spent)
