"""A decision explained in full: what each family of policies found, which statements apply, and what came near.

For whoever writes policies, on a terminal or as JSON. A caller who is refused sees `denial_sentence` alone.
"""

import json
import textwrap
from collections.abc import Iterator
from dataclasses import dataclass

from telecine.policy.decision import Answer, Decision, Family, StatementRef
from telecine.policy.evaluate import Finding, PolicySet, Scope, decide, decide_passage, decide_resource, evaluate
from telecine.policy.near_misses import Group, NearMiss, groups, matching, survey
from telecine.policy.remedies import Remedy, name_statement, remedy, remedy_json, say_miss
from telecine.policy.request import PrincipalKind, Request
from telecine.policy.traces import identity, miss_json, near_miss_json, statement_json, trace

_FAMILIES = {
    Family.IDENTITY: "Identity-based policies",
    Family.RESOURCE: "Resource-based policy",
    Family.TRUST: "Role trust policy",
    Family.BOUNDARY: "Permissions boundary",
    Family.SESSION: "Session policies",
    Family.SCP: "Service control policies",
    Family.RCP: "Resource control policies",
    Family.ENDPOINT: "VPC endpoint policy",
}
_WITHOUT_POLICIES = (PrincipalKind.ROOT, PrincipalKind.SERVICE, PrincipalKind.ANONYMOUS)
"""Callers that have no identity-based policies, so that their silence means nothing."""
_WIDTH = 100


@dataclass(frozen=True, kw_only=True, slots=True)
class FamilyFinding:
    """What one family, or one level of an organization, says of the request by itself."""

    family: Family
    level: int | None
    """For SCPs and RCPs: the level, from 0."""
    policies: tuple[str, ...]
    """The names of its policies."""
    answer: Answer
    statement: StatementRef | None
    """The Deny or the Allow that decided for the family; None when it is silent."""


@dataclass(frozen=True, kw_only=True, slots=True)
class Explanation:
    """Why a request is allowed or denied."""

    request: Request
    decision: Decision
    findings: tuple[FamilyFinding, ...]
    """Of every family that takes part, in the order in which they are looked at."""
    matching: tuple[StatementRef, ...]
    """Every statement that applies, whatever it says."""
    near_misses: tuple[NearMiss, ...]
    """The Allows that nearly applied in the families that do not allow, the nearest first."""
    remedy: Remedy | None
    """What would allow the request; None when it is allowed."""

    def __str__(self) -> str:
        return as_text(self)


def explain(request: Request, policies: PolicySet) -> Explanation:
    """The decision on `request`, and everything that led to it. Raises `MalformedPolicy` like `evaluate`."""
    decision = evaluate(request, policies)
    is_silent = decision.decision is Answer.IMPLICIT_DENY
    return Explanation(
        request=request,
        decision=decision,
        findings=tuple(_findings(request, policies, decision)),
        matching=matching(request, policies),
        near_misses=survey(request, policies).near_misses if is_silent else (),
        remedy=remedy({}, trace(request, policies, decision)),
    )


def _findings(request: Request, policies: PolicySet, decision: Decision) -> Iterator[FamilyFinding]:
    scope = Scope(request, has_boundary=policies.boundary is not None)
    heard: set[Family] = set()
    for group in groups(policies):
        if group.family is not Family.IDENTITY or request.principal.kind not in _WITHOUT_POLICIES:
            yield _found(group, policies, scope)
            heard.add(group.family)
    if decision.blocked_by is not None and decision.blocked_by not in heard:
        # Another account's resource without a policy: nobody but its own account may use it.
        yield FamilyFinding(
            family=decision.blocked_by, level=None, policies=(), answer=Answer.IMPLICIT_DENY, statement=None
        )


def _found(group: Group, policies: PolicySet, scope: Scope) -> FamilyFinding:
    finding: Finding
    if policies.resource is not None and group.family is policies.resource.family:
        finding = decide_resource(policies.resource, scope)
    elif group.names_principals:
        finding = decide_passage(group.family, group.policies, scope)
    else:
        finding = decide(group.family, group.policies, scope)
    return FamilyFinding(
        family=group.family,
        level=group.level,
        policies=tuple(policy.name for policy in group.policies),
        answer=finding.answer,
        statement=finding.statement,
    )


def as_json(explanation: Explanation) -> dict[str, object]:
    """The explanation as JSON: `{"decision", "blockedBy", "request", "statements", "families": [{"family", "level",
    "policies", "answer", "statement"}], "matching", "nearMisses", "remedy"}`, statements and near misses as in a trace.
    """
    decision, request = explanation.decision, explanation.request
    return {
        "decision": str(decision.decision),
        "blockedBy": None if decision.blocked_by is None else str(decision.blocked_by),
        "request": {
            "principal": request.principal.arn,
            "principalType": str(request.principal.kind),
            "account": request.principal.account,
            "identity": identity(request),
            "action": request.action,
            "resource": "*" if request.wildcard_only_action else request.resource,
            "resourceAccount": request.resource_account,
        },
        "statements": [statement_json(ref) for ref in decision.statements],
        "families": [
            {
                "family": str(finding.family),
                "level": finding.level,
                "policies": list(finding.policies),
                "answer": str(finding.answer),
                "statement": None if finding.statement is None else statement_json(finding.statement),
            }
            for finding in explanation.findings
        ],
        "matching": [statement_json(ref) for ref in explanation.matching],
        "nearMisses": [near_miss_json(near) for near in explanation.near_misses],
        "remedy": None if explanation.remedy is None else remedy_json(explanation.remedy),
    }


def as_text(explanation: Explanation) -> str:
    """The explanation for a terminal, in sentences for somebody who has not seen it before."""
    parts = [_verdict(explanation), _families(explanation), _near(explanation), _remedy(explanation.remedy)]
    return "\n\n".join(part for part in parts if part)


def _verdict(explanation: Explanation) -> str:
    request, decision = explanation.request, explanation.decision
    who = request.principal.arn or "An anonymous caller"
    what = request.action if request.resource == "*" else f"{request.action} on {request.resource}"
    if decision.is_allowed:
        return "\n".join([f"ALLOWED  {who} may do {what}.", *_because(decision, request)])
    family = _FAMILIES[decision.blocked_by or Family.IDENTITY].lower()
    if decision.decision is Answer.EXPLICIT_DENY:
        named = "; ".join(name_statement(statement_json(ref)) for ref in decision.statements)
        why = f"A Deny applies ({named}; {family}), and a Deny outweighs every Allow."
    else:
        why = f"Nothing denies it, but nothing that must allow it does either: {family}."
    return f"DENIED  {who} may not do {what}.\n{_wrapped(why, '  ')}"


def _because(decision: Decision, request: Request) -> Iterator[str]:
    for ref in decision.statements:
        yield _wrapped(f"Because of {name_statement(statement_json(ref))}, {_FAMILIES[ref.family].lower()}.", "  ")
    if request.principal.kind is PrincipalKind.ROOT:
        yield "  The root user of an account needs no policy of its own."


def _families(explanation: Explanation) -> str:
    lines = ["What each kind of policy says by itself:"]
    for finding in explanation.findings:
        level = "" if finding.level is None else f", level {finding.level + 1}"
        said = "allows nothing of the kind" if finding.policies else "there is none, so nothing is allowed"
        if finding.statement is not None:
            verb = "allows it" if finding.answer is Answer.ALLOW else "DENIES it"
            said = f"{verb}: {name_statement(statement_json(finding.statement))}"
        lines.append(_wrapped(f"{_FAMILIES[finding.family]}{level}: {said}", "  - ", "    "))
    return "\n".join(lines)


def _near(explanation: Explanation) -> str:
    if not explanation.near_misses:
        return ""
    return "\n".join(["What nearly allows it:", *_misses(explanation.near_misses)])


def _misses(near_misses: tuple[NearMiss, ...]) -> Iterator[str]:
    for near in near_misses:
        missing = "; ".join(say_miss(miss_json(miss)) for miss in near.misses)
        family = _FAMILIES[near.statement.family].lower()
        named = name_statement(statement_json(near.statement))
        yield _wrapped(f"{named}, {family}: {missing}.", "  - ", "    ")


def _remedy(found: Remedy | None) -> str:
    if found is None:
        return ""
    return "\n".join(["What to change:", *_steps(found)])


def _steps(found: Remedy) -> Iterator[str]:
    for step in (found, *found.others):
        yield _wrapped(step.where, "  - ", "    ")
        if step.statement is not None:
            yield "    Add this statement:"
            yield textwrap.indent(json.dumps(step.statement, indent=2), "      ")
        if step.note:
            yield _wrapped(step.note, "    ")


def _wrapped(text: str, first: str, rest: str | None = None) -> str:
    return textwrap.fill(
        text,
        width=_WIDTH,
        initial_indent=first,
        subsequent_indent=first if rest is None else rest,
        break_long_words=False,  # ARNs stay whole, to be copied
        break_on_hyphens=False,
    )
