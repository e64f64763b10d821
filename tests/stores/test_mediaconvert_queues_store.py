"""Queues against a model of them that is too simple to be wrong, on either database."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta

import pytest
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import Bundle, RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from sqlalchemy import delete

from telecine.core.errors import ApiError
from telecine.core.names import AccountId, QueueName
from telecine.db import Database
from telecine.events import outbox
from telecine.services.mediaconvert.lifecycle import QueueQuery
from telecine.services.mediaconvert.model import (
    Hop,
    JobClaim,
    NewQueue,
    Outcome,
    QueueChange,
    QueueStatus,
    RenewalType,
    ReservationPlan,
    Submission,
)
from telecine.services.mediaconvert.tables import DOCUMENTS, JOBS, QUEUES
from telecine.testing.clock import ManualClock
from telecine.testing.ids import seeded_ids
from telecine.testing.lifecycle import lifecycle_on

ACCOUNT = AccountId("111122223333")
NAMES = ("Default", "a", "b", "reserved")
LONG = 60 * 365 * 24 * 3600
"""A lease that outlasts everything here: who runs what is another test's matter."""


@dataclass
class Place:
    """A queue as the simple model has it."""

    is_paused: bool = False
    limit: int | None = None
    expires_at: datetime | None = None
    """Of a reserved queue."""


@dataclass
class Ticket:
    """A job as the simple model has it."""

    number: int
    queue: str
    priority: int
    submitted_at: datetime
    hops: list[tuple[str, int, int | None]]
    """Those that are still to come, with the minutes from the submission."""
    status: str = "SUBMITTED"
    claim: JobClaim | None = None
    transitions: list[tuple[str, str]] = field(default_factory=list)
    warnings: int = 0

    @property
    def order(self) -> tuple[int, int]:
        """The smallest of a queue is its first."""
        return (-self.priority, self.number)


class LifeOfQueues(RuleBasedStateMachine):
    """Submit, claim, finish, cancel, pause, activate, limit, hop, expire, delete, in any order."""

    jobs = Bundle("jobs")

    def __init__(self, database: Database) -> None:
        super().__init__()
        self.clock = ManualClock()
        self.lifecycle = lifecycle_on(database, self.clock, seeded_ids())
        database.write(
            lambda connection: [connection.execute(delete(t)) for t in (DOCUMENTS, JOBS, QUEUES, outbox.OUTBOX)]
        )
        self.places: dict[str, Place] = {"Default": Place()}
        self.tickets: dict[str, Ticket] = {}
        self.starts: list[str] = []
        """The queues in the order in which they started jobs."""
        self.owners = 0

    @initialize()
    def make_queues(self) -> None:
        for name in NAMES[1:]:
            self.make(name)

    @rule(name=st.sampled_from(NAMES[1:]))
    def make(self, name: str) -> None:
        plan = ReservationPlan(slots=2, renewal=RenewalType.EXPIRE) if name == "reserved" else None
        asked = NewQueue(
            account=ACCOUNT,
            name=QueueName(name),
            description=None,
            status=QueueStatus.ACTIVE,
            concurrent_jobs=None,
            plan=plan,
        )
        if name in self.places:
            with pytest.raises(ApiError, match="ConflictException"):
                self.lifecycle.queues.create(asked, {})
            return
        made = self.lifecycle.queues.create(asked, {})
        ends = None if made.reservation is None else made.reservation.expires_at
        self.places[name] = Place(limit=2 if plan else None, expires_at=ends)
        self.starts = [one for one in self.starts if one != name]  # of an earlier queue of that name

    @rule(name=st.sampled_from(NAMES[1:]))
    def remove(self, name: str) -> None:
        place = self.places.get(name)
        is_used = any(
            ticket.queue == name and ticket.status in {"SUBMITTED", "PROGRESSING"} for ticket in self.tickets.values()
        )
        is_bought = place is not None and place.expires_at is not None and self.clock.now() < place.expires_at
        if place is None or is_used or is_bought:
            with pytest.raises(ApiError, match="NotFound" if place is None else "Conflict"):
                self.lifecycle.queues.delete(ACCOUNT, QueueName(name))
        else:
            self.lifecycle.queues.delete(ACCOUNT, QueueName(name))
            del self.places[name]

    @rule(name=st.sampled_from(NAMES), limit=st.sampled_from([1, 2, 5]))
    def limit(self, name: str, limit: int) -> None:
        change = QueueChange(description=None, status=None, concurrent_jobs=limit, plan=None)
        if name not in self.places or name == "reserved":
            with pytest.raises(ApiError):
                self.lifecycle.queues.update(ACCOUNT, QueueName(name), change)
        else:
            self.lifecycle.queues.update(ACCOUNT, QueueName(name), change)
            self.places[name].limit = limit

    @rule(name=st.sampled_from(NAMES), status=st.sampled_from(QueueStatus))
    def pause_or_activate(self, name: str, status: QueueStatus) -> None:
        if name not in self.places:
            return
        change = QueueChange(description=None, status=status, concurrent_jobs=None, plan=None)
        self.lifecycle.queues.update(ACCOUNT, QueueName(name), change)
        place = self.places[name]
        if place.is_paused and status is QueueStatus.ACTIVE:
            waiting = self._waiting(name)
            if waiting and self._is_due(waiting[0]):
                waiting[0].hops = [hop for hop in waiting[0].hops if self._moment(waiting[0], hop) > self.clock.now()]
        place.is_paused = status is QueueStatus.PAUSED

    @rule(
        target=jobs,
        queue=st.sampled_from(NAMES),
        priority=st.integers(-1, 1),
        goals=st.lists(
            st.tuples(st.sampled_from(NAMES), st.sampled_from([None, -2, 2])), max_size=2, unique_by=lambda g: g[0]
        ),
        wait=st.integers(1, 3),
    )
    def submit(self, queue: str, priority: int, goals: list[tuple[str, int | None]], wait: int) -> str | None:
        hops = [
            (goal, wait + number, given)
            for number, (goal, given) in enumerate(goal for goal in goals if goal[0] != queue)
        ]
        submission = Submission(
            account=ACCOUNT,
            queue=QueueName(queue),
            role_arn="r",
            settings={},
            priority=priority,
            hops=tuple(Hop(queue=QueueName(goal), wait_minutes=at, priority=given) for goal, at, given in hops),
        )
        if any(name not in self.places for name in (queue, *(goal for goal, _, _ in hops))):
            with pytest.raises(ApiError, match="NotFound"):
                self.lifecycle.submit(submission, {})
            return None
        job = self.lifecycle.submit(submission, {})
        self.tickets[job.id] = Ticket(
            number=len(self.tickets), queue=queue, priority=priority, submitted_at=self.clock.now(), hops=hops
        )
        return job.id

    @rule()
    def claim(self) -> None:
        self.owners += 1
        claim = self.lifecycle.claim(f"w{self.owners}", LONG)
        able = [name for name in self.places if self._waiting(name) and self._has_room(name)]
        if not able:
            assert claim is None
            return
        assert claim is not None
        job = self.tickets[claim.job_id]
        shares = {name: self._running(name) / (2 if name == "reserved" else 1) for name in able}
        fewest = [name for name in able if shares[name] == min(shares.values())]
        expected = min(fewest, key=lambda name: (self._last_start(name), name))
        assert job.queue == expected
        assert job is self._waiting(expected)[0]
        job.status, job.claim = "PROGRESSING", claim
        self.starts.append(expected)

    @rule(job_id=jobs, ends_well=st.booleans())
    def finish(self, job_id: str | None, *, ends_well: bool) -> None:
        job = self.tickets.get(job_id or "")
        if job is None or job.claim is None or job.status != "PROGRESSING":
            return
        if ends_well:
            self.lifecycle.complete(job.claim, Outcome(groups=()))
        else:
            self.lifecycle.fail(job.claim, 1010, "no")
        job.status = "COMPLETE" if ends_well else "ERROR"

    @rule(job_id=jobs)
    def cancel(self, job_id: str | None) -> None:
        job = self.tickets.get(job_id or "")
        if job is not None and job.status in {"SUBMITTED", "PROGRESSING"}:
            self.lifecycle.cancel(ACCOUNT, job_id or "")
            job.status = "CANCELED"

    @rule(seconds=st.sampled_from([1, 59, 60, 120]))
    def wait(self, seconds: int) -> None:
        self.clock.advance(seconds)

    @rule()
    def wait_for_the_end_of_the_plan(self) -> None:
        self.clock.advance(366 * 24 * 3600)

    @rule()
    def buy_again(self) -> None:
        if "reserved" not in self.places:
            return
        plan = ReservationPlan(slots=2, renewal=RenewalType.EXPIRE)
        change = QueueChange(description=None, status=None, concurrent_jobs=None, plan=plan)
        found = self.lifecycle.queues.update(ACCOUNT, QueueName("reserved"), change)
        assert found.reservation is not None
        place = self.places["reserved"]
        assert place.expires_at is not None
        assert (found.reservation.expires_at == place.expires_at) == (self.clock.now() < place.expires_at)
        place.expires_at = found.reservation.expires_at

    @rule()
    def hop(self) -> None:
        self.lifecycle.queues.hop()
        # Until nobody is left: where a job has come to, its next hop may be due as well. A queue's jobs that came due
        # after it was looked at wait for the next round, in the model as there.
        self.lifecycle.queues.hop()
        self.lifecycle.queues.hop()
        while due := [job for job in self.tickets.values() if self._may_hop(job)]:
            for job in due:
                goal, _, priority = job.hops.pop(0)
                if goal not in self.places:
                    job.warnings += 1
                    continue
                job.transitions.append((job.queue, goal))
                job.queue = goal
                job.priority = job.priority if priority is None else priority

    @invariant()
    def the_jobs_are_the_same(self) -> None:
        for job_id, job in self.tickets.items():
            found = self.lifecycle.job(ACCOUNT, job_id)
            assert (found.status, found.queue, found.priority) == (job.status, job.queue, job.priority)
            assert [(hop.source, hop.destination) for hop in found.transitions] == job.transitions
            assert sum(found.warnings.values()) == job.warnings

    @invariant()
    def the_queues_are_the_same(self) -> None:
        found = {queue.name: queue for queue in self.lifecycle.queues.page(ACCOUNT, QueueQuery()).queues}
        assert set(found) == set(self.places)
        for name, queue in found.items():
            assert queue.submitted_jobs == len(self._waiting(name))
            assert queue.progressing_jobs == self._running(name)

    def _waiting(self, name: str) -> list[Ticket]:
        found = [job for job in self.tickets.values() if job.queue == name and job.status == "SUBMITTED"]
        return sorted(found, key=lambda job: job.order)

    def _running(self, name: str) -> int:
        return sum(job.queue == name and job.status == "PROGRESSING" for job in self.tickets.values())

    def _has_room(self, name: str) -> bool:
        place = self.places[name]
        if place.is_paused or (place.expires_at is not None and place.expires_at <= self.clock.now()):
            return False
        return place.limit is None or self._running(name) < place.limit

    def _last_start(self, name: str) -> int:
        return max((place for place, one in enumerate(self.starts) if one == name), default=-1)

    @staticmethod
    def _moment(job: Ticket, hop: tuple[str, int, int | None]) -> datetime:
        return job.submitted_at + timedelta(minutes=hop[1])

    def _is_due(self, job: Ticket) -> bool:
        return bool(job.hops) and self._moment(job, job.hops[0]) <= self.clock.now()

    def _may_hop(self, job: Ticket) -> bool:
        return job.status == "SUBMITTED" and not self.places[job.queue].is_paused and self._is_due(job)


def test_queues_do_as_a_simple_model_does(database: Database) -> None:
    """Whatever happens in whatever order."""
    run_state_machine_as_test(
        lambda: LifeOfQueues(database),
        settings=settings(
            max_examples=25 if database.dialect == "sqlite" else 8, stateful_step_count=40, deadline=None
        ),
    )
