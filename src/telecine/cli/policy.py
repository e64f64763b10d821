"""`telecine policy`: decisions without a server."""

import json
from pathlib import Path
from typing import Annotated

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
                case = json.loads(line)
                identity, request, policies = case["id"], case["request"], case["policies"]
                answer = decide_case(prepare(policies), request).decision
            except (ValueError, KeyError, TypeError) as error:
                raise BadCase(f"{file}, line {number}: this is no case: {error!r}") from error
            except TelecineError as error:
                raise BadCase(f"{file}, line {number}: {error}") from error
            typer.echo(json.dumps({"id": identity, "decision": str(answer)}))
