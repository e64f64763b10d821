"""Who may run a job: claims, leases, retries, cancellation, and who cleans up."""

from typing import Any

import pytest
from sqlalchemy import update

from telecine.core.errors import ApiError
from telecine.core.names import QueueName
from telecine.services.mediaconvert.model import MAX_ATTEMPTS, MAX_CLEANUP_ATTEMPTS, JobStatus, Phase, Progress
from telecine.services.mediaconvert.tables import QUEUES

World = Any
"""The fixture of conftest.py."""


def test_claims_go_by_priority_and_then_by_submission(world: World) -> None:
    """The highest priority starts first; equal ones start in the order they came."""
    ids = [world.submit(priority=priority).id for priority in (0, 5, -50, 5, 50)]

    assert [world.claim(f"w{number}").job_id for number in range(5)] == [ids[place] for place in (4, 1, 3, 0, 2)]
    assert world.lifecycle.claim("w9", 30) is None


def test_priorities_count_inside_a_queue_alone(world: World) -> None:
    """Each queue has its turn: nobody gets ahead of another queue's jobs by a higher number."""
    world.queue("night")
    usual = [world.submit(priority=1) for _ in range(2)]
    urgent = [world.submit(priority=50, queue=QueueName("night")) for _ in range(2)]

    begun = []
    for number in range(4):
        claim = world.claim(f"w{number}")
        begun.append(claim.job_id)
        world.lifecycle.complete(claim, world.outcome)
    assert begun == [usual[0].id, urgent[0].id, usual[1].id, urgent[1].id]


def test_a_paused_queue_starts_nothing_and_lets_what_runs_go_on(world: World) -> None:
    """Pausing holds waiting jobs back; a job that had begun is even resumed by another worker."""
    world.queue("night")
    begun = world.submit(queue=QueueName("night"))
    waiting = world.submit(queue=QueueName("night"))
    assert world.claim("w1").job_id == begun.id
    world.database.write(
        lambda connection: (
            connection.execute(update(QUEUES).where(QUEUES.c.name == "night").values(status="PAUSED")).rowcount
        )
    )

    assert world.lifecycle.claim("w2", 30) is None
    world.clock.advance(31)
    assert world.claim("w2").job_id == begun.id
    assert world.job(waiting.id).status is JobStatus.SUBMITTED


def test_a_queue_runs_no_more_than_its_concurrent_jobs(world: World) -> None:
    """With one slot, the second job starts when the first is over."""
    world.queue("slow", concurrent_jobs=1)
    for _ in range(2):
        world.submit(queue=QueueName("slow"))
    first = world.claim("w1")

    assert world.lifecycle.claim("w2", 30) is None
    world.lifecycle.complete(first, world.outcome)
    assert world.claim("w2").job_id != first.job_id


def test_a_dead_workers_job_is_taken_over_when_its_lease_ends(world: World) -> None:
    """The next attempt counts as a retry, is no new PROGRESSING event, and voids the old claim."""
    job = world.submit()
    old = world.claim("w1")
    world.lifecycle.progress(old, Progress(phase=Phase.TRANSCODING, phase_percent=50, job_percent=45))
    world.clock.advance(29)
    assert world.lifecycle.claim("w2", 30) is None
    world.clock.advance(1)
    new = world.claim("w2")

    assert (new.job_id, new.attempt, world.job(job.id).retry_count) == (job.id, 2, 1)
    assert (world.job(job.id).phase, world.job(job.id).job_percent) == (Phase.PROBING, 0)
    assert not world.lifecycle.heartbeat(old)
    assert not world.lifecycle.begin_publishing(old)
    assert not world.lifecycle.is_live(old)
    assert world.lifecycle.is_live(new)
    assert (world.lifecycle.is_running(old), world.lifecycle.is_running(new)) == (False, True)
    assert world.statuses() == ["PROGRESSING"]


def test_heartbeats_keep_a_lease(world: World) -> None:
    """A worker that reports in time keeps its job for ever."""
    world.submit()
    claim = world.claim("w1")
    for _ in range(5):
        world.clock.advance(20)
        assert world.lifecycle.heartbeat(claim)
        assert world.lifecycle.claim("w2", 30) is None


def test_a_known_death_ends_the_lease_at_once(world: World) -> None:
    """After a restart the jobs of the dead processes need not wait for their leases."""
    world.submit()
    world.submit()
    dead, alive = world.claim("dead"), world.claim("alive")

    assert world.lifecycle.release_dead(lambda owner: owner == "alive") == 1
    assert world.claim("new").job_id == dead.job_id
    assert world.lifecycle.claim("new", 30) is None
    assert world.lifecycle.heartbeat(alive)


def test_a_job_that_kills_its_workers_ends_in_error(world: World) -> None:
    """After its last attempt a job is not tried again."""
    job = world.submit()
    for number in range(MAX_ATTEMPTS):
        world.claim(f"w{number}")
        world.clock.advance(31)

    assert world.lifecycle.claim("last", 30) is None
    assert (world.job(job.id).status, world.job(job.id).error_code) == (JobStatus.ERROR, 1999)
    assert world.statuses()[-1] == "ERROR"


def test_a_job_may_run_for_two_days(world: World) -> None:
    """Beyond 48 hours a job ends with error 1522, and its worker is told to stop."""
    job = world.submit(status_update_interval="SECONDS_600")
    claim = world.lifecycle.claim("w", 200_000)
    assert claim is not None
    world.clock.advance(48 * 3600)
    assert world.lifecycle.heartbeat(claim)
    world.clock.advance(1)

    assert not world.lifecycle.heartbeat(claim)
    assert world.job(job.id).error_code == 1522


def test_cancel_stops_a_waiting_and_a_running_job(world: World) -> None:
    """Both are CANCELED at once, with an event; the worker learns it from its heartbeat."""
    running, waiting = world.submit(), world.submit()
    claim = world.claim()
    for job in (running, waiting):
        world.lifecycle.cancel(world.account, job.id)

    assert not world.lifecycle.heartbeat(claim)
    assert not world.lifecycle.is_running(claim)
    assert [world.job(job.id).status for job in (running, waiting)] == [JobStatus.CANCELED] * 2
    assert world.lifecycle.claim("w2", 30) is None
    assert world.statuses() == ["PROGRESSING", "CANCELED", "CANCELED"]


@pytest.mark.parametrize("end", ["complete", "fail", "cancel", "publishing"])
def test_cancel_comes_too_late(world: World, end: str) -> None:
    """A job that is over, or whose outputs are being made visible, cannot be canceled: 409."""
    job = world.submit()
    claim = world.claim()
    match end:
        case "complete":
            world.lifecycle.complete(claim, world.outcome)
        case "fail":
            world.lifecycle.fail(claim, 1010, "no")
        case "cancel":
            world.lifecycle.cancel(world.account, job.id)
        case _:
            assert world.lifecycle.begin_publishing(claim)
    before = world.statuses()

    with pytest.raises(ApiError) as caught:
        world.lifecycle.cancel(world.account, job.id)

    assert (caught.value.code, caught.value.status) == ("ConflictException", 409)
    assert job.id in caught.value.message
    assert world.statuses() == before


def test_the_next_attempt_can_be_canceled_again(world: World) -> None:
    """That an attempt was publishing when it died says nothing about the next one."""
    job = world.submit()
    assert world.lifecycle.begin_publishing(world.claim("w1"))
    world.clock.advance(30)
    world.claim("w2")
    world.lifecycle.cancel(world.account, job.id)

    assert world.job(job.id).status is JobStatus.CANCELED


def test_a_crash_while_publishing_does_not_bar_cancel_for_ever(world: World) -> None:
    """When the publishing worker is gone, the job can be canceled; what it wrote is left to be cleaned up."""
    job = world.submit()
    claim = world.claim()
    world.lifecycle.uploads.intend(claim, "out", "a.mp4")
    assert world.lifecycle.begin_publishing(claim)
    world.clock.advance(30)
    world.lifecycle.cancel(world.account, job.id)

    assert world.job(job.id).status is JobStatus.CANCELED
    assert world.lifecycle.claim_cleanup("w2", 30) is not None


@pytest.mark.parametrize("end", ["cancel", "fail"])
def test_what_a_dead_worker_left_is_cleaned_up_by_another(world: World, end: str) -> None:
    """The worker itself cleans up first; when its lease is over, another gets a claim for just that."""
    job = world.submit()
    claim = world.claim("w1")
    world.lifecycle.uploads.intend(claim, "out", "a.mp4")
    if end == "cancel":
        world.lifecycle.cancel(world.account, job.id)
    else:
        world.lifecycle.fail(claim, 1010, "no")
    events = world.statuses()

    assert world.lifecycle.is_live(claim)
    assert not world.lifecycle.is_running(claim)
    assert world.lifecycle.claim_cleanup("w2", 30) is None
    world.clock.advance(30)
    cleanup = world.lifecycle.claim_cleanup("w2", 30)
    assert cleanup is not None
    assert cleanup.job_id == job.id
    assert world.lifecycle.is_live(cleanup)
    assert not world.lifecycle.is_live(claim)
    world.lifecycle.uploads.forget(cleanup, "out", "a.mp4")
    assert not world.lifecycle.is_live(cleanup)
    world.clock.advance(60)
    assert world.lifecycle.claim_cleanup("w3", 30) is None
    assert world.statuses() == events


def test_a_cleanup_that_fails_is_tried_less_and_less_often(world: World) -> None:
    """A role that may not clean up gets the time that it takes to put it right, and is given up in the end."""
    world.submit()
    claim = world.claim()
    world.lifecycle.uploads.intend(claim, "out", "a.mp4")
    world.lifecycle.fail(claim, 1010, "no")
    world.clock.advance(30)
    for attempt in range(2, MAX_CLEANUP_ATTEMPTS + 1):
        assert world.lifecycle.claim_cleanup("w", 30) is not None
        world.clock.advance(attempt * 30 - 1)
        assert world.lifecycle.claim_cleanup("w", 30) is None
        world.clock.advance(1)
    assert world.lifecycle.claim_cleanup("w", 30) is None
