"""`telecine policy lint`: what is wrong with a policy."""

import json
import sys
from collections import Counter
from pathlib import Path
from typing import Annotated

import typer

from telecine.core.errors import TelecineError
from telecine.policy import catalogue
from telecine.policy import lint as linter
from telecine.policy.lint import Finding, FindingKind, PolicyKind

_COLOURS = {
    FindingKind.ERROR: typer.colors.RED,
    FindingKind.SECURITY_WARNING: typer.colors.MAGENTA,
    FindingKind.WARNING: typer.colors.YELLOW,
    FindingKind.SUGGESTION: typer.colors.CYAN,
}
_NAMES = {
    FindingKind.ERROR: "error",
    FindingKind.SECURITY_WARNING: "security warning",
    FindingKind.WARNING: "warning",
    FindingKind.SUGGESTION: "suggestion",
}


class UnreadablePolicy(TelecineError):
    """The file is no text."""


def lint(
    file: Annotated[
        Path,
        typer.Argument(metavar="FILE", help="The policy; - for stdin."),
    ],
    kind: Annotated[PolicyKind, typer.Option(help="What the policy is for.")] = PolicyKind.IDENTITY,
    is_json: Annotated[
        bool, typer.Option("--json", help="Print the findings as Access Analyzer's ValidatePolicy has them.")
    ] = False,
) -> None:
    """Say what is wrong with the policy in FILE, where, and what to do about it.

    Findings are of the ranks ERROR (a part of it does not work, or IAM would refuse it), SECURITY_WARNING, WARNING and
    SUGGESTION. The exit code is 1 when there is an ERROR.
    """
    name = "stdin" if str(file) == "-" else str(file)
    found = linter.lint(_text(file, name), kind=kind, catalogue=catalogue.load())
    if is_json:
        typer.echo(json.dumps({"findings": [finding.as_json() for finding in found]}, indent=2))
    else:
        for finding in found:
            typer.echo(_line(name, finding))
        typer.echo(_summary(found), err=True)
        if any(finding.code == "UNSUPPORTED_PRINCIPAL" for finding in found):
            typer.echo("For a bucket policy add --kind resource, for a trust policy --kind trust.", err=True)
    if any(finding.kind is FindingKind.ERROR for finding in found):
        raise typer.Exit(1)


def _text(file: Path, name: str) -> str:
    try:
        content = sys.stdin.buffer.read() if name == "stdin" else file.read_bytes()
        return content.decode("utf-8-sig")
    except OSError as error:
        raise UnreadablePolicy(f"{name} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError as error:
        raise UnreadablePolicy(f"{name} is no text in UTF-8: {error.reason} at byte {error.start}") from error


def _line(name: str, finding: Finding) -> str:
    """`policy.json:3:14: ERROR INVALID_ACTION: …`, as compilers write it: lines and columns from 1."""
    start = finding.span.start
    rank = typer.style(finding.kind.value, fg=_COLOURS[finding.kind])
    return f"{name}:{start.line}:{start.column + 1}: {rank} {finding.code}: {finding.message}"


def _summary(found: tuple[Finding, ...]) -> str:
    counts = Counter(finding.kind for finding in found)
    parts = [f"{count} {_NAMES[kind]}{'' if count == 1 else 's'}" for kind in FindingKind if (count := counts[kind])]
    return ", ".join(parts) + "." if parts else "Nothing to say."
