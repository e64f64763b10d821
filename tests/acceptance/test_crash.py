"""A job survives the death of every process, at any moment, and leaves nothing of it behind."""

import random
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from acceptance.studio import Studio

pytestmark = [pytest.mark.media, pytest.mark.slow]

KILLS = 5
SEED = 20260101
SMALL = (160, 90)
"""Frames of a size that leaves x264 little to do: the moments fall into reading, packaging and storing just as well."""


def test_jobs_cut_at_ten_moments_complete_as_if_undisturbed(server_factory: Any, clip: Path, tmp_path: Path) -> None:
    """After kill -9 of the whole family and a restart, each job completes once with the bytes of an undisturbed run.

    Two jobs run at a time, so a kill cuts two: one moment in each tenth of the time that an undisturbed job takes.
    """
    dice = random.Random(SEED)
    server = server_factory.start(tmp_path / "data", "--slots", "2")
    studio = Studio(server, clip)
    started = time.monotonic()
    job = studio.finish(studio.submit("undisturbed", frame=SMALL))
    undisturbed = time.monotonic() - started
    assert job["Status"] == "COMPLETE", job.get("ErrorMessage")
    expected = studio.objects("undisturbed")
    assert len(expected) > 8

    for number in range(KILLS):
        early, late = (undisturbed * (tenth + dice.random()) / (2 * KILLS) for tenth in (number, number + KILLS))
        jobs = {f"late-{number}": studio.submit(f"late-{number}", frame=SMALL)}
        time.sleep(late - early)
        jobs[f"early-{number}"] = studio.submit(f"early-{number}", frame=SMALL)
        time.sleep(early)
        family = server.family()
        server.kill()
        server_factory.wait_gone(family)
        server = server_factory.start(tmp_path / "data", "--slots", "2")
        studio.reconnect(server)
        for prefix, job_id in jobs.items():
            job = studio.finish(job_id)
            assert job["Status"] == "COMPLETE", job.get("ErrorMessage")
            assert studio.objects(prefix) == expected, prefix
        assert studio.pending_uploads() == []
        assert studio.scratch() == []
    endings = [event["detail"]["jobId"] for event in studio.events() if event["detail"]["status"] == "COMPLETE"]
    assert len(endings) == len(set(endings)) == 2 * KILLS + 1


def test_a_canceled_job_stops_at_once_and_leaves_nothing(server_factory: Any, clip: Path, tmp_path: Path) -> None:
    """CancelJob kills the tools within seconds; no object, upload or scratch file stays."""
    server = server_factory.start(tmp_path / "data")
    studio = Studio(server, clip)
    job_id = studio.submit("canceled")
    studio.wait_for_phase(job_id, "TRANSCODING")
    client = studio.admin("mediaconvert")
    client.cancel_job(Id=job_id)

    job = client.get_job(Id=job_id)["Job"]
    deadline = time.monotonic() + 5
    while (studio.tools() or studio.scratch()) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert job["Status"] == "CANCELED"
    assert (studio.tools(), studio.scratch(), studio.objects("canceled"), studio.pending_uploads()) == ([], [], {}, [])
    with pytest.raises(client.exceptions.ConflictException):
        client.cancel_job(Id=job_id)
    assert not [
        process
        for process in server.family()
        if process.status() != psutil.STATUS_ZOMBIE and "ffmpeg" in process.name()
    ]
