"""Rows of operations on grants. All but one are for other accounts' keys as well."""

from collections.abc import Mapping, Sequence

from telecine.services.contract import Call, Need, Needs, Params
from telecine.services.kms.access.keys import given_key, itself
from telecine.services.kms.crypto import Asked, Keys, Wish
from telecine.services.kms.crypto.authority import constraint_keys
from telecine.services.kms.model import Constraints

_FOR_SERVICE = {"kms:GrantIsForAWSResource": "false"}
"""Whoever calls over the wire is no service that acts for somebody."""


def create_grant(face: Keys, call: Call, params: Params) -> Sequence[Need]:
    """Who may by a grant alone can give on no more than that grant gives."""
    constraints = constraints_of(params)
    operations = [str(one) for one in params.get("Operations") or ()]
    context: dict[str, str | Sequence[str]] = {
        **_FOR_SERVICE,
        **constraint_keys(constraints),
        "kms:GrantOperations": operations,
    }
    for member, name in (("GranteePrincipal", "kms:GranteePrincipal"), ("RetiringPrincipal", "kms:RetiringPrincipal")):
        if member in params:
            context[name] = str(params[member])
    key = itself(face, call, given_key(params, "KeyId"))
    wish = Wish(operations=operations, constraints=constraints)
    return (face.authority.need("kms:CreateGrant", key, call.caller, Asked(context=context), wish),)


def on_grants(operation: str) -> Needs[Keys]:
    """The row of an operation on the grants of the key that `KeyId` names."""

    def needs(face: Keys, call: Call, params: Params) -> Sequence[Need]:
        key = itself(face, call, given_key(params, "KeyId"))
        return (face.need(f"kms:{operation}", key, call.caller, encryption_context={}, context=_FOR_SERVICE),)

    return needs


def retire_grant(face: Keys, call: Call, params: Params) -> Sequence[Need]:
    """On the grant that a token names, or a key with the grant's id."""
    token = params.get("GrantToken")
    if isinstance(token, str):
        grant = face.grants.behind_token(token)
        key = face.by_id(grant.key_id)
    else:
        key = itself(face, call, given_key(params, "KeyId"))
        grant = face.grants.get(key, str(params.get("GrantId") or ""))
    return (face.authority.retirement(key, grant, call.caller),)


def constraints_of(params: Params) -> Constraints:
    """The constraints that are asked for."""
    given = params.get("Constraints") or {}
    return Constraints(
        equals=_pairs(given.get("EncryptionContextEquals")), subset=_pairs(given.get("EncryptionContextSubset"))
    )


def _pairs(value: object) -> Mapping[str, str] | None:
    return {str(name): str(text) for name, text in value.items()} if isinstance(value, Mapping) else None
