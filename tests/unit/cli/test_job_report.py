"""What `telecine job check` prints, and the policy that it makes of many statements."""

import json
from typing import Any

import pytest

from telecine.cli.job import granting, report

ROLE = "arn:aws:iam::123456789012:role/service-role/encoder"
USER = "arn:aws:iam::123456789012:user/studio/ada"


def lacking(action: str, resource: str, *, family: str = "identity", **more: Any) -> dict[str, Any]:
    """A permission that is missing."""
    statement = {"Effect": "Allow", "Action": action, "Resource": resource, **more}
    step = {"family": family, "where": f"In the {family} policy.", "statement": json.dumps(statement)}
    return {
        "action": action,
        "resource": resource,
        "purpose": "write output group 1",
        "decision": "implicitDeny",
        "required": True,
        "steps": [step],
    }


def answer(**changes: Any) -> dict[str, Any]:
    """An answer in which nothing is missing."""
    allowed = {**lacking("mediaconvert:CreateJob", "arn:q"), "decision": "allowed", "steps": []}
    return {
        "canSubmit": True,
        "canRun": True,
        "caller": {"principal": USER, "permissions": [allowed]},
        "role": {"principal": ROLE, "permissions": []},
        "problems": [],
        "notChecked": [],
        **changes,
    }


def test_statements_are_merged_by_resource_and_then_by_action() -> None:
    """Two actions on two resources are one statement; a condition of its own keeps a statement apart."""
    condition = {"StringEquals": {"iam:PassedToService": "mediaconvert.amazonaws.com"}}
    side = {
        "principal": ROLE,
        "permissions": [
            lacking("s3:PutObject", "arn:a/*"),
            lacking("s3:DeleteObject", "arn:a/*"),
            lacking("s3:PutObject", "arn:b/*"),
            lacking("s3:DeleteObject", "arn:b/*"),
            lacking("s3:PutObject", "arn:b/*"),
            lacking("iam:PassRole", "arn:c", Condition=condition),
            lacking("s3:GetObject", "arn:d", family="boundary"),
        ],
    }

    assert granting.document(side) == {
        "Version": "2012-10-17",
        "Statement": [
            {"Effect": "Allow", "Action": ["s3:PutObject", "s3:DeleteObject"], "Resource": ["arn:a/*", "arn:b/*"]},
            {"Effect": "Allow", "Action": "iam:PassRole", "Resource": "arn:c", "Condition": condition},
        ],
    }


def test_nothing_missing_is_no_document() -> None:
    """A policy without statements would be refused."""
    assert granting.document(answer()["caller"]) is None


@pytest.mark.parametrize(
    ("principal", "words"),
    [
        (ROLE, "aws iam put-role-policy --role-name encoder "),
        (USER, "aws iam put-user-policy --user-name ada "),
        ("arn:aws:iam::123456789012:root", None),
        ("arn:aws:sts::123456789012:assumed-role/x/y", None),
    ],
)
def test_the_command_names_who_it_is_for(principal: str, words: str | None) -> None:
    """Users and roles have policies; sessions and the root user have none of their own."""
    made = granting.command(principal)

    assert (made is None) if words is None else (made is not None and made.startswith(words))


def test_the_verdict_is_the_last_line_and_the_exit_code() -> None:
    """Ready, not to be submitted, bound to fail, not looked at."""
    cases = [
        (answer(), "You can submit this job, and its role may do all that it needs.", True),
        (answer(canSubmit=False, canRun=False), "You cannot submit this job as it is.", False),
        (answer(canRun=False), "You can submit this job, and it would fail.", False),
    ]
    unseen = answer(notChecked=[{"what": "the role", "why": "You may not simulate its policies."}])
    del unseen["role"], unseen["canRun"]
    cases.append((unseen, "You can submit this job. What its role may was not looked at.", True))
    for found, line, is_ready in cases:
        assert report.text(found).splitlines()[-1] == line
        assert report.is_ready(found) is is_ready


def test_what_is_missing_elsewhere_is_told_once_with_its_place() -> None:
    """The same change to a boundary is not told for every action it stands in the way of; a Deny has no statement."""
    deny = {
        **lacking("s3:PutObject", "arn:b"),
        "decision": "explicitDeny",
        "steps": [{"family": "resource", "where": "A statement of a resource-based policy denies it explicitly."}],
    }
    limited = lacking("s3:GetObject", "arn:a", family="boundary")
    found = answer(canRun=False, role={"principal": ROLE, "permissions": [limited, deny, deny, limited]})
    text = report.text(found)

    assert text.count("In the boundary policy.") == 1
    assert text.count("denies it explicitly.") == 1
    assert "! s3:PutObject on arn:b" in text
    assert "put-role-policy" not in text


def test_nothing_steers_the_terminal() -> None:
    """A name in somebody's job document may hold any letter."""
    problem = {"code": "1404", "message": "Input 1: there is no object s3://b/\x1b[2J.", "refused": False}

    assert "\x1b" not in report.text(answer(canRun=False, problems=[problem]))
