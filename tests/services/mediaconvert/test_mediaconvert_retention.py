"""Jobs that must wait for another attempt, and jobs whose time is over."""

from typing import Any

import pytest
from sqlalchemy import func, select

from telecine.core.errors import ApiError
from telecine.services.mediaconvert.lifecycle import LeaseLost
from telecine.services.mediaconvert.model import MAX_ATTEMPTS, MAX_CLEANUP_ATTEMPTS, JobStatus
from telecine.services.mediaconvert.tables import DOCUMENTS, JOBS, TAGS, UPLOADS

World = Any
"""The fixture of conftest.py."""

DAY = 24 * 3600


def _rows(world: World) -> list[int]:
    """How many rows there are of jobs, documents, uploads and tags."""
    with world.database.read() as connection:
        return [
            connection.execute(select(func.count()).select_from(table)).scalar_one()
            for table in (JOBS, DOCUMENTS, UPLOADS, TAGS)
        ]


def test_an_attempt_in_vain_is_followed_by_a_pause(world: World) -> None:
    """The job goes on to be PROGRESSING and keeps its place; each pause is twice as long; the old claim is void."""
    job, later = world.submit(), world.submit()
    claim = world.claim("w1")
    pauses = []
    for number in range(2, 6):
        pause = int(world.lifecycle.postpone(claim).total_seconds())
        pauses.append(pause)
        with pytest.raises(LeaseLost):
            world.lifecycle.postpone(claim)
        assert not world.lifecycle.heartbeat(claim)
        assert not world.lifecycle.is_live(claim)
        assert world.lifecycle.release_dead(lambda _owner: False) == 0
        world.clock.advance(pause - 1)
        if number == 2:
            world.lifecycle.complete(world.claim("other"), world.outcome)  # meanwhile the next one has its turn
        assert world.lifecycle.claim("w1", 30) is None
        world.clock.advance(1)
        claim = world.claim("w1")
        assert (claim.job_id, claim.attempt) == (job.id, number)

    assert pauses == [5, 10, 20, 40]
    assert world.job(job.id).retry_count == 4
    assert world.job(later.id).status is JobStatus.COMPLETE
    assert world.job(job.id).started_at == world.start
    assert world.statuses().count("PROGRESSING") == 2


def test_a_job_that_waits_for_its_next_attempt_can_be_canceled(world: World) -> None:
    """At once, and no attempt follows."""
    job = world.submit()
    world.lifecycle.postpone(world.claim())
    world.lifecycle.cancel(world.account, job.id)
    world.clock.advance(3600)

    assert world.job(job.id).status is JobStatus.CANCELED
    assert world.lifecycle.claim("w", 30) is None


def test_pauses_end_in_an_error(world: World) -> None:
    """After its last attempt a job ends, as one does whose workers die; a pause is never longer than ten minutes."""
    job = world.submit(status_update_interval="SECONDS_600")
    for _ in range(MAX_ATTEMPTS):
        assert world.lifecycle.postpone(world.claim()).total_seconds() <= 600
        world.clock.advance(600)

    assert world.lifecycle.claim("w", 30) is None
    assert world.job(job.id).error_code == 1999


def test_two_days_are_over_also_in_a_pause(world: World) -> None:
    """Error 1522 instead of another attempt."""
    job = world.submit()
    world.lifecycle.postpone(world.claim())
    world.clock.advance(48 * 3600 + 1)

    assert world.lifecycle.claim("w", 30) is None
    assert world.job(job.id).error_code == 1522


@pytest.mark.parametrize("end", ["complete", "fail", "cancel"])
def test_a_record_is_kept_for_ninety_days(world: World, end: str) -> None:
    """Then it is gone with its settings, its plan and its tags; NotFoundException from then on."""
    job = world.lifecycle.submit(world.submission, {"team": "film"})
    claim = world.claim()
    world.lifecycle.save_plan(claim, "{}")
    match end:
        case "complete":
            world.lifecycle.complete(claim, world.outcome)
        case "fail":
            world.lifecycle.fail(claim, 1010, "no")
        case _:
            world.lifecycle.cancel(world.account, job.id)
    world.clock.advance(90 * DAY)
    assert world.lifecycle.retention.purge() == 0
    assert world.job(job.id).id == job.id
    world.clock.advance(1)

    assert world.lifecycle.retention.purge() == 1
    assert _rows(world) == [0, 0, 0, 0]
    with pytest.raises(ApiError, match="NotFoundException"):
        world.job(job.id)
    assert world.lifecycle.saved_plan(job.id) is None


def test_a_job_that_is_not_over_is_never_forgotten(world: World) -> None:
    """However long it has waited or run."""
    running, waiting = world.submit(), world.submit()
    assert world.lifecycle.claim("w", 10 * 365 * DAY) is not None
    world.clock.advance(365 * DAY)

    assert world.lifecycle.retention.purge() == 0
    assert [world.job(job.id).status for job in (running, waiting)] == [JobStatus.PROGRESSING, JobStatus.SUBMITTED]


def test_a_job_is_not_forgotten_before_what_it_left_is_taken_back(world: World) -> None:
    """Unless that has been tried in vain for the last time."""
    job = world.submit()
    claim = world.claim()
    world.lifecycle.uploads.intend(claim, "out", "a.mp4")
    world.lifecycle.fail(claim, 1010, "no")
    world.clock.advance(91 * DAY)
    assert world.lifecycle.retention.purge() == 0
    for _ in range(MAX_CLEANUP_ATTEMPTS - 1):
        assert world.lifecycle.claim_cleanup("w", 30) is not None
        world.clock.advance(3600)

    assert world.lifecycle.retention.purge() == 1
    assert _rows(world) == [0, 0, 0, 0]
    with pytest.raises(ApiError, match="NotFoundException"):
        world.job(job.id)


def test_thousands_are_forgotten_in_one_go(world: World) -> None:
    """And nothing else: what ended later, and the tags of others, stay."""
    for _ in range(450):
        world.lifecycle.cancel(world.account, world.lifecycle.submit(world.submission, {"a": "b"}).id)
    world.clock.advance(DAY)
    kept = world.lifecycle.submit(world.submission, {"a": "b"})
    world.lifecycle.cancel(world.account, kept.id)
    world.clock.advance(89 * DAY + 1)

    assert world.lifecycle.retention.purge() == 450
    assert _rows(world) == [1, 1, 0, 1]
