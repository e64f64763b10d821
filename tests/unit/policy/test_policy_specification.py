"""The engine against the specification of the language, on documents and requests made at random, and on the corpus."""

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import event, given, settings
from hypothesis import strategies as st

from telecine.policy import decide, prepare
from unit.policy.generated import conditions, policy_sets, requests
from unit.policy.specification import specified

Json = dict[str, Any]
CORPUS = Path(__file__).parents[2] / "corpus" / "policy"
CASES = [json.loads(line) for file in sorted(CORPUS.glob("*.jsonl")) for line in file.read_text().splitlines() if line]


@settings(max_examples=750)
@given(requests, policy_sets)
def test_engine_decides_as_specified(request: Json, policies: Json) -> None:
    """Whatever the documents and the request, engine and specification agree."""
    expected = specified(request, policies)
    event(expected)

    assert expected == decide(prepare(policies), request).decision, json.dumps(policies)


@settings(max_examples=500)
@given(conditions(), st.sampled_from(["Allow", "Deny"]), requests, st.sampled_from(["2012-10-17", "2008-10-17"]))
def test_conditions_hold_as_specified(condition: Json, effect: str, request: Json, version: str) -> None:
    """The same for one statement with conditions, which then decide alone."""
    grant = {"Effect": "Allow", "Action": "*", "Resource": "*"}
    judged = {**grant, "Effect": effect, "Condition": condition}
    policies = {"identity": [{"Version": version, "Statement": [judged] if effect == "Allow" else [grant, judged]}]}
    request = {**request, "action": "s3:GetObject", "resource_account": request["principal"]["account"]}

    assert specified(request, policies) == decide(prepare(policies), request).decision


@settings(max_examples=500)
@given(policy_sets, requests, st.data())
def test_families_combine_as_specified(policies: Json, request: Json, data: st.DataObject) -> None:
    """The same for families whose statements are about everything: how they combine decides alone."""
    families = [policies["identity"], policies["boundary"], policies["session"], policies["endpoint"]]
    for document in [one for family in (*families, *policies["scp"], *policies["rcp"]) for one in family or []]:
        effect = data.draw(st.sampled_from(["Allow", "Allow", "Allow", "Allow", "Deny", ""]))
        action = "*" if effect else "other:Action"
        document["Statement"] = [{"Effect": effect or "Allow", "Action": action, "Resource": "*"}]
    for statement in policies["resource"]["Statement"] if policies["resource"] else []:
        for name in ("NotAction", "NotResource", "Condition"):
            statement.pop(name, None)
        statement.update(Action="*", Resource="*")

    assert specified(request, policies) == decide(prepare(policies), request).decision


@pytest.mark.parametrize("case", CASES, ids=[case["id"] for case in CASES])
def test_specification_knows_the_corpus(case: Json) -> None:
    """What the specification says of each case is what the case expects: it is no twin of the engine's mistakes."""
    assert case["expected"] == specified(case["request"], case["policies"]), case["name"]
