"""`telecine plan`: a job's plan without a server, or why there is none."""

import copy
import json
from importlib.resources import files
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from telecine.cli.plan import BadJob, app

pytestmark = pytest.mark.media


@pytest.fixture
def settings() -> dict[str, Any]:
    """The settings of the demonstration's job."""
    text = files("telecine.cli").joinpath("demo_job.json").read_text()
    found: dict[str, Any] = json.loads(text.replace("INPUT_KEY", "film.mp4").replace("OUTPUT_BUCKET", "out"))
    return found


def _plan(folder: Path, document: object, *options: str) -> Any:
    path = folder / "job.json"
    path.write_text(json.dumps(document))
    return CliRunner().invoke(app, [str(path), "--sandbox", "off", *options])


def _wire(value: Any) -> Any:
    """The demonstration's settings as they are on the wire (it has no maps but AudioSelectors)."""
    if isinstance(value, list):
        return [_wire(item) for item in value]
    if isinstance(value, dict):
        return {key if " " in key else key[:1].lower() + key[1:]: _wire(item) for key, item in value.items()}
    return value


def test_a_plan_is_printed_as_json(tmp_path: Path, settings: dict[str, Any], clip: Path) -> None:
    """Steps with their command lines, and the places of the outputs."""
    result = _plan(tmp_path, settings, "--input", str(clip))
    assert result.exit_code == 0, result.exception
    plan = json.loads(result.stdout)
    assert {step["tool"] for step in plan["steps"]} >= {"ffmpeg"}
    assert "s3://out/" in result.stdout


def test_every_spelling_of_a_job_gives_the_same_plan(tmp_path: Path, settings: dict[str, Any], clip: Path) -> None:
    """A request or its settings, as boto3 spells them or as they are on the wire."""
    role = "arn:aws:iam::111122223333:role/x"
    documents = [settings, {"Role": role, "Settings": settings}, _wire(settings), {"settings": _wire(settings)}]
    printed = {_plan(tmp_path, document, "--input", str(clip)).stdout for document in documents}
    assert len(printed) == 1
    assert printed != {""}


def test_a_path_in_file_input_is_enough(tmp_path: Path, settings: dict[str, Any], clip: Path) -> None:
    """Without --input, FileInput may name a file of this machine; outputs are named after it."""
    settings["Inputs"][0]["FileInput"] = str(clip)
    result = _plan(tmp_path, settings)
    assert result.exit_code == 0, result.exception
    assert f"s3://out/file/{clip.stem}_540p.mp4" in result.stdout


def _refusal(folder: Path, document: object, *options: str) -> str:
    result = _plan(folder, document, *options)
    assert isinstance(result.exception, BadJob), result.exception
    return str(result.exception)


def test_an_input_that_is_not_here_names_the_option(tmp_path: Path, settings: dict[str, Any]) -> None:
    """A URI cannot be probed here."""
    assert "--input" in _refusal(tmp_path, settings)


def test_what_create_job_would_refuse_is_refused(tmp_path: Path, settings: dict[str, Any], clip: Path) -> None:
    """With the path of each value."""
    wrong = copy.deepcopy(settings)
    wrong["OutputGroups"][0]["Outputs"][0]["VideoDescription"]["Width"] = 7
    text = _refusal(tmp_path, wrong, "--input", str(clip))
    assert "/outputGroups/0/outputs/0/videoDescription/width: " in text


@pytest.mark.parametrize(
    ("member", "value", "words"),
    [
        ("Outputz", [], "no such setting: OutputGroup has no member Outputz"),
        ("Outputs", "all", "not of the form|Should be"),
        ("Name", ["x"], "not of the form|Should be"),
    ],
)
def test_what_is_no_setting_is_never_dropped(
    tmp_path: Path, settings: dict[str, Any], clip: Path, member: str, value: object, words: str
) -> None:
    """A misspelt member or a value of the wrong type is an error that says where."""
    settings["OutputGroups"][0][member] = value
    text = _refusal(tmp_path, settings, "--input", str(clip))
    assert any(word in text for word in words.split("|")), text


def test_a_file_that_is_no_json_is_an_error_in_words(tmp_path: Path) -> None:
    """Named, without a traceback."""
    path = tmp_path / "job.json"
    path.write_text("{")
    result = CliRunner().invoke(app, [str(path)])
    assert isinstance(result.exception, BadJob)
    assert "job.json cannot be read as JSON" in str(result.exception)


def test_a_plan_knows_the_systems_presets_and_templates(tmp_path: Path, clip: Path) -> None:
    """Custom ones are on a server: they are refused by their name."""
    place = {"Type": "HLS_GROUP_SETTINGS", "HlsGroupSettings": {"Destination": "s3://out/main"}}
    job = {
        "JobTemplate": "System-Ott_Hls_Ts_Avc_Aac",
        "Settings": {"Inputs": [{"FileInput": str(clip)}], "OutputGroups": [{"OutputGroupSettings": place}]},
    }
    assert "main_Ott_Hls_Ts_Avc_Aac_16x9_480x270p_15Hz_400Kbps" in _plan(tmp_path, job).stdout
    assert "job template files is not one of the system's" in _refusal(tmp_path, {**job, "JobTemplate": "files"})
    job["Settings"]["OutputGroups"][0]["Outputs"] = [{"Preset": "mine"}]  # type: ignore[index]
    assert "preset mine is not one of the system's" in _refusal(tmp_path, job)
    job["Settings"]["OutputGroups"][0]["Outputs"] = [{"ContainerSettings": {"Container": "M3U8"}}]  # type: ignore[index]
    assert "/outputGroups/0/outputs/0/containerSettings: Must not be specified together with preset" in _refusal(
        tmp_path, job
    )
