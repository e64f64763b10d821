"""Job documents in every spelling give the same parameters, or say what is wrong with them."""

import json
import re
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest

from telecine.cli import job_document
from telecine.cli.job_document import BadJob

ROLE = "arn:aws:iam::111122223333:role/x"


def _wire(value: Any) -> Any:
    """As on the wire: members begin small, names of selectors stay."""
    if isinstance(value, list):
        return [_wire(item) for item in value]
    if isinstance(value, dict):
        return {key if " " in key else key[:1].lower() + key[1:]: _wire(item) for key, item in value.items()}
    return value


@pytest.fixture
def settings() -> dict[str, Any]:
    """The settings of the demonstration's job."""
    found: dict[str, Any] = json.loads(files("telecine.cli").joinpath("demo_job.json").read_text())
    return found


@pytest.fixture
def request_(settings: dict[str, Any]) -> dict[str, Any]:
    """A CreateJob request with something of everything beside the settings."""
    return {
        "Role": ROLE,
        "Settings": settings,
        "Queue": "Default",
        "Priority": 5,
        "JobTemplate": "files",
        "UserMetadata": {"film": "7", "Team": "x"},
        "Tags": {"Team": "film"},
        "HopDestinations": [{"Queue": "night", "WaitMinutes": 15}],
        "AccelerationSettings": {"Mode": "PREFERRED"},
        "StatusUpdateInterval": "SECONDS_12",
    }


def test_a_request_in_both_spellings(request_: dict[str, Any]) -> None:
    """Every parameter, by the model's names; keys of tags and metadata stay as they are."""
    wire = _wire({name: value for name, value in request_.items() if name not in {"UserMetadata", "Tags"}})
    wire |= {"userMetadata": request_["UserMetadata"], "tags": request_["Tags"]}

    assert job_document.parameters(request_) == request_
    assert job_document.parameters(wire) == request_


def test_settings_alone(settings: dict[str, Any]) -> None:
    """In both spellings."""
    assert job_document.parameters(settings) == {"Settings": settings}
    assert job_document.parameters(_wire(settings)) == {"Settings": settings}


def test_the_record_of_a_job(settings: dict[str, Any]) -> None:
    """What GetJob answers, or the Job in it: what the job says beyond its request is left out."""
    job = {
        "Arn": "arn:aws:mediaconvert:us-east-1:111122223333:jobs/1-a",
        "Id": "1-a",
        "CreatedAt": 1568321789,
        "Status": "COMPLETE",
        "Timing": {"SubmitTime": 1568321789},
        "Role": ROLE,
        "Settings": settings,
        "OutputGroupDetails": [],
    }
    wanted = {"Role": ROLE, "Settings": settings}
    answer = {"Job": job, "ResponseMetadata": {"HTTPStatusCode": 200}}
    for document in (job, {"Job": job}, answer, _wire(job), {"job": _wire(job)}):
        assert job_document.parameters(document) == wanted


@pytest.mark.parametrize(
    ("document", "words"),
    [
        ({"Settings": {"Inputs": [], "Outputs": []}}, "JobSettings has no member Outputs"),
        ({"settings": {"inputs": [{"fileInputs": "x"}]}}, "/settings/inputs/0/fileInputs"),
        ({"settings": {}, "rôle": "x"}, "/rôle"),
        ({"Settings": {}, "Colour": "x"}, "CreateJob has no such parameters: Colour"),
        ({"Settings": {}, "queue": "Default"}, "Members are spelled in two ways, Settings and queue"),
        ({"Settings": {"Inputs": {}}}, "no such settings: /Settings/Inputs"),
        ({"Settings": {"Inputs": [7]}}, "not of the form that MediaConvert has"),
        ({"settings": {"inputs": {}}}, "inputs: Should be"),
        ({"Settings": {}, "Id": "1-a", "Colour": "x"}, "CreateJob has no such parameters: Colour"),
    ],
)
def test_what_no_job_has_is_told(document: dict[str, Any], words: str) -> None:
    """By name or path, as far as it is known."""
    with pytest.raises(BadJob, match=re.escape(words)):
        job_document.parameters(document)


@pytest.mark.parametrize(("text", "words"), [("{", "cannot be read as JSON"), ("[]", "holds no JSON object")])
def test_what_is_no_document_is_told(tmp_path: Path, text: str, words: str) -> None:
    """With the name of the file."""
    path = tmp_path / "job.json"
    path.write_text(text)
    with pytest.raises(BadJob, match=words):
        job_document.read(path)


def test_members_that_are_null_say_nothing() -> None:
    """The console's export has them."""
    assert job_document.parameters({"settings": {"inputs": None, "adAvailOffset": 0}, "queue": None}) == {
        "Settings": {"AdAvailOffset": 0}
    }
