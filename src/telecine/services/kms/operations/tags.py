"""TagResource, UntagResource, ListResourceTags."""

from telecine.services.contract import Call, Params, Result
from telecine.services.kms import view
from telecine.services.kms.crypto import Keys
from telecine.services.kms.operations import parameters


def tag_resource(face: Keys, call: Call, params: Params) -> Result:
    face.lifetime.tag(parameters.key(face, call, params), parameters.tags(params))
    return {}


def untag_resource(face: Keys, call: Call, params: Params) -> Result:
    """Keys that are not there are no error."""
    face.lifetime.untag(parameters.key(face, call, params), params["TagKeys"])
    return {}


def list_resource_tags(face: Keys, call: Call, params: Params) -> Result:
    key = parameters.key(face, call, params)
    page = face.lifetime.tags(key, parameters.page(params, default=50, most=50))
    return {"Tags": view.tags(dict(page.items)), **parameters.paging(page)}
