"""CreateAlias, UpdateAlias, DeleteAlias, ListAliases."""

from telecine.services.contract import Call, Params, Result
from telecine.services.kms import view
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
    """The account's own, those of AWS managed keys among them; of another account's key there are none."""
    key = parameters.key(face, call, params) if "KeyId" in params else None
    page = face.aliases.page(call.account, key, parameters.page(params, default=50, most=100))
    return {"Aliases": [view.listed_alias(alias) for alias in page.items], **parameters.paging(page)}
