"""Attempts that are ended from outside: canceled, taken over, told to stop."""

import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from engine.studio import Studio, settings
from telecine.services.mediaconvert.model import JobStatus, Phase

pytestmark = pytest.mark.media


@pytest.fixture
def when_transcoding(studio: Studio, monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """Sets what happens once, at the first progress report with frames: the tool is running then."""
    lifecycle = studio.desk.lifecycle
    report = lifecycle.progress
    actions: list[Callable[[], object]] = []

    def progress(claim: Any, now: Any) -> None:
        report(claim, now)
        if now.phase is Phase.TRANSCODING and actions:
            actions.pop()()

    monkeypatch.setattr(lifecycle, "progress", progress)
    return actions.append


def long_film(ffmpeg: Callable[..., None], studio: Studio, tmp_path: Path) -> None:
    """Twenty seconds of picture and sound, long enough to be encoding when something happens."""
    ffmpeg("-f", "lavfi", "-i", "testsrc2=s=1280x720:r=25:d=20", "-f", "lavfi", "-i", "sine=d=20",
           "-c:v", "libx264", "-preset", "ultrafast", "-c:a", "aac", "long.mp4")  # fmt: skip
    studio.store.put("in", "film.mp4", (tmp_path / "long.mp4").read_bytes())


def test_cancel_while_it_encodes(
    studio: Studio, ffmpeg: Callable[..., None], tmp_path: Path, when_transcoding: Callable[..., None]
) -> None:
    """CancelJob ends the tools; the job stays CANCELED and leaves nothing."""
    long_film(ffmpeg, studio, tmp_path)
    job = studio.desk.submit(settings("file"))
    when_transcoding(lambda: studio.desk.cancel(job.id))
    assert studio.worker().run_next()
    assert studio.desk.job(job.id).status is JobStatus.CANCELED
    assert studio.is_clean()


def test_a_lost_lease_ends_the_attempt(
    studio: Studio, ffmpeg: Callable[..., None], tmp_path: Path, when_transcoding: Callable[..., None]
) -> None:
    """When another worker has taken the job, this attempt stops and settles nothing."""
    long_film(ffmpeg, studio, tmp_path)
    job = studio.desk.submit(settings("file"))
    when_transcoding(studio.desk.lose)
    assert studio.worker().run_next()
    record = studio.desk.job(job.id)
    assert (record.status, record.retry_count) == (JobStatus.PROGRESSING, 1)
    assert studio.is_clean()


def test_a_worker_that_is_told_to_stop_leaves_the_job_to_the_next(
    studio: Studio, ffmpeg: Callable[..., None], tmp_path: Path, when_transcoding: Callable[..., None]
) -> None:
    """`stop` ends a running worker within seconds; its job is neither failed nor complete."""
    long_film(ffmpeg, studio, tmp_path)
    job = studio.desk.submit(settings("file"))
    worker = studio.worker()
    when_transcoding(worker.stop)
    thread = threading.Thread(target=worker.run)
    thread.start()
    thread.join(30)
    assert not thread.is_alive()
    assert studio.desk.job(job.id).status is JobStatus.PROGRESSING
    assert studio.is_clean()


def test_what_a_canceled_job_left_is_swept(studio: Studio) -> None:
    """A job that is canceled while its worker is dead: the next worker takes its uploads back."""
    claim = studio.desk.claim()
    studio.desk.lifecycle.uploads.intend(claim, "out", "film.mp4")
    studio.desk.lifecycle.uploads.began(
        claim, "out", "film.mp4", studio.store.create_upload("out", "film.mp4", "video/mp4")
    )
    studio.desk.cancel(claim.job_id)
    studio.desk.clock.advance(60)
    studio.worker().sweep()
    assert studio.store.unfinished == {}
    assert studio.desk.lifecycle.uploads.of_job(claim.job_id) == []
