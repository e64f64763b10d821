"""The details of MediaConvert's events."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pytest

from telecine.core.names import AccountId, JobId, QueueName, Region
from telecine.services.mediaconvert.lifecycle import state_change
from telecine.services.mediaconvert.model import Job, JobStatus, Phase, Submission

NOW = datetime(2026, 5, 17, 10, 20, 30, 456000, tzinfo=UTC)
JOB = Job(
    id=JobId("1515368087458-qnoxtd"),
    region=Region("us-west-2"),
    submission=Submission(
        account=AccountId("111122223333"),
        queue=QueueName("Default"),
        role_arn="r",
        settings={},
        user_metadata={"k": "v"},
    ),
    queue=QueueName("Default"),
    priority=0,
    transitions=(),
    status=JobStatus.PROGRESSING,
    submitted_at=NOW,
    started_at=NOW,
    finished_at=None,
    phase=Phase.TRANSCODING,
    phase_percent=12,
    job_percent=15,
    frames_decoded=100,
    retry_count=1,
    error_code=None,
    error_message=None,
    warnings={},
    messages=(),
    outputs=(),
)


def test_every_event_carries_the_basics() -> None:
    """Envelope and detail as EventBridge delivers them; the detail's time is in milliseconds."""
    assert state_change.event("id-1", NOW, JOB, "PROGRESSING", {}).envelope() == {
        "version": "0",
        "id": "id-1",
        "detail-type": "MediaConvert Job State Change",
        "source": "aws.mediaconvert",
        "account": "111122223333",
        "time": "2026-05-17T10:20:30Z",
        "region": "us-west-2",
        "resources": ["arn:aws:mediaconvert:us-west-2:111122223333:jobs/1515368087458-qnoxtd"],
        "detail": {
            "timestamp": 1779013230456,
            "accountId": "111122223333",
            "queue": "arn:aws:mediaconvert:us-west-2:111122223333:queues/Default",
            "jobId": "1515368087458-qnoxtd",
            "status": "PROGRESSING",
            "userMetadata": {"k": "v"},
        },
    }


@pytest.mark.parametrize(
    ("phase", "states"),
    [
        (Phase.PROBING, [("PROGRESSING", 12), ("PENDING", 0), ("PENDING", 0)]),
        (Phase.TRANSCODING, [("COMPLETE", 100), ("PROGRESSING", 12), ("PENDING", 0)]),
        (Phase.UPLOADING, [("COMPLETE", 100), ("COMPLETE", 100), ("PROGRESSING", 12)]),
    ],
)
def test_a_status_update_shows_each_phase(phase: Phase, states: list[tuple[str, int]]) -> None:
    """Phases before the current one are complete, later ones pending."""
    progress: dict[str, Any] = state_change.status_update(replace(JOB, phase=phase))["jobProgress"]

    shown = [(state["status"], state["percentComplete"]) for state in progress["phaseProgress"].values()]
    assert (list(progress["phaseProgress"]), shown) == (["PROBING", "TRANSCODING", "UPLOADING"], states)
    assert (progress["currentPhase"], progress["jobPercentComplete"], progress["retryCount"]) == (phase, 15, 1)


def test_a_warning_code_is_a_string_of_six_digits() -> None:
    """NEW_WARNING spells its code, unlike every other event."""
    assert state_change.new_warning(20000, "w") == {"warningCode": "020000", "warningMessage": "w"}


def test_a_canceled_job_says_nothing_more() -> None:
    """The CANCELED event has the basics alone."""
    assert state_change.ending(replace(JOB, status=JobStatus.CANCELED)) == {}
