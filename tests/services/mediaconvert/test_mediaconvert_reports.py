"""What workers report: progress, warnings, uploads, plans and ends, each with its events."""

from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest

from telecine.services.mediaconvert.errors import UnknownUpload
from telecine.services.mediaconvert.lifecycle import LeaseLost, Lifecycle
from telecine.services.mediaconvert.model import JobClaim, JobStatus, Outcome, Phase, Progress

World = Any
"""The fixture of conftest.py."""


def test_a_job_runs_from_submission_to_completion(world: World) -> None:
    """Each step of a job's life is recorded, and the events tell the same story in the same order."""
    submitted = world.submit(user_metadata={"film": "7"})
    assert (submitted.status, submitted.phase, submitted.submission.settings) == (
        JobStatus.SUBMITTED,
        None,
        world.submission.settings,
    )

    world.clock.advance(2)
    claim = world.claim()
    assert (claim.job_id, claim.attempt, claim.queue_arn) == (
        submitted.id,
        1,
        "arn:aws:mediaconvert:us-east-1:111122223333:queues/Default",
    )
    world.lifecycle.probed(claim, [{"id": 1, "uri": "s3://in/film.mp4"}])
    world.clock.advance(60)
    world.lifecycle.progress(
        claim, Progress(phase=Phase.TRANSCODING, phase_percent=40, job_percent=35, frames_decoded=900)
    )
    running = world.job(submitted.id)
    assert (running.status, running.phase, running.job_percent) == (JobStatus.PROGRESSING, Phase.TRANSCODING, 35)
    assert world.lifecycle.begin_publishing(claim)
    world.lifecycle.complete(claim, world.outcome)

    done = world.job(submitted.id)
    assert (done.status, done.job_percent, done.outputs, dict(done.warnings)) == (
        JobStatus.COMPLETE,
        100,
        world.outcome.groups,
        {230001: 2},
    )
    assert (done.started_at, done.finished_at) == (
        world.start + timedelta(seconds=2),
        world.start + timedelta(seconds=62),
    )
    assert world.statuses() == ["PROGRESSING", "INPUT_INFORMATION", "STATUS_UPDATE", "COMPLETE"]
    assert all(event["userMetadata"] == {"film": "7"} for event in world.events())
    progress = world.events()[2]
    assert progress["framesDecoded"] == 900
    assert progress["jobProgress"] == {
        "phaseProgress": {
            "PROBING": {"status": "COMPLETE", "percentComplete": 100},
            "TRANSCODING": {"status": "PROGRESSING", "percentComplete": 40},
            "UPLOADING": {"status": "PENDING", "percentComplete": 0},
        },
        "jobPercentComplete": 35,
        "currentPhase": "TRANSCODING",
        "retryCount": 0,
    }
    assert world.events()[3]["outputGroupDetails"] == [
        {
            "outputDetails": [
                {
                    "outputFilePaths": ["s3://out/a_720.m3u8"],
                    "durationInMs": 5280,
                    "videoDetails": {"widthInPx": 1280, "heightInPx": 720, "averageBitrate": 900_000},
                },
                {"outputFilePaths": ["s3://out/a_audio.m3u8"], "durationInMs": 5280},
            ],
            "playlistFilePaths": ["s3://out/a.m3u8"],
            "type": "HLS_GROUP",
        }
    ]


REPORTS: dict[str, Callable[[Lifecycle, JobClaim], object]] = {
    "probed": lambda lifecycle, claim: lifecycle.probed(claim, []),
    "save_plan": lambda lifecycle, claim: lifecycle.save_plan(claim, "{}"),
    "progress": lambda lifecycle, claim: lifecycle.progress(
        claim, Progress(phase=Phase.PROBING, phase_percent=1, job_percent=1)
    ),
    "warn": lambda lifecycle, claim: lifecycle.warn(claim, 230001, "w"),
    "intend_upload": lambda lifecycle, claim: lifecycle.uploads.intend(claim, "b", "new"),
    "uploaded": lambda lifecycle, claim: lifecycle.uploads.began(claim, "b", "k", "u"),
    "published": lambda lifecycle, claim: lifecycle.uploads.published(claim, "b", "k"),
    "complete": lambda lifecycle, claim: lifecycle.complete(claim, Outcome(groups=())),
    "fail": lambda lifecycle, claim: lifecycle.fail(claim, 1010, "no"),
}
"""Everything that a worker may say about its job."""


@pytest.mark.parametrize("report", REPORTS)
@pytest.mark.parametrize("loss", ["taken over", "canceled"])
def test_a_lost_claim_changes_nothing(world: World, report: str, loss: str) -> None:
    """Whatever a worker reports after it lost its job is refused and leaves no trace."""
    job = world.submit()
    claim = world.claim("w1")
    world.lifecycle.uploads.intend(claim, "b", "k")
    if loss == "canceled":
        world.lifecycle.cancel(world.account, job.id)
    else:
        world.clock.advance(31)
        world.claim("w2")
    before = (world.job(job.id), world.events(), world.lifecycle.uploads.of_job(job.id))

    with pytest.raises(LeaseLost):
        REPORTS[report](world.lifecycle, claim)

    assert not world.lifecycle.heartbeat(claim)
    assert before == (world.job(job.id), world.events(), world.lifecycle.uploads.of_job(job.id))
    assert world.lifecycle.saved_plan(job.id) is None


def test_status_updates_come_at_the_jobs_interval(world: World) -> None:
    """The first after one interval, then one an interval, and none to make up for a long silence."""
    world.submit(status_update_interval="SECONDS_10")
    claim = world.lifecycle.claim("w", 600)
    assert claim is not None
    counts = []
    for seconds in (9, 1, 5, 5, 35, 4, 1):
        world.clock.advance(seconds)
        assert world.lifecycle.heartbeat(claim)
        counts.append(world.statuses().count("STATUS_UPDATE"))

    assert counts == [0, 1, 1, 2, 3, 3, 4]


def test_progress_never_goes_back_within_an_attempt(world: World) -> None:
    """A smaller percentage than before leaves the job's as it is."""
    job = world.submit()
    claim = world.claim()
    for percent in (10, 40, 30):
        world.lifecycle.progress(claim, Progress(phase=Phase.TRANSCODING, phase_percent=percent, job_percent=percent))

    assert (world.job(job.id).job_percent, world.job(job.id).phase_percent) == (40, 30)


def test_input_information_comes_once(world: World) -> None:
    """A second attempt probes again and says nothing new."""
    world.submit()
    world.lifecycle.probed(world.claim("w1"), [{"id": 1}])
    world.clock.advance(31)
    world.lifecycle.probed(world.claim("w2"), [{"id": 1}])

    assert world.statuses() == ["PROGRESSING", "INPUT_INFORMATION"]
    assert world.events()[1]["inputDetails"] == [{"id": 1}]


def test_errors_and_warnings_are_told(world: World) -> None:
    """Warnings add up with their words; an error has its code and message, in the record and in the event."""
    job = world.submit()
    claim = world.claim()
    for _ in range(2):
        world.lifecycle.warn(claim, 230001, "Your input's color metadata is missing or incomplete.")
    world.lifecycle.fail(claim, 1040, "Invalid audio track")

    failed = world.job(job.id)
    assert (failed.status, failed.error_code, failed.error_message) == (JobStatus.ERROR, 1040, "Invalid audio track")
    assert (dict(failed.warnings), len(failed.messages)) == ({230001: 2}, 2)
    event = world.events()[-1]
    assert (event["errorCode"], event["errorMessage"]) == (1040, "Invalid audio track")
    assert event["warnings"] == [{"code": 230001, "count": 2}]
    assert world.events()[1]["warningCode"] == "230001"


def test_uploads_are_remembered_until_the_job_is_complete(world: World) -> None:
    """A later attempt sees what an earlier one left, with the ids it learned; completion forgets everything."""
    job = world.submit()
    first = world.claim("w1")
    world.lifecycle.uploads.intend(first, "out", "b.ts")
    world.lifecycle.uploads.intend(first, "out", "a.mp4")
    world.lifecycle.uploads.began(first, "out", "a.mp4", "u1")
    world.lifecycle.uploads.published(first, "out", "a.mp4")
    world.clock.advance(31)
    second = world.claim("w2")
    world.lifecycle.uploads.intend(second, "out", "a.mp4")

    assert [
        (upload.key, upload.upload_id, upload.is_published) for upload in world.lifecycle.uploads.of_job(job.id)
    ] == [
        ("a.mp4", "u1", True),
        ("b.ts", None, False),
    ]
    with pytest.raises(LeaseLost):
        world.lifecycle.uploads.forget(first, "out", "a.mp4")
    world.lifecycle.uploads.forget(second, "out", "a.mp4")
    assert [upload.key for upload in world.lifecycle.uploads.of_job(job.id)] == ["b.ts"]
    world.lifecycle.complete(second, world.outcome)
    assert world.lifecycle.uploads.of_job(job.id) == []


def test_what_s3_said_of_an_object_is_noted_after_the_job_is_over(world: World) -> None:
    """Whoever cleans up corrects the record; who has lost the job does not, nor is there a record of what none was."""
    job = world.submit()
    first = world.claim("w1")
    world.lifecycle.uploads.intend(first, "out", "a.mp4")
    world.lifecycle.uploads.began(first, "out", "a.mp4", "u1")
    world.lifecycle.uploads.published(first, "out", "a.mp4")
    world.lifecycle.fail(first, 1010, "no")
    world.clock.advance(31)
    cleanup = world.lifecycle.claim_cleanup("w2", 30)
    assert cleanup is not None
    for is_published in (False, True):
        world.lifecycle.uploads.found(cleanup, "out", "a.mp4", is_published=is_published)
        (noted,) = world.lifecycle.uploads.of_job(job.id)
        assert (noted.upload_id, noted.is_published) == ("u1", is_published)
    with pytest.raises(LeaseLost):
        world.lifecycle.uploads.found(first, "out", "a.mp4", is_published=False)
    with pytest.raises(UnknownUpload):
        world.lifecycle.uploads.found(cleanup, "out", "b.mp4", is_published=False)


def test_plans_stay_with_their_job(world: World) -> None:
    """A plan that one attempt saved is there for the next."""
    job = world.submit()
    world.lifecycle.save_plan(world.claim("w1"), '{"steps":[]}')
    world.clock.advance(31)
    world.claim("w2")

    assert world.lifecycle.saved_plan(job.id) == '{"steps":[]}'
