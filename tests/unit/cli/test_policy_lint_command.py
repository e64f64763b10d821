"""`telecine policy lint`: findings as a compiler prints them, or as Access Analyzer has them."""

import json
from pathlib import Path

from typer.testing import CliRunner

from telecine.cli.policy import app
from telecine.cli.policy.lint import UnreadablePolicy

WRONG = """{
  "Version": "2012-10-17",
  "Statement": {"Effect": "Allow", "Action": "iam:PassRole", "Resource": ["*", "films"]}
}
"""
GOOD = '{"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "s3:GetObject", "Resource": "*"}}'


def test_findings_stand_where_they_are(tmp_path: Path) -> None:
    """A line each, with file, line and column from 1; exit code 1 for an ERROR."""
    path = tmp_path / "policy.json"
    path.write_text(WRONG)
    result = CliRunner().invoke(app, ["lint", str(path)])
    first, second, third = result.stdout.splitlines()

    assert result.exit_code == 1
    assert first.startswith(f"{path}:3:75: SECURITY_WARNING PASS_ROLE_WITH_STAR_IN_RESOURCE: Whoever has this")
    assert second.startswith(f"{path}:3:80: ERROR INVALID_ARN_PREFIX: ")
    assert third.startswith(f"{path}:3:80: SUGGESTION REDUNDANT_RESOURCE: ")
    assert result.stderr == "1 error, 1 security warning, 1 suggestion.\n"


def test_a_policy_without_errors_succeeds() -> None:
    """From standard input, with nothing to say."""
    result = CliRunner().invoke(app, ["lint", "-"], input=GOOD)

    assert (result.exit_code, result.stdout, result.stderr) == (0, "", "Nothing to say.\n")


def test_the_kind_decides_what_is_right() -> None:
    """A trust policy has a principal, and no resource."""
    result = CliRunner().invoke(app, ["lint", "-", "--kind", "trust", "--json"], input=GOOD)
    codes = {one["issueCode"] for one in json.loads(result.stdout)["findings"]}

    assert result.exit_code == 1
    assert {"MISSING_PRINCIPAL", "UNSUPPORTED_RESOURCE_IN_TRUST_POLICY", "UNSUPPORTED_ACTION_IN_POLICY"} <= codes


def test_a_policy_of_another_kind_is_told_how_to_be_read() -> None:
    """A principal where none belongs is a bucket's or a role's policy, most likely."""
    shared = GOOD.replace('"Effect"', '"Principal": "*", "Effect"')

    assert "--kind resource" in CliRunner().invoke(app, ["lint", "-"], input=shared).stderr
    assert "--kind" not in CliRunner().invoke(app, ["lint", "-", "--kind", "resource"], input=shared).stderr


def test_a_byte_order_mark_is_no_error() -> None:
    """Some editors write one."""
    assert CliRunner().invoke(app, ["lint", "-"], input=f"\ufeff{GOOD}").exit_code == 0


def test_what_is_no_text_is_a_clear_error(tmp_path: Path) -> None:
    """With the file's name."""
    path = tmp_path / "policy.bin"
    path.write_bytes(b"\xff\xfe{}")
    for name, told in ((str(path), "is no text in UTF-8"), (str(tmp_path / "none"), "No such file")):
        result = CliRunner().invoke(app, ["lint", name])
        assert isinstance(result.exception, UnreadablePolicy)
        assert told in str(result.exception)
