"""Rows of operations on aliases: on the alias for the account's policies, and on the key it names for the key's.

KMS developer guide, "Controlling access to aliases".
"""

from collections.abc import Sequence

from telecine.services.contract import Call, Need, Params
from telecine.services.kms.access.keys import given_key, itself, require_own
from telecine.services.kms.crypto import Keys
from telecine.services.kms.crypto.authority import of_caller
from telecine.services.kms.model import alias_arn


def create_alias(face: Keys, call: Call, params: Params) -> Sequence[Need]:
    return (_on_alias("kms:CreateAlias", call, params), _on_target("kms:CreateAlias", face, call, params))


def update_alias(face: Keys, call: Call, params: Params) -> Sequence[Need]:
    """Both keys must allow it: the one that loses the alias, and the one that gets it."""
    action = "kms:UpdateAlias"
    needs = (_on_alias(action, call, params), *_on_named(action, face, call, params))
    return (*needs, _on_target(action, face, call, params))


def delete_alias(face: Keys, call: Call, params: Params) -> Sequence[Need]:
    action = "kms:DeleteAlias"
    return (_on_alias(action, call, params), *_on_named(action, face, call, params))


def _on_alias(action: str, call: Call, params: Params) -> Need:
    return Need(
        action=action,
        resource=alias_arn(call.account, call.region, given_key(params, "AliasName")),
        resource_account=call.account,
        context=of_caller(call.caller),
    )


def _on_named(action: str, face: Keys, call: Call, params: Params) -> Sequence[Need]:
    """On the key that the alias names; nothing when there is no such alias: the operation says so."""
    alias = face.aliases.find(call.account, given_key(params, "AliasName"))
    if alias is None:
        return ()
    key = face.resolve(call.account, alias.key_id)
    return (face.need(action, key, call.caller, encryption_context={}),)


def _on_target(action: str, face: Keys, call: Call, params: Params) -> Need:
    key = itself(face, call, given_key(params, "TargetKeyId"))
    require_own(call, action, key)
    return face.need(action, key, call.caller, encryption_context={})
