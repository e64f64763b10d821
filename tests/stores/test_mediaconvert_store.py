"""Many workers at once, and any order of events: nobody runs what another runs, on either database."""

import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, invariant, multiple, rule, run_state_machine_as_test
from sqlalchemy import delete, event, insert, text

from telecine.core.errors import ApiError
from telecine.core.names import AccountId, QueueName
from telecine.db import Database
from telecine.events import outbox
from telecine.services.mediaconvert.lifecycle import LeaseLost, Lifecycle
from telecine.services.mediaconvert.model import Hop, JobClaim, Outcome, Phase, Progress, Submission
from telecine.services.mediaconvert.tables import DOCUMENTS, JOBS, QUEUES, UPLOADS
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids
from telecine.testing.lifecycle import lifecycle_on

ACCOUNT = AccountId("111122223333")
LEASE = 30


def _lifecycle(database: Database, clock: ManualClock) -> Lifecycle:
    return lifecycle_on(database, clock, seeded_ids())


def _submission(**changes: Any) -> Submission:
    usual: dict[str, Any] = {"account": ACCOUNT, "queue": QueueName("Default"), "role_arn": "r", "settings": {}}
    return Submission(**{**usual, **changes})


@pytest.fixture
def lifecycle(database: Database) -> Lifecycle:
    return _lifecycle(database, ManualClock())


def test_one_token_makes_one_job_also_at_the_same_time(lifecycle: Lifecycle) -> None:
    """Concurrent requests with one token all get the same job."""
    found: list[str] = []

    _together(
        lambda: found.append(lifecycle.submit(_submission(client_request_token="t"), {}).id),
        threads=8,
    )

    assert len(found) == 8
    assert len(set(found)) == 1


def test_what_submit_answers_is_what_was_written(lifecycle: Lifecycle) -> None:
    """The job that is made of the request, without reading it back, is the one that is read afterwards."""
    submission = _submission(
        settings={"Inputs": [{"FileInput": "s3://films/ü.mp4"}], "OutputGroups": [{"Rate": 23.976, "Big": 2**70}]},
        shown={"OutputGroups": [{"Outputs": [{"Preset": "mine"}]}]},
        priority=-7,
        user_metadata={"a": "\u2028"},
        client_request_token="t",
        acceleration_mode="PREFERRED",
        simulate_reserved_queue="ENABLED",
        job_template="template",
        hops=(Hop(queue=QueueName("Default"), wait_minutes=5, priority=None),),
        job_engine_version="2025-01-31",
    )

    made = lifecycle.submit(submission, {"team": "films"})

    assert made == lifecycle.job(ACCOUNT, made.id)
    assert made == lifecycle.submit(submission, {})
    assert lifecycle.tags.of(made.arn) == {"team": "films"}


def test_concurrent_claims_take_different_jobs(lifecycle: Lifecycle) -> None:
    """Workers that reach out at the same time never get the same job, and every job is found in the end."""
    for _ in range(12):
        lifecycle.submit(_submission(), {})
    taken: list[str] = []

    def reach_out() -> None:
        for _ in range(2):
            claim = lifecycle.claim(threading.current_thread().name, LEASE)
            if claim is not None:
                taken.append(claim.job_id)

    _together(reach_out, threads=6)
    while (claim := lifecycle.claim("late", LEASE)) is not None:  # who met only locked rows comes again
        taken.append(claim.job_id)

    assert len(taken) == len(set(taken)) == 12


def test_reports_of_one_attempt_may_come_at_the_same_time(lifecycle: Lifecycle) -> None:
    """Uploads, progress and heartbeats of many threads all count."""
    job = lifecycle.submit(_submission(), {})
    claim = lifecycle.claim("w", LEASE)
    assert claim is not None
    numbers = itertools.count()

    def report() -> None:
        for _ in range(4):
            number = next(numbers)
            lifecycle.uploads.intend(claim, "b", f"k{number:02}")
            lifecycle.uploads.began(claim, "b", f"k{number:02}", f"u{number}")
            assert lifecycle.heartbeat(claim)
            lifecycle.progress(claim, Progress(phase=Phase.UPLOADING, phase_percent=number, job_percent=number))
            lifecycle.uploads.published(claim, "b", f"k{number:02}")

    _together(report, threads=6)

    assert [(upload.key, upload.upload_id, upload.is_published) for upload in lifecycle.uploads.of_job(job.id)] == [
        (f"k{number:02}", f"u{number}", True) for number in range(24)
    ]
    assert lifecycle.job(ACCOUNT, job.id).job_percent == 23


def test_a_claim_does_not_scan_the_waiting_jobs(database: Database) -> None:
    """With 20,000 jobs in an active and a paused queue, every query of a worker's turn goes through an index."""
    clock = ManualClock()
    lifecycle = _lifecycle(database, clock)
    lifecycle.submit(_submission(), {})
    _fill(database, clock.now(), jobs=20_000)
    statements: list[tuple[str, Any]] = []

    def note(_connection: Any, _cursor: Any, statement: str, parameters: Any, *_rest: Any) -> None:
        statements.append((statement, parameters))

    event.listen(database.writer, "before_cursor_execute", note)
    assert lifecycle.claim("w", LEASE) is not None
    assert lifecycle.claim_cleanup("w", LEASE) is None
    assert lifecycle.release_dead(lambda owner: owner != "w") == 1
    event.remove(database.writer, "before_cursor_execute", note)

    words = ("SELECT", "UPDATE")
    queries = [
        (sql, parameters) for sql, parameters in statements if sql.startswith(words) and "mediaconvert_jobs" in sql
    ]
    assert len(queries) >= 5
    explain = "EXPLAIN QUERY PLAN " if database.dialect == "sqlite" else "EXPLAIN "
    with database.writer.begin() as connection:
        plans = [
            "\n".join(str(line) for line in connection.exec_driver_sql(explain + sql, parameters))
            for sql, parameters in queries
        ]
    assert any("ix_mediaconvert_jobs_waiting" in plan for plan in plans)
    for plan in plans:
        for scan in ("SCAN mediaconvert_jobs", "SCAN waiting", "Seq Scan on mediaconvert_jobs"):
            assert scan not in plan


def _fill(database: Database, now: datetime, *, jobs: int) -> None:
    queue = {"account": ACCOUNT, "name": "paused", "status": "PAUSED", "type": "CUSTOM", "pricing_plan": "ON_DEMAND"}
    row = {
        "account": ACCOUNT,
        "role_arn": "r",
        "user_metadata": {},
        "status_update_interval": "SECONDS_60",
        "billing_tags_source": "JOB",
        "status": "SUBMITTED",
        "submitted_at": now,
        "warnings": [],
        "messages": [],
        "hops": [],
        "transitions": [],
    }
    rows = [
        {**row, "id": f"0-{number}", **_place("paused" if number % 2 else "Default", number % 7 - 9)}
        for number in range(jobs)
    ]

    def work(connection: Any) -> None:
        connection.execute(insert(QUEUES).values(**queue, created_at=now, updated_at=now))
        connection.execute(insert(JOBS), rows)
        connection.execute(text(f"ANALYZE {JOBS.name}"))

    database.write(work)


def _place(queue: str, priority: int) -> dict[str, Any]:
    """Where a job was submitted, and waits."""
    return {"queue": queue, "priority": priority, "current_queue": queue, "current_priority": priority}


def _together(work: Callable[[], object], *, threads: int) -> None:
    """Run `work` in so many threads that start at the same moment; every failure comes out."""
    ready = threading.Barrier(threads)
    failures: list[BaseException] = []

    def guarded() -> None:
        ready.wait()
        try:
            work()
        except BaseException as error:
            failures.append(error)

    running = [threading.Thread(target=guarded) for _ in range(threads)]
    for thread in running:
        thread.start()
    for thread in running:
        thread.join()
    assert failures == []


@dataclass
class Expected:
    """A job as the simple model has it."""

    order: tuple[int, int]
    """(-priority, position): the smallest waiting one is next."""
    status: str = "SUBMITTED"
    claim: JobClaim | None = None
    """The latest claim."""
    lease_end: datetime | None = None
    is_publishing: bool = False
    has_upload: bool = False
    events: list[str] = field(default_factory=list)


class LifeOfJobs(RuleBasedStateMachine):
    """Submit, claim, report, kill, cancel and settle in any order, and compare with `Expected`."""

    jobs = Bundle("jobs")
    claims = Bundle("claims")

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.database = database
        self.clock = ManualClock()
        self.lifecycle = _lifecycle(database, self.clock)
        self.expected: dict[str, Expected] = {}
        self.owners = 0
        database.write(
            lambda connection: [connection.execute(delete(t)) for t in (UPLOADS, DOCUMENTS, JOBS, outbox.OUTBOX)]
        )

    # ── what may happen ────────────────────────────────────────────────────────────────────────────────────────

    @rule(target=jobs, priority=st.integers(-2, 2))
    def submit(self, priority: int) -> str:
        job = self.lifecycle.submit(_submission(priority=priority), {})
        self.expected[job.id] = Expected(order=(-priority, len(self.expected)))
        return job.id

    @rule(target=claims)
    def claim(self) -> Any:
        self.owners += 1
        claim = self.lifecycle.claim(f"w{self.owners}", LEASE)
        expired = [job for job in self.expected.values() if job.status == "PROGRESSING" and not self._is_live(job)]
        waiting = [job for job in self.expected.values() if job.status == "SUBMITTED"]
        if not (expired or waiting):
            assert claim is None
            return multiple()
        assert claim is not None
        job = min(expired or waiting, key=lambda job: job.order)
        assert self.expected[claim.job_id] is job
        assert claim.attempt == (job.claim.attempt + 1 if job.claim else 1)
        if job.status == "SUBMITTED":
            job.status = "PROGRESSING"
            job.events.append("PROGRESSING")
        job.claim, job.is_publishing = claim, False
        job.lease_end = self.clock.now() + timedelta(seconds=LEASE)
        return claim

    @rule(seconds=st.sampled_from([1, 10, 29, 30, 31]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule(claim=claims)
    def heartbeat(self, claim: JobClaim) -> None:
        job = self._held(claim)
        assert self.lifecycle.heartbeat(claim) is (job is not None)
        if job is not None:
            job.lease_end = self.clock.now() + timedelta(seconds=LEASE)

    @rule(claim=claims)
    def die(self, claim: JobClaim) -> None:
        """The owner of this claim is known to be dead."""
        self.lifecycle.release_dead(lambda owner: owner != claim.owner)
        for job in self.expected.values():
            is_leased = job.status == "PROGRESSING" or (job.status in {"CANCELED", "ERROR"} and job.has_upload)
            if job.claim is not None and job.claim.owner == claim.owner and is_leased and self._is_live(job):
                job.lease_end = self.clock.now()

    @rule(claim=claims)
    def begin_publishing(self, claim: JobClaim) -> None:
        job = self._held(claim)
        assert self.lifecycle.begin_publishing(claim) is (job is not None)
        if job is not None:
            job.is_publishing = True

    @rule(claim=claims)
    def intend_upload(self, claim: JobClaim) -> None:
        job = self._settle(claim, lambda: self.lifecycle.uploads.intend(claim, "b", "k"))
        if job is not None:
            job.has_upload = True

    @rule(claim=claims)
    def probed(self, claim: JobClaim) -> None:
        job = self._settle(claim, lambda: self.lifecycle.probed(claim, []))
        if job is not None and "INPUT_INFORMATION" not in job.events:
            job.events.append("INPUT_INFORMATION")

    @rule(claim=claims)
    def complete(self, claim: JobClaim) -> None:
        job = self._settle(claim, lambda: self.lifecycle.complete(claim, Outcome(groups=())))
        if job is not None:
            self._end(job, "COMPLETE")
            job.has_upload = False

    @rule(claim=claims)
    def fail(self, claim: JobClaim) -> None:
        job = self._settle(claim, lambda: self.lifecycle.fail(claim, 1010, "no"))
        if job is not None:
            self._end(job, "ERROR")

    @rule(job_id=jobs)
    def cancel(self, job_id: str) -> None:
        job = self.expected[job_id]
        is_over = job.status not in {"SUBMITTED", "PROGRESSING"}
        if is_over or (job.is_publishing and self._is_live(job)):
            with pytest.raises(ApiError, match="ConflictException"):
                self.lifecycle.cancel(ACCOUNT, job_id)
        else:
            self.lifecycle.cancel(ACCOUNT, job_id)
            self._end(job, "CANCELED")

    @rule()
    def clean_up(self) -> None:
        self.owners += 1
        claim = self.lifecycle.claim_cleanup(f"w{self.owners}", LEASE)
        left = [
            job_id
            for job_id, job in self.expected.items()
            if job.status in {"CANCELED", "ERROR"} and job.has_upload and not self._is_live(job)
        ]
        assert (claim.job_id if claim else None) == (left[0] if left else None)
        if claim is not None:
            assert self.lifecycle.is_live(claim)
            self.lifecycle.uploads.forget(claim, "b", "k")
            assert not self.lifecycle.is_live(claim)
            job = self.expected[claim.job_id]
            job.has_upload, job.claim, job.is_publishing = False, claim, False
            job.lease_end = self.clock.now() + timedelta(seconds=LEASE)

    # ── what must hold ─────────────────────────────────────────────────────────────────────────────────────────

    @invariant()
    def records_are_as_expected(self) -> None:
        for job_id, job in self.expected.items():
            found = self.lifecycle.job(ACCOUNT, job_id)
            assert (found.status, bool(self.lifecycle.uploads.of_job(job_id))) == (job.status, job.has_upload)
            assert (found.finished_at is None) is (job.status in {"SUBMITTED", "PROGRESSING"})

    @invariant()
    def events_are_in_order(self) -> None:
        told: dict[str, list[str]] = {job_id: [] for job_id in self.expected}
        with self.database.read() as connection:
            for _, happened in outbox.read(connection):
                if happened.detail["status"] != "STATUS_UPDATE":
                    told[happened.detail["jobId"]].append(happened.detail["status"])
        assert told == {job_id: job.events for job_id, job in self.expected.items()}

    def _is_live(self, job: Expected) -> bool:
        return job.lease_end is not None and self.clock.now() < job.lease_end

    def _held(self, claim: JobClaim) -> Expected | None:
        """The job if `claim` is its latest one and it still runs."""
        job = self.expected[claim.job_id]
        return job if job.claim == claim and job.status == "PROGRESSING" else None

    def _settle(self, claim: JobClaim, report: Callable[[], object]) -> Expected | None:
        job = self._held(claim)
        if job is None:
            with pytest.raises(LeaseLost):
                report()
        else:
            report()
        return job

    @staticmethod
    def _end(job: Expected, status: str) -> None:
        job.status = status
        job.events.append(status)


def test_no_order_of_events_breaks_a_job(database: Database) -> None:
    """No job is run by two live claims, no status leaves its end, and every job's events tell its life in order."""
    examples = 60 if database.dialect == "sqlite" else 15
    run_state_machine_as_test(
        lambda: LifeOfJobs(database), settings=settings(max_examples=examples, stateful_step_count=30, deadline=None)
    )
