"""CheckJob's answer in sentences, and as a table of what is allowed and what is missing."""

import json
import textwrap
from collections.abc import Iterator, Mapping
from typing import Any

from telecine.cli.job import granting
from telecine.cli.verdict import printable, wrapped

_MARKS = {"allowed": "+", "implicitDeny": "-", "explicitDeny": "!"}


def text(found: Mapping[str, Any]) -> str:
    """The whole answer."""
    parts = ["\n".join(_side(found["caller"], "You,"))]
    if "role" in found:
        parts.append("\n".join(_side(found["role"], "The role")))
    if found["problems"]:
        parts.append("\n".join(["What is wrong beside permissions:", *_problems(found)]))
    if found["notChecked"]:
        parts.append("\n".join(["What was not looked at:", *_unchecked(found)]))
    for side in (found["caller"], found.get("role")):
        if side is not None:
            parts += list(_granting(side))
    parts.append(_verdict(found))
    return printable("\n\n".join(parts))


def is_ready(found: Mapping[str, Any]) -> bool:
    """Whether nothing that was looked at stands in the way of the job."""
    return bool(found["canSubmit"]) and found.get("canRun") is not False


def _verdict(found: Mapping[str, Any]) -> str:
    if not found["canSubmit"]:
        return "You cannot submit this job as it is."
    if found.get("canRun") is False:
        return "You can submit this job, and it would fail."
    if "canRun" not in found:
        return "You can submit this job. What its role may was not looked at."
    return "You can submit this job, and its role may do all that it needs."


def _side(side: Mapping[str, Any], who: str) -> Iterator[str]:
    yield f"{who} {side['principal']}:"
    for one in side["permissions"]:
        optional = "" if one["required"] else " (a job can do without)"
        resource = "" if one["resource"] == "*" else f" on {one['resource']}"
        line = f"{_MARKS[one['decision']]} {one['action']}{resource}: {one['purpose']}{optional}"
        yield from wrapped(line, "  ", "      ")
        if one["decision"] == "explicitDeny":
            yield from wrapped("Denied explicitly.", "      ")


def _problems(found: Mapping[str, Any]) -> Iterator[str]:
    for one in found["problems"]:
        kind = "CreateJob refuses" if one["refused"] else "the job would fail with"
        for number, line in enumerate(str(one["message"]).splitlines()):
            yield from wrapped(
                f"{kind} {one['code']}: {line}" if number == 0 else line, "  - " if not number else "    ", "    "
            )


def _unchecked(found: Mapping[str, Any]) -> Iterator[str]:
    for one in found["notChecked"]:
        needs = f" {one['action']} on {one['resource']} would show it." if "action" in one else ""
        yield from wrapped(f"{one['what']}: {one['why']}{needs}", "  - ", "    ")


def _granting(side: Mapping[str, Any]) -> Iterator[str]:
    """The one policy that gives what is missing, and what has to be changed elsewhere."""
    document = granting.document(side)
    if document is not None:
        command = granting.command(side["principal"])
        how = f" (save it as grant.json, then: {command})" if command else ""
        yield f"What {side['principal']} lacks{how}:\n{textwrap.indent(json.dumps(document, indent=2), '  ')}"
    elsewhere = [
        step
        for one in granting.missing(side)
        for step in one["steps"]
        if step["family"] != "identity" or not step.get("statement")
    ]
    lines: list[str] = []
    for step in elsewhere:
        entry = wrapped(step["where"], "  - ", "    ")
        if step.get("statement"):
            entry += [
                "    Add this statement:",
                textwrap.indent(json.dumps(json.loads(step["statement"]), indent=2), "      "),
            ]
        if step.get("note"):
            entry += wrapped(step["note"], "    ")
        if "\n".join(entry) not in "\n".join(lines):
            lines += entry
    if lines:
        yield "\n".join([f"What else is to be changed for {side['principal']}:", *lines])
