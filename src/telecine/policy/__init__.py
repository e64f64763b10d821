"""AWS's policy language: a request and policies in, a decision out. Pure.

    text -> parse -> Document -> compiled -> CompiledPolicy            once per text
    Request + PolicySet -> evaluate -> Decision                        per request
    Decision -> explain -> a sentence for the caller, a trace for the log

`validate` refuses at write time what `evaluate` would not evaluate as written.
"""

from telecine.policy.cases import decide, prepare
from telecine.policy.compiled import CompiledPolicy, compile_policy
from telecine.policy.decision import Answer, Decision, Family, StatementRef
from telecine.policy.denial import denial_sentence
from telecine.policy.document import MalformedPolicy
from telecine.policy.evaluate import PolicySet, ResourcePolicy, ResourceRule, evaluate
from telecine.policy.near_misses import matching
from telecine.policy.positions import Span, spans
from telecine.policy.request import Context, Principal, PrincipalKind, Request
from telecine.policy.traces import trace
from telecine.policy.validate import check_identity_policy, check_trust_policy, invalid_principal

__all__ = [
    "Answer",
    "CompiledPolicy",
    "Context",
    "Decision",
    "Family",
    "MalformedPolicy",
    "PolicySet",
    "Principal",
    "PrincipalKind",
    "Request",
    "ResourcePolicy",
    "ResourceRule",
    "Span",
    "StatementRef",
    "check_identity_policy",
    "check_trust_policy",
    "compile_policy",
    "decide",
    "denial_sentence",
    "evaluate",
    "invalid_principal",
    "matching",
    "prepare",
    "spans",
    "trace",
]
