"""The command line of `telecine convert`, and its steps: look, upload, check, run, print."""

import os
import secrets
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from telecine.cli.connection import ServerDir, connect
from telecine.cli.convert import ladder
from telecine.cli.convert.studio import NotConverted, Studio
from telecine.cli.job import report
from telecine.cli.job.check import As, checked
from telecine.cli.job.run import submitted
from telecine.cli.options import SandboxMode
from telecine.cli.plan import probes
from telecine.core.errors import TelecineError
from telecine.media.errors import MediaError
from telecine.media.probe import Probe
from telecine.services.iam.directory.service_roles import Location


def convert(
    file: Annotated[Path, typer.Argument(metavar="FILE", exists=True, dir_okay=False, help="The video or sound.")],
    *,
    to: Annotated[
        str | None,
        typer.Option(
            metavar="S3-URI",
            show_default="s3://telecine-ACCOUNT-media/NAME/",
            help="Where outputs go: s3://bucket/folder/.",
        ),
    ] = None,
    from_bucket: Annotated[
        str | None, typer.Option(metavar="BUCKET", help="Where the file is uploaded. Without it: the outputs' bucket.")
    ] = None,
    role: Annotated[
        str | None,
        typer.Option(metavar="ARN", help="The job's role. Without it: MediaConvert_Default_Role, made if need be."),
    ] = None,
    template: Annotated[
        str | None,
        typer.Option(
            metavar="NAME", help="A job template, with its own destinations, in place of the adaptive stream and MP4."
        ),
    ] = None,
    preset: Annotated[
        str | None, typer.Option(metavar="NAME", help="An output preset: one file of it, in place of these.")
    ] = None,
    queue: Annotated[str | None, typer.Option(metavar="NAME", help="Without it: Default.")] = None,
    is_kept: Annotated[bool, typer.Option("--keep-upload", help="Leave the uploaded copy in its bucket.")] = False,
    is_agreed: Annotated[bool, typer.Option("--yes", "-y", help="Make what is missing without asking.")] = False,
    profile: As = None,
    data_dir: ServerDir = None,
) -> None:
    """Convert a file of this machine: upload it, check the job, run it, and print what came of it.

    Without --template or --preset it becomes an adaptive HLS stream and an MP4, neither larger than the file. The
    uploaded copy is removed at the end. Ctrl-C cancels the job.
    """
    if template is not None and preset is not None:
        raise typer.BadParameter("name a template or a preset, not both")
    console = Console()
    found = None if template is not None else _looked_at(file)
    studio = Studio(
        connection=connect(data_dir, profile),
        console=console,
        agree=lambda question: is_agreed or typer.confirm(question),
    )
    account = studio.account()
    name = _name(file)
    place = Location.parse(to) if to is not None else Location(bucket=f"telecine-{account}-media", prefix=f"{name}/")
    source = from_bucket or place.bucket
    for bucket in dict.fromkeys((place.bucket, source)):
        studio.bucket(bucket, is_default=to is None and bucket == place.bucket)
    arn = studio.role(role, account, (source, place.bucket))
    key = f"uploads/{secrets.token_hex(4)}/{name}{_extension(file)}"
    folder = f"s3://{place.bucket}/{_folder(place.prefix)}"
    settings = _settings(found, f"s3://{source}/{key}", folder, name, preset)
    params: dict[str, Any] = {"Role": arn, "Settings": settings}
    params |= {"JobTemplate": template} if template is not None else {}
    params |= {"Queue": queue} if queue is not None else {}
    with studio.uploaded(file, source, key, keeps=is_kept):
        answer = checked(studio.connection, params)
        if not report.is_ready(answer):
            typer.echo(report.text(answer), err=True)
            raise typer.Exit(1)
        job = submitted(studio.connection, params, console)
    named = ladder.results if template is None and preset is None else ladder.places
    for uri in named(job["Settings"]):
        typer.echo(uri)


def _looked_at(file: Path) -> Probe:
    """What ffprobe finds in the file. Raises `NotConverted` for one that is not media."""
    if not os.access(file, os.R_OK):
        raise NotConverted(f"{file} cannot be read.")
    try:
        (found,) = probes([file], [f"file {file.name}"], SandboxMode.AUTO)
    except (MediaError, TelecineError) as error:
        raise NotConverted(f"{file} is no video and no sound that can be read: {error}") from error
    if not found.video and not found.audio:
        raise NotConverted(f"{file} has neither pictures nor sound.")
    return found


def _settings(found: Probe | None, source: str, folder: str, name: str, preset: str | None) -> dict[str, Any]:
    """A job's settings; with a template (`found` is None) no more than the input, the rest is the template's."""
    if found is None:
        return {"Inputs": [{"FileInput": source}]}
    if preset is None:
        return ladder.settings(found, source=source, folder=folder, name=name)
    group = {"Type": "FILE_GROUP_SETTINGS", "FileGroupSettings": {"Destination": f"{folder}{name}"}}
    return {
        "Inputs": [ladder.inputs(found, source)],
        "OutputGroups": [{"OutputGroupSettings": group, "Outputs": [{"Preset": preset}]}],
    }


def _name(file: Path) -> str:
    """What outputs are called: the file's name without its extension, in letters that every player's URL takes."""
    stem = os.fsencode(file.stem).decode("utf-8", "replace")
    return "".join(letter if letter.isalnum() or letter in "-_." else "-" for letter in stem) or "film"


def _extension(file: Path) -> str:
    suffix = file.suffix.lower()
    return suffix if suffix[1:].isalnum() and suffix.isascii() else ""


def _folder(prefix: str) -> str:
    return prefix if not prefix or prefix.endswith("/") else f"{prefix}/"
