"""A job survives the death of every process, at any moment, and leaves nothing of it behind."""

import random
import time
from pathlib import Path
from typing import Any

import psutil
import pytest

from acceptance.studio import Studio

pytestmark = [pytest.mark.media, pytest.mark.slow]

KILLS = 10
SEED = 20260101


def test_ten_kills_at_random_moments_leave_ten_complete_jobs(server_factory: Any, clip: Path, tmp_path: Path) -> None:
    """After kill -9 of the whole family and a restart, each job completes once with the bytes of an undisturbed run."""
    dice = random.Random(SEED)
    server = server_factory.start(tmp_path / "data")
    studio = Studio(server, clip)
    started = time.monotonic()
    job = studio.finish(studio.submit("undisturbed"))
    undisturbed = time.monotonic() - started
    assert job["Status"] == "COMPLETE", job.get("ErrorMessage")
    expected = studio.objects("undisturbed")
    assert len(expected) > 8

    for number in range(KILLS):
        job_id = studio.submit(f"run-{number}")
        time.sleep(dice.uniform(0, undisturbed))
        family = server.family()
        server.kill()
        server_factory.wait_gone(family)
        server = server_factory.start(tmp_path / "data")
        studio.reconnect(server)
        job = studio.finish(job_id)

        assert job["Status"] == "COMPLETE", job.get("ErrorMessage")
        assert studio.objects(f"run-{number}") == expected, f"run {number}"
        assert studio.pending_uploads() == []
        assert studio.scratch() == []
    endings = [event["detail"]["jobId"] for event in studio.events() if event["detail"]["status"] == "COMPLETE"]
    assert len(endings) == len(set(endings)) == KILLS + 1


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
