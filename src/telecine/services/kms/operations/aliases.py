"""CreateAlias, UpdateAlias, DeleteAlias, ListAliases."""

from telecine.services.contract import Call, Params, Result
from telecine.services.kms import errors, view
from telecine.services.kms.access.keys import itself
from telecine.services.kms.crypto import Keys
from telecine.services.kms.operations import parameters


def create_alias(face: Keys, call: Call, params: Params) -> Result:
    face.aliases.create(face.resolve(call.account, params["TargetKeyId"]), params["AliasName"])
    return {}


def update_alias(face: Keys, call: Call, params: Params) -> Result:
    face.aliases.point(face.resolve(call.account, params["TargetKeyId"]), params["AliasName"])
    return {}


def delete_alias(face: Keys, call: Call, params: Params) -> Result:
    face.aliases.delete(call.account, params["AliasName"])
    return {}


def list_aliases(face: Keys, call: Call, params: Params) -> Result:
    """The account's own, those of AWS managed keys among them. Raises NotFoundException for another account's key."""
    key = itself(face, call, params["KeyId"]) if "KeyId" in params else None
    if key is not None and key.account != call.account:
        raise errors.no_such_key(key.arn)
    page = face.aliases.page(call.account, key, parameters.page(params, default=50, most=100))
    return {"Aliases": [view.listed_alias(alias) for alias in page.items], **parameters.paging(page)}
