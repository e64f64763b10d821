"""What must hold for every policy and every request."""

import json
import random
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from telecine.policy import decide, prepare

Json = dict[str, Any]
ACCOUNT = "111122223333"

resources = st.sampled_from(["*", "arn:aws:s3:::a/*", "arn:aws:s3:::${aws:username}/*", "arn:aws:s3:::b"])
values = st.sampled_from(
    ["a", "b", "a*", "", "${aws:username}", "1", "10", "2026-01-01", "true", "arn:aws:s3:::a", "10.0.0.1"]
)
operators = st.sampled_from(
    ["StringEquals", "StringNotEquals", "StringLike", "ForAnyValue:StringLike", "StringLikeIfExists"]
)
conditions = st.dictionaries(
    operators, st.dictionaries(st.sampled_from(["aws:username", "x:k"]), values, min_size=1, max_size=1), max_size=1
)


def documents(*effects: str) -> st.SearchStrategy[Json]:
    statement = st.fixed_dictionaries(
        {
            "Effect": st.sampled_from(effects),
            "Action": st.sampled_from(["*", "s3:*", "s3:Get*", "s3:PutObject"]),
            "Resource": resources,
            "Condition": conditions,
        }
    )
    return st.fixed_dictionaries({"Version": st.just("2012-10-17"), "Statement": st.lists(statement, max_size=3)})


requests = st.fixed_dictionaries(
    {
        "principal": st.just({"type": "User", "arn": f"arn:aws:iam::{ACCOUNT}:user/a", "account": ACCOUNT}),
        "action": st.sampled_from(["s3:GetObject", "s3:PutObject", "iam:GetUser"]),
        "resource": st.sampled_from(["arn:aws:s3:::a/x", "arn:aws:s3:::b", "*"]),
        "resource_account": st.just(ACCOUNT),
        "context": st.dictionaries(
            st.sampled_from(["aws:username", "x:k"]), values | st.lists(values, max_size=2), max_size=2
        ),
    }
)
identities = st.lists(documents("Allow", "Deny"), max_size=3)
GRANT = {"Version": "2012-10-17", "Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}
FAMILIES = ("boundary", "session", "endpoint")


def answer(request: Json, **policies: Any) -> str:
    return str(decide(prepare(policies), request).decision)


@given(requests, identities, documents("Deny"))
def test_adding_a_deny_never_allows(request: Json, identity: list[Json], deny: Json) -> None:
    """Deny overrides: a further Deny leaves an answer as it is, or makes it an explicit deny."""
    before = answer(request, identity=identity)

    assert answer(request, identity=[*identity, deny]) in (before, "ExplicitDeny")


@given(requests, identities, documents("Allow"))
def test_adding_an_allow_never_denies(request: Json, identity: list[Json], allow: Json) -> None:
    """A further Allow takes nothing away."""
    before, after = answer(request, identity=identity), answer(request, identity=[*identity, allow])

    assert before in {after, "ImplicitDeny"}


@given(requests, identities, st.integers())
def test_order_does_not_matter(request: Json, identity: list[Json], seed: int) -> None:
    """Policies and statements in any order decide the same."""
    shuffled = json.loads(json.dumps(identity))
    chance = random.Random(seed)
    chance.shuffle(shuffled)
    for document in shuffled:
        chance.shuffle(document["Statement"])

    assert answer(request, identity=identity) == answer(request, identity=shuffled)


@pytest.mark.parametrize("family", FAMILIES)
@given(requests, identities, st.lists(documents("Allow", "Deny"), min_size=1, max_size=2))
def test_limits_never_allow_more(family: str, request: Json, identity: list[Json], limit: list[Json]) -> None:
    """A boundary, session or endpoint policy allows nothing that was not allowed before."""
    if answer(request, identity=identity, **{family: limit}) == "Allow":
        assert answer(request, identity=identity) == "Allow"


@pytest.mark.parametrize("family", ["scp", "rcp"])
@given(requests, identities, st.lists(st.lists(documents("Allow", "Deny"), max_size=2), max_size=2))
def test_an_organization_never_allows_more(
    family: str, request: Json, identity: list[Json], levels: list[list[Json]]
) -> None:
    """Service and resource control policies allow nothing that was not allowed before."""
    if answer(request, identity=identity, **{family: levels}) == "Allow":
        assert answer(request, identity=identity) == "Allow"


NEGATIONS = {
    "StringEquals": "StringNotEquals",
    "StringEqualsIgnoreCase": "StringNotEqualsIgnoreCase",
    "StringLike": "StringNotLike",
    "NumericEquals": "NumericNotEquals",
    "DateEquals": "DateNotEquals",
    "IpAddress": "NotIpAddress",
    "ArnLike": "ArnNotLike",
    "ArnEquals": "ArnNotEquals",
}
OF_TYPE = {
    "Numeric": st.sampled_from(["1", "10.0", "-3"]),
    "Date": st.sampled_from(["2026-01-01", "1767225600"]),
    "IpAddr": st.sampled_from(["10.0.0.1", "10.0.0.0/8", "::1"]),
}
anything = st.sampled_from(["1", "10", "2026-01-01", "10.0.0.1", "::1", "a", "", "arn:aws:s3:::a", "boop", "*"])


def policy_values(operator: str) -> st.SearchStrategy[list[str]]:
    kind = next((one for name, one in OF_TYPE.items() if operator.startswith(name)), anything)
    return st.lists(kind, min_size=1, max_size=2)


def holds(operator: str, values: list[str], context: Json) -> bool:
    statement = {"Effect": "Allow", "Action": "*", "Resource": "*", "Condition": {operator: {"x:k": values}}}
    request = {
        "principal": {"type": "User", "arn": f"arn:aws:iam::{ACCOUNT}:user/a", "account": ACCOUNT},
        "action": "s3:GetObject",
        "resource": "*",
        "resource_account": ACCOUNT,
        "context": context,
    }
    return answer(request, identity=[{"Version": "2012-10-17", "Statement": statement}]) == "Allow"


@pytest.mark.parametrize("operator", NEGATIONS)
@given(st.data())
def test_not_is_the_complement(operator: str, data: st.DataObject) -> None:
    """For a single value, of the operator's type or not, and for none: exactly one of both forms holds."""
    values = data.draw(policy_values(operator))
    context = data.draw(st.just({}) | st.fixed_dictionaries({"x:k": anything}))

    assert holds(operator, values, context) is not holds(NEGATIONS[operator], values, context)


@pytest.mark.parametrize("operator", [*NEGATIONS, *NEGATIONS.values()])
@pytest.mark.parametrize("prefix", ["", "ForAllValues:", "ForAnyValue:"])
@settings(max_examples=30)  # times 48
@given(st.data())
def test_if_exists_includes_plain(prefix: str, operator: str, data: st.DataObject) -> None:
    """What the plain form lets through, the IfExists form does too; they differ for absent keys alone."""
    positive = next((one for one, negated in NEGATIONS.items() if negated == operator), operator)
    values = data.draw(policy_values(positive))
    context = data.draw(st.just({}) | st.fixed_dictionaries({"x:k": anything | st.lists(anything, max_size=2)}))
    plain = holds(prefix + operator, values, context)
    relaxed = holds(f"{prefix}{operator}IfExists", values, context)

    assert relaxed or not plain
    if context.get("x:k"):
        assert plain is relaxed


@pytest.mark.parametrize("operator", NEGATIONS)
@given(st.data())
def test_de_morgan(operator: str, data: st.DataObject) -> None:
    """Over a set: not all equal is the same as one differs, and none equals the same as all differ."""
    values = data.draw(policy_values(operator))
    context = {"x:k": data.draw(st.lists(anything, min_size=1, max_size=3))}
    negation = NEGATIONS[operator]

    assert holds(f"ForAllValues:{operator}", values, context) is not holds(f"ForAnyValue:{negation}", values, context)
    assert holds(f"ForAnyValue:{operator}", values, context) is not holds(f"ForAllValues:{negation}", values, context)


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@given(requests, st.lists(st.sampled_from(["s3:*", "s3:Get*", "iam:*"]), min_size=1, max_size=2))
def test_not_action_is_the_complement(effect: str, request: Json, listed: list[str]) -> None:
    """An action is covered by Action or by NotAction of the same list, never by both or neither."""
    found = {
        answer(
            request,
            identity=[
                GRANT if effect == "Deny" else {"Statement": []},
                {"Version": "2012-10-17", "Statement": {"Effect": effect, name: listed, "Resource": "*"}},
            ],
        )
        for name in ("Action", "NotAction")
    }

    assert found == ({"Allow", "ImplicitDeny"} if effect == "Allow" else {"Allow", "ExplicitDeny"})


@pytest.mark.parametrize("effect", ["Allow", "Deny"])
@given(requests, st.lists(resources, min_size=1, max_size=2))
def test_not_resource_is_the_complement(effect: str, request: Json, listed: list[str]) -> None:
    """A resource is covered by Resource or by NotResource of the same list, never by both or neither."""
    found = {
        answer(
            request,
            identity=[
                GRANT if effect == "Deny" else {"Statement": []},
                {"Version": "2012-10-17", "Statement": {"Effect": effect, "Action": "*", name: listed}},
            ],
        )
        for name in ("Resource", "NotResource")
    }

    assert found == ({"Allow", "ImplicitDeny"} if effect == "Allow" else {"Allow", "ExplicitDeny"})


@given(requests, st.sampled_from([f"arn:aws:iam::{ACCOUNT}:user/a", f"arn:aws:iam::{ACCOUNT}:user/b", ACCOUNT, "*"]))
def test_not_principal_is_the_complement(request: Json, name: str) -> None:
    """A Deny hits the caller with Principal or with NotPrincipal, never with both or neither."""
    found = {
        answer(
            request,
            identity=[GRANT],
            resource={"Statement": {"Effect": "Deny", element: {"AWS": name}, "Action": "*", "Resource": "*"}},
        )
        for element in ("Principal", "NotPrincipal")
    }

    assert found == {"Allow", "ExplicitDeny"}
