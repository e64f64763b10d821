"""`telecine plan`: what a job would run, without running it."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from telecine.app.worker import capabilities, find_tools
from telecine.cli.options import SandboxMode
from telecine.core.clock import SystemClock
from telecine.core.errors import TelecineError
from telecine.engine.steps.probe import probe
from telecine.engine.watch import Watch
from telecine.media import plan as media_plan
from telecine.media import validation
from telecine.media.probe import Probe
from telecine.services.mediaconvert import errors
from telecine.wire import compiled
from telecine.wire.http import HttpRequest
from telecine.wire.protocols.codec import UnknownMember
from telecine.wire.routing import Route
from telecine.wire.validate import IllTyped

app = typer.Typer(add_completion=False)

_LOCAL = "s3://local/"
"""How a file of this machine is called in the plan: outputs are named after their input's URI."""

_ROLE = "arn:aws:iam::000000000000:role/plan"


class BadJob(TelecineError):
    """The file is no job, or one that the server would refuse."""


@app.command()
def plan(
    job: Annotated[Path, typer.Argument(metavar="JOB.json", exists=True, dir_okay=False, help="A CreateJob request.")],
    files: Annotated[
        list[Path] | None,
        typer.Option(
            "--input", metavar="FILE", exists=True, dir_okay=False, help="The file of the job's first input, and so on."
        ),
    ] = None,
    sandbox: Annotated[SandboxMode, typer.Option(help="How ffprobe is confined.")] = SandboxMode.AUTO,
) -> None:
    """Print the plan of a job as JSON: every command line, file and expectation. Nothing is encoded.

    JOB.json is a CreateJob request or its Settings, as boto3 and the console spell them (Settings, OutputGroups) or as
    they are on the wire (settings, outputGroups). Its inputs are probed here: they are files of this machine, named in
    FileInput or with --input.
    """
    settings = _settings(_load(job))
    local, settings = _localized(settings, files or [])
    _check(settings)
    uris = [entry["FileInput"] for entry in settings["Inputs"]]
    made = media_plan.plan(
        settings, _probes(local, uris, sandbox), capabilities(), inputs=uris, now=SystemClock().now()
    )
    typer.echo(json.dumps(json.loads(media_plan.to_json(made)), indent=2))


def _load(path: Path) -> dict[str, Any]:
    try:
        document = json.loads(path.read_text())
    except (OSError, ValueError) as error:
        raise BadJob(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadJob(f"{path} holds no JSON object.")
    return document


def _settings(document: Mapping[str, Any]) -> dict[str, Any]:
    """The settings by the model's member names, their types checked. Raises `BadJob`."""
    if "settings" in document or "outputGroups" in document:
        return _parsed(document.get("settings", document))
    given = document.get("Settings", document)
    try:
        # GetJob answers with the same shape that CreateJob takes: its serializer knows every member's wire name.
        answer = compiled.operation("mediaconvert", "GetJob").serialize({"Job": {"Settings": given}}, request_id="")
    except UnknownMember as error:
        raise BadJob(f"MediaConvert has no such setting: {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise BadJob(f"The settings are not of the form that MediaConvert has: {error}") from error
    return _parsed(json.loads(answer.body)["job"]["settings"])


def _parsed(wire: object) -> dict[str, Any]:
    body = json.dumps({"role": _ROLE, "settings": wire}).encode()
    request = HttpRequest(method="POST", raw_path="/2017-08-29/jobs", raw_query="", headers=())
    try:
        params = compiled.operation("mediaconvert", "CreateJob").parse(request, Route(operation="CreateJob"), body)
    except IllTyped as error:
        raise BadJob(errors.invalid(error.violations).message) from error
    settings: dict[str, Any] = params["Settings"]
    return settings


def _localized(settings: dict[str, Any], files: Sequence[Path]) -> tuple[list[Path], dict[str, Any]]:
    """The local file of each input, and the settings with a URI in place of each path."""
    local: list[Path] = []
    inputs: list[dict[str, Any]] = []
    for number, entry in enumerate(settings.get("Inputs", [])):
        named = str(entry.get("FileInput", ""))
        file = files[number] if number < len(files) else Path(named)
        if not file.is_file():
            raise BadJob(f"Input {number + 1}, {named or 'without FileInput'}, is no file here: name one with --input.")
        local.append(file)
        inputs.append({**entry, "FileInput": named if "://" in named else f"{_LOCAL}{file.name}"})
    if not local:
        raise BadJob("The job has no inputs.")
    return local, {**settings, "Inputs": inputs}


def _check(settings: dict[str, Any]) -> None:
    """Raises `BadJob` with everything for which CreateJob would refuse the settings, a line each."""
    violations = compiled.operation("mediaconvert", "CreateJob").violations({"Role": _ROLE, "Settings": settings})
    found = [errors.sentence(violation) for violation in violations]
    found += [f"{issue.path}: {issue.message}" for issue in validation.check(settings)] if not violations else []
    if found:
        raise BadJob("CreateJob would refuse this job:\n" + "\n".join(found))


def _probes(files: Sequence[Path], uris: Sequence[str], sandbox: SandboxMode) -> tuple[Probe, ...]:
    """What ffprobe finds in each file; it is confined to a folder that holds nothing else."""
    watch = Watch(should_stop=lambda: False, advance=lambda _share, _frames: None)
    with tempfile.TemporaryDirectory(prefix="telecine-plan-") as folder:
        tools = find_tools(sandbox.value, Path(folder))
        names = [f"input-{number}" for number, _file in enumerate(files)]
        for name, file in zip(names, files, strict=True):
            _bring(file, Path(folder, name))
        return probe(tools, names, uris, Path(folder), watch)


def _bring(file: Path, place: Path) -> None:
    """The file under another name: a link where the file system can, a copy where not."""
    try:
        os.link(file.resolve(), place)
    except OSError:
        shutil.copyfile(file, place)
