"""The jobs of tests/corpus/settings through boto3, from a signed request to the answer: what the user guide shows and the
console sends is accepted as it is, and what this release does not have is refused by its path."""

import json
from pathlib import Path
from typing import Any

import pytest

CORPUS = Path(__file__).parents[2] / "corpus" / "settings"
ACCEPTED = ("console-hls", "console-mp4", "demo", "guide-hls", "guide-mp4", "smallest")
REFUSED = sorted(path.stem for path in CORPUS.glob("*.json") if path.stem.startswith(("refused-", "wrong-")))


def _case(name: str) -> Any:
    return json.loads((CORPUS / f"{name}.json").read_text(encoding="utf-8"))


@pytest.fixture
def mediaconvert(aws: Any) -> Any:
    """A client of a user who may submit jobs and pass any role, and nothing else."""
    allowed = {"Effect": "Allow", "Action": ["mediaconvert:CreateJob", "iam:PassRole"], "Resource": "*"}
    return aws.client("mediaconvert", aws.user("editor", allowed))


@pytest.fixture
def role(aws: Any) -> str:
    """The ARN of a role for MediaConvert."""
    arn: str = aws.role("media", {"Service": "mediaconvert.amazonaws.com"})
    return arn


@pytest.mark.parametrize("name", ACCEPTED)
def test_a_job_as_guide_and_console_have_it_is_accepted(mediaconvert: Any, role: str, name: str) -> None:
    """201 and SUBMITTED; the settings come back as they were sent, every neutral value among them."""
    settings = _case(name)["settings"]

    answer = mediaconvert.create_job(Role=role, Settings=settings)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert answer["Job"]["Status"] == "SUBMITTED"
    assert answer["Job"]["Settings"] == settings


@pytest.mark.parametrize("name", REFUSED)
def test_every_reason_to_refuse_a_job_comes_in_one_answer(mediaconvert: Any, role: str, name: str) -> None:
    """400 with each path and its message, joined as MediaConvert joins them."""
    with pytest.raises(mediaconvert.exceptions.BadRequestException) as refusal:
        mediaconvert.create_job(Role=role, Settings=_case(name)["settings"])

    expected = " | ".join(f"{issue['path']}: {issue['message']}" for issue in _case(name)["refused"])
    assert refusal.value.response["Error"]["Message"] == expected
