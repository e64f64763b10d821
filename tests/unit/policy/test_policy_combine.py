"""How the families combine: the tables of the user guide's evaluation logic, for each kind of caller."""

import json
from dataclasses import replace

import pytest

from telecine.policy import (
    Answer,
    CompiledPolicy,
    Family,
    MalformedPolicy,
    PolicySet,
    Principal,
    PrincipalKind,
    Request,
    ResourcePolicy,
    ResourceRule,
    compile_policy,
    evaluate,
)

ACCOUNT, OTHER = "123456789012", "999988887777"
USER_ARN = f"arn:aws:iam::{ACCOUNT}:user/team/alice"
ROLE_ARN = f"arn:aws:iam::{ACCOUNT}:role/media/encoder"
SESSION_ARN = f"arn:aws:sts::{ACCOUNT}:assumed-role/encoder/one"
FEDERATED_ARN = f"arn:aws:sts::{ACCOUNT}:federated-user/guest"
ROOT_ARN = f"arn:aws:iam::{ACCOUNT}:root"
SERVICE = "mediaconvert.amazonaws.com"

USER = Principal(kind=PrincipalKind.USER, arn=USER_ARN, account=ACCOUNT, unique_id="AIDAALICE")
SESSION = Principal(kind=PrincipalKind.ASSUMED_ROLE, arn=SESSION_ARN, account=ACCOUNT, unique_id="AROAENCODER")
FEDERATED = Principal(kind=PrincipalKind.FEDERATED_USER, arn=FEDERATED_ARN, account=ACCOUNT, issuer_arn=USER_ARN)
ROOT = Principal(kind=PrincipalKind.ROOT, arn=ROOT_ARN, account=ACCOUNT)
MEDIACONVERT = Principal(kind=PrincipalKind.SERVICE, arn=SERVICE, account=None)
NOBODY = Principal(kind=PrincipalKind.ANONYMOUS, arn=None, account=None)


def policy(effect: str = "Allow", action: str = "*", **more: object) -> CompiledPolicy:
    statement = {"Effect": effect, "Action": action, "Resource": "*", **more}
    return compile_policy(json.dumps({"Version": "2012-10-17", "Statement": statement}))


def on_resource(
    principal: object,
    rule: ResourceRule = ResourceRule.SUFFICIENT,
    effect: str = "Allow",
    family: Family = Family.RESOURCE,
    element: str = "Principal",
) -> ResourcePolicy:
    statement = {"Effect": effect, element: principal, "Action": "*", "Resource": "*"}
    text = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    return ResourcePolicy(text=text, rule=rule, family=family)


def request(principal: Principal, owner: str | None = ACCOUNT) -> Request:
    return Request(
        principal=principal, action="s3:GetObject", resource="arn:aws:s3:::b/k", resource_account=owner, context={}
    )


ALLOW, DENY, SILENT = (policy(),), (policy("Deny"),), (policy(action="other:Thing"),)
ROLE_ID = {"AWS": "AROAENCODER"}


@pytest.mark.parametrize(
    ("caller", "named", "alone", "past_boundary", "past_session"),
    [
        (USER, {"AWS": USER_ARN}, True, True, True),
        (USER, {"AWS": "AIDAALICE"}, True, True, True),
        (SESSION, {"AWS": ROLE_ARN}, True, False, False),
        (SESSION, ROLE_ID, True, False, False),
        (SESSION, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/encoder"}, True, False, False),
        (SESSION, {"AWS": SESSION_ARN}, True, True, True),
        (FEDERATED, {"AWS": FEDERATED_ARN}, True, True, True),
        (FEDERATED, {"AWS": USER_ARN}, True, False, False),
        (USER, "*", True, True, True),
        (SESSION, {"AWS": "*"}, True, True, True),
        (USER, {"AWS": ACCOUNT}, False, False, False),
        (USER, {"AWS": ROOT_ARN}, False, False, False),
        (SESSION, {"AWS": [ROOT_ARN]}, False, False, False),
        (SESSION, {"AWS": [ROOT_ARN, SESSION_ARN]}, True, True, True),
    ],
)
def test_same_account(caller: Principal, named: object, alone: bool, past_boundary: bool, past_session: bool) -> None:
    """Whether being named so is enough alone, past a silent boundary, and past a silent session policy."""
    resource = on_resource(named)

    assert alone is evaluate(request(caller), PolicySet(resource=resource)).is_allowed
    assert past_boundary is evaluate(request(caller), PolicySet(resource=resource, boundary=SILENT)).is_allowed
    assert past_session is evaluate(request(caller), PolicySet(resource=resource, session=SILENT)).is_allowed
    assert evaluate(request(caller), PolicySet(resource=resource, identity=ALLOW)).is_allowed
    for family in ("identity", "boundary", "session"):
        denied = evaluate(request(caller), replace(PolicySet(resource=resource, identity=ALLOW), **{family: DENY}))
        assert denied.decision is Answer.EXPLICIT_DENY
        assert str(denied.blocked_by) == family


@pytest.mark.parametrize(
    ("caller", "named"),
    [
        (USER, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/alice"}),
        (USER, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/team/Alice"}),
        (USER, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/*"}),
        (USER, {"AWS": f"arn:aws:iam::{OTHER}:root"}),
        (USER, {"AWS": "AIDAALICE2"}),
        (USER, {"Service": SERVICE}),
        (USER, {"Federated": USER_ARN}),
        (SESSION, {"AWS": f"arn:aws:iam::{OTHER}:role/media/encoder"}),
        (SESSION, {"AWS": f"arn:aws-cn:iam::{ACCOUNT}:role/media/encoder"}),
        (SESSION, {"AWS": f"arn:aws:iam::{ACCOUNT}:role/media/encoder2"}),
        (SESSION, {"AWS": f"arn:aws:sts::{ACCOUNT}:assumed-role/encoder/two"}),
        (SESSION, {"AWS": f"arn:aws:iam::{ACCOUNT}:user/encoder"}),
        (replace(FEDERATED, issuer_arn=None), {"AWS": f"arn:aws:iam::{ACCOUNT}:user/guest"}),
        (MEDIACONVERT, {"Service": "ec2.amazonaws.com"}),
        (MEDIACONVERT, {"AWS": SERVICE}),
        (NOBODY, {"AWS": ACCOUNT}),
        (NOBODY, {"Service": SERVICE}),
    ],
)
def test_somebody_else_is_named(caller: Principal, named: object) -> None:
    """Names are exact: no wildcard, other case, other path of a user, other account, partition or kind."""
    decision = evaluate(request(caller), PolicySet(resource=on_resource(named)))

    assert decision.decision is Answer.IMPLICIT_DENY
    assert not evaluate(request(caller, OTHER), PolicySet(resource=on_resource(named), identity=ALLOW)).is_allowed


@pytest.mark.parametrize("named", [{"AWS": USER_ARN}, {"AWS": ACCOUNT}, {"AWS": ROOT_ARN}, "*"])
def test_cross_account_needs_both_sides(named: object) -> None:
    """Another account's resource needs its policy's Allow, and the caller's own policies, boundary and session too."""
    resource = on_resource(named)
    asked = request(USER, OTHER)

    assert evaluate(asked, PolicySet(resource=resource, identity=ALLOW)).is_allowed
    assert evaluate(asked, PolicySet(resource=resource)).blocked_by is Family.IDENTITY
    assert evaluate(asked, PolicySet(identity=ALLOW)).blocked_by is Family.RESOURCE
    assert evaluate(asked, PolicySet(resource=resource, identity=ALLOW, boundary=SILENT)).blocked_by is Family.BOUNDARY
    assert evaluate(asked, PolicySet(resource=resource, identity=ALLOW, session=SILENT)).blocked_by is Family.SESSION


@pytest.mark.parametrize("family", [Family.TRUST, Family.RESOURCE])
def test_required_resource_policy(family: Family) -> None:
    """Without the Allow of a trust or key policy nothing else allows, not even to root; the account named delegates."""

    def named(principal: object) -> ResourcePolicy:
        return on_resource(principal, ResourceRule.REQUIRED, family=family)

    other = named({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"})
    assert evaluate(request(USER), PolicySet(resource=other, identity=ALLOW)).blocked_by is family
    assert evaluate(request(ROOT), PolicySet(resource=other)).blocked_by is family
    assert evaluate(request(USER), PolicySet(resource=named({"AWS": USER_ARN}))).is_allowed
    assert evaluate(request(USER), PolicySet(resource=named({"AWS": ACCOUNT}))).blocked_by is Family.IDENTITY
    assert evaluate(request(USER), PolicySet(resource=named({"AWS": ACCOUNT}), identity=ALLOW)).is_allowed
    assert evaluate(request(ROOT), PolicySet(resource=named({"AWS": ACCOUNT}))).is_allowed


def test_root() -> None:
    """Root may do everything in its account, unless its resource or its organization denies."""
    assert evaluate(request(ROOT), PolicySet()).is_allowed
    assert evaluate(request(ROOT), PolicySet(resource=on_resource({"AWS": USER_ARN}))).is_allowed
    assert evaluate(request(ROOT), PolicySet(scp=(SILENT,))).blocked_by is Family.SCP
    denied = evaluate(request(ROOT), PolicySet(resource=on_resource("*", effect="Deny")))
    assert (denied.decision, denied.blocked_by) == (Answer.EXPLICIT_DENY, Family.RESOURCE)
    assert not evaluate(request(ROOT, OTHER), PolicySet()).is_allowed
    assert evaluate(request(ROOT, OTHER), PolicySet(resource=on_resource({"AWS": ACCOUNT}))).is_allowed


@pytest.mark.parametrize(
    ("caller", "named"), [(MEDIACONVERT, {"Service": SERVICE}), (MEDIACONVERT, "*"), (NOBODY, "*")]
)
def test_callers_without_an_account(caller: Principal, named: object) -> None:
    """A service or nobody is allowed by the resource's policy alone, and by nothing else."""
    assert evaluate(request(caller), PolicySet(resource=on_resource(named))).is_allowed
    assert evaluate(request(caller), PolicySet(identity=ALLOW)).blocked_by is Family.RESOURCE
    assert not evaluate(request(caller, None), PolicySet(identity=ALLOW)).is_allowed


@pytest.mark.parametrize("family", ["scp", "rcp"])
def test_every_level_of_an_organization_must_allow(family: str) -> None:
    """A level that is silent blocks, a level that denies denies, and allowing grants nothing."""
    allowed = PolicySet(identity=ALLOW)

    assert evaluate(request(USER), replace(allowed, **{family: (ALLOW, ALLOW)})).is_allowed
    assert str(evaluate(request(USER), replace(allowed, **{family: (ALLOW, SILENT)})).blocked_by) == family
    assert evaluate(request(USER), replace(allowed, **{family: (ALLOW, DENY)})).decision is Answer.EXPLICIT_DENY
    assert evaluate(request(USER), replace(PolicySet(), **{family: (ALLOW,)})).blocked_by is Family.IDENTITY


@pytest.mark.parametrize("family", ["boundary", "session", "endpoint"])
def test_limiting_families(family: str) -> None:
    """Boundary, session and endpoint policies limit what identity policies allow and grant nothing themselves."""
    allowed = PolicySet(identity=ALLOW)

    assert evaluate(request(USER), replace(allowed, **{family: ALLOW})).is_allowed
    assert str(evaluate(request(USER), replace(allowed, **{family: SILENT})).blocked_by) == family
    assert str(evaluate(request(USER), replace(allowed, **{family: ()})).blocked_by) == family
    assert evaluate(request(USER), replace(PolicySet(), **{family: ALLOW})).blocked_by is Family.IDENTITY


def test_which_family_is_named() -> None:
    """Explicit before implicit; then organization, endpoint, resource, identity, boundary, session."""
    every = PolicySet(
        scp=(DENY,), rcp=(DENY,), endpoint=DENY, identity=DENY, boundary=DENY, session=DENY,
        resource=on_resource("*", effect="Deny"),
    )  # fmt: skip
    order = ("scp", "rcp", "endpoint", "resource", "identity", "boundary", "session")
    empty: dict[str, object] = {"scp": (), "rcp": (), "endpoint": None, "resource": None, "identity": ()}
    for family in order:
        assert str(evaluate(request(USER), every).blocked_by) == family
        every = replace(every, **{family: empty.get(family)})
    silent = PolicySet(scp=(SILENT,), boundary=SILENT, session=DENY)
    assert evaluate(request(USER), silent).blocked_by is Family.SESSION


def test_not_principal() -> None:
    """A Deny with NotPrincipal spares whom it names, unless a boundary stands on it; with Allow it allows nobody."""
    spared = on_resource({"AWS": [USER_ARN, ACCOUNT]}, effect="Deny", element="NotPrincipal")
    allowing = on_resource({"AWS": f"arn:aws:iam::{ACCOUNT}:user/bob"}, element="NotPrincipal")

    assert evaluate(request(USER), PolicySet(resource=spared, identity=ALLOW)).is_allowed
    assert not evaluate(request(USER), PolicySet(resource=spared, identity=ALLOW, boundary=ALLOW)).is_allowed
    assert not evaluate(request(MEDIACONVERT), PolicySet(resource=spared)).is_allowed
    assert not evaluate(request(USER), PolicySet(resource=allowing)).is_allowed


def test_statement_without_resource() -> None:
    """Only a trust policy's statements name no resource; elsewhere such an Allow allows nothing and a Deny denies."""
    bare = {"Effect": "Allow", "Principal": "*", "Action": "*"}
    text = json.dumps({"Statement": bare})
    denying = json.dumps({"Statement": {**bare, "Effect": "Deny"}})
    trust = ResourcePolicy(text=text, rule=ResourceRule.REQUIRED, family=Family.TRUST)
    identity = json.dumps({"Statement": {"Effect": "Allow", "Action": "*"}})

    assert evaluate(request(USER), PolicySet(resource=trust)).is_allowed
    assert not evaluate(request(USER), PolicySet(resource=replace(trust, family=Family.RESOURCE))).is_allowed
    assert not evaluate(request(USER), PolicySet(identity=(compile_policy(identity),))).is_allowed
    denied = evaluate(
        request(USER), PolicySet(identity=ALLOW, resource=replace(trust, text=denying, family=Family.RESOURCE))
    )
    assert denied.decision is Answer.EXPLICIT_DENY


def test_identity_policy_with_a_principal_allows_nothing() -> None:
    """A resource policy that was attached to a user by mistake grants the user nothing, and still denies."""
    allow, deny = policy(Principal="*"), policy("Deny", Principal={"AWS": "arn:aws:iam::1:user/x"})

    assert not evaluate(request(USER), PolicySet(identity=(allow,))).is_allowed
    assert evaluate(request(USER), PolicySet(identity=(*ALLOW, deny))).decision is Answer.EXPLICIT_DENY


def test_action_without_resource_level_permissions() -> None:
    """Such an action is allowed by `Resource: "*"` alone, and excluded by no NotResource but that."""
    asked = replace(request(USER), wildcard_only_action=True)

    assert evaluate(asked, PolicySet(identity=ALLOW)).is_allowed
    for resource in ("arn:aws:s3:::b/k", "arn:aws:s3:::*", "arn:*:*:*:*:*"):
        assert not evaluate(asked, PolicySet(identity=(policy(Resource=resource),))).is_allowed
        assert not evaluate(
            replace(asked, resource="*", wildcard_only_action=False), PolicySet(identity=(policy(Resource=resource),))
        ).is_allowed


def test_an_unreadable_resource_policy_raises() -> None:
    """A stored text that is no policy is a failure to be seen, not a silence."""
    broken = ResourcePolicy(text="{", rule=ResourceRule.SUFFICIENT)

    with pytest.raises(MalformedPolicy):
        evaluate(request(USER), PolicySet(identity=ALLOW, resource=broken))


def test_decision_names_its_statements() -> None:
    """An Allow names one statement of each family that had to allow; a denial the Deny."""
    identity = compile_policy(
        json.dumps({"Statement": [{"Sid": "No", "Effect": "Allow", "Action": "a:B", "Resource": "*"},
                                  {"Sid": "Yes", "Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}),
        name="films",
    )  # fmt: skip
    decision = evaluate(request(USER), PolicySet(identity=(identity,), boundary=ALLOW))

    assert [(ref.family, ref.policy, ref.sid, ref.index) for ref in decision.statements] == [
        (Family.IDENTITY, "films", "Yes", 1),
        (Family.BOUNDARY, "", None, 0),
    ]
