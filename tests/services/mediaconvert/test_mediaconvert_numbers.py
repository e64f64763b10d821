"""Numbers that are none, or longer than any machine's, never come into what is kept."""

from typing import Any

import pytest
from botocore.exceptions import ClientError

Aws = Any  # the fixture of tests/services/conftest.py

ROLE = "arn:aws:iam::123456789012:role/transcode"
AUDIO = {"AudioDescriptions": [{"AudioNormalizationSettings": {"TargetLkfs": -23.5}}]}
JOB = {"Inputs": [{"FileInput": "s3://films/in/film.mp4"}], "OutputGroups": [{"Outputs": [AUDIO]}]}
"""In each stands -23.5, for which a test puts something else on its way."""
TARGET = "/outputGroups/0/outputs/0/audioDescriptions/0/audioNormalizationSettings/targetLkfs"
DOCUMENTED = f"{TARGET}: Should be number"
NO_JSON = "The body is not valid JSON."

CALLS: dict[str, tuple[str, str, dict[str, Any]]] = {
    "job": ("create_job", "list_jobs", {"Role": ROLE, "Settings": JOB}),
    "preset": ("create_preset", "list_presets", {"Name": "odd", "Settings": AUDIO}),
    "template": (
        "create_job_template",
        "list_job_templates",
        {"Name": "odd", "Settings": {"OutputGroups": JOB["OutputGroups"]}},
    ),
}


@pytest.mark.parametrize("made", CALLS)
@pytest.mark.parametrize(
    ("number", "is_json"),
    [
        ("NaN", False),
        ("Infinity", False),
        ("-Infinity", False),
        ("1e999", False),
        ("-1e999", False),
        ('"NaN"', True),
        ('"Infinity"', True),
        ('"-Infinity"', True),
        ("-1" + "0" * 400, True),
    ],
)
def test_a_setting_that_is_no_number(aws: Aws, made: str, number: str, is_json: bool) -> None:
    """400, by its path where the body is JSON, and nothing is kept."""
    create, listing, members = CALLS[made]
    client = aws.client("mediaconvert")

    def replace(params: dict[str, Any], **_event: Any) -> None:
        params["body"] = params["body"].replace(b"-23.5", number.encode())

    client.meta.events.register("before-call", replace)
    with pytest.raises(ClientError) as caught:
        getattr(client, create)(**members)
    answer = caught.value.response
    assert answer["Error"]["Code"] == "BadRequestException"
    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 400
    expected = (
        NO_JSON if not is_json else DOCUMENTED[DOCUMENTED.index("/audioDescriptions") if made == "preset" else 0 :]
    )
    assert answer["Error"]["Message"] == expected
    assert [kept for kept in getattr(client, listing)().values() if isinstance(kept, list) and kept] == []


@pytest.mark.parametrize("number", [2**31, 2**63, 2**64, 10**30, -(10**30)])
def test_an_integer_longer_than_its_type(aws: Aws, number: int) -> None:
    """400 by its path, in a list without a range of its own as well; nothing is kept."""
    client = aws.client("mediaconvert", parameter_validation=False)
    selectors = {"Audio Selector 1": {"Tracks": [1, number]}}
    inputs = [{"FileInput": "s3://films/in/film.mp4", "AudioSelectors": selectors}]
    with pytest.raises(ClientError) as caught:
        client.create_job(Role=ROLE, Settings={"Inputs": inputs, "OutputGroups": []})
    message = caught.value.response["Error"]["Message"]
    most = "less than or equal to 2147483647" if number > 0 else "greater than or equal to 1"
    assert f"/inputs/0/audioSelectors/Audio Selector 1/tracks/1: Should be {most}" in message
    assert client.list_jobs()["Jobs"] == []


@pytest.mark.parametrize(
    ("number", "wanted"), [(0.5, "less than or equal to 0"), (-59.5, "greater than or equal to -59")]
)
def test_a_level_out_of_its_range(aws: Aws, number: float, wanted: str) -> None:
    """A double has the range that its shape is named after, told as the other ranges are."""
    audio = {"AudioDescriptions": [{"AudioNormalizationSettings": {"TargetLkfs": number}}]}
    job = {**JOB, "OutputGroups": [{"Outputs": [audio]}]}
    with pytest.raises(ClientError) as caught:
        aws.client("mediaconvert").create_job(Role=ROLE, Settings=job)
    assert caught.value.response["Error"]["Code"] == "BadRequestException"
    assert f"{TARGET}: Should be {wanted}" in caught.value.response["Error"]["Message"]
