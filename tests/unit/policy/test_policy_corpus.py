"""Every case of `tests/corpus/policy`: the rules of the IAM user guide as requests, policies and an expected answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from telecine.policy import as_json, decide, explain, prepare
from telecine.policy.cases import question

CORPUS = Path(__file__).parents[2] / "corpus" / "policy"
CASES = [json.loads(line) for file in sorted(CORPUS.glob("*.jsonl")) for line in file.read_text().splitlines() if line]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    """The decision is the one that the case expects."""
    decision = decide(prepare(case["policies"]), case["request"])

    assert case["expected"] == decision.decision, case["name"]


def test_corpus_is_there() -> None:
    """The corpus has at least the cases it began with and as many scenarios, each with an id of its own."""
    ids = [case["id"] for case in CASES]

    assert len([one for one in ids if one.startswith("doc/")]) >= 148
    assert len([one for one in ids if one.startswith("guide/")]) >= 290
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_explanation_of_a_case(case: dict[str, Any]) -> None:
    """Every case can be explained: the same decision, every family heard, and a remedy for whatever was denied."""
    found = explain(*question(prepare(case["policies"]), case["request"]))
    told = json.loads(json.dumps(as_json(found)))

    assert told["decision"] == case["expected"]
    assert str(found)
    assert (told["remedy"] is None) is (case["expected"] == "Allow")
    if case["expected"] == "ImplicitDeny":
        assert "ImplicitDeny" in [one["answer"] for one in told["families"] if one["family"] == told["blockedBy"]]
        assert told["remedy"]["family"] == told["blockedBy"]
    for statement in told["statements"]:
        assert statement in told["matching"]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_denied_case_names_what_blocked_it(case: dict[str, Any]) -> None:
    """Whoever is denied can be told which family did it; who is allowed by which statement, but for root."""
    decision = decide(prepare(case["policies"]), case["request"])

    assert (decision.blocked_by is None) is decision.is_allowed
    if case["expected"] != "ImplicitDeny" and case["request"]["principal"]["type"] != "Root":
        assert decision.statements
