"""The trace of a denial: what the audit log keeps of a decision, enough to say later what would have allowed it."""

from telecine.policy.compiled import compile_policy
from telecine.policy.conditions import Condition, Presence
from telecine.policy.decision import Answer, Decision, Family, StatementRef
from telecine.policy.evaluate import PolicySet, Scope
from telecine.policy.near_misses import Miss, Missed, NearMiss, of_condition, survey
from telecine.policy.positions import position
from telecine.policy.request import PrincipalKind, Request

PASSED_TO = "iam:PassedToService"
"""Whom a role is passed to: without that, whoever may pass it may pass it to any service."""


def trace(request: Request, policies: PolicySet, decision: Decision) -> dict[str, object]:
    """What decided, and what nearly did, as JSON for the audit log.

    ```
    {"decision", "blockedBy",
     "request": {"principal", "principalType", "account", "identity", "action", "resource", "resourceAccount",
                 "passedTo"},                                                         of iam:PassRole: the service
     "statements": [{"family", "policy", "sid", "index", "line", "column"}],
     "families": {family: answer},                                                     of an implicit deny
     "nearMisses": [the same as of a statement and "missed", "key", "operator", "wanted", "actual", "also"]}
    ```
    `identity` is the ARN whose identity policies count: of the user, the role behind a session, the user behind a
    federated one. `families` says who takes part, and what each says by itself: SCPs and RCPs allow where every level
    does. `also` holds the further conditions that failed, if any. After an explicit deny each of `statements` has its
    `conditions`, all of which held. Values are cut at 256 characters, and those of keys that work as passwords hidden.
    """
    found: dict[str, object] = {
        "decision": str(decision.decision),
        "blockedBy": None if decision.blocked_by is None else str(decision.blocked_by),
        "request": _facts(request),
        "statements": [statement_json(ref) for ref in decision.statements],
    }
    if decision.decision is Answer.EXPLICIT_DENY:
        scope = Scope(request)
        found["statements"] = [
            {
                **statement_json(ref),
                "conditions": [_condition_json(of_condition(one, scope)) for one in _conditions(ref)],
            }
            for ref in decision.statements
        ]
    elif decision.decision is Answer.IMPLICIT_DENY:
        surveyed = survey(request, policies)
        families: dict[str, str] = {}
        for family, answer in surveyed.answers:
            if families.get(family) != Answer.IMPLICIT_DENY:
                families[str(family)] = str(answer)
        found["families"] = families
        found["nearMisses"] = [near_miss_json(miss) for miss in surveyed.near_misses]
    return found


def _conditions(ref: StatementRef) -> tuple[Condition | Presence, ...]:
    return compile_policy(ref.text).statements[ref.index].conditions if ref.text else ()


def _facts(request: Request) -> dict[str, object]:
    principal = request.principal
    passed_to = request.context.get(PASSED_TO)
    return {
        "principal": principal.arn,
        "principalType": str(principal.kind),
        "account": principal.account,
        "identity": identity(request),
        "action": request.action,
        "resource": "*" if request.wildcard_only_action else request.resource,
        "resourceAccount": request.resource_account,
        **({"passedTo": passed_to} if isinstance(passed_to, str) else {}),
    }


def identity(request: Request) -> str | None:
    """The ARN of the user or role whose identity policies count for the request; None where there are none.

    A role's path is known from `aws:PrincipalArn` alone; without it the ARN is the one without a path.
    """
    principal = request.principal
    if principal.kind is PrincipalKind.USER:
        return principal.arn
    if principal.kind is PrincipalKind.FEDERATED_USER:
        return principal.issuer_arn
    if principal.kind is not PrincipalKind.ASSUMED_ROLE or principal.arn is None:
        return None
    head, _, session = principal.arn.partition(":assumed-role/")
    role, _, _ = session.partition("/")
    whole = f"{head.replace(':sts:', ':iam:', 1)}:role/"
    known = request.context.get("aws:PrincipalArn")
    if isinstance(known, str) and known.startswith(whole) and known.rpartition("/")[2] == role:
        return known
    return whole + role


_TEXTS = {word: word.value for words in (Family, Missed) for word in words}


def statement_json(ref: StatementRef) -> dict[str, object]:
    """A statement by its names and its place; line and column from 1, None where the text is not known."""
    span = position(ref)
    return {
        "family": _TEXTS[ref.family],
        "policy": ref.policy,
        "sid": ref.sid,
        "index": ref.index,
        "line": None if span is None else span.start_line,
        "column": None if span is None else span.start_column,
    }


def near_miss_json(near: NearMiss) -> dict[str, object]:
    """A near miss as the trace has it."""
    found = statement_json(near.statement)
    first, *more = near.misses
    found.update(miss_json(first))
    if more:
        found["also"] = [miss_json(miss) for miss in more]
    return found


def miss_json(miss: Miss) -> dict[str, object]:
    """One thing that a statement lacks."""
    missed, key, operator, wanted, actual = miss
    return {
        "missed": _TEXTS[missed],
        "key": key,
        "operator": operator,
        "wanted": list(wanted),
        "actual": list(actual) if type(actual) is tuple else actual,
    }


def _condition_json(miss: Miss) -> dict[str, object]:
    """A condition that holds."""
    found = miss_json(miss)
    del found["missed"]
    return found
