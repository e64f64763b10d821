"""Every case of `tests/corpus/policy`: the rules of the IAM user guide as requests, policies and an expected answer."""

import json
from pathlib import Path
from typing import Any

import pytest

from telecine.policy import decide, prepare

CORPUS = Path(__file__).parents[2] / "corpus" / "policy"
CASES = [json.loads(line) for file in sorted(CORPUS.glob("*.jsonl")) for line in file.read_text().splitlines() if line]


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_case(case: dict[str, Any]) -> None:
    """The decision is the one that the case expects."""
    decision = decide(prepare(case["policies"]), case["request"])

    assert case["expected"] == decision.decision, case["name"]


def test_corpus_is_there() -> None:
    """The corpus has at least the 148 cases it began with, each with an id of its own."""
    ids = [case["id"] for case in CASES]

    assert len(ids) >= 148
    assert len(ids) == len(set(ids))


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_denied_case_names_what_blocked_it(case: dict[str, Any]) -> None:
    """Whoever is denied can be told which family did it; who is allowed can be told by which statement."""
    decision = decide(prepare(case["policies"]), case["request"])

    assert (decision.blocked_by is None) is decision.is_allowed
    if case["expected"] != "ImplicitDeny":
        assert decision.statements
