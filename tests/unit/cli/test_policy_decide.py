"""`telecine policy decide`: one line a case, or one line that says which case is none."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from telecine.cli.policy import BadCase, app

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}


def _case(name: str, *identity: dict[str, Any]) -> str:
    account = "111122223333"
    principal = {"type": "User", "arn": f"arn:aws:iam::{account}:user/ada", "account": account}
    request = {
        "principal": principal,
        "action": "s3:GetObject",
        "resource": "arn:aws:s3:::films/reel",
        "resource_account": account,
        "context": {},
    }
    policies = {"identity": list(identity), "boundary": None, "session": None, "resource": None}
    return json.dumps({"id": name, "request": request, "policies": policies})


def _decide(path: Path, *lines: str) -> Any:
    path.write_text("\n".join(lines))
    return CliRunner().invoke(app, ["decide", str(path)])


def test_each_case_gets_one_of_three_answers(tmp_path: Path) -> None:
    """In the order of the file; empty lines are no cases."""
    result = _decide(tmp_path / "cases.jsonl", _case("a", ALLOW), "", _case("b", ALLOW, DENY), _case("c"))
    assert result.exit_code == 0
    assert [json.loads(line) for line in result.stdout.splitlines()] == [
        {"id": "a", "decision": "Allow"},
        {"id": "b", "decision": "ExplicitDeny"},
        {"id": "c", "decision": "ImplicitDeny"},
    ]


@pytest.mark.parametrize(
    "line",
    ["not json", "[]", '{"id": "x"}', _case("x", {"Statement": [{"Effect": "Maybe"}]})],
    ids=["not json", "no object", "half a case", "no policy"],
)
def test_what_is_no_case_is_named_by_its_line(tmp_path: Path, line: str) -> None:
    """Never a guess: the file and the line number, and an exit code that is not 0."""
    result = _decide(tmp_path / "cases.jsonl", _case("a", ALLOW), line)
    assert isinstance(result.exception, BadCase)
    assert "cases.jsonl, line 2: " in str(result.exception)
