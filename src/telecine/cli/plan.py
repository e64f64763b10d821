"""`telecine plan`: what a job would run, without running it."""

import json
import os
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Annotated, Any

import typer

from telecine.app.tools import find_tools
from telecine.app.worker import capabilities
from telecine.cli import job_document
from telecine.cli.job_document import BadJob
from telecine.cli.options import SandboxMode
from telecine.core.clock import SystemClock
from telecine.engine.steps.probe import probe
from telecine.engine.watch import Watch
from telecine.media import merge, validation
from telecine.media import plan as media_plan
from telecine.media.probe import Probe
from telecine.media.system import PRESETS, TEMPLATES, Recipe
from telecine.services.mediaconvert import errors
from telecine.wire import compiled

app = typer.Typer(add_completion=False)

_LOCAL = "s3://local/"
"""How a file of this machine is called in the plan: outputs are named after their input's URI."""

_ROLE = "arn:aws:iam::000000000000:role/plan"


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

    JOB.json is a CreateJob request, its Settings, or the record of a job (GetJob), as boto3 spells them (Settings,
    OutputGroups) or as the console exports them (settings, outputGroups). System presets and templates are known here,
    custom ones only to a server. Its inputs are probed here: they are files of this machine, named in
    FileInput or with --input.
    """
    settings = _filled(job_document.read(job))
    local, settings = _localized(settings, files or [])
    _check(settings)
    uris = [entry["FileInput"] for entry in settings["Inputs"]]
    made = media_plan.plan(settings, probes(local, uris, sandbox), capabilities(), inputs=uris, now=SystemClock().now())
    typer.echo(json.dumps(json.loads(media_plan.to_json(made)), indent=2))


def _filled(params: Mapping[str, Any]) -> dict[str, Any]:
    """The job's settings with what its template and presets hold: the system's, for others are on a server."""
    settings = params.get("Settings", {})
    template = params.get("JobTemplate")
    if template:
        settings = merge.merge_job(settings, _recipe(TEMPLATES, "job template", template).settings)
    if both := validation.preset_conflicts(settings):
        raise BadJob("\n".join(f"{issue.path}: {issue.message}" for issue in both))
    return merge.apply_presets(settings, lambda name: _recipe(PRESETS, "preset", name).settings)


def _recipe(known: Mapping[str, Recipe], noun: str, text: str) -> Recipe:
    name = text.rpartition("/")[2] if text.startswith("arn:") else text
    if name not in known:
        raise BadJob(f"The {noun} {name} is not one of the system's: only a server knows it.")
    return known[name]


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


def probes(files: Sequence[Path], uris: Sequence[str], sandbox: SandboxMode) -> tuple[Probe, ...]:
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
