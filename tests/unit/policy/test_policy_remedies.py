"""Remedies: what would have allowed a denied request, said from its trace alone."""

import copy
import json
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import assume, given, settings

from telecine.policy import (
    Decision,
    Family,
    PolicySet,
    Principal,
    PrincipalKind,
    Remedy,
    Request,
    ResourcePolicy,
    ResourceRule,
    compile_policy,
    evaluate,
    prepare,
    remedy,
    trace,
)
from telecine.policy.cases import question
from unit.policy.generated import policy_sets, requests

Json = dict[str, Any]
ACCOUNT, OTHER = "123456789012", "444455556666"
ALICE = f"arn:aws:iam::{ACCOUNT}:user/alice"
OBJECT = "arn:aws:s3:::films/a.mov"
USER = Principal(kind=PrincipalKind.USER, arn=ALICE, account=ACCOUNT)
SESSION = Principal(
    kind=PrincipalKind.ASSUMED_ROLE, arn=f"arn:aws:sts::{ACCOUNT}:assumed-role/media/one", account=ACCOUNT
)
GUEST = Principal(
    kind=PrincipalKind.FEDERATED_USER,
    arn=f"arn:aws:sts::{ACCOUNT}:federated-user/guest",
    account=ACCOUNT,
    issuer_arn=ALICE,
)
ENGINE = Principal(kind=PrincipalKind.SERVICE, arn="mediaconvert.amazonaws.com", account=None)
NOBODY = Principal(kind=PrincipalKind.ANONYMOUS, arn=None, account=None)
ALL = compile_policy(json.dumps({"Statement": {"Effect": "Allow", "Action": "*", "Resource": "*"}}), name="all")
NOTHING = compile_policy('{"Statement": []}', name="nothing")
REQUEST = Request(principal=USER, action="s3:GetObject", resource=OBJECT, resource_account=ACCOUNT, context={})
GRANT = {"Effect": "Allow", "Action": "s3:GetObject", "Resource": OBJECT}


def found(request: Request, policies: PolicySet) -> Remedy:
    """The remedy, from a trace that has been in a log."""
    kept = json.loads(json.dumps(trace(request, policies, evaluate(request, policies))))
    answer = remedy({}, kept)
    assert answer is not None
    return answer


def on_bucket(*statements: Json) -> ResourcePolicy:
    text = json.dumps({"Version": "2012-10-17", "Statement": list(statements)})
    return ResourcePolicy(text=text, rule=ResourceRule.SUFFICIENT, name="arn:aws:s3:::films")


@pytest.mark.parametrize(
    ("principal", "policies", "family", "where", "statement"),
    [
        (USER, PolicySet(), Family.IDENTITY, f"In an identity-based policy of the user alice ({ALICE}), or of a group it is in.", GRANT),
        (SESSION, PolicySet(), Family.IDENTITY, f"In an identity-based policy of the role media (arn:aws:iam::{ACCOUNT}:role/media).", GRANT),
        (GUEST, PolicySet(), Family.IDENTITY, f"In an identity-based policy of the user alice ({ALICE}), who asked for the session, or of a group it is in.", GRANT),
        (USER, PolicySet(identity=(ALL,), boundary=()), Family.BOUNDARY, f"In the permissions boundary of the user alice ({ALICE}).", GRANT),
        (
            SESSION,
            PolicySet(identity=(ALL,), session=(NOTHING,)),
            Family.SESSION,
            f"In the session policy that {SESSION.arn} got with its session.",
            GRANT,
        ),
        (
            USER,
            PolicySet(identity=(ALL,), scp=((NOTHING,),)),
            Family.SCP,
            f"In a service control policy of each level above the account {ACCOUNT} that does not allow it yet.",
            GRANT,
        ),
        (
            USER,
            PolicySet(identity=(ALL,), rcp=((NOTHING,),)),
            Family.RCP,
            f"In a resource control policy of each level above the account {ACCOUNT} that does not allow it yet.",
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": OBJECT},
        ),
        (
            USER,
            PolicySet(identity=(ALL,), endpoint=(NOTHING,)),
            Family.ENDPOINT,
            "In the policy of the VPC endpoint that the request came through.",
            {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "s3:GetObject", "Resource": OBJECT},
        ),
        (
            ENGINE,
            PolicySet(resource=on_bucket()),
            Family.RESOURCE,
            "In the bucket policy of films (arn:aws:s3:::films).",
            {"Effect": "Allow", "Principal": {"Service": ENGINE.arn}, "Action": "s3:GetObject", "Resource": OBJECT},
        ),
        (
            NOBODY,
            PolicySet(),
            Family.RESOURCE,
            "In the bucket policy of films (arn:aws:s3:::films).",
            {"Effect": "Allow", "Principal": "*", "Action": "s3:GetObject", "Resource": OBJECT},
        ),
    ],
)  # fmt: skip
def test_where_and_what(principal: Principal, policies: PolicySet, family: Family, where: str, statement: Json) -> None:
    """The family that limited the request is named in words, with the smallest statement that helps there."""
    answer = found(replace(REQUEST, principal=principal), policies)

    assert (answer.family, answer.where, answer.statement) == (family, where, statement)


def test_both_sides_of_another_account() -> None:
    """What belongs to another account must be allowed there and here: both are told at once."""
    answer = found(replace(REQUEST, resource_account=OTHER), PolicySet())

    assert answer.family is Family.RESOURCE
    assert answer.statement == {"Effect": "Allow", "Principal": {"AWS": ALICE}, **GRANT}
    assert [(other.family, other.statement) for other in answer.others] == [(Family.IDENTITY, GRANT)]
    assert not found(replace(REQUEST, resource_account=OTHER), PolicySet(identity=(ALL,))).others


def test_boundary_beside_identity() -> None:
    """A boundary that is silent too is told with the identity policies."""
    answer = found(REQUEST, PolicySet(boundary=(NOTHING,), session=(ALL,)))

    assert [answer.family, *(other.family for other in answer.others)] == [Family.IDENTITY, Family.BOUNDARY]


def test_what_no_policy_can_share() -> None:
    """Jobs and users of another account are out of reach; a role there is the way."""
    job = f"arn:aws:mediaconvert:us-east-1:{OTHER}:queues/Default"
    asked = replace(REQUEST, action="mediaconvert:CreateJob", resource=job, resource_account=OTHER)
    answer = found(asked, PolicySet(identity=(ALL,)))

    assert answer.statement is None
    assert answer.where.startswith("Nowhere: mediaconvert has no resource-based policies")


def test_trust_and_key_policies() -> None:
    """A role's trust policy names no resource; a key policy names the key by a star."""
    role, key = f"arn:aws:iam::{ACCOUNT}:role/path/media", f"arn:aws:kms:us-east-1:{ACCOUNT}:key/1"
    required = ResourcePolicy(text='{"Statement": []}', rule=ResourceRule.REQUIRED)
    trusted = found(
        replace(REQUEST, action="sts:AssumeRole", resource=role),
        PolicySet(identity=(ALL,), resource=replace(required, family=Family.TRUST)),
    )
    keyed = found(replace(REQUEST, action="kms:Decrypt", resource=key), PolicySet(identity=(ALL,), resource=required))

    assert trusted.where == f"In the trust policy of the role media ({role})."
    assert trusted.statement == {"Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "sts:AssumeRole"}
    assert keyed.where == f"In the key policy of {key}."
    assert keyed.statement == {
        "Effect": "Allow", "Principal": {"AWS": ALICE}, "Action": "kms:Decrypt", "Resource": "*",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("context", "has"), [({}, "the request has no such key"), ({"aws:SecureTransport": "false"}, 'the request has "false"')]
)  # fmt: skip
def test_a_condition_that_failed(context: dict[str, str], has: str) -> None:
    """Where a statement allows the very same under a condition, the condition is told, not another statement."""
    text = json.dumps(
        {
            "Version": "2012-10-17",
            "Statement": {"Sid": "Tls", **GRANT, "Condition": {"Bool": {"aws:SecureTransport": "true"}}},
        },
        indent=2,
    )
    answer = found(replace(REQUEST, context=context), PolicySet(identity=(compile_policy(text, name="films"),)))

    assert answer.statement is None
    assert answer.where == (
        f'Statement "Tls" of policy "films" (line 3, column 16), in an identity-based policy of the user alice ({ALICE}), '
        "or of a group it is in, allows it under conditions."
    )
    assert answer.note == f'The condition Bool on aws:SecureTransport wants "true", and {has}.'


def test_a_deny_in_the_way() -> None:
    """An explicit deny is named with its place and the condition that made it apply; no statement helps."""
    condition = {"BoolIfExists": {"aws:MultiFactorAuthPresent": "false"}}
    text = json.dumps({"Statement": {"Sid": "Mfa", **GRANT, "Effect": "Deny", "Condition": condition}})
    answer = found(REQUEST, PolicySet(identity=(ALL, compile_policy(text, name="mfa"))))

    assert answer.statement is None
    assert answer.where.startswith('Statement "Mfa" of policy "mfa" (line 1, column 15), in an identity-based policy')
    assert answer.where.endswith("denies it explicitly.")
    assert (
        'the condition BoolIfExists on aws:MultiFactorAuthPresent with "false" holds where the request has no such key'
        in answer.note
    )


def test_a_near_statement_is_mentioned() -> None:
    """Beside the new statement stands the one that nearly did."""
    text = json.dumps({"Statement": {"Sid": "Music", **GRANT, "Resource": "arn:aws:s3:::music/*"}})
    answer = found(REQUEST, PolicySet(identity=(compile_policy(text, name="films"),)))

    assert answer.statement == GRANT
    assert (
        'Statement "Music" of policy "films" (line 1, column 15) comes near, but it is about the resource'
        in answer.note
    )


def test_names_with_wildcards() -> None:
    """The suggested resource means the one of the request, though its name holds signs of the language."""
    asked = replace(REQUEST, resource="arn:aws:s3:::films/a*b?${aws:username}$")
    answer = found(asked, PolicySet())

    assert answer.statement == {**GRANT, "Resource": "arn:aws:s3:::films/a${*}b${?}${$}{aws:username}$"}
    policy = compile_policy(json.dumps({"Version": "2012-10-17", "Statement": answer.statement}))
    assert evaluate(asked, PolicySet(identity=(policy,))).is_allowed
    assert not evaluate(replace(asked, resource="arn:aws:s3:::films/axxbx"), PolicySet(identity=(policy,))).is_allowed


def test_passing_a_role_is_suggested_for_one_service() -> None:
    """Who may pass a role to MediaConvert need not be able to pass it to anybody else."""
    role = f"arn:aws:iam::{ACCOUNT}:role/service-role/encoder"
    service = {"iam:PassedToService": "mediaconvert.amazonaws.com"}
    answer = found(replace(REQUEST, action="iam:PassRole", resource=role, context=service), PolicySet())

    assert answer.statement == {
        "Effect": "Allow",
        "Action": "iam:PassRole",
        "Resource": role,
        "Condition": {"StringEquals": service},
    }


def test_no_remedy() -> None:
    """What was allowed needs none, and a trace of few facts gives none."""
    policies = PolicySet(identity=(ALL,))

    assert remedy({}, trace(REQUEST, policies, evaluate(REQUEST, policies))) is None
    assert remedy({}, {"decision": "ImplicitDeny", "blockedBy": "identity"}) is None
    assert remedy({}, {}) is None


def test_facts_from_elsewhere() -> None:
    """A trace without the request is completed by what the log knows besides."""
    facts = {
        "principal": ALICE, "principalType": "User", "account": ACCOUNT, "identity": ALICE, "action": "s3:GetObject",
        "resource": OBJECT, "resourceAccount": ACCOUNT,
    }  # fmt: skip
    answer = remedy(facts, {"decision": "ImplicitDeny", "blockedBy": "identity", "nearMisses": []})

    assert answer is not None
    assert answer.statement == GRANT


# --- following remedies leads to an allowed request


def decided(request: Json, policies: Json) -> tuple[Request, PolicySet, Decision]:
    asked, taking_part = question(prepare(policies), request)
    return asked, taking_part, evaluate(asked, taking_part)


def without(policies: Json, families: list[str], near: Json) -> None:
    """Take the conditions of one statement away: the request meets them now."""
    place: Any = policies["resource"] if near["family"] in ("resource", "trust") else policies[near["family"]]
    documents = (
        [place]
        if isinstance(place, dict)
        else [one for some in place for one in (some if isinstance(some, list) else [some])]
    )
    assert near["family"] in families
    for document in documents:
        # Documents have no names here: any of them may be meant, but a near miss is an Allow.
        if near["index"] < len(document["Statement"]) and document["Statement"][near["index"]]["Effect"] == "Allow":
            document["Statement"][near["index"]].pop("Condition", None)


def add(policies: Json, family: Family, statement: Json) -> None:
    """Follow a remedy: write the statement where it says."""
    document = {"Version": "2012-10-17", "Statement": [statement]}
    if family in (Family.RESOURCE, Family.TRUST):
        before = policies["resource"]["Statement"] if policies["resource"] else []
        # A policy of the older version is brought up to the newer one, as the remedy's note says.
        policies["resource"] = {"Version": "2012-10-17", "Statement": [*before, statement]}
    elif family in (Family.SCP, Family.RCP):
        policies[str(family)] = [[*level, document] for level in policies[str(family)]]
    else:
        policies[str(family)] = [*(policies[str(family)] or []), document]


@settings(max_examples=200)
@given(requests, policy_sets)
def test_remedies_lead_to_an_allowed_request(request: Json, policies: Json) -> None:
    """Following remedy after remedy, each about another family, the request is allowed, but for a Deny in the way."""
    policies = copy.deepcopy(policies)
    assume(decided(request, policies)[2].decision == "ImplicitDeny")
    treated: list[str] = []
    for _ in range(12):
        asked, taking_part, decision = decided(request, policies)
        if decision.is_allowed:
            return
        kept = json.loads(json.dumps(trace(asked, taking_part, decision)))
        answer = remedy({}, kept)
        assert answer is not None
        if decision.decision == "ExplicitDeny":
            # The newer version gives variables to a Deny of the resource policy; nothing else can bring a Deny about.
            assert {"resource", "trust"} & set(treated)
            return
        assert answer.family == decision.blocked_by
        if answer.statement is None:
            near = next(one for one in kept["nearMisses"] if one["family"] == answer.family)
            assert near["missed"] == "condition"
            without(policies, kept["families"], near)
        else:
            assert treated.count(f"+{answer.family}") == 0, "the suggested statement did not allow"
            add(policies, answer.family, answer.statement)
            treated.append(f"+{answer.family}")
        treated.append(str(answer.family))
    raise AssertionError(treated)
