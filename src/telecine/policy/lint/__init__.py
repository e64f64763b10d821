"""A linter for policies: findings in the shape of Access Analyzer's ValidatePolicy, with positions. Pure.

    text -> source (JSON with places) -> reading (a policy, and every breach of the grammar) -> rules -> findings

A policy that IAM would refuse has at least one finding of the rank ERROR.
"""

from telecine.policy.catalogue import Catalogue
from telecine.policy.compiled import compile_policy
from telecine.policy.document import MalformedPolicy
from telecine.policy.lint import source as sources
from telecine.policy.lint.finding import Finding, FindingKind, PolicyKind, Position, Span
from telecine.policy.lint.reading import Hit, Policy, read_policy
from telecine.policy.lint.rule import Scope
from telecine.policy.lint.rules import RULES
from telecine.policy.lint.source import Node, NotReadable, Source
from telecine.policy.validate import check_identity_policy, check_trust_policy

__all__ = ["MOST_FINDINGS", "Finding", "FindingKind", "PolicyKind", "Position", "Span", "lint"]

MOST_FINDINGS = 500
"""So many are told at a time."""

_RANKS = {kind: rank for rank, kind in enumerate(FindingKind)}


def lint(text: str, *, kind: PolicyKind, catalogue: Catalogue) -> tuple[Finding, ...]:
    """What there is to say about the policy in `text`, in the order of the text, the gravest first at one place."""
    try:
        source = sources.read(text)
    except NotReadable as problem:
        return (_not_json(text, problem),)
    policy = read_policy(source)
    found = [_finding(source, FindingKind.ERROR, code, hit) for code, hit in policy.breaches]
    scope = Scope(policy=policy, kind=kind, catalogue=catalogue, size=len("".join(text.split())))
    for rule in RULES:
        if kind in rule.policies:
            found += [_finding(source, rule.kind, rule.code, hit) for hit in rule.check(scope)]
    if all(one.kind is not FindingKind.ERROR for one in found):
        found += _refused(text, kind, source, policy)
    return tuple(sorted(found, key=lambda one: (one.span.start.offset, _RANKS[one.kind]))[:MOST_FINDINGS])


def _finding(source: Source, kind: FindingKind, code: str, hit: Hit) -> Finding:
    node = hit.node
    return Finding(
        kind=kind, code=code, message=hit.message, path=node.path, span=source.span(node), is_name=node.is_name
    )


def _not_json(text: str, problem: NotReadable) -> Finding:
    start = sources.position(sources.line_starts(text), problem.at)
    return Finding(
        kind=FindingKind.ERROR,
        code="JSON_SYNTAX_ERROR",
        message=f"The document is no JSON: {problem.message}.",
        path=(),
        span=Span(start, start),
    )


def _refused(text: str, kind: PolicyKind, source: Source, policy: Policy) -> list[Finding]:
    """What IAM would say of a policy that no rule finds an error in: nothing, as a rule."""
    try:
        if kind is PolicyKind.IDENTITY:
            check_identity_policy(text)
        elif kind is PolicyKind.TRUST:
            check_trust_policy(text)
        elif flaws := compile_policy(text).flaws:
            raise flaws[0]
    except MalformedPolicy as problem:
        hit = Hit(_place(policy, problem.element), f"The policy is refused when it is written: {problem.message}")
        return [_finding(source, FindingKind.ERROR, "POLICY_REFUSED", hit)]
    return []


def _place(policy: Policy, element: str) -> Node:
    """The node of an element as `MalformedPolicy` names it; the statement, or the document, where it is not found."""
    for statement in policy.statements:
        place = f"Statement[{statement.index}]"
        if element == place:
            return statement.node
        if element.startswith(f"{place}."):
            return statement.element(element.removeprefix(f"{place}.").partition(".")[0])
    return policy.version if element == "Version" and policy.version is not None else policy.root
