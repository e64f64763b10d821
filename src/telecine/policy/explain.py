"""Explanations, made after the decision when somebody asks: AWS's sentence for the caller, a trace for the log.

The sentence names action, principal, resource and the family that limited the request, never a policy or its text.
Of the two forms that AWS has used after an explicit deny, ours is the one without the policy's ARN.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from telecine.policy.compiled import CompiledPolicy, CompiledStatement, compile_policy
from telecine.policy.decision import Answer, Decision, Family, StatementRef
from telecine.policy.evaluate import PolicySet, Scope
from telecine.policy.principals import Reach
from telecine.policy.request import Request

_NAMES = {
    Family.IDENTITY: ("an identity-based policy", "identity-based policy"),
    Family.RESOURCE: ("a resource-based policy", "resource-based policy"),
    Family.TRUST: ("the role trust policy", "role trust policy"),
    Family.BOUNDARY: ("a permissions boundary", "permissions boundary"),
    Family.SESSION: ("a session policy", "session policy"),
    Family.SCP: ("a service control policy", "service control policy"),
    Family.RCP: ("a resource control policy", "resource control policy"),
    Family.ENDPOINT: ("a VPC endpoint policy", "VPC endpoint policy"),
}
"""Each family in `with an explicit deny in …` and in `because no … allows the … action`."""

_NEAR_MISSES = 8
"""So many near misses go into a trace; the first ones are the likeliest to help."""


def denial_sentence(request: Request, decision: Decision, *, quote_resource: bool = False, is_key: bool = False) -> str:
    """AWS's sentence for a request that is not allowed.

    `quote_resource`: S3's form, which puts the resource in quotation marks and tells a caller from another account
    nothing but `Access Denied`. `is_key`: KMS's form where no key policy allows, which says the same for a key that
    does not exist.
    """
    family = decision.blocked_by or Family.IDENTITY
    principal = request.principal
    if quote_resource and (principal.account is None or principal.account != request.resource_account):
        return "Access Denied"
    sentence = f"User: {principal.arn or 'anonymous'} is not authorized to perform: {request.action}"
    if is_key and family is Family.RESOURCE:
        return (
            f"{sentence} on this resource because the resource does not exist in this Region, no resource-based "
            "policies allow access, or a resource-based policy explicitly denies access"
        )
    has_resource = not request.wildcard_only_action and request.resource != "*" and family is not Family.TRUST
    if has_resource:
        resource = f'"{request.resource}"' if quote_resource else request.resource
        sentence = f"{sentence} on resource: {resource}"
    with_article, name = _NAMES[family]
    if decision.decision is Answer.EXPLICIT_DENY:
        return f"{sentence} with an explicit deny in {with_article}"
    return f"{sentence} because no {name} allows the {request.action} action"


def trace(request: Request, policies: PolicySet, decision: Decision) -> dict[str, object]:
    """What decided, and what nearly did, as JSON for the audit log.

    `{"decision", "blockedBy", "statements": [{"family", "policy", "sid", "index"}], "nearMisses": [the same and
    "missed": "resource" | "principal" | "condition", "key"]}`. A near miss is an Allow about this action which fails at
    the named thing alone. It holds names of policies, statements and condition keys, no values and no policy text.
    """
    found: dict[str, object] = {
        "decision": str(decision.decision),
        "blockedBy": None if decision.blocked_by is None else str(decision.blocked_by),
        "statements": [_as_json(ref) for ref in decision.statements],
    }
    if decision.decision is Answer.IMPLICIT_DENY:
        misses: list[dict[str, object]] = []
        for miss in near_misses(request, policies):
            misses.append({**_as_json(miss.statement), "missed": miss.missed, "key": miss.key})
            if len(misses) == _NEAR_MISSES:
                break
        found["nearMisses"] = misses
    return found


def _as_json(ref: StatementRef) -> dict[str, object]:
    return {"family": str(ref.family), "policy": ref.policy, "sid": ref.sid, "index": ref.index}


@dataclass(frozen=True, kw_only=True, slots=True)
class NearMiss:
    """An Allow about the request's action which one thing alone kept from applying."""

    statement: StatementRef
    missed: str
    """`resource`, `principal`, `condition`, or `flaw` for a statement that cannot be evaluated."""
    key: str | None
    """The condition key, for `condition`."""


class _Asked(NamedTuple):
    family: Family
    policy: CompiledPolicy


def _taking_part(policies: PolicySet) -> Iterator[_Asked]:
    for family, levels in ((Family.SCP, policies.scp), (Family.RCP, policies.rcp)):
        yield from (_Asked(family, policy) for level in levels for policy in level)
    yield from (_Asked(Family.ENDPOINT, policy) for policy in policies.endpoint or ())
    if policies.resource is not None:
        yield _Asked(policies.resource.family, compile_policy(policies.resource.text, name=policies.resource.name))
    yield from (_Asked(Family.IDENTITY, policy) for policy in policies.identity)
    yield from (_Asked(Family.BOUNDARY, policy) for policy in policies.boundary or ())
    yield from (_Asked(Family.SESSION, policy) for policy in policies.session or ())


def near_misses(request: Request, policies: PolicySet) -> Iterator[NearMiss]:
    """Every Allow about the request's action that exactly one thing kept from applying."""
    scope = Scope(request, has_boundary=policies.boundary is not None)
    for family, policy in _taking_part(policies):
        _, allows = policy.about(request.action)
        for statement in allows:
            missing = _missing(statement, scope, family)
            if len(missing) == 1:
                what, key = missing[0]
                yield NearMiss(statement=statement.ref(family, policy.name), missed=what, key=key)


def matching(request: Request, policies: PolicySet) -> tuple[StatementRef, ...]:
    """Every statement, of whatever family and effect, that applies to the request: what a simulator shows."""
    scope = Scope(request, has_boundary=policies.boundary is not None)
    return tuple(
        statement.ref(family, policy.name)
        for family, policy in _taking_part(policies)
        for statements in policy.about(request.action)
        for statement in statements
        if not _missing(statement, scope, family)
    )


def _missing(statement: CompiledStatement, scope: Scope, family: Family) -> list[tuple[str, str | None]]:
    """What keeps a statement about the request's action from applying; empty when it applies."""
    if family in (Family.RESOURCE, Family.TRUST):
        is_named = statement.reach(scope.principal, has_boundary=scope.has_boundary) > Reach.NONE
    else:
        is_named = statement.principals is None or not statement.allows
    missing: list[tuple[str, str | None]] = [] if is_named else [("principal", None)]
    if statement.flaw is not None:
        return [*missing, ("flaw", None)] if statement.allows else missing
    covers = statement.covers_resource(scope.resource, scope)
    if statement.allows and statement.resources is None and family is not Family.TRUST:
        covers = False
    if not covers:
        missing.append(("resource", None))
    missing += [("condition", one.clause.key) for one in statement.conditions if not one.holds(scope)]
    return missing


class Span(NamedTuple):
    """Where a statement stands in its text; lines and columns from 1, the end after its last character."""

    start_line: int
    start_column: int
    end_line: int
    end_column: int


_decoder = json.JSONDecoder()


def spans(text: str) -> tuple[Span, ...]:
    """The places of the statements in the text of a policy that compiles, in their order."""
    start = _find_statements(text)
    if text[start] == "{":
        return (_span(text, start, _end(text, start)),)
    found: list[Span] = []
    at = _skip(text, start + 1)
    while text[at] != "]":
        end = _end(text, at)
        found.append(_span(text, at, end))
        at = _skip(text, end)
        if text[at] == ",":
            at = _skip(text, at + 1)
    return tuple(found)


def _find_statements(text: str) -> int:
    """The place of the value of the document's `Statement`."""
    at = _skip(text, _skip(text, 0) + 1)
    while True:
        key, end = _decoder.raw_decode(text, at)
        value = _skip(text, _skip(text, end) + 1)  # behind the colon
        if key == "Statement":
            return value
        at = _skip(text, _skip(text, _end(text, value)) + 1)  # behind the comma


def _skip(text: str, at: int) -> int:
    while at < len(text) and text[at] in " \t\r\n":
        at += 1
    return at


def _end(text: str, at: int) -> int:
    end: int
    _, end = _decoder.raw_decode(text, at)
    return end


def _span(text: str, start: int, end: int) -> Span:
    return Span(*_place(text, start), *_place(text, end))


def _place(text: str, at: int) -> tuple[int, int]:
    return text.count("\n", 0, at) + 1, at - text.rfind("\n", 0, at)
