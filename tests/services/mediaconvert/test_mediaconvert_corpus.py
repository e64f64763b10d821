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


def _said(value: Any) -> Any:
    """The value without members that are null: the console writes them, and boto3 does not take them."""
    if isinstance(value, dict):
        return {name: _said(inner) for name, inner in value.items() if inner is not None}
    return [_said(inner) for inner in value] if isinstance(value, list) else value


def _wire(value: Any) -> Any:
    """The value as it is on the wire: members begin small, names of selectors stay."""
    if isinstance(value, dict):
        return {name if " " in name else name[0].lower() + name[1:]: _wire(inner) for name, inner in value.items()}
    return [_wire(inner) for inner in value] if isinstance(value, list) else value


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
    settings = _said(_case(name)["settings"])

    answer = mediaconvert.create_job(Role=role, Settings=settings)

    assert answer["ResponseMetadata"]["HTTPStatusCode"] == 201
    assert answer["Job"]["Status"] == "SUBMITTED"
    assert answer["Job"]["Settings"] == settings


@pytest.mark.parametrize("name", ["console-hls", "console-mp4"])
def test_what_the_console_leaves_null_is_not_said(mediaconvert: Any, role: str, name: str) -> None:
    """A null on the wire is a member that is not there."""
    settings = _case(name)["settings"]
    assert _said(settings) != settings

    def with_nulls(params: dict[str, Any], **_event: Any) -> None:
        params["body"] = json.dumps({"role": role, "settings": _wire(settings)}).encode()

    mediaconvert.meta.events.register("before-call.mediaconvert.CreateJob", with_nulls)
    answer = mediaconvert.create_job(Role=role, Settings=_said(settings))

    assert answer["Job"]["Settings"] == _said(settings)


@pytest.mark.parametrize("name", REFUSED)
def test_every_reason_to_refuse_a_job_comes_in_one_answer(mediaconvert: Any, role: str, name: str) -> None:
    """400 with each path and its message, joined as MediaConvert joins them."""
    with pytest.raises(mediaconvert.exceptions.BadRequestException) as refusal:
        mediaconvert.create_job(Role=role, Settings=_case(name)["settings"])

    expected = " | ".join(f"{issue['path']}: {issue['message']}" for issue in _case(name)["refused"])
    assert refusal.value.response["Error"]["Message"] == expected
