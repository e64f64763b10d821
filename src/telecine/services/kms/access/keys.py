"""Rows of operations on one key, and of making one."""

from collections.abc import Callable, Mapping, Sequence

from msgspec.structs import replace

from telecine.policy import Context
from telecine.services.contract import Call, Need, Needs, Params
from telecine.services.kms import errors
from telecine.services.kms.crypto import Keys
from telecine.services.kms.crypto.authority import PROPERTIES, of_caller
from telecine.services.kms.crypto.lookup import requested_alias
from telecine.services.kms.model import DEFAULT_ROTATION_DAYS, DEFAULT_WAITING_DAYS, Key, key_arn


def on(
    operation: str,
    *,
    takes_alias: bool = False,
    is_for_all: bool = False,
    context: Callable[[Params], Context] | None = None,
) -> Needs[Keys]:
    """The row of an operation on the key that `KeyId` names.

    `takes_alias`: an alias names it as well. `is_for_all`: the key may be another account's. `context` makes the
    condition keys of the operation's own.
    """

    def needs(face: Keys, call: Call, params: Params) -> Sequence[Need]:
        given = given_key(params, "KeyId")
        key = key_of(face, call, given) if takes_alias else itself(face, call, given)
        if not is_for_all:
            require_own(call, f"kms:{operation}", key)
        alias = requested_alias(given) if takes_alias else None
        own = {} if context is None else context(params)
        return (face.need(f"kms:{operation}", key, call.caller, encryption_context={}, alias=alias, context=own),)

    return needs


def given_key(params: Params, member: str) -> str:
    """What the request calls the key; empty when it does not say."""
    return str(params.get(member) or "")


def key_of(face: Keys, call: Call, given: str) -> Key:
    """The key by id, ARN or alias. Raises NotFoundException."""
    return face.resolve(call.account, given)


def itself(face: Keys, call: Call, given: str) -> Key:
    """The key by its own id or ARN. Raises NotFoundException, and InvalidArnException for an alias."""
    if requested_alias(given) is not None:
        raise errors.alias_not_taken(given)
    return face.resolve(call.account, given)


def require_own(call: Call, action: str, key: Key) -> None:
    """Raise AccessDeniedException for another account's key: KMS has the operation for one's own alone."""
    if key.account != call.account:
        raise errors.another_account(call.caller.principal.arn or "", action, key.arn)


def create_key(_face: Keys, call: Call, params: Params) -> Sequence[Need]:
    """On no key, for there is none yet; its tags need kms:TagResource as well (KMS API reference, "CreateKey")."""
    context = {**PROPERTIES, **of_caller(call.caller), **request_tags(params)}
    asked = {
        "kms:KeyOrigin": params.get("Origin"),
        "kms:KeySpec": params.get("KeySpec") or params.get("CustomerMasterKeySpec"),
        "kms:KeyUsage": params.get("KeyUsage"),
        "kms:MultiRegion": _word(params["MultiRegion"]) if "MultiRegion" in params else None,
    }
    context |= {name: str(value) for name, value in asked.items() if value is not None}
    need = Need(action="kms:CreateKey", resource_account=call.account, context={**context, **bypass(params)})
    if not params.get("Tags"):
        return (need,)
    # Policies grant it on keys by pattern, of which one without an id is matched by all that mean any key.
    any_key = key_arn(call.account, call.region, "*")
    return (need, replace(need, action="kms:TagResource", resource=any_key, context=context))


def rotation_period(params: Params) -> Context:
    return {"kms:RotationPeriodInDays": str(params.get("RotationPeriodInDays", DEFAULT_ROTATION_DAYS))}


def waiting_period(params: Params) -> Context:
    days = str(params.get("PendingWindowInDays", DEFAULT_WAITING_DAYS))
    return {"kms:ScheduleKeyDeletionPendingWindowInDays": days}


def bypass(params: Params) -> Context:
    return {"kms:BypassPolicyLockoutSafetyCheck": _word(params.get("BypassPolicyLockoutSafetyCheck", False))}


def request_tags(params: Params) -> Context:
    """The tags that are to be written, or the keys of those that are to be removed."""
    listed = params.get("Tags")
    tags = {
        str(tag.get("TagKey", "")): str(tag.get("TagValue", ""))
        for tag in (listed if isinstance(listed, list) else [])
        if isinstance(tag, Mapping)
    }
    names = [*tags, *map(str, params.get("TagKeys") or ())]
    context: dict[str, str | Sequence[str]] = {f"aws:RequestTag/{name}": value for name, value in tags.items()}
    return {**context, "aws:TagKeys": names} if names else context


def _word(value: object) -> str:
    return "true" if value else "false"
