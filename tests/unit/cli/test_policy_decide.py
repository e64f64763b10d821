"""`telecine policy decide`: one line a case, or one line that says which case is none."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from telecine.cli.policy import app
from telecine.cli.policy.decide import BadCase

ALLOW = {"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}
DENY = {"Version": "2012-10-17", "Statement": [{"Effect": "Deny", "Action": "s3:*", "Resource": "*"}]}


def _case(name: str, *identity: Any) -> str:
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
    ("line", "identity", "told"),
    [
        ("not json", None, "this is no JSON"),
        ("[]", None, "a case is an object"),
        ('{"id": "x"}', "x", "the case has no 'request'"),
        ('{"id": "x", "request": [], "policies": {}}', "x", "`request` of a case is an object"),
        (_case("x", {"Statement": [{"Effect": "Maybe"}]}), "x", "Syntax errors in policy."),
        (_case("x", 7), "x", "Syntax errors in policy."),
    ],
    ids=["not json", "no object", "half a case", "no request", "no policy", "a number"],
)
def test_what_is_no_case_does_not_stop_the_rest(tmp_path: Path, line: str, identity: str | None, told: str) -> None:
    """It is told in its place, with its line number, and the exit code says that something was wrong."""
    result = _decide(tmp_path / "cases.jsonl", _case("a", ALLOW), line, _case("b", DENY))
    first, second, third = (json.loads(one) for one in result.stdout.splitlines())

    assert result.exit_code == 1
    assert (first, third) == ({"id": "a", "decision": "Allow"}, {"id": "b", "decision": "ExplicitDeny"})
    assert second["id"] == identity
    assert second["error"].startswith("line 2: ")
    assert told in second["error"]


def test_cases_come_from_standard_input_too(tmp_path: Path) -> None:
    """As a pipe gives them."""
    result = CliRunner().invoke(app, ["decide", "-"], input=f"{_case('a', ALLOW)}\n")
    assert json.loads(result.stdout) == {"id": "a", "decision": "Allow"}


def test_a_file_that_is_not_there_is_named(tmp_path: Path) -> None:
    """Not a stack trace."""
    result = CliRunner().invoke(app, ["decide", str(tmp_path / "none.jsonl")])
    assert isinstance(result.exception, BadCase)
    assert "none.jsonl cannot be read: No such file or directory" in str(result.exception)


def test_a_long_file_is_answered_line_by_line(tmp_path: Path) -> None:
    """As many answers as cases, in their order."""
    path = tmp_path / "cases.jsonl"
    path.write_text("".join(f"{_case(str(number), ALLOW, DENY)}\n" for number in range(2000)))
    result = CliRunner().invoke(app, ["decide", str(path)])

    answers = [json.loads(line) for line in result.stdout.splitlines()]
    assert answers == [{"id": str(number), "decision": "ExplicitDeny"} for number in range(2000)]
