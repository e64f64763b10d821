"""CreateKey, DescribeKey, ListKeys, UpdateKeyDescription."""

from telecine.services.contract import Call, Params, Result
from telecine.services.kms import errors, view
from telecine.services.kms.crypto import Keys
from telecine.services.kms.crypto.lockout import require_access
from telecine.services.kms.model import ALGORITHM, ORIGIN, USAGE, KeyPolicy, key_arn
from telecine.services.kms.operations import parameters

_NEUTRAL = {
    "CustomerMasterKeySpec": ALGORITHM,
    "KeySpec": ALGORITHM,
    "KeyUsage": USAGE,
    "MultiRegion": False,
    "Origin": ORIGIN,
}
"""What every key here is: asking for something else is refused."""


def create_key(face: Keys, call: Call, params: Params) -> Result:
    """Raises UnsupportedOperationException for any other than a symmetric key with material of our own."""
    parameters.refuse("CreateKey", params, "CustomKeyStoreId", "XksKeyId")
    for member, only in _NEUTRAL.items():
        asked = params.get(member, only)
        if asked != only:
            raise errors.unsupported(f"The {member} {asked} is not supported by this server: {only} is.")
    tags = parameters.tags(params)
    policy = _policy(face, call, params)
    created = face.create(call.account, policy=policy, description=params.get("Description", ""), tags=tags)
    return {"KeyMetadata": view.metadata(created, face.material_id(created))}


def describe_key(face: Keys, call: Call, params: Params) -> Result:
    face.grants.check_tokens(params.get("GrantTokens") or ())
    found = parameters.key(face, call, params)
    return {"KeyMetadata": view.metadata(found, face.material_id(found))}


def list_keys(face: Keys, call: Call, params: Params) -> Result:
    """Raises UnsupportedOperationException for keys that others share: nobody can."""
    if "OTHER_ACCOUNTS_VIA_RAM" in (params.get("ResourceOwners") or ()):
        raise errors.unsupported("The ResourceOwners OTHER_ACCOUNTS_VIA_RAM are not supported by this server: SELF is.")
    page = face.lifetime.page(call.account, parameters.page(params, default=100, most=1000))
    return {"Keys": [view.listed_key(key) for key in page.items], **parameters.paging(page)}


def update_key_description(face: Keys, call: Call, params: Params) -> Result:
    face.lifetime.describe(parameters.key(face, call, params), params["Description"])
    return {}


def _policy(face: Keys, call: Call, params: Params) -> KeyPolicy | None:
    if "Policy" not in params:
        return None
    policy = face.policies.prepare(params["Policy"])
    if not params.get("BypassPolicyLockoutSafetyCheck"):
        # No policy can name the new key, so any key's ARN will do.
        any_key = key_arn(call.account, call.region, "00000000-0000-0000-0000-000000000000")
        require_access(policy.text, any_key, call.account, call)
    return policy
