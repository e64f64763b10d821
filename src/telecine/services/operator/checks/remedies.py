"""What is missing, and how to give it, in words that tell the caller nothing that it may not know.

Of the caller's own policies the family and the statement to add are told, as AWS's own messages tell the family; of the
role's identity policies and its boundary everything, to those who may simulate them. What stands in the policies of
buckets, keys and in trust policies is told to nobody here: only what to add.
"""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from telecine.core.names import AccountId
from telecine.policy import Answer, Family, Remedy, remedy, trace
from telecine.services.contract import Need
from telecine.services.deciding import Decided
from telecine.services.operator.checks.model import Permission, Step

_SIMULATED = (Family.IDENTITY, Family.BOUNDARY)
"""What SimulatePrincipalPolicy tells of, statement by statement."""
_DENIED = "A Deny outweighs every Allow: it must be taken away, or spare this."


def permission(
    need: Need, decided: Decided, purpose: str, *, account: AccountId, is_required: bool, tells_policies: bool
) -> Permission:
    """The need as it was decided, for a caller of `account`.

    `tells_policies` says that the caller may simulate the policies of whom this is about.
    """
    found = Permission(
        action=need.action,
        resource=need.resource,
        purpose=purpose,
        decision=decided.decision.decision,
        is_required=is_required,
    )
    if not found.is_missing:
        return found
    said = trace(decided.request, decided.policies, decided.decision)
    is_foreign = decided.request.resource_account != account
    if is_foreign and decided.decision.blocked_by is Family.RESOURCE:
        # Whether another account's policy denies or is silent is that account's business.
        said = {**said, "decision": Answer.IMPLICIT_DENY, "statements": []}
        found = replace(found, decision=Answer.IMPLICIT_DENY)
    return replace(found, steps=tuple(steps(said, tells_policies=tells_policies)))


def steps(said: Mapping[str, Any], *, tells_policies: bool) -> Iterator[Step]:
    """What would have allowed the request of a trace."""
    whole, bare = remedy({}, said), remedy({}, {**said, "nearMisses": []})
    if whole is None or bare is None:
        return
    for full, plain in zip(_each(whole), _each(bare), strict=True):
        may_tell = tells_policies and full.family in _SIMULATED
        if said.get("decision") == Answer.EXPLICIT_DENY:
            where = full.where if may_tell else f"A statement of {_family(full.family)} denies it explicitly."
            yield Step(family=full.family, where=where, statement=None, note=full.note if may_tell else _DENIED)
            continue
        told = f"{full.where} {full.note}" if full.statement is None else full.note
        note = told if may_tell else plain.note
        yield Step(family=plain.family, where=plain.where, statement=plain.statement, note=note)


def _each(found: Remedy) -> tuple[Remedy, ...]:
    return (found, *found.others)


def _family(family: Family) -> str:
    return {
        Family.RESOURCE: "a resource-based policy",
        Family.TRUST: "the role's trust policy",
        Family.BOUNDARY: "the permissions boundary",
        Family.SESSION: "the session policy",
    }.get(family, "an identity-based policy")
