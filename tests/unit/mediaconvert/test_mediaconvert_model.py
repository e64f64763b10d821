"""The values of MediaConvert: which status follows which, and which text names which queue."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.services.mediaconvert.model import TRANSITIONS, JobStatus, interval_seconds, queue_arn, queue_name

ACCOUNT, REGION = "111122223333", "us-east-1"


def test_every_status_has_its_row_and_three_are_final() -> None:
    """COMPLETE, CANCELED and ERROR lead nowhere, and nothing leads back to SUBMITTED."""
    assert set(TRANSITIONS) == set(JobStatus)
    assert {status for status in JobStatus if status.is_final} == {
        JobStatus.COMPLETE,
        JobStatus.CANCELED,
        JobStatus.ERROR,
    }
    assert all(JobStatus.SUBMITTED not in followers for followers in TRANSITIONS.values())


@given(st.from_regex(r"[A-Za-z0-9_.-]{1,64}", fullmatch=True))
def test_a_queue_is_known_by_name_and_by_arn(name: str) -> None:
    """Both forms mean the same queue; its ARN in another account or region means none."""
    assert queue_name(name, account=ACCOUNT, region=REGION) == name
    assert queue_name(queue_arn(ACCOUNT, REGION, name), account=ACCOUNT, region=REGION) == name
    assert queue_name(queue_arn("999999999999", REGION, name), account=ACCOUNT, region=REGION) is None
    assert queue_name(queue_arn(ACCOUNT, "eu-west-1", name), account=ACCOUNT, region=REGION) is None


@pytest.mark.parametrize(
    "text",
    [
        "arn:",
        "arn:aws:mediaconvert:us-east-1:111122223333:presets/x",
        "arn:aws:mediaconvert:us-east-1:111122223333:queues",
        "arn:aws-cn:mediaconvert:us-east-1:111122223333:queues/x",
    ],
)
def test_other_arns_mean_no_queue(text: str) -> None:
    """What begins like an ARN is never taken for a name."""
    assert queue_name(text, account=ACCOUNT, region=REGION) is None


@pytest.mark.parametrize(("interval", "seconds"), [("SECONDS_10", 10), ("SECONDS_600", 600)])
def test_intervals_are_seconds(interval: str, seconds: int) -> None:
    """The number stands in the value's name."""
    assert interval_seconds(interval) == seconds
