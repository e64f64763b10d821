"""`telecine policy decide`: many cases, one JSON line each."""

import json
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Annotated, Any

import typer

from telecine.cli.output import until_enough
from telecine.core.errors import TelecineError
from telecine.policy import MalformedPolicy, prepare
from telecine.policy import decide as decide_case

_TOGETHER = 256
"""So many answers are written at once: a write for each would cost as much as deciding."""


class BadCase(TelecineError):
    """A line of the file is no case. `identity` is the case's id as far as it is known."""

    def __init__(self, message: str, identity: object = None) -> None:
        super().__init__(message)
        self.identity = identity


def decide(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", help="One case a line; - for stdin.")],
) -> None:
    """Decide on each case of FILE.jsonl and print {"id", "decision"}, one JSON line a case.

    A case is an object with `id`, `request` and `policies`; the decision is Allow, ExplicitDeny or ImplicitDeny. Of a
    line that is no case, or whose policies break the grammar, {"id", "error"} is printed, and the exit code is 1.
    """
    with until_enough():
        if not _decide_all(_lines(file)):
            raise typer.Exit(1)


def _decide_all(lines: Iterable[str]) -> bool:
    """Print the answer to each case; whether every line was one."""
    is_whole = True
    answers: list[str] = []
    for number, line in enumerate(lines, 1):
        if line.isspace():
            continue
        try:
            answers.append(_answer(line))
        except BadCase as problem:
            is_whole = False
            answers.append(json.dumps({"id": problem.identity, "error": f"line {number}: {problem}"}) + "\n")
        if len(answers) >= _TOGETHER:
            sys.stdout.write("".join(answers))
            answers.clear()
    sys.stdout.write("".join(answers))
    return is_whole


def _lines(file: Path) -> Iterator[str]:
    if str(file) == "-":
        yield from sys.stdin
        return
    try:
        with file.open(encoding="utf-8", errors="replace") as lines:
            yield from lines
    except OSError as error:
        raise BadCase(f"{file} cannot be read: {error.strerror}") from error


def _answer(line: str) -> str:
    """The answer to the case in `line`, as a line of JSON. Raises `BadCase`."""
    try:
        case = json.loads(line)
    except ValueError as error:
        raise BadCase(f"this is no JSON: {error}") from error
    if not isinstance(case, dict):
        raise BadCase("a case is an object with `id`, `request` and `policies`.")
    identity = case.get("id")
    try:
        request, policies = _parts(case)
        decision = decide_case(prepare(policies), request).decision
    except MalformedPolicy as problem:
        raise BadCase(str(problem), identity) from problem
    except KeyError as error:
        raise BadCase(f"the case has no {error}.", identity) from error
    except (ValueError, TypeError, AttributeError) as error:
        raise BadCase(f"a part of the case is not what it should be: {error}", identity) from error
    return f'{{"id": {json.dumps(identity)}, "decision": "{decision}"}}\n'


def _parts(case: dict[str, Any]) -> tuple[dict[str, Any], dict[str, Any]]:
    """Request and policies. Raises `KeyError` for what is missing and `BadCase` for what is no object."""
    identity, request, policies = case["id"], case["request"], case["policies"]
    for name, part in (("request", request), ("policies", policies)):
        if not isinstance(part, dict):
            raise BadCase(f"`{name}` of a case is an object.", identity)
    return request, policies
