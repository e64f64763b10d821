"""Whether a caller may: a need, decided with every policy that has a say. What the edge asks of each request, and what
whoever simulates one asks as well, so that both always say the same.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import NamedTuple

from telecine.core.clock import to_the_second
from telecine.policy import (
    CompiledPolicy,
    Context,
    Decision,
    PolicySet,
    PrincipalKind,
    Request,
    compile_policy,
    evaluate,
)
from telecine.services.contract import Call, Caller, Need

_SESSION_CAPACITY = 1024
"""Sets of session policies kept compiled."""

_PRINCIPAL_TYPES = {
    PrincipalKind.ROOT: "Account",
    PrincipalKind.USER: "User",
    PrincipalKind.ASSUMED_ROLE: "AssumedRole",
    PrincipalKind.FEDERATED_USER: "FederatedUser",
    PrincipalKind.ANONYMOUS: "Anonymous",
}
"""`aws:PrincipalType` by kind of caller (IAM user guide, "AWS global condition context keys")."""


_OF_THE_MOMENT = frozenset({"aws:currenttime", "aws:epochtime", "aws:multifactorauthage", "s3:signatureage"})
"""Condition keys whose values change from one moment to the next, in lower case."""


@dataclass(frozen=True, kw_only=True, slots=True)
class IdentityPolicies:
    """What limits and what grants, compiled."""

    identity: tuple[CompiledPolicy, ...]
    boundary: tuple[CompiledPolicy, ...] | None
    """None: the identity has no permissions boundary."""


PoliciesOf = Callable[[str], IdentityPolicies]
"""The policies that count for a `Caller.identity_id` now. Raises `MalformedPolicy` for one that does not compile."""


class Decided(NamedTuple):
    """A decision, with what it was made from, for those who explain it."""

    request: Request
    policies: PolicySet
    decision: Decision


def decide(call: Call, need: Need, globals_: Context, policies_of: PoliciesOf) -> Decided:
    """Whether whoever calls may do what is needed; `globals_` is the call's `global_context`.

    Raises `MalformedPolicy` when a policy of the caller does not compile: deny then.
    """
    caller = call.caller
    owner = need.resource_account or call.account
    request = Request(
        principal=caller.principal,
        action=need.action,
        resource=need.resource,
        resource_account=owner,
        context={**globals_, **({"aws:ResourceAccount": owner} if owner else {}), **need.context},
        wildcard_only_action=need.resource == "*",
    )
    policies = _policies(caller, need, policies_of)
    return Decided(request, policies, evaluate(request, policies))


def lasts(policies: PolicySet) -> bool:
    """Whether the same request gets the same decision at any other time, as long as the policies stay what they are."""
    return not any(key.lower() in _OF_THE_MOMENT for policy in policies.taking_part() for key in policy.context_keys)


def _policies(caller: Caller, need: Need, policies_of: PoliciesOf) -> PolicySet:
    own = None if caller.identity_id is None else policies_of(caller.identity_id)
    session = caller.session_policies
    return PolicySet(
        identity=() if own is None else own.identity,
        boundary=None if own is None else own.boundary,
        session=None if session is None else session_policies(session),
        resource=need.resource_policy,
    )


@lru_cache(maxsize=_SESSION_CAPACITY)
def session_policies(texts: tuple[str, ...]) -> tuple[CompiledPolicy, ...]:
    """Session policies, compiled: the same tuple for the same texts, because policies are indexed by tuple.

    Raises `MalformedPolicy` when one does not compile: deny then.
    """
    return tuple(compile_policy(text, name="session") for text in texts)


def global_context(call: Call, referer: str | None = None) -> dict[str, str | Sequence[str]]:
    """The condition keys that do not depend on what is asked for (IAM user guide, "AWS global condition context keys").

    What a kind of caller has not is absent: of anonymous callers nothing is there but their type, and `anonymous` for
    their account.
    """
    caller, now = call.caller, call.now
    principal = caller.principal
    context: dict[str, str | Sequence[str]] = {
        "aws:CurrentTime": to_the_second(now),
        "aws:EpochTime": str(int(now.timestamp())),
        "aws:SecureTransport": "true" if call.is_secure else "false",
        "aws:RequestedRegion": call.region,
        "aws:ViaAWSService": "false",
        "aws:PrincipalType": _PRINCIPAL_TYPES[principal.kind],
        "aws:PrincipalAccount": principal.account or "anonymous",
    }
    if principal.arn:
        context |= {
            "aws:PrincipalArn": principal.arn,
            "aws:PrincipalIsAWSService": "false",
            "aws:userid": caller.user_id,
            # What the kind of caller adds, or has other values of: a session's PrincipalArn is its role's.
            **caller.context,
        }
    if caller.mfa_at is not None:
        # Whole seconds since then, anew for each request.
        context["aws:MultiFactorAuthAge"] = str(max(0, int((now - caller.mfa_at).total_seconds())))
    if call.source_ip:
        context["aws:SourceIp"] = call.source_ip
    if call.user_agent:
        context["aws:UserAgent"] = call.user_agent
    if referer:
        context["aws:Referer"] = referer
    return context
