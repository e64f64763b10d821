"""Job documents: files that describe a job, in every spelling that people have them in.

A document is a CreateJob request, its Settings alone, or what a job's export holds (GetJob's answer, or the Job in it).
Its members are spelled as boto3, the AWS CLI and CloudFormation spell them (`Settings`, `OutputGroups`) or as the
console's "Export JSON" and the wire have them (`settings`, `outputGroups`).
"""

import json
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Any

from telecine.core.errors import TelecineError
from telecine.services.mediaconvert import errors
from telecine.wire import compiled, models
from telecine.wire.http import HttpRequest
from telecine.wire.protocols.codec import UnknownMember
from telecine.wire.routing import Route
from telecine.wire.validate import IllTyped

SERVICE = "mediaconvert"

_SAID_BY_A_JOB_ALONE = ("Arn", "Id", "Status", "Timing", "CreatedAt")
"""Members by which the record of a job is known."""


class BadJob(TelecineError):
    """The file is no job, or one that the server would refuse."""


def read(path: Path) -> dict[str, Any]:
    """The parameters of CreateJob that the file holds, by the model's member names. Raises `BadJob`."""
    try:
        document = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise BadJob(f"{path} cannot be read as JSON: {error}") from error
    if not isinstance(document, dict):
        raise BadJob(f"{path} holds no JSON object.")
    return parameters(document)


def parameters(document: Mapping[str, Any]) -> dict[str, Any]:
    """The same of a document that has been read.

    Types are checked, and so is whether MediaConvert has every member; what a job's record says beyond its request
    (Arn, Status, Timing, …) is left out. Raises `BadJob`.
    """
    is_wire = _is_wire(document)

    def spelled(member: str) -> str:
        return _wire(member) if is_wire else member

    job = document.get(spelled("Job"))
    given = job if isinstance(job, Mapping) else document
    if spelled("Settings") not in given:
        known = {spelled(member) for member in _members("CreateJob")}
        given = given if given and known >= set(given) else {spelled("Settings"): given}
    elif any(spelled(member) in given for member in _SAID_BY_A_JOB_ALONE):
        given = _requested(given, spelled)
    parsed = _parsed(given if is_wire else on_the_wire(given))
    lost = list(_lost(given, on_the_wire(parsed) if is_wire else parsed, ""))
    if lost:
        raise BadJob(f"MediaConvert has no such settings: {', '.join(lost)}")
    return parsed


def _is_wire(document: Mapping[str, Any]) -> bool:
    """Whether members are spelled as on the wire. Raises `BadJob` when some are and some are not."""
    small = [name for name in document if name[:1].islower()]
    large = [name for name in document if not name[:1].islower()]
    if small and large:
        raise BadJob(
            f"Members are spelled in two ways, {large[0]} and {small[0]}: spell all as boto3 does (Settings) or all as "
            "on the wire (settings)."
        )
    return bool(small)


def _requested(job: Mapping[str, Any], spelled: Callable[[str], str]) -> dict[str, Any]:
    """What a job's record says of its request. A member that no job has is left in, to be refused."""
    beyond = {spelled(member) for member in _members("GetJob") - _members("CreateJob")}
    return {name: value for name, value in job.items() if name not in beyond}


def _members(operation: str) -> set[str]:
    """The members of CreateJob's input, or of the Job that GetJob answers with."""
    model = models.operation_model(SERVICE, operation)
    shape = model.input_shape if operation == "CreateJob" else model.output_shape.members["Job"]
    return set(shape.members)


def on_the_wire(params: Mapping[str, Any]) -> dict[str, Any]:
    """Parameters by the model's names as the body of a request."""
    # GetJob's answer holds the same members as CreateJob's request: its serializer knows every member's wire name.
    shared = {name: value for name, value in params.items() if name in _members("GetJob")}
    others = {name: value for name, value in params.items() if name not in shared}
    unknown = sorted(set(others) - _members("CreateJob"))
    if unknown:
        raise BadJob(f"CreateJob has no such parameters: {', '.join(unknown)}")
    try:
        answer = compiled.operation(SERVICE, "GetJob").serialize({"Job": shared}, request_id="")
    except UnknownMember as error:
        raise BadJob(f"MediaConvert has no such setting: {error}") from error
    except (TypeError, ValueError, AttributeError) as error:
        raise BadJob(f"The settings are not of the form that MediaConvert has: {error}") from error
    body: dict[str, Any] = json.loads(answer.body)["job"]
    return {**body, **{_wire(name): value for name, value in others.items()}}


def _parsed(body: Mapping[str, Any]) -> dict[str, Any]:
    request = HttpRequest(method="POST", raw_path="/2017-08-29/jobs", raw_query="", headers=())
    try:
        text = json.dumps(body).encode()
        found: dict[str, Any] = compiled.operation(SERVICE, "CreateJob").parse(
            request, Route(operation="CreateJob"), text
        )
    except IllTyped as error:
        raise BadJob(errors.invalid(error.violations).message) from error
    return found


def _lost(given: object, kept: object, path: str) -> Iterator[str]:
    """The paths of members that reading has left out: MediaConvert has none of that name, or not in that form."""
    if isinstance(given, Mapping) and isinstance(kept, Mapping):
        for name, value in given.items():
            if name in kept:
                yield from _lost(value, kept[name], f"{path}/{name}")
            elif value is not None:
                yield f"{path}/{name}"
    elif isinstance(given, list) and isinstance(kept, list):
        for number, (one, other) in enumerate(zip(given, kept, strict=False)):
            yield from _lost(one, other, f"{path}/{number}")
    elif isinstance(given, Mapping | list):
        yield path


def _wire(member: str) -> str:
    return member[:1].lower() + member[1:]
