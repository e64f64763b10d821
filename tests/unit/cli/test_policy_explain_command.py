"""`telecine policy explain`: one request, and everything that decided on it."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from telecine.cli.policy import app
from telecine.cli.policy.explain import BadQuestion

ACCOUNT = "111122223333"
ADA = f"arn:aws:iam::{ACCOUNT}:user/ada"
SESSION = f"arn:aws:sts::{ACCOUNT}:assumed-role/Encoder/job-1"
FILMS = "arn:aws:s3:::films/reel"


@pytest.fixture
def write(tmp_path: Path) -> Any:
    """Writes a policy of these statements, a line each, and returns its path."""

    def writer(name: str, *statements: dict[str, Any]) -> str:
        path = tmp_path / name
        lines = ",\n".join(json.dumps(one) for one in statements)
        path.write_text(f'{{"Version": "2012-10-17", "Statement": [\n{lines}\n]}}')
        return str(path)

    return writer


def allow(action: str = "s3:*", resource: str = "*", **elements: Any) -> dict[str, Any]:
    return {"Effect": "Allow", "Action": action, "Resource": resource} | elements


def explain(*options: str) -> dict[str, Any]:
    result = CliRunner().invoke(app, ["explain", *options, "--json"], catch_exceptions=False)
    assert result.exit_code == 0, result.output
    found: dict[str, Any] = json.loads(result.stdout)
    return found


def test_a_newcomer_reads_why(write: Any) -> None:
    """The answer, each family's word, the statement that came near with its place, the statement to write."""
    path = write("ada.json", allow("iam:*"), allow("s3:GetObject", "arn:aws:s3:::films/public/*", Sid="Public"))
    options = ("--principal", ADA, "--action", "s3:GetObject", "--resource", FILMS, "--identity", path)
    text = CliRunner().invoke(app, ["explain", *options]).stdout

    assert text.startswith(f"DENIED  {ADA} may not do s3:GetObject on {FILMS}.")
    assert f'statement "Public" of policy "{path}" (line 3, column 1)' in " ".join(text.split())
    assert '"Action": "s3:GetObject"' in text


@pytest.mark.parametrize(
    ("principal", "kind"),
    [
        (ADA, "User"),
        (f"arn:aws:iam::{ACCOUNT}:root", "Root"),
        (SESSION, "AssumedRole"),
        (f"arn:aws:sts::{ACCOUNT}:federated-user/ada", "FederatedUser"),
        ("mediaconvert.amazonaws.com", "Service"),
        ("anonymous", "Anonymous"),
    ],
)
def test_the_principal_tells_its_kind(principal: str, kind: str) -> None:
    """By the form of its name."""
    found = explain("--principal", principal, "--action", "s3:GetObject", "--resource", FILMS)
    assert found["request"]["principalType"] == kind


def test_every_family_takes_part(write: Any) -> None:
    """Each from its own option; the boundary is what limits here."""
    options = ("--principal", ADA, "--action", "s3:GetObject", "--resource", FILMS)
    given = [
        value
        for name in ("identity", "session", "scp", "rcp")
        for value in (f"--{name}", write(f"{name}.json", allow(Principal="*") if name == "rcp" else allow()))
    ]
    denied = explain(*options, *given, "--boundary", write("boundary.json", allow("iam:*")))
    allowed = explain(*options, *given)

    assert (denied["decision"], denied["blockedBy"]) == ("ImplicitDeny", "boundary")
    assert (allowed["decision"], allowed["blockedBy"]) == ("Allow", None)


def test_a_resource_control_policy_only_denies(write: Any) -> None:
    """RCPFullAWSAccess is on every level, so that a policy that denies something else takes nothing away."""
    denies = {"Effect": "Deny", "Principal": "*", "Action": "s3:PutObject", "Resource": "*"}
    options = ("--principal", ADA, "--resource", FILMS, "--identity", write("ada.json", allow()))
    limit = ("--rcp", write("rcp.json", denies))

    assert explain(*options, *limit, "--action", "s3:GetObject")["decision"] == "Allow"
    assert explain(*options, *limit, "--action", "s3:PutObject")["decision"] == "ExplicitDeny"


@pytest.mark.parametrize("option", ["--identity", "--resource-policy"])
def test_a_policy_that_is_none_is_named(tmp_path: Path, option: str) -> None:
    """With the command that says what is wrong with it."""
    path = tmp_path / "broken.json"
    path.write_text('{"Version": "2012-10-17",}')
    asked = ["explain", "--principal", ADA, "--action", "s3:GetObject", "--resource", FILMS, option, str(path)]
    with pytest.raises(BadQuestion, match=f"{path} is no policy: .*telecine policy lint {path}"):
        CliRunner().invoke(app, asked, catch_exceptions=False)


def test_conditions_see_the_context(write: Any) -> None:
    """Keys from the options, several values of one key, and those that follow from the principal."""
    condition = {
        "StringEquals": {"aws:username": "ada", "aws:PrincipalAccount": ACCOUNT},
        "ForAnyValue:StringEquals": {"aws:TagKeys": "Team"},
        "Bool": {"aws:SecureTransport": "true"},
    }
    path = write("ada.json", allow("mediaconvert:CreateQueue", Condition=condition))
    options = ("--principal", ADA, "--action", "mediaconvert:CreateQueue", "--identity", path)
    context = ("--context", "aws:TagKeys=Team", "--context", "aws:SecureTransport=true")

    assert explain(*options, *context)["decision"] == "Allow"
    assert explain(*options, *context, "--context", "aws:TagKeys=Cost")["decision"] == "Allow"
    assert explain(*options)["nearMisses"][0]["missed"] == "condition"


def test_a_trust_policy_is_given_as_the_resources(write: Any) -> None:
    """For sts:AssumeRole the policy on the role must allow."""
    role = f"arn:aws:iam::{ACCOUNT}:role/Encoder"
    trust = write("trust.json", {"Effect": "Allow", "Principal": {"AWS": ADA}, "Action": "sts:AssumeRole"})
    options = ("--principal", ADA, "--action", "sts:AssumeRole", "--resource", role)

    assert explain(*options, "--resource-policy", trust)["decision"] == "Allow"
    untrusted = explain(*options)
    assert untrusted["decision"] == "ImplicitDeny"
    assert "trust" in {one["family"] for one in untrusted["families"]}


def test_a_case_is_explained_as_it_is_decided(tmp_path: Path) -> None:
    """The file holds one case, as `policy decide` reads it."""
    path = tmp_path / "case.json"
    request = {
        "principal": {"type": "User", "arn": ADA, "account": ACCOUNT},
        "action": "s3:GetObject",
        "resource": FILMS,
        "resource_account": ACCOUNT,
    }
    document = {"Version": "2012-10-17", "Statement": [allow()]}
    path.write_text(json.dumps({"id": "x", "request": request, "policies": {"identity": [document]}}))

    assert explain("--case", str(path))["decision"] == "Allow"


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ((), "Give --principal and --action"),
        (("--principal", "ada", "--action", "s3:GetObject"), "is no ARN"),
        (
            ("--principal", f"arn:aws:iam::{ACCOUNT}:role/a/Encoder", "--action", "s3:GetObject"),
            "assumed-role/Encoder/SESSION",
        ),
        (("--principal", f"arn:aws:iam::{ACCOUNT}:group/a", "--action", "s3:GetObject"), "is no user"),
        (("--principal", ADA, "--action", "s3:Get*"), "without wildcards"),
        (("--principal", ADA, "--action", "s3:GetObject", "--resource", "films"), "neither"),
        (("--principal", ADA, "--action", "s3:GetObject", "--context", "aws:userid"), "KEY=VALUE"),
    ],
)
def test_what_is_no_question_is_told(options: tuple[str, ...], told: str) -> None:
    """With what to write instead."""
    result = CliRunner().invoke(app, ["explain", *options])

    assert isinstance(result.exception, BadQuestion)
    assert told in str(result.exception)


def test_a_broken_policy_is_told(tmp_path: Path) -> None:
    """And who says more."""
    path = tmp_path / "broken.json"
    path.write_text("{")
    result = CliRunner().invoke(
        app, ["explain", "--principal", ADA, "--action", "s3:GetObject", "--identity", str(path)]
    )

    assert isinstance(result.exception, BadQuestion)
    assert "telecine policy lint" in str(result.exception)
