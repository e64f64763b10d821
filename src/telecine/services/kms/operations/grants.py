"""CreateGrant, ListGrants, ListRetirableGrants, RevokeGrant, RetireGrant."""

from collections.abc import Mapping

from telecine.services.contract import Call, Params, Result
from telecine.services.kms import errors, view
from telecine.services.kms.access.grants import constraints_of
from telecine.services.kms.crypto import Keys
from telecine.services.kms.crypto.grants import NewGrant
from telecine.services.kms.model import Constraints
from telecine.services.kms.operations import parameters

_OPERATIONS = frozenset(
    {
        "CreateGrant",
        "Decrypt",
        "DescribeKey",
        "Encrypt",
        "GenerateDataKey",
        "GenerateDataKeyPair",
        "GenerateDataKeyPairWithoutPlaintext",
        "GenerateDataKeyWithoutPlaintext",
        "ReEncryptFrom",
        "ReEncryptTo",
        "RetireGrant",
    }
)
"""What can be granted on a symmetric key (KMS developer guide, "Grant operations")."""

_MAX_PAIRS = 8
"""Pairs of an encryption context in a constraint (KMS developer guide, "Using grant constraints")."""


def create_grant(face: Keys, call: Call, params: Params) -> Result:
    parameters.refuse("CreateGrant", params, "GranteeServicePrincipal", "RetiringServicePrincipal")
    face.grants.check_tokens(params.get("GrantTokens") or ())
    if "GranteePrincipal" not in params:
        raise errors.missing("granteePrincipal")
    key = parameters.key(face, call, params)
    wanted = NewGrant(
        grantee=params["GranteePrincipal"],
        operations=_operations(params),
        constraints=_constraints(params),
        retiree=params.get("RetiringPrincipal"),
        name=params.get("Name"),
    )
    new = face.grants.prepare(key, wanted, call.account)
    parameters.finish(params)
    grant_id, token = face.grants.create(key, new)
    return {"GrantId": grant_id, "GrantToken": token}


def list_grants(face: Keys, call: Call, params: Params) -> Result:
    parameters.refuse("ListGrants", params, "GranteeServicePrincipal")
    key = parameters.key(face, call, params)
    page = face.grants.page(
        key,
        parameters.page(params, default=50, most=100),
        grant_id=params.get("GrantId"),
        grantee=params.get("GranteePrincipal"),
    )
    names = face.grants.shown(page.items)
    listed = [view.listed_grant(grant, key.account, key.region, names) for grant in page.items]
    return {"Grants": listed, **parameters.paging(page)}


def list_retirable_grants(face: Keys, call: Call, params: Params) -> Result:
    """Grants on keys of whatever account; the principal is one of the caller's own (KMS API reference,
    "ListRetirableGrants")."""
    parameters.refuse("ListRetirableGrants", params, "RetiringServicePrincipal")
    if "RetiringPrincipal" not in params:
        raise errors.missing("retiringPrincipal")
    retiree = params["RetiringPrincipal"]
    if f"::{call.account}:" not in retiree:
        raise errors.another_account(call.caller.principal.arn or "", "kms:ListRetirableGrants", retiree)
    page = face.grants.retirable(call.account, retiree, parameters.page(params, default=50, most=100))
    names = face.grants.shown([grant for grant, _owner in page.items])
    listed = [view.listed_grant(grant, owner, call.region, names) for grant, owner in page.items]
    return {"Grants": listed, **parameters.paging(page)}


def revoke_grant(face: Keys, call: Call, params: Params) -> Result:
    key = parameters.key(face, call, params)
    grant = face.grants.get(key, params["GrantId"])
    parameters.finish(params)
    face.grants.end("RevokeGrant", key, grant)
    return {}


def retire_grant(face: Keys, call: Call, params: Params) -> Result:
    if "GrantToken" in params:
        if "KeyId" in params or "GrantId" in params:
            raise errors.validation("Give either a GrantToken, or a KeyId and a GrantId.")
        grant = face.grants.behind_token(params["GrantToken"])
        key = face.by_id(grant.key_id)
    else:
        key = parameters.key(face, call, params)
        grant = face.grants.get(key, params["GrantId"])
    parameters.finish(params)
    face.grants.end("RetireGrant", key, grant)
    return {}


def _operations(params: Params) -> list[str]:
    operations: list[str] = params["Operations"]
    if not operations:
        raise errors.validation("A grant is for at least one operation.")
    strange = [one for one in operations if one not in _OPERATIONS]
    if strange:
        raise errors.validation(f"Operations of a symmetric key do not include {strange[0]}.")
    return operations


def _constraints(params: Params) -> Constraints:
    given: Mapping[str, object] = params.get("Constraints") or {}
    parameters.refuse("CreateGrant", {**given}, "SourceArn")
    constraints = constraints_of(params)
    for pairs in (constraints.equals, constraints.subset):
        if pairs is not None and len(pairs) > _MAX_PAIRS:
            raise errors.validation(f"A grant constraint has at most {_MAX_PAIRS} pairs.")
    return constraints
