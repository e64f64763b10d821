"""The linter as a whole: positions in long texts, agreement with what IAM refuses, patience with any text."""

import json
import time
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from telecine.policy import MalformedPolicy, catalogue, check_identity_policy, check_trust_policy
from telecine.policy.lint import MOST_FINDINGS, Finding, FindingKind, PolicyKind, lint
from telecine.policy.lint.overlap import arn_covers, arn_fits, covers
from telecine.policy.match import glob
from telecine.policy.variables import tokens

LONG = """{
  "Version": "2012-10-17",
  "Statement": [
    {
      "Sid": "Read",
      "Effect": "Allow",
      "Action": [
        "s3:GetObject",
        "s3:GetObjekt"
      ],
      "Resource": "arn:aws:s3:::films/*"
    }
  ]
}
"""


def findings(text: str, kind: PolicyKind = PolicyKind.IDENTITY) -> tuple[Finding, ...]:
    return lint(text, kind=kind, catalogue=catalogue.load())


def test_a_finding_is_shaped_as_access_analyzer_has_it() -> None:
    """Lines from 1, columns and offsets from 0, the path as a list of names and numbers."""
    (found,) = findings(LONG)
    offset = LONG.index('"s3:GetObjekt"')

    assert found.as_json() == {
        "findingType": "ERROR",
        "issueCode": "INVALID_ACTION",
        "findingDetails": "Amazon S3 has no action s3:GetObjekt. Did you mean s3:GetObject?",
        "locations": [
            {
                "path": [{"value": "Statement"}, {"index": 0}, {"value": "Action"}, {"index": 1}],
                "span": {
                    "start": {"line": 9, "column": 8, "offset": offset},
                    "end": {"line": 9, "column": 22, "offset": offset + 14},
                },
            }
        ],
    }


def test_a_finding_about_a_name_says_so() -> None:
    """The last element of its path is a key, not a value."""
    (found,) = findings(LONG.replace('"s3:GetObjekt"', '"s3:PutObject"').replace('"Sid"', '"Id"'))

    assert found.as_json()["locations"][0]["path"][-1] == {"key": "Id"}


@pytest.mark.parametrize(
    ("text", "line", "column"),
    [
        ("", 1, 0),
        ("{", 1, 1),
        ('{\n  "Version": "2012-10-17",\n}', 3, 0),
        ('{\n  "Version": NaN\n}', 2, 13),
        ('{\n  "Version" "2012-10-17"\n}', 2, 12),
        ("{} {}", 1, 3),
        ("[" * 100, 1, 33),
    ],
)
def test_what_is_no_json_is_pointed_at(text: str, line: int, column: int) -> None:
    """One error, at the place where reading stopped."""
    (found,) = findings(text)

    assert (found.code, found.span.start.line, found.span.start.column) == ("JSON_SYNTAX_ERROR", line, column)


_names = st.sampled_from(
    ["Sid", "Effect", "Principal", "NotPrincipal", "Action", "NotAction", "Resource", "Condition", "X"]
)
_texts = st.sampled_from(
    [
        "Allow",
        "Deny",
        "*",
        "s3:GetObject",
        "sts:AssumeRole",
        "arn:aws:s3:::b/*",
        "arn:aws:iam::123456789012:root",
        "x",
        "${",
        "",
    ]
)
_values = st.recursive(
    _texts | st.integers() | st.booleans() | st.none(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(_names | _texts | st.sampled_from(["AWS", "StringLike"]), inner, max_size=3)
    ),
    max_leaves=6,
)
_statements = st.dictionaries(_names, _values, max_size=6) | st.fixed_dictionaries(
    {"Effect": st.sampled_from(["Allow", "Deny"]), "Action": _values, "Resource": _values},
    optional={"Condition": _values, "Principal": _values},
)
_documents = st.fixed_dictionaries(
    {"Statement": st.lists(_statements, max_size=3) | _statements | _values},
    optional={"Version": st.sampled_from(["2012-10-17", "2008-10-17", "x"]), "Id": _values},
)


@given(_documents)
def test_what_iam_refuses_has_an_error(document: dict[str, Any]) -> None:
    """A policy without errors is one that IAM takes, for roles and users as for trust policies."""
    text = json.dumps(document)
    for kind, check in ((PolicyKind.IDENTITY, check_identity_policy), (PolicyKind.TRUST, check_trust_policy)):
        try:
            check(text)
        except MalformedPolicy:
            assert FindingKind.ERROR in {one.kind for one in findings(text, kind)}


@given(st.text(alphabet='{}[]",:0123456789eE+-.tfnaulrse \\\n*$', max_size=60), st.sampled_from(PolicyKind))
def test_no_text_is_too_strange(text: str, kind: PolicyKind) -> None:
    """Whatever stands there, the answer is findings, and Python's reader agrees on what is JSON."""
    found = findings(text, kind)
    is_json = True
    try:
        json.loads(text, parse_constant=lambda _: 1 / 0)
    except (ValueError, ZeroDivisionError):
        is_json = False

    assert is_json is not ([one.code for one in found] == ["JSON_SYNTAX_ERROR"])


@given(st.text("ab*?", max_size=6), st.text("ab*?", max_size=6), st.text("ab", max_size=6))
def test_a_covering_pattern_matches_whatever_the_covered_one_does(wider: str, narrower: str, text: str) -> None:
    """A statement is called redundant only when it is."""

    def matches(pattern: str) -> bool:
        return bool(glob(tokens(pattern, wildcards=True, variables=False))(text))

    if covers(wider, narrower) and matches(narrower):
        assert matches(wider) is True


@pytest.mark.parametrize(
    ("wider", "narrower", "expected"),
    [
        ("arn:aws:s3:::films/*", "arn:aws:s3:::films/a/*", True),
        ("arn:aws:s3:::films*", "arn:aws:s3:::films/*", True),
        ("arn:aws:s3:::films/*", "arn:aws:s3:::films", False),
        ("arn:aws:mediaconvert:*:1:queues/*", "arn:aws:mediaconvert:us-east-1:1:queues/a", True),
        ("arn:aws:mediaconvert:*", "arn:aws:mediaconvert:us-east-1:1:queues/a", False),
        ("*", "arn:aws:s3:::films", True),
    ],
)
def test_resources_cover_field_by_field(wider: str, narrower: str, expected: bool) -> None:
    """As wildcards match: within the first five fields, freely in the last."""
    assert arn_covers(wider, narrower) is expected


@pytest.mark.parametrize(
    ("resource", "pattern", "expected"),
    [
        ("arn:aws:s3:::films", "arn:${Partition}:s3:::${BucketName}", True),
        ("arn:aws:s3:::films/*", "arn:${Partition}:s3:::${BucketName}", False),
        ("arn:aws:s3:::film*", "arn:${Partition}:s3:::${BucketName}/${ObjectName}", True),
        ("arn:aws:s3:::${aws:username}", "arn:${Partition}:s3:::${BucketName}", True),
        ("arn:aws:iam::123456789012:role/a/b/c", "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}", True),
        ("arn:aws:iam::123456789012:*", "arn:${Partition}:iam::${Account}:role/${RoleNameWithPath}", True),
        (
            "arn:aws:mediaconvert:*:*:q?eues/*",
            "arn:${Partition}:mediaconvert:${Region}:${Account}:queues/${QueueName}",
            True,
        ),
        (
            "arn:aws:mediaconvert:*:*:queue/*",
            "arn:${Partition}:mediaconvert:${Region}:${Account}:queues/${QueueName}",
            False,
        ),
        (
            "arn:aws:mediaconvert::1:queues/a",
            "arn:${Partition}:mediaconvert:${Region}:${Account}:queues/${QueueName}",
            False,
        ),
        ("arn:aws:s3*", "arn:${Partition}:s3:::${BucketName}", True),
        ("*", "arn:${Partition}:s3:::${BucketName}", True),
    ],
)
def test_a_resource_fits_a_type_that_it_may_name(resource: str, pattern: str, expected: bool) -> None:
    """Wildcards and variables of the policy may be anything; a bucket's name holds no slash."""
    assert arn_fits(resource, pattern) is expected


@pytest.mark.parametrize(
    "statement",
    [
        {"Action": [f"s3:*{number}*" for number in range(2000)], "Resource": "*"},
        {"Action": "s3:GetObject", "Resource": [f"arn:aws:s3:::*{number}*a*b/*" for number in range(900)]},
        {"Action": "s3:GetObject", "Resource": ["arn:aws:s3:::" + "*a" * 1000]},
        {
            "Action": "s3:GetObject",
            "Resource": "*",
            "Condition": {"StringLike": {f"s3:x{n}": "*a" * 9 for n in range(500)}},
        },
    ],
    ids=["actions", "resources", "stars", "keys"],
)
def test_a_hostile_policy_takes_no_time(statement: dict[str, Any]) -> None:
    """The effort grows with the text, and the number of findings is bounded."""
    text = json.dumps({"Version": "2012-10-17", "Statement": [{"Effect": "Allow", **statement}]})
    assert len(text) < 40_000
    findings(LONG)  # loads the catalogue
    started = time.process_time()
    found = findings(text)

    assert time.process_time() - started < 60  # seconds of work: a blow-up, not a speed
    assert len(found) <= MOST_FINDINGS
