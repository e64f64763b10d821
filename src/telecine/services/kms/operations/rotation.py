"""Rotation: enabled, disabled, asked about, on demand, listed."""

from telecine.services.contract import Call, Params, Result
from telecine.services.kms import view
from telecine.services.kms.crypto import Keys
from telecine.services.kms.model import DEFAULT_ROTATION_DAYS
from telecine.services.kms.operations import parameters


def enable_key_rotation(face: Keys, call: Call, params: Params) -> Result:
    days = params.get("RotationPeriodInDays", DEFAULT_ROTATION_DAYS)
    face.rotations.enable(parameters.key(face, call, params), days)
    return {}


def disable_key_rotation(face: Keys, call: Call, params: Params) -> Result:
    face.rotations.disable(parameters.key(face, call, params))
    return {}


def get_key_rotation_status(face: Keys, call: Call, params: Params) -> Result:
    return view.rotation_status(parameters.key(face, call, params))


def rotate_key_on_demand(face: Keys, call: Call, params: Params) -> Result:
    """It is done when the answer comes."""
    key = parameters.key(face, call, params)
    face.rotations.rotate(key)
    return {"KeyId": key.arn}


def list_key_rotations(face: Keys, call: Call, params: Params) -> Result:
    key = parameters.key(face, call, params)
    everything = params.get("IncludeKeyMaterial") == "ALL_KEY_MATERIAL"
    page = face.rotations.page(key, parameters.page(params, default=100, most=1000), with_first=everything)
    rotations = [view.listed_material(key, material, with_state=everything) for material in page.items]
    return {"Rotations": rotations, **parameters.paging(page)}
