"""MediaConvert's words for what is wrong with a request."""

from typing import Any

import pytest

from telecine.services.mediaconvert import errors
from telecine.wire.validate import Rule, Violation

OUTPUT = ("settings", "outputGroups", 0, "outputs", 0)


@pytest.mark.parametrize(
    ("violation", "sentence"),
    [
        (
            {"path": (*OUTPUT, "videoDescription", "width"), "rule": Rule.MAX, "limit": 720, "value": 721},
            "/outputGroups/0/outputs/0/videoDescription/width: Should be less than or equal to 720",
        ),
        (
            {"path": ("settings", "inputs", 1, "filterStrength"), "rule": Rule.MIN, "limit": -5, "value": -6},
            "/inputs/1/filterStrength: Should be greater than or equal to -5",
        ),
        (
            {"path": (*OUTPUT, "codecSettings"), "rule": Rule.REQUIRED, "member": "codec"},
            "/outputGroups/0/outputs/0/codecSettings: codec is a required property",
        ),
        (
            {"path": (*OUTPUT, "type"), "rule": Rule.ENUM, "limit": ("A", "B"), "value": "C"},
            '/outputGroups/0/outputs/0/type: Should be equal to one of the allowed values in ["A","B"]',
        ),
        (
            {"path": ("settings", "outputGroups"), "rule": Rule.MIN_LENGTH, "limit": 1, "value": []},
            "/outputGroups: Should have at least 1 items",
        ),
        (
            {"path": ("userMetadata",), "rule": Rule.MAX_LENGTH, "limit": 2, "value": {"a": 1}},
            "/userMetadata: Should have at most 2 properties",
        ),
        (
            {"path": ("role",), "rule": Rule.MAX_LENGTH, "limit": 2, "value": "abc"},
            "/role: Should have at most 2 characters",
        ),
        (
            {"path": ("settings", "inputs", 0, "fileInput"), "rule": Rule.PATTERN, "limit": "^s3://", "value": "x"},
            "/inputs/0/fileInput: Should match pattern ^s3://",
        ),
        ({"path": ("settings",), "rule": Rule.TYPE, "limit": "object", "value": 1}, "/: Should be object"),
        ({"path": (), "rule": Rule.REQUIRED, "member": "role"}, "/: role is a required property"),
        (
            {"path": ("priority",), "rule": Rule.MAX, "limit": 50, "value": 51},
            "/priority: Should be less than or equal to 50",
        ),
    ],
)
def test_each_rule_has_its_sentence(violation: dict[str, Any], sentence: str) -> None:
    """Path from below the settings, a colon, the rule."""
    assert errors.sentence(Violation(**violation)) == sentence


def test_findings_are_joined_by_a_bar() -> None:
    """One 400 tells everything, in the order in which it was found."""
    error = errors.invalid(
        [
            Violation(path=("settings", "followSource"), rule=Rule.MIN, limit=1, value=0),
            Violation(path=(), rule=Rule.REQUIRED, member="role"),
        ]
    )

    assert (error.status, error.code) == (400, "BadRequestException")
    assert error.message == "/followSource: Should be greater than or equal to 1 | /: role is a required property"


def test_every_rule_is_worded() -> None:
    """A rule that the wire layer gains must get its words here."""
    for rule in Rule:
        violation = Violation(path=("x",), rule=rule, limit=("a",), value="v", member="m")
        assert errors.sentence(violation).startswith("/x: ")
