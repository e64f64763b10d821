"""`telecine policy`: decisions without a server."""

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from telecine.core.errors import TelecineError
from telecine.policy import decide as decide_case
from telecine.policy import prepare

app = typer.Typer(add_completion=False, help="Evaluate policies without a server.", no_args_is_help=True)


class BadCase(TelecineError):
    """A line of the file is no case."""


@app.callback()
def _policy() -> None:
    """Evaluate policies without a server."""


@app.command()
def decide(
    file: Annotated[Path, typer.Argument(metavar="FILE.jsonl", exists=True, dir_okay=False, help="One case a line.")],
) -> None:
    """Decide on each case of FILE.jsonl and print {"id", "decision"}, one JSON line a case.

    A case is an object with `id`, `request` and `policies`; the decision is Allow, ExplicitDeny or ImplicitDeny.
    """
    with file.open() as lines:
        for number, line in enumerate(lines, 1):
            if not line.strip():
                continue
            try:
                identity, request, policies = _parts(json.loads(line))
                answer = decide_case(prepare(policies), request).decision
            except json.JSONDecodeError as error:
                raise BadCase(f"{file}, line {number}: this is no JSON: {error}") from error
            except KeyError as error:
                raise BadCase(f"{file}, line {number}: the case has no {error}.") from error
            except (ValueError, TypeError, AttributeError) as error:
                raise BadCase(f"{file}, line {number}: a part of the case is not what it should be: {error}") from error
            except TelecineError as error:
                raise BadCase(f"{file}, line {number}: {error}") from error
            typer.echo(json.dumps({"id": identity, "decision": str(answer)}))


def _parts(case: object) -> tuple[object, dict[str, Any], dict[str, Any]]:
    """Id, request and policies. Raises `KeyError` for what is missing and `BadCase` for what is no object."""
    if not isinstance(case, dict):
        raise BadCase("a case is an object with `id`, `request` and `policies`.")
    identity, request, policies = case["id"], case["request"], case["policies"]
    for name, part in (("request", request), ("policies", policies)):
        if not isinstance(part, dict):
            raise BadCase(f"`{name}` of a case is an object.")
    return identity, request, policies
