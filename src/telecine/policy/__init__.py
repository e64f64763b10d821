"""AWS's policy language: a request and policies in, a decision out. Pure.

    text -> parse -> Document -> compiled -> CompiledPolicy            once per text
    Request + PolicySet -> evaluate -> Decision                        per request
    Decision -> denial_sentence, trace -> words for the caller, facts for the log
    Request + PolicySet -> explain -> Explanation                      for whoever writes policies
    trace -> remedy -> Remedy                                          later, from the log alone

The checks refuse at write time what `evaluate` would not evaluate as written.
"""

from telecine.policy.cases import decide, prepare
from telecine.policy.compiled import CompiledPolicy, compile_policy
from telecine.policy.decision import Answer, Decision, Family, StatementRef
from telecine.policy.denial import denial_sentence
from telecine.policy.document import MalformedPolicy
from telecine.policy.evaluate import PolicySet, ResourcePolicy, ResourceRule, evaluate
from telecine.policy.explanation import Explanation, FamilyFinding, as_json, as_text, explain
from telecine.policy.missing_context import missing_context
from telecine.policy.near_misses import Miss, NearMiss, matching
from telecine.policy.positions import Span, position, spans
from telecine.policy.remedies import Remedy, remedy, remedy_json
from telecine.policy.request import Context, Principal, PrincipalKind, Request
from telecine.policy.resource_policies import check_resource_policy
from telecine.policy.traces import trace
from telecine.policy.validate import check_identity_policy, check_trust_policy, invalid_principal

__all__ = [
    "Answer",
    "CompiledPolicy",
    "Context",
    "Decision",
    "Explanation",
    "Family",
    "FamilyFinding",
    "MalformedPolicy",
    "Miss",
    "NearMiss",
    "PolicySet",
    "Principal",
    "PrincipalKind",
    "Remedy",
    "Request",
    "ResourcePolicy",
    "ResourceRule",
    "Span",
    "StatementRef",
    "as_json",
    "as_text",
    "check_identity_policy",
    "check_resource_policy",
    "check_trust_policy",
    "compile_policy",
    "decide",
    "denial_sentence",
    "evaluate",
    "explain",
    "invalid_principal",
    "matching",
    "missing_context",
    "position",
    "prepare",
    "remedy",
    "remedy_json",
    "spans",
    "trace",
]
